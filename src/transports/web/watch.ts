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
  stop(): void
}

/** Begins at once, as if something had just been heard. */
export function watch(parts: WatchParts): Watch {
  const { clock, quietMs, answerMs } = parts
  const steady = () => clock.steady?.() ?? clock.now()
  let heardAt = steady()
  let timer: Timer
  const listen = () => {
    const quiet = steady() - heardAt
    if (quiet < quietMs) timer = clock.after(quietMs - quiet, listen)
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
  timer = clock.after(quietMs, listen)
  return {
    heard() {
      heardAt = steady()
    },
    stop: () => timer.cancel(),
  }
}
