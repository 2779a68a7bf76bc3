// Keeps the connections to receivers: one pool for all hooks of an origin, made when needed and closed when idle.
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { Pool } from 'undici'
import type { Clock, Timer } from '../../kit/clock.ts'
import type { EgressGuard } from '../../kit/egress.ts'

/** How long a connection without work is kept when the receiver does not say, ms. */
const KEEP_ALIVE_MS = 65_000
/** How long one of several addresses of a name may take to connect before the next is tried as well, ms. */
const NEXT_ADDRESS_MS = 2000
/** How often idle pools are looked for, ms. */
const SWEEP_MS = 60_000

/** Where a hook's requests go, and whether the certificate there is not to be checked. */
export interface Target {
  readonly origin: string
  readonly isInsecure: boolean
}

/** The pool of one target, in use between `enter` and `leave`. */
export interface Lane {
  readonly pool: Pool
  /** Numbers of the hooks that send here. */
  readonly hooks: Set<number>
  inFlight: number
  /** ms since epoch */
  idleSince: number
}

export interface PoolOptions {
  readonly guard: EgressGuard
  readonly clock: Clock
  /** What a whole exchange may take, and so a connection at most, ms. */
  readonly timeoutMs: number
  /** A pool that nothing was sent on for so long is closed, ms. */
  readonly idleMs: number
  /** Certificates of authorities that are trusted besides the usual ones, PEM. */
  readonly ca: readonly string[]
}

export interface Pools {
  /** The lane to send on, counted as busy until `leave`; makes it when there is none. */
  enter(target: Target, hook: number): Lane
  leave(lane: Lane): void
  /** The hook sends nowhere any more; a pool that no other hook uses is closed when its last answer is in. */
  forget(hook: number): void
  /** How many pools there are. */
  count(): number
  /** Drops every connection. */
  destroy(): Promise<void>
}

function laneMaker(options: PoolOptions): (target: Target) => Lane {
  const { guard, clock, timeoutMs, ca } = options
  let context: SecureContext | null = null
  return ({ origin, isInsecure }) => {
    // One for all: to read the authorities' certificates for every connection takes longer than the handshake.
    context ??= createSecureContext(ca.length > 0 ? { ca: [...getCACertificates('default'), ...ca] } : {})
    const connect = guard.connector({
      timeout: timeoutMs,
      rejectUnauthorized: !isInsecure,
      secureContext: context,
      allowH2: false,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    })
    // No limit on connections: each hook has its own, and one for all would let a slow hook hold up its neighbours.
    // No timeouts of undici's: one timer is kept for the exchange as a whole.
    const pool = new Pool(origin, {
      connect,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    return { pool, hooks: new Set(), inFlight: 0, idleSince: clock.now() }
  }
}

/** Makes the keeper of connections. */
export function createPools(options: PoolOptions): Pools {
  const { clock, idleMs } = options
  const lanes = new Map<string, Lane>()
  const make = laneMaker(options)
  let sweeper: Timer | null = null

  const drop = (key: string, lane: Lane) => {
    lanes.delete(key)
    lane.pool.close().catch(() => {})
  }
  const sweep = () => {
    const now = clock.now()
    for (const [key, lane] of lanes) {
      if (lane.inFlight === 0 && now - lane.idleSince >= idleMs) drop(key, lane)
    }
    sweeper = lanes.size > 0 ? clock.after(Math.min(SWEEP_MS, idleMs), sweep) : null
  }
  return {
    enter(target, hook) {
      const key = target.isInsecure ? `!${target.origin}` : target.origin
      let lane = lanes.get(key)
      if (!lane) {
        lane = make(target)
        lanes.set(key, lane)
        sweeper ??= clock.after(Math.min(SWEEP_MS, idleMs), sweep)
      }
      lane.hooks.add(hook)
      lane.inFlight++
      return lane
    },
    leave(lane) {
      lane.inFlight--
      if (lane.inFlight === 0) lane.idleSince = clock.now()
    },
    forget(hook) {
      for (const [key, lane] of lanes) {
        if (lane.hooks.delete(hook) && lane.hooks.size === 0) drop(key, lane)
      }
    },
    count: () => lanes.size,
    async destroy() {
      sweeper?.cancel()
      sweeper = null
      const all = [...lanes.values()]
      lanes.clear()
      await Promise.all(all.map((lane) => lane.pool.destroy()))
    },
  }
}
