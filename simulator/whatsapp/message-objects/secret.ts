// What is said of a message under the secret that only the message carries: votes, answers, and what newer phones
// encrypt so: edits, reactions, comments.
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { proto } from 'baileys'
import { edit } from './about.ts'
import type { MessageKey, MessageObject } from './context.ts'

/** A message with its secret (32 bytes), which is needed to say something of it and to read what was said. */
export type Question = { message: MessageObject; secret: Buffer }

/** Which message, by whom, and who says something of it. Jids without a device, in the addressing that the chat uses. */
export type Answering = { key: MessageKey; secret: Uint8Array; asker: string; answerer: string }

/** `choices`: how many may be chosen; 0 is any number. */
export function poll(question: string, options: readonly string[], choices = 1, secret = randomBytes(32)): Question {
  const content = {
    ...{ name: question, selectableOptionsCount: choices },
    options: options.map((optionName) => ({ optionName })),
  }
  const message = choices === 1 ? { pollCreationMessageV3: content } : { pollCreationMessage: content }
  return { secret, message: { ...message, messageContextInfo: { messageSecret: secret } } }
}

/** A vote: all that is chosen now, which replaces what was before. None: the vote is taken back. */
export function vote(answering: Answering, chosen: readonly string[]): MessageObject {
  const selectedOptions = chosen.map((option) => createHash('sha256').update(option).digest())
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish()
  return {
    pollUpdateMessage: {
      ...{ pollCreationMessageKey: answering.key, vote: seal(plain, answering, 'Poll Vote') },
      ...{ metadata: {}, senderTimestampMs: Date.now() },
    },
  }
}

/** Times are seconds since the epoch. */
export type Occasion = {
  name: string
  startsAt: number
  endsAt?: number
  description?: string
  place?: { latitude: number; longitude: number; name?: string }
  isCanceled?: boolean
}

export function event(occasion: Occasion, secret = randomBytes(32)): Question {
  const { name, startsAt, endsAt, description, place, isCanceled = false } = occasion
  const eventMessage = {
    ...{ name, startTime: startsAt, isCanceled, extraGuestsAllowed: false },
    ...(endsAt === undefined ? {} : { endTime: endsAt }),
    ...(description === undefined ? {} : { description }),
    ...(place && {
      location: { degreesLatitude: place.latitude, degreesLongitude: place.longitude, name: place.name ?? '' },
    }),
  }
  return { secret, message: { eventMessage, messageContextInfo: { messageSecret: secret } } }
}

/** Comes, does not come, or may come. */
export function eventReply(answering: Answering, response: 'going' | 'not-going' | 'maybe'): MessageObject {
  const { EventResponseType } = proto.Message.EventResponseMessage
  const types = {
    going: EventResponseType.GOING,
    'not-going': EventResponseType.NOT_GOING,
    maybe: EventResponseType.MAYBE,
  }
  const plain = proto.Message.EventResponseMessage.encode({
    ...{ response: types[response], timestampMs: Date.now(), extraGuestCount: 0 },
  }).finish()
  const sealed = seal(plain, answering, 'Event Response')
  return { encEventResponseMessage: { eventCreationMessageKey: answering.key, ...sealed } }
}

/** A message as newer phones send it, with a secret. */
export function withSecret(message: MessageObject, secret = randomBytes(32)): Question {
  const { messageContextInfo } = message
  return { secret, message: { ...message, messageContextInfo: { ...messageContextInfo, messageSecret: secret } } }
}

const { MESSAGE_EDIT, EVENT_EDIT } = proto.Message.SecretEncryptedMessage.SecretEncType

/** An edit as newer phones send it. `whole` is the edit as older ones do; some may send the new content alone. */
export function secretEdit(answering: Answering, content: MessageObject, { whole = true } = {}): MessageObject {
  const plain = proto.Message.encode(whole ? edit(answering.key, content) : content).finish()
  return {
    secretEncryptedMessage: {
      ...{ targetMessageKey: answering.key, secretEncType: MESSAGE_EDIT },
      ...seal(plain, answering, 'Message Edit'),
    },
  }
}

/** An event is another one from now on; `bare`: without the message around it. */
export function secretEventEdit(answering: Answering, occasion: Occasion, { bare = false } = {}): MessageObject {
  const { eventMessage } = event(occasion).message
  const plain = bare
    ? proto.Message.EventMessage.encode(eventMessage ?? {}).finish()
    : proto.Message.encode({ eventMessage: eventMessage ?? null }).finish()
  return {
    secretEncryptedMessage: {
      ...{ targetMessageKey: answering.key, secretEncType: EVENT_EDIT },
      ...seal(plain, answering, 'Event Edit'),
    },
  }
}

/** A reaction in the announcements of a community. No emoji: it is taken back. */
export function secretReaction(answering: Answering, emoji: string): MessageObject {
  const plain = proto.Message.ReactionMessage.encode({ text: emoji, senderTimestampMs: Date.now() }).finish()
  return { encReactionMessage: { targetMessageKey: answering.key, ...seal(plain, answering, 'Enc Reaction') } }
}

/** A comment there. */
export function secretComment(answering: Answering, content: MessageObject): MessageObject {
  const plain = proto.Message.encode(content).finish()
  return { encCommentMessage: { targetMessageKey: answering.key, ...seal(plain, answering, 'Enc Comment') } }
}

/** Whose tag covers who speaks of what, besides. */
const BOUND = ['Poll Vote', 'Event Response']

/** HKDF-SHA256 by hand: one block is enough, and the info names the message, both people and the purpose. */
function seal(plain: Uint8Array, { key, secret, asker, answerer }: Answering, purpose: string) {
  const drawn = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  const info = Buffer.concat([Buffer.from(`${key.id}${asker}${answerer}${purpose}`), Buffer.from([1])])
  const encKey = createHmac('sha256', drawn).update(info).digest()
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', encKey, encIv)
  if (BOUND.includes(purpose)) cipher.setAAD(Buffer.from(`${key.id}\0${answerer}`))
  return { encPayload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]), encIv }
}
