// Who may change a message of somebody.
import type { Envelope } from '../port.ts'
import type { ChangeSaid } from './content/said.ts'
import type { Place } from './event.ts'
import type { Address } from './place.ts'
import { isSamePerson, jidsOf, type Room, writerKey } from './room.ts'

/** A message, and where and whose it is. */
export interface Placed {
  readonly envelope: Envelope
  readonly address: Address
  readonly place: Place
}

/** One's own messages may be changed by everybody, those of others revoked by a group's admins. */
export async function mayChange(room: Room, at: Placed, said: ChangeSaid): Promise<boolean> {
  const { envelope, address, place } = at
  if (envelope.fromMe || address.chat.kind === 'channel') return true
  if (said.targetFromMe) return isWriter(room, at, said.targetId)
  const isRevoke = said.is === 'revoke' && address.chat.kind === 'group'
  return isRevoke && (await room.groups.isAdmin(address.chat.text, [...jidsOf(place.from), address.from.text])) === true
}

/** Whether a message may be of who writes about it, as far as it is known. */
export async function isWriter(room: Room, at: Placed, id: string): Promise<boolean> {
  const { chat, from } = at.place
  const writer = room.writers.get(writerKey(chat.id, id))
  if (writer !== undefined && !isSamePerson(writer, from)) return false
  if ((await room.sent(id)) !== null) return false
  if (writer !== undefined) return true
  const kept = await room.secrets.find(chat, id)
  return kept === null || namesOf(at).some((name) => kept.authors.includes(name))
}

/** The addresses under which who wrote may be known to others. */
export function namesOf({ envelope, address, place }: Placed): string[] {
  return [...new Set([address.from.text, envelope.from, ...jidsOf(place.from)])]
}
