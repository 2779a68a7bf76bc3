// How many events are in the cache's view: counted in whole stretches of the log, then put right by the exceptions.
import { wants } from '../../model/hook.ts'
import type { Standing, Stretch } from '../standing.ts'
import { END, isAhead } from '../standing.ts'
import type { EventRow } from './events.ts'
import { wantedKinds } from './kinds.ts'
import type { Reading } from './units.ts'
import type { KeptState } from './view.ts'
import { described } from './view.ts'

/** Counts by kind. */
type Tally = Map<number, number>
type Exception = EventRow & { readonly hook: number; readonly state: KeptState }

/** The size of the view of these hooks, in all and by type. */
export function countView(r: Reading, places: readonly Standing[]): { total: number; byType: Record<string, number> } {
  const tally: Tally = new Map()
  for (const stretch of stretches(places)) countStretch(r, { places, stretch, tally })
  countExceptions(r, places, tally)
  const byType = new Map<string, number>()
  let total = 0
  for (const [kind, count] of tally) {
    const { type } = r.kinds.of(kind)
    if (count !== 0) byType.set(type, (byType.get(type) ?? 0) + count)
    total += count
  }
  return { total, byType: Object.fromEntries(byType) }
}

/** The log cut where a cursor or a gap lies, so that within a stretch the same hooks read. */
function stretches(places: readonly Standing[]): Stretch[] {
  const starts = new Set([0])
  for (const { cursor, gaps } of places) {
    starts.add(cursor)
    for (const [from, to] of gaps) starts.add(from).add(to + 1)
  }
  const ordered = [...starts].filter((start) => start <= END).sort((a, b) => a - b)
  return ordered.map((start, index) => [start, (ordered[index + 1] ?? END) - 1])
}

/** Counts a stretch as if nothing in it were finished or had a row. */
function countStretch(r: Reading, part: { places: readonly Standing[]; stretch: Stretch; tally: Tally }): void {
  const [from, to] = part.stretch
  const readers = part.places.filter((place) => isAhead(place, from))
  const isWanted = readers.map(({ hook }) =>
    hook.chats.length > 0
      ? `(e.kind IN (SELECT value FROM json_each(${quoted(wantedKinds(r.kinds, hook))}))
          AND e.chat IN (SELECT value FROM json_each(${quoted(JSON.stringify(hook.chats))})))`
      : null,
  )
  const anyChat = new Set<number>()
  for (const { hook } of readers)
    if (hook.chats.length === 0) for (const kind of JSON.parse(wantedKinds(r.kinds, hook))) anyChat.add(kind)
  const conditions = ['e.wanted = 0', ...isWanted.filter((text) => text !== null)]
  if (anyChat.size > 0)
    conditions.push(`e.kind IN (SELECT value FROM json_each(${quoted(JSON.stringify([...anyChat]))}))`)
  const rows = r.c.db
    .prepare(
      `SELECT e.kind, count(*) AS n FROM event e WHERE e.seq BETWEEN ? AND ? AND (${conditions.join(' OR ')}) GROUP BY e.kind`,
    )
    .all(from, to)
  for (const row of rows) add(part.tally, Number(row.kind), Number(row.n))
}

/** Puts right what the whole count said of each event that has a row, or is finished at or above a cursor. */
function countExceptions(r: Reading, places: readonly Standing[], tally: Tally): void {
  const byHook = new Map(places.map((place) => [place.hook.no, place]))
  const events = new Map<number, { event: Exception; states: Map<number, KeptState> }>()
  for (const place of places)
    for (const found of exceptions(r, place)) {
      const known = events.get(found.seq) ?? { event: found, states: new Map() }
      known.states.set(found.hook, found.state)
      events.set(found.seq, known)
    }
  for (const { event, states } of events.values()) {
    if (event.wanted === 0) continue
    const what = described(r, event)
    let counted = false
    let isIn = false
    for (const place of byHook.values()) {
      const state = states.get(place.hook.no)
      const waits = isAhead(place, event.seq) && wants(place.hook, what)
      if (waits) counted = true
      if (state === undefined ? waits : state !== 'dropped' && state !== 'delivered') isIn = true
    }
    if (isIn !== counted) add(tally, event.kind, isIn ? 1 : -1)
  }
}

/** A row goes before an attempt that went through, since it was made after it. */
function exceptions(r: Reading, { hook, cursor }: Standing): Exception[] {
  return r.c.all<Exception>(
    `SELECT a.hook, 'delivered' AS state, e.seq, e.kind, e.chat, e.at, e.wanted
       FROM attempt a CROSS JOIN event e ON e.seq = a.seq WHERE a.hook = ?1 AND a.seq >= ?2 AND a.error IS NULL
     UNION ALL
     SELECT d.hook, d.state, e.seq, e.kind, e.chat, e.at, e.wanted
       FROM delivery d CROSS JOIN event e ON e.seq = d.seq WHERE d.hook = ?1 AND (d.seq >= ?2 OR d.state <> 'dropped')`,
    hook.no,
    cursor,
  )
}

function add(tally: Tally, kind: number, count: number): void {
  tally.set(kind, (tally.get(kind) ?? 0) + count)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
