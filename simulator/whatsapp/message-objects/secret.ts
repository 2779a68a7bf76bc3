// Polls and events: their answers are encrypted under a secret that only the question carries.
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { proto } from 'baileys'
import type { MessageKey, MessageObject } from './context.ts'

/** A question with its secret (32 bytes), which is needed to answer it and to read the answers. */
export type Question = { message: MessageObject; secret: Buffer }

/** Which question, by whom, and who answers. Jids without a device, in the addressing that the chat uses. */
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

/** HKDF-SHA256 by hand: one block is enough, and the info names the question, both people and the purpose. */
function seal(plain: Uint8Array, { key, secret, asker, answerer }: Answering, purpose: string) {
  const drawn = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  const info = Buffer.concat([Buffer.from(`${key.id}${asker}${answerer}${purpose}`), Buffer.from([1])])
  const encKey = createHmac('sha256', drawn).update(info).digest()
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', encKey, encIv).setAAD(Buffer.from(`${key.id}\0${answerer}`))
  return { encPayload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]), encIv }
}
