// The time that retries are reckoned in: the wall clock's, without its jumps.
import type { Clock } from '../kit/clock.ts'

/** How much faster or slower than time itself it may run to meet the wall clock again. */
const SLEW = 0.2

/**
 * A wall clock that is set back by an hour must not freeze what waits for its retry, and one that leaps ahead must not
 * make everything due, or dead, at once. So this one never jumps: it follows the wall clock, and where that has jumped,
 * closes up to it at a fifth of the time that passes.
 */
export function evenClock(clock: Clock): Clock {
  const { steady } = clock
  if (!steady) return clock
  let time = clock.now()
  let last = steady()
  return {
    now() {
      const at = steady()
      const passed = Math.max(at - last, 0)
      last = at
      const ahead = clock.now() - (time + passed)
      time += passed + Math.min(Math.max(ahead, -passed * SLEW), passed * SLEW)
      return Math.round(time)
    },
    after: (ms, run) => clock.after(ms, run),
  }
}
