// Turns what happens around messages into events: groups, calls, contacts.
import type { PersonRef } from '../../../model/event-data.ts'
import type { CallData, ContactData, GroupData, ParticipantsData } from '../../../model/notice-data.ts'
import { asList, asText, isObject, timeOf, type Wire } from '../wire.ts'
import { addFact, addRaw, type Change, eachItem } from './change.ts'
import { chatWith, groupChat, peopleOf } from './person.ts'

/** Adds `group.updated` or `group.participants` for each group of a group_* field. */
export function receiveGroups(change: Change): void {
  eachItem(change, { items: listIn(change, 'groups'), place: 'groups' }, (group) => {
    const id = asText(group.group_id)
    if (id === null) return false
    const isParticipants = change.field === 'group_participants_update'
    const data = isParticipants ? participantsOf(id, group) : settingsOf(id, group)
    return addFact(change, {
      type: isParticipants ? 'group.participants' : 'group.updated',
      data,
      item: group,
      chat: id,
    })
  })
}

/** Adds `call.received` for each call that rings; whatever else happens to calls stays raw. */
export function receiveCalls(change: Change): void {
  const { value } = change
  const calls = listIn(change, 'calls')
  const people = peopleOf(isObject(value) ? value.contacts : null, calls.length === 1)
  eachItem(change, { items: calls, place: 'calls' }, (call) => {
    const id = asText(call.id)
    const at = timeOf(call.timestamp)
    if (id === null || at === null || call.event !== 'connect' || call.direction === 'BUSINESS_INITIATED') return false
    const from = people.person(call.from, call.from_user_id)
    const data: CallData = {
      call_id: id,
      chat: chatWith(from),
      from,
      timestamp: new Date(at).toISOString(),
      value: call,
    }
    return addFact(change, { type: 'call.received', data, item: call, chat: from.id === '' ? null : from.id })
  })
}

/** Adds `contact.updated` for each person whose user id changed. */
export function receiveUserIds(change: Change): void {
  const { value } = change
  const updates = listIn(change, 'user_id_update')
  const people = peopleOf(isObject(value) ? value.contacts : null, updates.length === 1)
  eachItem(change, { items: updates, place: 'user_id_update' }, (update) => {
    const ids = update.user_id
    const current = isObject(ids) ? asText(ids.current) : asText(ids)
    if (current === null) return false
    const contact: PersonRef = people.person(update.wa_id, current)
    return addContact(change, update, {
      contact,
      change: 'user_id',
      previous_lid: isObject(ids) ? asText(ids.previous) : null,
      timestamp: timestampOf(update.timestamp),
      value: update,
    })
  })
}

/** Adds `contact.updated` for each contact that was saved in, or removed from, the business's own app. */
export function receiveAddressBook(change: Change): void {
  eachItem(change, { items: listIn(change, 'state_sync'), place: 'state_sync' }, (sync) => {
    const card = sync.contact
    if (sync.type !== 'contact' || !isObject(card)) return false
    const digits = asText(card.phone_number)?.replaceAll(/\D/g, '') ?? ''
    const lid = asText(card.user_id)
    const id = digits === '' ? lid : digits
    if (id === null) return false
    const name = asText(card.full_name) ?? asText(card.first_name)
    const metadata = sync.metadata
    return addContact(change, sync, {
      contact: { id, phone: digits === '' ? null : `+${digits}`, lid, name },
      change: sync.action === 'remove' ? 'removed' : 'saved',
      previous_lid: null,
      timestamp: timestampOf(isObject(metadata) ? metadata.timestamp : null),
      value: sync,
    })
  })
}

function addContact(change: Change, item: Wire, data: ContactData): boolean {
  return addFact(change, { type: 'contact.updated', data, item, chat: data.contact.id })
}

/** The list that a field is about. A value without it has nothing that we can read, and is kept whole. */
function listIn(change: Change, name: string): readonly unknown[] {
  const { value } = change
  if (isObject(value) && Array.isArray(value[name]) && value[name].length > 0) return value[name]
  addRaw(change, value)
  return []
}

function settingsOf(id: string, group: Wire): GroupData {
  const subject = asText(group.subject)
  return {
    chat: { ...groupChat(id), name: subject },
    change: asText(group.type),
    subject,
    description: asText(group.description),
    timestamp: timestampOf(group.timestamp),
    value: group,
  }
}

function participantsOf(id: string, group: Wire): ParticipantsData {
  const added = asList(group.added_participants)
  const removed = asList(group.removed_participants)
  const action = added.length > 0 ? 'add' : removed.length > 0 ? 'remove' : asText(group.type)
  const people = peopleOf(null, false)
  const participants = (added.length > 0 ? added : removed).filter(isObject)
  return {
    chat: groupChat(id),
    action,
    participants: participants.map((one) => people.person(one.wa_id ?? one.input, one.user_id)),
    timestamp: timestampOf(group.timestamp),
    value: group,
  }
}

function timestampOf(value: unknown): string | null {
  const at = timeOf(value)
  return at === null ? null : new Date(at).toISOString()
}
