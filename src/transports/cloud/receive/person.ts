// Who wrote, and in which chat: Meta's contacts, numbers and user ids as one person.
import type { ChatRef, PersonRef } from '../../../model/event-data.ts'
import { asList, asText, isObject, type Wire } from '../wire.ts'

/** The people that a callback introduces in `contacts`. */
export interface People {
  /** `id` is a wa_id, `userId` a BSUID; either may be missing, for people with a username (2026) have no number here. */
  person(id: unknown, userId: unknown): PersonRef
}

const NOBODY: PersonRef = { id: '', phone: null, lid: null, name: null }

/**
 * Reads `contacts`. With `lone` a single contact is who the change is about, also when its wa_id is not the number
 * that the message came from (Meta: the two "may not always match").
 */
export function peopleOf(contacts: unknown, lone: boolean): People {
  const list = asList(contacts)
  const only = lone && list.length === 1 && isObject(list[0]) ? list[0] : null
  const byId = list.length > 8 ? indexed(list) : null
  const find = (id: string | null, userId: string | null): Wire | null => {
    if (byId) return (id !== null && byId.get(id)) || (userId !== null && byId.get(userId)) || null
    for (const contact of list) {
      if (!isObject(contact)) continue
      if (id !== null && contact.wa_id === id) return contact
      if (userId !== null && contact.user_id === userId) return contact
    }
    return only
  }
  return { person: (id, userId) => personFrom(find, asText(id), asText(userId)) }
}

/** A chat with one person. */
export function chatWith(person: PersonRef): ChatRef {
  return { id: person.id, phone: person.phone, lid: person.lid, name: person.name, is_group: false }
}

/** A group, of which callbacks tell the id and nothing else. */
export function groupChat(id: string): ChatRef {
  return { id, phone: null, lid: null, name: null, is_group: true }
}

/** Somebody of whom a number is all that is known. */
export function personOfNumber(number: string | null): PersonRef {
  const digits = number?.replaceAll(/\D/g, '') ?? ''
  return digits === '' ? NOBODY : { id: digits, phone: `+${digits}`, lid: null, name: null }
}

function personFrom(
  find: (id: string | null, userId: string | null) => Wire | null,
  id: string | null,
  userId: string | null,
): PersonRef {
  const contact = find(id, userId)
  const waId = digitsIn(contact?.wa_id) ?? digitsIn(id)
  // A user id in the place of the number still tells who it is.
  const lid = userId ?? asText(contact?.user_id) ?? (waId === null ? id : null)
  const profile = contact?.profile
  const name = isObject(profile) ? (asText(profile.name) ?? asText(profile.username)) : null
  return { id: waId ?? lid ?? '', phone: waId === null ? null : `+${waId}`, lid, name }
}

function digitsIn(value: unknown): string | null {
  const text = asText(value)
  return text !== null && /^\d{5,20}$/.test(text) ? text : null
}

function indexed(contacts: readonly unknown[]): Map<string, Wire> {
  const found = new Map<string, Wire>()
  for (const contact of contacts) {
    if (!isObject(contact)) continue
    for (const id of [asText(contact.user_id), asText(contact.wa_id)]) if (id !== null) found.set(id, contact)
  }
  return found
}
