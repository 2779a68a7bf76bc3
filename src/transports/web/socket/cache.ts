// Remembers for a while, and never more than so much: what the library and we would otherwise ask WhatsApp again.
import type { Clock } from '../../../kit/clock.ts'

/** The shape that the library wants of a cache. */
export interface Cache {
  get<T>(key: string): T | undefined
  set<T>(key: string, value: T): void
  del(key: string): void
  flushAll(): void
}

/** Entries live `ttlMs` from when they were set; the ones set first go first when there are more than `most`. */
export function createCache(clock: Clock, { ttlMs, most }: { readonly ttlMs: number; readonly most: number }): Cache {
  const kept = new Map<string, { readonly value: unknown; readonly until: number }>()
  return {
    get<T>(key: string): T | undefined {
      const found = kept.get(key)
      if (!found) return undefined
      if (found.until > clock.now()) return found.value as T
      kept.delete(key)
      return undefined
    },
    set(key, value) {
      kept.delete(key)
      kept.set(key, { value, until: clock.now() + ttlMs })
      const oldest = kept.size > most ? kept.keys().next().value : undefined
      if (oldest !== undefined) kept.delete(oldest)
    },
    del: (key) => void kept.delete(key),
    flushAll: () => kept.clear(),
  }
}

/** What outlives a connection, one set for each account. */
export interface Caches {
  readonly groups: Cache
  readonly devices: Cache
  readonly retries: Cache
  readonly calls: Cache
  readonly placeholders: Cache
  /** Ids of messages that were told as unreadable. */
  readonly unreadable: Cache
}

const MINUTE = 60_000

export function createCaches(clock: Clock): Caches {
  return {
    groups: createCache(clock, { ttlMs: 5 * MINUTE, most: 200 }),
    devices: createCache(clock, { ttlMs: 5 * MINUTE, most: 2000 }),
    retries: createCache(clock, { ttlMs: 60 * MINUTE, most: 2000 }),
    calls: createCache(clock, { ttlMs: 5 * MINUTE, most: 100 }),
    placeholders: createCache(clock, { ttlMs: 60 * MINUTE, most: 500 }),
    unreadable: createCache(clock, { ttlMs: 24 * 60 * MINUTE, most: 2000 }),
  }
}
