// The time that retries are reckoned in: the wall clock's, without its jumps.
import type { Clock, Timer } from '../kit/clock.ts'

/** How much faster or slower than time itself it may run to meet the wall clock again. */
const SLEW = 0.2
/** How long a jump may go unnoticed by a timer, ms. */
const LOOK_MS = 60_000

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
  const now = (): number => {
    const at = steady()
    const passed = Math.max(at - last, 0)
    last = at
    const ahead = clock.now() - (time + passed)
    time += passed + Math.min(Math.max(ahead, -passed * SLEW), passed * SLEW)
    return Math.round(time)
  }
  /** How long a part of its time takes, ms. */
  const real = (ms: number): number => {
    const lag = clock.now() - now()
    return Math.min(Math.max(ms - lag, ms / (1 + SLEW)), ms / (1 - SLEW))
  }
  return {
    now,
    // In its own milliseconds, reckoned anew now and then: else what is planned for one moment each would come due
    // together, by timers that were set before the jump.
    after(ms, run) {
      const until = now() + ms
      const wait = (): Timer => {
        const left = Math.max(until - now(), 0)
        return left > LOOK_MS ? clock.after(real(LOOK_MS), () => (timer = wait())) : clock.after(real(left), run)
      }
      let timer = wait()
      return { cancel: () => timer.cancel() }
    },
  }
}
