// When a failed delivery is tried again, and when it is given up.
import type { RetryPolicy } from '../model/hook.ts'

/** What to do after a failed attempt: try again at `dueAt` (ms since epoch), or give up. */
export type Next = { readonly dueAt: number } | 'dead'

export interface Failed {
  /** How often it was tried by now, 1 or more. */
  readonly attempts: number
  /** The first attempt, ms since epoch. */
  readonly firstAt: number
  readonly now: number
  /** What the receiver asked for (Retry-After), ms. */
  readonly retryAfterMs: number | null
}

/** Jitter spreads retries that failed together, by up to a fifth to either side. */
const JITTER = 0.2
/** A receiver that says "at once" still gets a second. */
const LEAST_MS = 1000

/**
 * The receiver's own wish goes before the schedule, and is never shortened by jitter. The last try is made when the
 * time is up, so that what the schedule would put beyond it is not lost.
 */
export function nextAttempt(policy: RetryPolicy, failed: Failed, random: () => number): Next {
  const givenUpAt = failed.firstAt + policy.giveUpAfterS * 1000
  if (failed.now >= givenUpAt) return 'dead'
  const step = policy.delaysS[Math.min(failed.attempts, policy.delaysS.length) - 1] ?? 0
  const planned = step * 1000 * (1 - JITTER + 2 * JITTER * random())
  const wait = failed.retryAfterMs === null ? planned : Math.max(failed.retryAfterMs, LEAST_MS)
  return { dueAt: Math.min(Math.round(failed.now + wait), givenUpAt) }
}

/** What a receiver may ask for with Retry-After at most, ms. */
const LONGEST_ASKED_MS = 8 * 3_600_000

/** No retry waits for longer than this, ms; one that seems to was planned by a clock that has been set back since. */
export function longestWaitMs(policy: RetryPolicy): number {
  const planned = Math.max(0, ...policy.delaysS) * 1000 * (1 + JITTER)
  return Math.max(planned, LONGEST_ASKED_MS) + LEAST_MS
}

/** Failures after which an event stops holding up its chat, if the hook took others meanwhile. */
export const RELEASED_AFTER = 5
