// In which chat a message is, and who wrote it.
import type { ChatRef, PersonRef } from '../../../model/event-data.ts'
import type { Envelope } from '../port.ts'
import type { Place } from './event.ts'
import { type Jid, parseJid } from './jid.ts'
import { chatWith, MAX_NAME } from './people.ts'
import type { Room } from './room.ts'
import { asText, isoOf } from './values.ts'

/** An envelope that makes sense. */
export interface Address {
  readonly chat: Jid
  readonly from: Jid
}

/** Null: no message that WhatsApp could mean. */
export function addressOf(envelope: Envelope): Address | null {
  const { id, at, fromMe } = envelope
  const chat = parseJid(envelope.chat)
  const from = parseJid(envelope.from)
  if (chat === null || from === null || typeof fromMe !== 'boolean' || typeof at !== 'number') return null
  if (isoOf(at) === null || !/^[\x21-\x7e]{1,128}$/.test(asText(id) ?? '')) return null
  const isFromSomebody = from.kind === 'phone' || from.kind === 'lid' || from.kind === 'other'
  return isFromSomebody || (chat.kind === 'channel' && from.kind === 'channel') ? { chat, from } : null
}

/** Status updates and channels are told only when their owner wants them. */
export function isBroadcast({ chat }: Address): boolean {
  return chat.kind === 'status' || chat.kind === 'channel'
}

export async function placeOf(room: Room, envelope: Envelope, { chat, from }: Address): Promise<Place> {
  const { people, groups } = room
  switch (chat.kind) {
    case 'group':
      return { chat: await groups.chat(chat.text), from: await writerOf(room, envelope) }
    case 'channel':
      return { chat: wide(chat), from: { id: from.text, phone: null, lid: null, name: null } }
    case 'status':
      return { chat: wide(chat), from: await writerOf(room, envelope) }
    case 'list': {
      // Whoever gets a broadcast sees it in the chat with its writer.
      const writer = await writerOf(room, envelope)
      return { chat: envelope.fromMe ? wide(chat) : chatWith(writer), from: writer }
    }
    default: {
      const name = envelope.fromMe ? null : nameOf(envelope)
      const person = await people.person(chat.text, otherName(room, envelope), name)
      return { chat: chatWith(person), from: envelope.fromMe ? await writerOf(room, envelope) : person }
    }
  }
}

async function writerOf(room: Room, envelope: Envelope): Promise<PersonRef> {
  const self = room.people.self()
  if (envelope.fromMe && self.id !== '') return self
  return room.people.person(envelope.from, envelope.fromAlt, envelope.fromMe ? null : nameOf(envelope))
}

/** Beside our own messages WhatsApp may tell our own other name in the place of the chat's. */
function otherName({ people }: Room, { chat, chatAlt }: Envelope): string | null {
  return people.isSelf(chatAlt) && !people.isSelf(chat) ? null : chatAlt
}

function nameOf({ pushName }: Envelope): string | null {
  return asText(pushName)?.slice(0, MAX_NAME) ?? null
}

function wide({ text }: Jid): ChatRef {
  return { id: text, phone: null, lid: null, name: null, is_group: false }
}
