// The one error that a caller may see, and its closed list of codes.

/** Every kind of failure there is. Each surface owns one table from these to its own statuses. */
export const FAILURES = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'exists',
  'conflict',
  'mismatch',
  'unsupported',
  'not-connected',
  'disabled',
  'rate-limited',
  'too-large',
  'upstream',
  'lost-answer',
  'unavailable',
  'internal',
] as const
export type FailureCode = (typeof FAILURES)[number]

/** What each code means, for docs/errors.md and for the generated OpenAPI. */
export const FAILURE_MEANING: Record<FailureCode, string> = {
  invalid: 'The request is wrong; the sentence names the field and what it takes.',
  unauthenticated: 'No valid API key, bearer token or user and password came with the request.',
  forbidden: 'The key is valid but may not do this.',
  'not-found': 'There is nothing with that id.',
  exists: 'There is already one with that id.',
  conflict: 'The same request is still running; ask again when it has ended.',
  mismatch: 'The Idempotency-Key was used before with another body.',
  unsupported: 'This account, or this program, cannot do that; the sentence says what can.',
  'not-connected': 'The account has no working connection now; the sentence says why.',
  disabled: 'The account, or the feature, is switched off.',
  'rate-limited': 'Too many requests; Retry-After says when to come again.',
  'too-large': 'The body is larger than this operation takes.',
  upstream: 'WhatsApp or Meta refused; the sentence carries its words.',
  'lost-answer': 'The request went out and its answer was lost: what became of it is not known yet.',
  unavailable:
    'The server cannot take this now (no disk space, too much waiting); Retry-After says when to come again.',
  internal: 'A fault of the server; the log has the details.',
}

/** What a failure may carry besides its sentence. */
export interface FailureMore {
  /** For the log only. */
  readonly detail?: unknown
  readonly cause?: unknown
  /** Seconds after which the same request may be tried again. */
  readonly retryAfterS?: number
  /** Public facts, put beside the sentence in problem+json (for example `message_id`, or Meta's code). */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** `message` is public and says what to fix; `detail` and `cause` go to the log only. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly detail: unknown
  readonly retryAfterS: number | undefined
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: FailureCode, message: string, more: FailureMore = {}) {
    super(message, { cause: more.cause })
    this.name = 'Failure'
    this.code = code
    this.detail = more.detail
    this.retryAfterS = more.retryAfterS
    this.facts = more.facts ?? {}
  }

  /** Anything thrown, as a Failure: what is not one already is a fault of ours, and its text stays in the log. */
  static from(thrown: unknown): Failure {
    return thrown instanceof Failure ? thrown : new Failure('internal', 'Internal error', { cause: thrown })
  }
}
