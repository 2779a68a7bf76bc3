// Counts what went wrong on a line, and says how long to wait before its connection is opened anew.
import type { Clock } from '../../kit/clock.ts'
import { backoffMs, type Wait } from './reconnect.ts'
import type { Tune } from './tune.ts'

const DAY_MS = 24 * 3600_000

export interface Waits {
  /** A connection ended that had been open for so long, ms. */
  ended(openForMs: number): void
  /** A phone was linked: the restart that follows is no trouble. */
  linked(): void
  /** Whether the session was taken over from somewhere else before, not long ago. */
  isSecond(): boolean
  /** Before the next connection, ms; 0: at once. */
  before(wait: Wait): number
  /** Before something that only heals by itself is looked at again, ms: never together with others. */
  beforeLook(): number
}

export function createWaits(clock: Clock, tune: Tune): Waits {
  const steady = () => clock.steady?.() ?? clock.now()
  let failures = 0
  /** How often in a row a restart is asked for before it is waited for like any other end. */
  let restarts = 1
  let replacedAt = Number.NEGATIVE_INFINITY
  return {
    ended(openForMs) {
      if (openForMs < tune.steadyMs) return
      failures = 0
      restarts = 1
    },
    linked() {
      restarts = 2
    },
    isSecond: () => steady() - replacedAt < DAY_MS,
    before(wait) {
      if (wait === 'long') {
        replacedAt = steady()
        return tune.replacedWaitMs
      }
      if (wait === 'none' && restarts > 0) {
        restarts -= 1
        return 0
      }
      failures += 1
      return backoffMs(failures, { leastMs: tune.leastWaitMs, mostMs: tune.mostWaitMs, random: Math.random() })
    },
    beforeLook: () => tune.lookMs * (0.8 + 0.4 * Math.random()),
  }
}
