// How sending over a linked device fails, in sentences.
import { Failure } from '../../../model/failure.ts'
import { SendError } from '../../transport.ts'

/** WhatsApp's code for a number that may not write to strangers now. */
export const RESTRICTED = '463'

/** When something that failed on the way may be tried again, ms. */
export const AGAIN_MS = 5000

type More = Partial<Pick<SendError, 'retryAfterMs' | 'facts' | 'callersFault' | 'cause'>>

/** Nothing went out. */
export function refused(sentence: string, more: More = {}): SendError {
  const { retryAfterMs = null, facts = {}, callersFault = false, cause } = more
  return new SendError(sentence, { outcome: 'refused', retryAfterMs, facts, callersFault, cause })
}

/** The request is wrong, and stays wrong. */
export function wrong(sentence: string): SendError {
  return refused(sentence, { callersFault: true })
}

/** It may have gone out; nobody knows. */
export function lost(sentence: string, cause?: unknown): SendError {
  return new SendError(sentence, { outcome: 'lost', retryAfterMs: null, facts: {}, callersFault: false, cause })
}

export const NOT_CONNECTED = 'The linked device is not connected to WhatsApp now'

/** There is no connection now, for the reason that the line gives; null: it gives none, and soon there may be one. */
export function notConnected(hindrance: string | null): Failure {
  const sentence = `${NOT_CONNECTED}${hindrance === null ? ', and is being connected anew.' : `: ${hindrance}`}`
  return new Failure('not-connected', sentence, hindrance === null ? { retryAfterS: AGAIN_MS / 1000 } : {})
}

/** There is one, and nothing may go out over it. */
export function restricted(reason: string): SendError {
  const sentence = `Nothing went out, since WhatsApp restricts this number. It began with this: ${reason}`
  return refused(sentence, { facts: { code: Number(RESTRICTED), title: VERDICTS[RESTRICTED]?.title } })
}

/** Something failed on the way that a later try may not. */
export function passing(sentence: string, cause?: unknown): SendError {
  return refused(sentence, { retryAfterMs: AGAIN_MS, cause })
}

interface Verdict {
  readonly title: string
  readonly says: string
  readonly retryAfterMs?: number
  readonly callersFault?: boolean
}

/** Codes of `<ack class="message" error="...">`; WhatsApp publishes none of them: this is what its clients know. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  '403': { title: 'Forbidden', says: 'this number may not write to this chat', callersFault: true },
  '404': { title: 'Not found', says: 'there is no such chat', callersFault: true },
  '406': { title: 'Not acceptable', says: 'the message is not acceptable', callersFault: true },
  '413': { title: 'Too large', says: 'the message is too large', callersFault: true },
  '421': {
    title: 'Misdirected',
    says: 'the group is addressed in another way now; what is remembered of it was dropped',
    retryAfterMs: 10_000,
  },
  '429': { title: 'Rate limited', says: 'too many messages were sent in too short a time', retryAfterMs: 60_000 },
  '463': {
    title: 'Restricted',
    says: 'it restricts this number: it may not begin new chats now. Nothing more is sent for a day, or until the account is enabled anew',
  },
  '479': {
    title: 'Invalid',
    says: 'the message, or how it is addressed, is not valid for the devices of the receiver',
    retryAfterMs: 60_000,
  },
  '500': { title: 'Internal error', says: 'it has a fault of its own', retryAfterMs: 30_000 },
  '503': { title: 'Unavailable', says: 'it is not available now', retryAfterMs: 30_000 },
}

/** What the server's refusal of a message means. `facts` carry `code` and `title`, like those of the Cloud API. */
export function ackError(error: string): SendError {
  const { title, says, ...more } = VERDICTS[error] ?? { title: 'Refused', says: 'it gives no reason that is known' }
  const code = /^\d{1,6}$/.test(error) ? Number(error) : error
  return refused(`WhatsApp refused the message (${error}): ${says}.`, { ...more, facts: { code, title } })
}

/**
 * The status that a host or WhatsApp gave with an error; null when it has none. Of queries that WhatsApp refused the
 * library tells the code as `data`, beside a status 500 of its own.
 */
export function statusOf(thrown: unknown): number | null {
  if (typeof thrown !== 'object' || thrown === null) return null
  const { status, data, output }: { status?: unknown; data?: unknown; output?: unknown } = thrown
  if (typeof status === 'number') return status
  if (typeof data === 'number' && data >= 400 && data < 600) return data
  if (typeof output !== 'object' || output === null) return null
  return 'statusCode' in output && typeof output.statusCode === 'number' ? output.statusCode : null
}

/** An error's own words, for a sentence. */
export function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.replace(/\.+$/, '') : String(thrown)
}
