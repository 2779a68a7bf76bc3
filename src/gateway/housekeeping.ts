// Forgets what need not be kept any more, a little at a time.
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { Store } from '../store/store.ts'
import type { Hooks } from './hooks.ts'

const DAY_MS = 24 * 3600_000
/** Meta repeats a callback for up to seven days. */
const DEDUPE_MS = 9 * DAY_MS
/** An Idempotency-Key is good for a day. */
const KEYS_MS = DAY_MS
const EVERY_MS = 10 * 60_000
/** Rows forgotten in one unit: few enough that nobody waits for it. */
const AT_ONCE = 1000

export interface HousekeepingDeps {
  readonly store: Pick<Store, 'events' | 'messages' | 'cache' | 'audit'>
  readonly hooks: Pick<Hooks, 'active'>
  readonly clock: Clock
  readonly log: Log
  /** How long finished events, their attempts and messages are kept, ms. */
  readonly retentionMs: number
  /** Puts away files that were kept long enough. */
  readonly sweepMedia: () => Promise<void>
  /** How long the audit log is kept, ms. */
  readonly auditMs: number
  /** How long, and how many, dead and unwanted events are kept. */
  readonly cache: { readonly maxAgeMs: number; readonly maxEvents: number }
}

export interface Housekeeping {
  start(): void
  stop(): void
}

export function createHousekeeping(deps: HousekeepingDeps): Housekeeping {
  let timer: Timer | null = null
  let stopped = false

  const sweep = async (): Promise<void> => {
    const { store, hooks, clock, retentionMs, auditMs, cache } = deps
    const now = clock.now()
    const full = async (forget: () => Promise<number>): Promise<void> => {
      while (!stopped && (await forget()) >= AT_ONCE);
    }
    await store.cache.trim(hooks.active(), now - cache.maxAgeMs, cache.maxEvents)
    await full(() => store.events.prune(now - retentionMs, now - DEDUPE_MS, AT_ONCE))
    await full(() => store.messages.prune(now - retentionMs, now - KEYS_MS, AT_ONCE))
    await full(() => store.audit.prune(now - auditMs, AT_ONCE))
    await deps.sweepMedia()
  }
  const later = (): void => {
    timer = deps.clock.after(EVERY_MS, () => {
      void sweep()
        .catch((thrown) => deps.log.warn('old records could not be forgotten', { cause: thrown }))
        .then(() => stopped || later())
    })
  }

  return {
    start: later,
    stop() {
      stopped = true
      timer?.cancel()
    },
  }
}
