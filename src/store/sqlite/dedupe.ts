// Whether something was told before: keys by the hour of the thing itself, as 64 bits of their hash.
import { hash } from 'node:crypto'
import type { Connection } from './connection.ts'

const HOUR_MS = 3_600_000
/** Times outside 1970 to 2100 are nobody's clock; their keys share one bucket. */
const LATEST_MS = Date.UTC(2100, 0)
const NO_TIME = -1
/** How many buckets are remembered as touched before all are looked up again. */
const REMEMBERED = 4096
/** How many keys are forgotten in one unit of work, so that commits in between wait some 10 ms at most. */
const KEYS_AT_ONCE = 5000

export interface Dedupe {
  /** Notes the key, and that its bucket was touched at `now` (ms). False when it was noted before. */
  isNew(at: number, key: string, now: number): boolean
}

export function dedupe(c: Connection): Dedupe {
  const touchedUntil = new Map<number, number>()
  c.onRollback(() => touchedUntil.clear())
  const touch = (bucket: number, now: number): void => {
    if (now < (touchedUntil.get(bucket) ?? Number.NEGATIVE_INFINITY)) return
    if (touchedUntil.size >= REMEMBERED) touchedUntil.clear()
    // Rounded up, so that one write an hour is enough for a bucket and a key is never forgotten early.
    const until = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS
    touchedUntil.set(bucket, until)
    c.run(
      'INSERT INTO bucket VALUES (?, ?) ON CONFLICT (bucket) DO UPDATE SET touched = max(touched, excluded.touched)',
      bucket,
      until,
    )
  }
  return {
    isNew(at, key, now) {
      const bucket = at >= 0 && at < LATEST_MS ? Math.floor(at / HOUR_MS) : NO_TIME
      touch(bucket, now)
      return c.run('INSERT OR IGNORE INTO dedupe VALUES (?, ?)', bucket, hash64(key)) > 0
    },
  }
}

/** Forgets some keys of a bucket that was not touched since `before` (ms); answers whether there may be more. */
export function pruneKeys(c: Connection, before: number): boolean {
  const old = c.one<{ bucket: number }>('SELECT bucket FROM bucket WHERE touched < ? LIMIT 1', before)
  if (!old) return false
  const gone = c.run(
    'DELETE FROM dedupe WHERE bucket = ?1 AND hash IN (SELECT hash FROM dedupe WHERE bucket = ?1 LIMIT ?2)',
    old.bucket,
    KEYS_AT_ONCE,
  )
  if (gone < KEYS_AT_ONCE) c.run('DELETE FROM bucket WHERE bucket = ?', old.bucket)
  return true
}

function hash64(key: string): bigint {
  return hash('sha256', key, 'buffer').readBigInt64BE(0)
}
