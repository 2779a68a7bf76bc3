// What went wrong with a call to Graph, as facts: whether it can have taken effect, and Meta's own words.

export interface Trouble {
  /**
   * `refused`: Graph said no, so nothing happened. `unreachable`: the call never left, so nothing happened.
   * `lost`: it left and no proper answer came, so nobody knows.
   */
  readonly outcome: 'refused' | 'unreachable' | 'lost'
  /** HTTP status, null when none came. */
  readonly status: number | null
  readonly code: number | null
  readonly subcode: number | null
  /** Meta's message, or in our words what broke. */
  readonly message: string
  /** `error_data.details`, or the sentence that Meta has for users. */
  readonly details: string | null
  /** `fbtrace_id`: what Meta's support asks for. */
  readonly trace: string | null
  /** Meta says that the same call may go through later. */
  readonly isTransient: boolean
  /** What Meta asks us to wait, in ms; null when it did not say. */
  readonly waitMs: number | null
}

/** Whether Graph was asked for a field that it does not have (in that version, or of that kind of object). */
export function isUnknownField(trouble: Trouble): boolean {
  return trouble.code === 100 && trouble.message.includes('nonexisting field')
}

/** A trouble with nothing known but how it went. */
export function plainTrouble(outcome: Trouble['outcome'], message: string, status: number | null = null): Trouble {
  return {
    outcome,
    status,
    code: null,
    subcode: null,
    message,
    details: null,
    trace: null,
    isTransient: false,
    waitMs: null,
  }
}

/** Why a connection or a call broke, in words that may be told. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the call failed'
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  const text =
    error.message === '' && error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : error.message
  return `${text === '' ? 'the connection failed' : text}${code}`
}
