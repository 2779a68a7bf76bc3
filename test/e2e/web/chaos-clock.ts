// A clock whose waits take a fraction of their time, so that the usual ones of the product can be waited for.
import type { Clock } from '../../../src/kit/clock.ts'

/** So many seconds of waiting pass in one. */
const SPEED = 20

export interface QuickClock extends Clock {
  readonly steady: () => number
}

/** The time of day stays the machine's: a store that is a moment late must not look like one that stands still. */
export function quickClock(): QuickClock {
  return {
    now: () => Date.now(),
    steady: () => performance.now() * SPEED,
    after(ms, run) {
      const timer = setTimeout(run, Math.min(Math.max(ms, 0) / SPEED, 2_147_483_647)).unref()
      return { cancel: () => clearTimeout(timer) }
    },
  }
}
