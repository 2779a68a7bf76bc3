// Whether something was told before: keys by the second of the thing itself, as 64 bits of their hash, so that the keys
// of now lie in a few pages that are in memory; forgotten by the hour.
import { hash } from 'node:crypto'
import type { Connection } from './connection.ts'

const HOUR_MS = 3_600_000
const HOUR_S = 3600
/** Times outside 1970 to 2100 are nobody's clock; their keys share one second of their own. */
const LATEST_MS = Date.UTC(2100, 0)
const NO_TIME_S = -1
/** How many hours are remembered as touched before all are looked up again. */
const REMEMBERED = 4096
/** How many keys are forgotten in one unit of work, so that commits in between wait some 10 ms at most. */
const KEYS_AT_ONCE = 5000

export interface Dedupe {
  /** Notes the key, and that its hour was touched at `now` (ms). False when it was noted before. */
  isNew(at: number, key: string, now: number): boolean
}

export function dedupe(c: Connection): Dedupe {
  const touchedUntil = new Map<number, number>()
  c.onRollback(() => touchedUntil.clear())
  const touch = (hour: number, now: number): void => {
    if (now < (touchedUntil.get(hour) ?? Number.NEGATIVE_INFINITY)) return
    if (touchedUntil.size >= REMEMBERED) touchedUntil.clear()
    // Rounded up, so that one write an hour is enough and a key is never forgotten early.
    const until = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS
    touchedUntil.set(hour, until)
    c.run(
      'INSERT INTO dedupe_hour VALUES (?, ?) ON CONFLICT (hour) DO UPDATE SET touched = max(touched, excluded.touched)',
      hour,
      until,
    )
  }
  return {
    isNew(at, key, now) {
      const second = at >= 0 && at < LATEST_MS ? Math.floor(at / 1000) : NO_TIME_S
      touch(Math.floor(second / HOUR_S), now)
      return c.run('INSERT OR IGNORE INTO dedupe VALUES (?, ?)', second, hash64(key)) > 0
    },
  }
}

/** Forgets some keys of an hour that was not touched since `before` (ms); answers whether there may be more. */
export function pruneKeys(c: Connection, before: number): boolean {
  const old = c.one<{ hour: number }>('SELECT hour FROM dedupe_hour WHERE touched < ? LIMIT 1', before)
  if (!old) return false
  const gone = c.run(
    `DELETE FROM dedupe WHERE (second, hash) IN
       (SELECT second, hash FROM dedupe WHERE second BETWEEN ?1 AND ?1 + ${HOUR_S - 1} LIMIT ${KEYS_AT_ONCE})`,
    old.hour * HOUR_S,
  )
  if (gone < KEYS_AT_ONCE) c.run('DELETE FROM dedupe_hour WHERE hour = ?', old.hour)
  return true
}

function hash64(key: string): bigint {
  return hash('sha256', key, 'buffer').readBigInt64BE(0)
}
