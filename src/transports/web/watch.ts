// Notices that a connection is dead while it looks open: the trouble that nobody else would tell of.
import type { Clock, Timer } from '../../kit/clock.ts'

export interface WatchParts {
  readonly clock: Clock
  /** After so long without a frame WhatsApp is asked, ms. */
  readonly quietMs: number
  /** And has so long to answer, ms. */
  readonly answerMs: number
  /** Asks; whatever comes then is an answer. */
  readonly ask: (withinMs: number) => Promise<void>
  /** Called once: nothing came. */
  readonly silent: (forMs: number) => void
}

export interface Watch {
  /** A frame came. */
  heard(): void
  /** Since when it watches, ms. */
  watchedMs(): number
  stop(): void
}

/** How often it is looked at in the time that may be quiet. */
const LOOKS = 5

/**
 * Begins at once, as if something had just been heard. A machine that slept, or was moved while it stood still, notices
 * nothing of that but a jump of its wall clock: who may have been away so long asks, too.
 */
export function watch(parts: WatchParts): Watch {
  const { clock, quietMs, answerMs } = parts
  const steady = () => clock.steady?.() ?? clock.now()
  const beganAt = steady()
  let heardAt = beganAt
  let heardOn = clock.now()
  let timer: Timer
  const listen = () => {
    const quiet = Math.max(steady() - heardAt, clock.now() - heardOn)
    if (quiet < quietMs) timer = clock.after(Math.min(quietMs - quiet, quietMs / LOOKS), listen)
    else ask()
  }
  const ask = () => {
    const askedAt = steady()
    parts.ask(answerMs).catch(() => {})
    timer = clock.after(answerMs, () => {
      if (heardAt >= askedAt) listen()
      else parts.silent(steady() - heardAt)
    })
  }
  listen()
  return {
    heard() {
      heardAt = steady()
      heardOn = clock.now()
    },
    watchedMs: () => steady() - beganAt,
    stop: () => timer.cancel(),
  }
}
