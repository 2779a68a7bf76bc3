// The times that a line keeps; tests bring their own.

export interface Tune {
  /** Without a frame for so long WhatsApp is asked whether it is there, ms. */
  readonly quietMs: number
  /** And has so long to answer, ms. */
  readonly answerMs: number
  /** How long a login may take, ms. */
  readonly loginMs: number
  /** For how long the first QR code may be waited for, ms. */
  readonly firstQrMs: number
  /** The least and the most wait before the connection is opened anew, ms. */
  readonly leastWaitMs: number
  readonly mostWaitMs: number
  /** A connection that was open for so long begins the waits from the least again, ms. */
  readonly steadyMs: number
  /** Wait before the one try after the session was opened somewhere else, ms. */
  readonly replacedWaitMs: number
  /** About how often an end is looked at again that needs its owner and yet may heal by itself, ms. */
  readonly lookMs: number
  /** Logins at a time, of all lines, and the least time between two, ms. */
  readonly startsAtOnce: number
  readonly startSpacingMs: number
}

/** A dead connection is found within 45 s. */
export const TUNE: Tune = {
  quietMs: 25_000,
  answerMs: 20_000,
  loginMs: 60_000,
  firstQrMs: 30_000,
  leastWaitMs: 1000,
  mostWaitMs: 5 * 60_000,
  steadyMs: 60_000,
  replacedWaitMs: 60_000,
  lookMs: 3600_000,
  startsAtOnce: 5,
  startSpacingMs: 200,
}
