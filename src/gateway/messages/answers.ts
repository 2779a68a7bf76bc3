// What the caller of a send is answered: failures in words, kept ones, and the same again for the same key.
import { Failure, type FailureCode } from '../../model/failure.ts'
import type { OutMessage } from '../../model/message.ts'
import { SendError } from '../../transports/transport.ts'
import type { SendAnswer } from '../gateway.ts'

/**
 * The same key again: the answer that the first request got. Fails as that one did; with `mismatch` for another body, and
 * with `conflict` while the first request has no answer yet.
 */
export function replayed(message: OutMessage, sameBody: boolean): SendAnswer {
  if (!sameBody) throw new Failure('mismatch', 'Idempotency-Key: was used before with another body; take a new key')
  const id = message.publicId ?? message.id
  if (message.status === 'queued' || message.status === 'sending') {
    // Named before it went out: the first request was told that it waits.
    if (message.publicId !== null) return { messageId: id, state: 'queued' }
    throw new Failure('conflict', 'Idempotency-Key: the first request with this key is still running', {
      retryAfterS: 1,
    })
  }
  if (message.status === 'unknown') throw lostAnswer(id, null)
  // Failed after it was taken: that was not the answer of the send, and events and /api/messages tell it.
  if (message.status === 'failed' && message.transportId === null && message.error) throw restoredFailure(message.error)
  return { messageId: id, state: 'sent' }
}

export function lostAnswer(id: string, cause: unknown): Failure {
  const sentence = `The message went out, but its answer was lost; whether it was sent is not known yet. Its id is ${id}: ask /api/messages/${id}, and do not send it again before that.`
  return new Failure('lost-answer', sentence, { cause, facts: { message_id: id } })
}

/** What a transport throws, in the words of this API; `what` says what was being done. */
export function failureOf(thrown: unknown, what: string): Failure {
  if (!(thrown instanceof SendError)) return Failure.from(thrown)
  const { message, facts, retryAfterMs, callersFault } = thrown
  // What was found wrong here, before the other side was asked to take it, is told as any wrong request is.
  if (callersFault && Object.keys(facts).length === 0) return new Failure('invalid', message, { cause: thrown })
  const retryAfter = retryAfterMs === null ? {} : { retryAfterS: Math.ceil(retryAfterMs / 1000) }
  return new Failure(thrown.outcome === 'lost' ? 'lost-answer' : 'upstream', `${what}: ${message}`, {
    cause: thrown,
    facts,
    ...retryAfter,
  })
}

/** A failure as it is kept with its message, and told again to the same key. */
export function storedFailure({ code, message, facts }: Failure): string {
  return JSON.stringify({ code, message, facts })
}

function restoredFailure(stored: string): Failure {
  const { code, message, facts } = JSON.parse(stored) as {
    code: FailureCode
    message: string
    facts: Record<string, unknown>
  }
  return new Failure(code, message, { facts })
}
