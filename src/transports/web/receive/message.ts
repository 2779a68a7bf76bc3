// One message on its way to becoming an event: who may say what, and what is told of it.
import type { EventDraft } from '../../../model/event.ts'
import type { DropReason } from '../../transport.ts'
import type { Arrived, Envelope } from '../port.ts'
import { openBallot } from './ballots.ts'
import { readContent } from './content/read.ts'
import { type BallotSaid, type ChangeSaid, type MessageSaid, type Said, saying } from './content/said.ts'
import { messageDraft, originKey, unsupported } from './event.ts'
import { type Address, addressOf, isBroadcast, placeOf } from './place.ts'
import { rawOf } from './raw.ts'
import { mayChange, namesOf, type Placed } from './rights.ts'
import { isSamePerson, jidsOf, type Room, writerKey } from './room.ts'
import { BROKEN_SEAL, openSealed, UNKNOWN_SECRET } from './sealed.ts'
import { asList, asObject, asText, isObject, type Wire } from './values.ts'

/** Where a message stands while it is being told. */
interface Standing {
  readonly envelope: Envelope
  readonly address: Address
  readonly raw: string
}

/** Resolves when the message is recorded, or is one that nobody is told of. Rejects when it could not be recorded. */
export async function receiveMessage(room: Room, { envelope, content, unavailable }: Arrived): Promise<void> {
  const address = addressOf(envelope)
  if (address === null) return drop(room, 'malformed', asText(envelope.id) ?? '', 'an envelope')
  if (isBroadcast(address) && !room.side.web.broadcasts) return
  if (envelope.category === 'peer') {
    if (!envelope.fromMe) drop(room, 'forged', envelope.id, 'a message among devices')
    return
  }
  const raw = rawOf(envelope, content)
  if (!raw.ok) return drop(room, raw.why, envelope.id, 'a message')
  if (unavailable === 'rubbish' || (content !== null && !isObject(content)))
    return drop(room, 'malformed', envelope.id, 'a message')
  const standing = { envelope, address, raw: raw.json }
  if (content === null) return tellUnread(room, standing, unavailable ?? null)
  const said = read(content)
  if (said.is === 'malformed') return drop(room, 'malformed', envelope.id, 'a message')
  if (said.is === 'nothing') return
  if (said.is === 'order') {
    if (!envelope.fromMe) drop(room, 'forged', envelope.id, said.what)
    return
  }
  await tell(room, standing, said)
}

/** Nothing in there is meant to throw; should it, a message that can never be read must not be asked for again and again. */
function read(content: Wire): Said {
  try {
    return readContent(content)
  } catch {
    return { is: 'malformed' }
  }
}

type Tellable = Exclude<Said, { is: 'nothing' } | { is: 'order' } | { is: 'malformed' }>

async function tell(room: Room, standing: Standing, said: Tellable): Promise<void> {
  const { envelope, address } = standing
  // What this server sent itself was told of when it was sent.
  if (envelope.fromMe && (await room.sent(envelope.id))) return
  const at = { ...standing, place: await placeOf(room, envelope, address) }
  switch (said.is) {
    case 'message':
      if (said.event === 'message.reaction' && said.targetId === null)
        return drop(room, 'malformed', envelope.id, 'a reaction to nothing')
      return record(room, at, said)
    case 'revoke':
    case 'edit':
      if (!(await mayChange(room, at, said)))
        return drop(room, 'forged', envelope.id, `${said.is} of somebody else's message`)
      return record(room, at, changeOf(said))
    case 'sealed': {
      const opened = await openSealed(room, at, said)
      return typeof opened === 'string'
        ? drop(room, opened, envelope.id, `an encrypted ${said.what}`)
        : record(room, at, opened)
    }
    default:
      return record(room, at, await decided(room, at, said))
  }
}

function changeOf({ is, targetId, now }: ChangeSaid): MessageSaid {
  if (is === 'edit' && now !== null) return { ...now, event: 'message.edited', targetId }
  return { ...saying('revoke', { original_message_id: targetId }, targetId), event: 'message.revoked' }
}

/** A vote or an answer as it is when it could be opened, or as one that could not. */
async function decided({ secrets }: Room, at: Placed, said: BallotSaid): Promise<MessageSaid> {
  const secret = await secrets.find(at.place.chat, said.targetId)
  const decision = secret && openBallot(secret, said, namesOf(at))
  const reason = decision ? null : { reason: secret ? BROKEN_SEAL : UNKNOWN_SECRET }
  if (said.is === 'vote')
    return saying('poll_vote', { poll_id: said.targetId, options: decision?.options ?? null, ...reason }, said.targetId)
  const answer = { response: decision?.response ?? null, extra_guests: decision?.guests ?? null }
  return saying('event_response', { event_id: said.targetId, ...answer, ...reason }, said.targetId)
}

async function record(room: Room, message: Standing & Placed, said: MessageSaid): Promise<void> {
  const { envelope, place, raw } = message
  const more = said.type === 'unsupported' ? unshown(said.body) : {}
  const draft = await messageDraft(room, { envelope, said, place, raw, more })
  const key = writerKey(place.chat.id, envelope.id)
  const writer = room.writers.get(key)
  // Ids are chosen by whoever writes: who uses one again has not written what it was first of.
  const isFirst = writer === undefined || isSamePerson(writer, place.from)
  if (isFirst) keepSecret(room, message, said)
  await emit(room, draft)
  if (isFirst) room.writers.set(key, place.from)
}

/** Before the event is recorded: what is said of the message may come with the next breath. */
function keepSecret({ secrets }: Room, { envelope, place }: Placed, said: MessageSaid): void {
  const { secret, type, event } = said
  if (secret === null || event !== 'message.received') return
  const options = asList(asObject(said.body).options).filter((option) => typeof option === 'string')
  const about = { id: envelope.id, chat: place.chat.id, authors: jidsOf(place.from), secret }
  if (type === 'poll' || type === 'event') secrets.keep('ballot', { ...about, options })
  else secrets.keep('secret', { ...about, options: [] })
}

function unshown(body: unknown) {
  const reason = asText(asObject(body).reason)
  return reason === null ? UNSHOWN : unsupported('The message was changed, and it cannot be read to what.', reason)
}

const UNSHOWN = unsupported(
  'WhatsApp shows this message on the phone only.',
  'The sender or WhatsApp keeps such messages from linked devices.',
)
const UNREAD = unsupported(
  'The message could not be decrypted.',
  "The sender's phone was asked to send it again; when it does, it follows as message.received with the same message_id.",
)

/**
 * A message that could not be decrypted is told once, and again when it could. One that is to be seen once stays on the
 * phone for good.
 */
async function tellUnread(room: Room, { envelope, address, raw }: Standing, kind: Arrived['unavailable'] | null) {
  if (envelope.fromMe && (await room.sent(envelope.id))) return
  const place = await placeOf(room, envelope, address)
  if (room.writers.get(writerKey(place.chat.id, envelope.id))) return
  const isKept = kind === 'view_once' || kind === 'kept'
  const body = saying('unsupported', { type: isKept ? kind : 'undecryptable' }, null)
  const said = { ...body, viewOnce: kind === 'view_once' }
  const draft = await messageDraft(room, { envelope, said, place, raw, more: isKept ? UNSHOWN : UNREAD })
  await emit(room, { ...draft, origin: { at: envelope.at, key: originKey('u', room.account, envelope) } })
}

async function emit({ side }: Room, draft: EventDraft): Promise<void> {
  await side.desk.emit([draft])
}

function drop(room: Room, reason: DropReason, id: string, said: string): void {
  room.dropped.add(reason, { id, said })
}
