// Events as they lie in the database, and how they are read back.
import type { RecordedEvent } from '../../model/event.ts'
import type { Connection } from './connection.ts'
import type { Kinds } from './kinds.ts'
import type { Reading } from './working.ts'

/** An event as it lies in the log, without what it says. */
export interface EventRow {
  readonly seq: number
  readonly kind: number
  readonly chat: string | null
  readonly at: number
  readonly wanted: number
}

/** The same with what it says. */
export interface FullRow extends EventRow {
  readonly data: string
  readonly raw: string | null
}

/** Where the highest `seq` is kept when its event is pruned. */
export const HEAD = 'store.head'
/** Selects whole events. */
export const FULL =
  'SELECT e.seq, e.kind, e.chat, e.at, e.wanted, p.data, p.raw FROM event e JOIN payload p ON p.seq = e.seq'

/** The highest `seq` that was ever given, also when its event is pruned. */
export function logHead(c: Connection): number {
  const found = c.one<{ head: number }>(
    `SELECT max(coalesce((SELECT max(seq) FROM event), 0),
                coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE key = '${HEAD}'), 0)) AS head`,
  )
  return found?.head ?? 0
}

/** The event's row in the log, or null. */
export function eventRow(c: Connection, seq: number): EventRow | null {
  return c.one<EventRow>('SELECT seq, kind, chat, at, wanted FROM event WHERE seq = ?', seq)
}

/** The events of those numbers, in the order of the numbers. */
export function fullEvents(r: Reading, seqs: readonly number[]): RecordedEvent[] {
  const events: RecordedEvent[] = []
  for (const seq of seqs) {
    const row = r.c.one<FullRow>(`${FULL} WHERE e.seq = ?`, seq)
    if (row) events.push(recorded(r.kinds, row))
  }
  return events
}

/** A row with what it says, as the event that it is. */
export function recorded(kinds: Kinds, row: FullRow): RecordedEvent {
  const { type, account } = kinds.of(row.kind)
  return { seq: row.seq, type, account, chat: row.chat, at: row.at, data: row.data, raw: row.raw }
}
