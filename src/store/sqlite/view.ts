// What a hook has not got, computed in SQL: the parts that lists, counts, the cache and pruning share.
import type { DeliveryState } from '../../model/delivery.ts'
import type { Hook } from '../../model/hook.ts'
import { wants } from '../../model/hook.ts'
import type { Standing, Stretch } from '../standing.ts'
import { END, gapsOf, isAhead, stretchesAhead } from '../standing.ts'
import type { Connection } from './connection.ts'
import type { EventRow } from './event-rows.ts'
import { kindNumbers, kindsOf, wantedKinds } from './kinds.ts'
import type { Reading } from './working.ts'

/** A state that the database knows; in flight is in memory only. */
export type KeptState = Exclude<DeliveryState, 'in_flight'>

/** The states that keep an event in the cache's view. */
const NOT_GOT: ReadonlySet<KeptState | null> = new Set(['waiting', 'held', 'retry', 'dead'])

/** Where hooks stand; one that is not in the database any more is left out. */
export function standings(c: Connection, hooks: readonly Hook[]): Standing[] {
  const found: Standing[] = []
  for (const hook of hooks) {
    const row = c.one<{ cursor: number; pausedAt: number | null; gaps: string }>(
      'SELECT cursor, paused_at AS pausedAt, gaps FROM hook WHERE no = ?',
      hook.no,
    )
    if (!row) continue
    const gaps: Stretch[] = JSON.parse(row.gaps)
    found.push({ hook, cursor: row.cursor, gaps: gapsOf({ ...row, gaps }) })
  }
  return found
}

/** What became of an event for a hook; null when it was never owed. */
export function stateOf(r: Reading, standing: Standing, event: EventRow): KeptState | null {
  const { hook } = standing
  const row = r.c.one<{ state: KeptState }>('SELECT state FROM delivery WHERE hook = ? AND seq = ?', hook.no, event.seq)
  if (row) return row.state
  if (wasDelivered(r.c, hook.no, event.seq)) return 'delivered'
  return isAhead(standing, event.seq) && wants(hook, described(r, event)) ? 'waiting' : null
}

/** Whether an attempt of that delivery went through. */
export function wasDelivered(c: Connection, hook: number, seq: number): boolean {
  return c.one('SELECT 1 FROM attempt WHERE hook = ? AND seq = ? AND error IS NULL', hook, seq) !== null
}

/** What a hook's filters look at. */
export function described(
  r: Reading,
  event: Pick<EventRow, 'kind' | 'chat'>,
): { type: string; account: string; chat: string | null } {
  const { type, account } = r.kinds.of(event.kind)
  return { type, account, chat: event.chat }
}

/** Whether an event is in the view of what some of the (active) hooks has not got. */
export function inView(r: Reading, places: readonly Standing[], event: EventRow): boolean {
  return event.wanted === 0 || places.some((place) => NOT_GOT.has(stateOf(r, place, event)))
}

/** The same for the many events of one stretch: what is filed under the hooks is read at once. */
export function viewOf(r: Reading, places: readonly Standing[], [from, to]: Stretch): (event: EventRow) => boolean {
  const filed = places.map((place) => ({ place, ...filedUnder(r.c, place.hook.no, [from, to]) }))
  return (event) =>
    event.wanted === 0 ||
    filed.some(
      ({ place, owed, finished }) =>
        owed.has(event.seq) ||
        (isAhead(place, event.seq) && !finished.has(event.seq) && wants(place.hook, described(r, event))),
    )
}

/** The events that a hook has not got although it has no need to read on, and those that it is done with. */
function filedUnder(c: Connection, hook: number, [from, to]: Stretch): { owed: Set<number>; finished: Set<number> } {
  const rows = c.all<{ seq: number; state: KeptState }>(
    `SELECT seq, 'delivered' AS state FROM attempt WHERE hook = ?1 AND seq BETWEEN ?2 AND ?3 AND error IS NULL
     UNION ALL SELECT seq, state FROM delivery WHERE hook = ?1 AND seq BETWEEN ?2 AND ?3`,
    hook,
    from,
    to,
  )
  const owed = new Set<number>()
  const finished = new Set<number>()
  for (const { seq, state } of rows) (NOT_GOT.has(state) ? owed : finished).add(seq)
  return { owed, finished }
}

/** Which of a hook's events to find: between two places, at most so many, oldest or newest first. */
export interface Window {
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly newestFirst: boolean
  /** Only of this type; null for all. */
  readonly type: string | null
  /** Only of these accounts; null for all. */
  readonly accounts: readonly string[] | null
}

/** The numbers of the events that wait for a hook without a row. */
export function waiting(r: Reading, standing: Standing, window: Window): number[] {
  const { no, chats } = standing.hook
  const wanted = wantedKinds(r.kinds, standing.hook, kindsOf(window.type, window.accounts))
  const stretches = stretchesAhead(standing, window.from, window.to)
  if (window.newestFirst) stretches.reverse()
  const found: number[] = []
  for (const [from, to] of stretches) {
    if (found.length >= window.limit) break
    const rows = r.c.all<{ seq: number }>(
      `SELECT e.seq FROM event e
       WHERE e.seq BETWEEN ?1 AND ?2 AND ${wantedSql(chats)}
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.hook = ?5 AND d.seq = e.seq)
         AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.hook = ?5 AND a.seq = e.seq AND a.error IS NULL)
       ORDER BY e.seq ${window.newestFirst ? 'DESC' : 'ASC'} LIMIT ?6`,
      from,
      to,
      wanted,
      JSON.stringify(chats),
      no,
      window.limit - found.length,
    )
    for (const { seq } of rows) found.push(seq)
  }
  return found
}

/** How many events wait for a hook without a row: counted whole, less the exceptions. */
export function waitingCount(r: Reading, standing: Standing): number {
  const { no, chats } = standing.hook
  const wanted = wantedKinds(r.kinds, standing.hook)
  let count = 0
  for (const [from, to] of stretchesAhead(standing, 0, END)) {
    const found = r.c.one<{ n: number }>(
      `SELECT (SELECT count(*) FROM event e WHERE e.seq BETWEEN ?1 AND ?2 AND ${wantedSql(chats)})
            - (SELECT count(*) FROM (
                 SELECT seq FROM delivery WHERE hook = ?5 AND seq BETWEEN ?1 AND ?2
                 UNION SELECT seq FROM attempt WHERE hook = ?5 AND seq BETWEEN ?1 AND ?2 AND error IS NULL
               ) x CROSS JOIN event e ON e.seq = x.seq WHERE ${wantedSql(chats)}) AS n`,
      from,
      to,
      wanted,
      JSON.stringify(chats),
      no,
    )
    count += found?.n ?? 0
  }
  return count
}

/** The hook's filters as a condition on `e`, with its kinds as ?3 and its chats as ?4. Both branches name ?4. */
function wantedSql(chats: readonly string[]): string {
  const kinds = 'e.kind IN (SELECT value FROM json_each(?3))'
  return chats.length > 0 ? `${kinds} AND e.chat IN (SELECT value FROM json_each(?4))` : `${kinds} AND ?4 IS NOT NULL`
}

/** The numbers of events that are in the view of the hooks, in order, each once. */
export function inViewSeqs(r: Reading, places: readonly Standing[], window: Window): number[] {
  const order = `${window.newestFirst ? 'DESC' : 'ASC'} LIMIT ?4`
  const kinds = kindNumbers(r.kinds, kindsOf(window.type, window.accounts))
  const isAny = window.type === null && window.accounts === null
  const isWithin = isAny ? '?3 IS NOT NULL' : 'e.kind IN (SELECT value FROM json_each(?3))'
  const found = new Set<number>()
  const add = (rows: readonly { seq: number }[]): void => {
    for (const { seq } of rows) found.add(seq)
  }
  const bounds = [window.from, window.to, kinds, window.limit] as const
  add(
    r.c.all(
      `SELECT e.seq FROM event e WHERE e.wanted = 0 AND e.seq BETWEEN ?1 AND ?2 AND ${isWithin} ORDER BY e.seq ${order}`,
      ...bounds,
    ),
  )
  for (const place of places) {
    for (const seq of waiting(r, place, window)) found.add(seq)
    add(
      r.c.all(
        `SELECT d.seq FROM delivery d CROSS JOIN event e ON e.seq = d.seq
         WHERE d.hook = ?5 AND d.seq BETWEEN ?1 AND ?2 AND d.state <> 'dropped' AND ${isWithin} ORDER BY d.seq ${order}`,
        ...bounds,
        place.hook.no,
      ),
    )
  }
  const ordered = [...found].sort((a, b) => (window.newestFirst ? b - a : a - b))
  return ordered.slice(0, window.limit)
}
