// One message on its way to becoming an event: who may say what, and what is told of it.
import type { EventDraft } from '../../../model/event.ts'
import type { Arrived, Envelope } from '../port.ts'
import { openBallot } from './ballots.ts'
import { readContent } from './content/read.ts'
import type { BallotSaid, ChangeSaid, MessageSaid, Said } from './content/said.ts'
import { messageDraft, originKey, type Place, unsupported } from './event.ts'
import { type Address, addressOf, isBroadcast, placeOf } from './place.ts'
import { rawOf } from './raw.ts'
import { isSamePerson, jidsOf, type Room, writerKey } from './room.ts'
import { asText, isObject, type Wire } from './values.ts'

/** Where a message stands while it is being told. */
interface Standing {
  readonly envelope: Envelope
  readonly address: Address
  readonly raw: string
}

/** Resolves when the message is recorded, or is one that nobody is told of. Rejects when it could not be recorded. */
export async function receiveMessage(room: Room, { envelope, content }: Arrived): Promise<void> {
  const address = addressOf(envelope)
  if (address === null) return drop(room, 'malformed', asText(envelope.id) ?? '', 'an envelope')
  if (isBroadcast(address) && !room.side.web.broadcasts) return
  if (envelope.category === 'peer') {
    if (!envelope.fromMe) drop(room, 'forged', envelope.id, 'a message among devices')
    return
  }
  const raw = rawOf(envelope, content)
  if (!raw.ok) return drop(room, raw.why, envelope.id, 'a message')
  if (content !== null && !isObject(content)) return drop(room, 'malformed', envelope.id, 'a message')
  const standing = { envelope, address, raw: raw.json }
  if (content === null) return tellUnread(room, standing)
  const said = read(content)
  if (said === null) return drop(room, 'malformed', envelope.id, 'a message')
  if (said.is === 'nothing') return
  if (said.is === 'order') {
    if (!envelope.fromMe) drop(room, 'forged', envelope.id, said.what)
    return
  }
  await tell(room, standing, said)
}

/** Nothing in there is meant to throw; should it, a message that can never be read must not be asked for again and again. */
function read(content: Wire): Said | null {
  try {
    return readContent(content)
  } catch {
    return null
  }
}

type Tellable = Exclude<Said, { is: 'nothing' } | { is: 'order' }>

async function tell(room: Room, standing: Standing, said: Tellable): Promise<void> {
  const { envelope, address } = standing
  // What this server sent itself was told of when it was sent.
  if (envelope.fromMe && (await room.sent(envelope.id))) return
  const place = await placeOf(room, envelope, address)
  switch (said.is) {
    case 'message':
      if (said.event === 'message.reaction' && said.targetId === null)
        return drop(room, 'malformed', envelope.id, 'a reaction to nothing')
      return record(room, { ...standing, place }, said)
    case 'revoke':
    case 'edit':
      if (!(await mayChange(room, { envelope, address, place }, said)))
        return drop(room, 'forged', envelope.id, `${said.is} of somebody else's message`)
      return record(room, { ...standing, place }, changeOf(said))
    default:
      return record(room, { ...standing, place }, await decided(room, { envelope, place }, said))
  }
}

/** One's own messages may be changed by everybody, those of others revoked by a group's admins. */
async function mayChange(
  { groups, writers, sent }: Room,
  { envelope, address, place }: { envelope: Envelope; address: Address; place: Place },
  said: ChangeSaid,
): Promise<boolean> {
  if (envelope.fromMe || address.chat.kind === 'channel') return true
  if (!said.targetFromMe) {
    const isRevoke = said.is === 'revoke' && address.chat.kind === 'group'
    return isRevoke && (await groups.isAdmin(address.chat.text, [...jidsOf(place.from), address.from.text])) === true
  }
  const writer = writers.get(writerKey(place.chat.id, said.targetId))
  if (writer !== undefined && !isSamePerson(writer, place.from)) return false
  return (await sent(said.targetId)) === null
}

function changeOf({ is, targetId, now }: ChangeSaid): MessageSaid {
  if (is === 'edit' && now !== null) return { ...now, event: 'message.edited', targetId, ballot: null }
  return {
    ...plain('revoke', { original_message_id: targetId }, targetId),
    event: 'message.revoked',
  }
}

const SEALED_VOTE =
  'The poll came before this server was linked, or long ago: its secret is not known, so that the vote cannot be read.'
const BROKEN_VOTE = "The vote cannot be opened with the poll's secret."

/** A vote or an answer as it is when it could be opened, or as one that could not. */
async function decided(
  { ballots }: Room,
  { envelope, place }: { envelope: Envelope; place: Place },
  said: BallotSaid,
): Promise<MessageSaid> {
  const ballot = await ballots.find(place.chat.id, said.targetId)
  const voters = [envelope.from, ...jidsOf(place.from)]
  const decision = ballot && openBallot(ballot, said, voters)
  const reason = decision ? null : { reason: ballot ? BROKEN_VOTE : SEALED_VOTE }
  if (said.is === 'vote')
    return plain('poll_vote', { poll_id: said.targetId, options: decision?.options ?? null, ...reason }, said.targetId)
  const answer = { response: decision?.response ?? null, extra_guests: decision?.guests ?? null }
  return plain('event_response', { event_id: said.targetId, ...answer, ...reason }, said.targetId)
}

function plain(type: string, body: Wire, targetId: string | null): MessageSaid {
  return {
    ...{ is: 'message', event: 'message.received', type, body, file: null, context: {}, targetId },
    ...{ viewOnce: false, ephemeral: false, albumId: null, ballot: null },
  }
}

async function record(room: Room, message: Standing & { place: Place }, said: MessageSaid): Promise<void> {
  const { envelope, place, raw } = message
  const more = said.type === 'unsupported' ? UNSUPPORTED : {}
  const draft = await messageDraft(room, { envelope, said, place, raw, more })
  if (said.ballot) {
    const { secret, options } = said.ballot
    await room.ballots.keep({ id: envelope.id, chat: place.chat.id, authors: jidsOf(place.from), secret, options })
  }
  await emit(room, draft)
  room.writers.set(writerKey(place.chat.id, envelope.id), place.from)
}

const UNSUPPORTED = unsupported(
  'WhatsApp shows this message on the phone only.',
  'The sender or WhatsApp keeps such messages from linked devices.',
)
const UNREAD = unsupported(
  'The message could not be decrypted.',
  "The sender's phone was asked to send it again; when it does, it follows as message.received with the same message_id. Some messages (view once) are kept from linked devices for good.",
)

/** A message that could not be decrypted is told once, and again when it could. */
async function tellUnread(room: Room, { envelope, address, raw }: Standing): Promise<void> {
  if (envelope.fromMe && (await room.sent(envelope.id))) return
  const place = await placeOf(room, envelope, address)
  if (room.writers.get(writerKey(place.chat.id, envelope.id))) return
  const said = plain('unsupported', { type: 'undecryptable' }, null)
  const draft = await messageDraft(room, { envelope, said, place, raw, more: UNREAD })
  await emit(room, { ...draft, origin: { at: envelope.at, key: originKey('u', room.account, envelope) } })
}

async function emit({ side }: Room, draft: EventDraft): Promise<void> {
  await side.desk.emit([draft])
}

function drop(room: Room, reason: 'malformed' | 'oversized' | 'forged', id: string, said: string): void {
  room.dropped.add(reason, { id, said })
}
