// How many events are in the cache's view: counted in whole stretches of the log, then put right by the exceptions.
import { wants } from '../../model/hook.ts'
import type { Standing, Stretch } from '../standing.ts'
import { END, isAhead } from '../standing.ts'
import type { EventRow } from './event-rows.ts'
import { wantedKinds } from './kinds.ts'
import type { KeptState } from './view.ts'
import { described } from './view.ts'
import type { Reading } from './working.ts'

/** Behind the numbers that stand for no letter (surrogates, https://www.unicode.org/glossary/#surrogate_code_point). */
const FIRST_LETTER = 0xe000
/** How many events are counted at once, so that the text stays small. */
const AT_ONCE = 500_000

/** Counts by kind. */
type Tally = Map<number, number>
type Exception = EventRow & { readonly hook: number; readonly state: KeptState }

/** The size of the view of these hooks, in all and by type; `accounts` null counts all, else only events of these. */
export function countView(
  r: Reading,
  places: readonly Standing[],
  accounts: readonly string[] | null,
): { total: number; byType: Record<string, number> } {
  const tally: Tally = new Map()
  for (const stretch of stretches(places)) countStretch(r, { places, stretch, tally })
  countExceptions(r, places, tally)
  const byType = new Map<string, number>()
  let total = 0
  for (const [kind, count] of tally) {
    const { type, account } = r.kinds.of(kind)
    if (accounts !== null && !accounts.includes(account)) continue
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
function countStretch(
  r: Reading,
  { places, stretch, tally }: { places: readonly Standing[]; stretch: Stretch; tally: Tally },
): void {
  const readers = places.filter((place) => isAhead(place, stretch[0]))
  const anyChat = new Set<number>()
  for (const { hook } of readers)
    if (hook.chats.length === 0) for (const kind of JSON.parse(wantedKinds(r.kinds, hook))) anyChat.add(kind)
  const last = Math.min(stretch[1], logEnd(r))
  for (let from = stretch[0]; from <= last; from += AT_ONCE) {
    const bounds: Stretch = [from, Math.min(last, from + AT_ONCE - 1)]
    for (const [letter, count] of letters(r, bounds, anyChat.size > 0)) {
      const kind = letter >> 1
      const isUnwanted = (letter & 1) === 0
      if (isUnwanted || anyChat.has(kind)) add(tally, kind, count)
    }
  }
  const byChat = readers.filter((place) => place.hook.chats.length > 0)
  if (byChat.length > 0) countByChat(r, { byChat, anyChat, stretch, tally })
}

/**
 * How often there is each kind, doubled, plus one when it was wanted. They come as the letters of one text: grouping in
 * SQL sorts all rows first, which takes thrice as long (measured at a million).
 */
function letters({ c }: Reading, bounds: Stretch, withWanted: boolean): Map<number, number> {
  const found = c.one<{ text: string | null }>(
    `SELECT group_concat(char(${FIRST_LETTER} + e.kind * 2 + e.wanted), '') AS text
     FROM event e WHERE e.seq BETWEEN ? AND ? ${withWanted ? '' : 'AND e.wanted = 0'}`,
    ...bounds,
  )
  const counts: Tally = new Map()
  for (const letter of found?.text ?? '') add(counts, (letter.codePointAt(0) ?? 0) - FIRST_LETTER, 1)
  return counts
}

/** What is wanted only by hooks that want some chats, and by no other. */
function countByChat(
  r: Reading,
  part: { byChat: readonly Standing[]; anyChat: ReadonlySet<number>; stretch: Stretch; tally: Tally },
): void {
  const isWanted = part.byChat.map(({ hook }) => {
    const kinds = quoted(wantedKinds(r.kinds, hook))
    const chats = quoted(JSON.stringify(hook.chats))
    return `(e.kind IN (SELECT value FROM json_each(${kinds})) AND e.chat IN (SELECT value FROM json_each(${chats})))`
  })
  const rows = r.c.db
    .prepare(
      `SELECT e.kind, count(*) AS n FROM event e WHERE e.seq BETWEEN ? AND ? AND e.wanted = 1 AND (${isWanted.join(' OR ')})
         AND e.kind NOT IN (SELECT value FROM json_each(${quoted(JSON.stringify([...part.anyChat]))})) GROUP BY e.kind`,
    )
    .all(...part.stretch)
  for (const row of rows) add(part.tally, Number(row.kind), Number(row.n))
}

function logEnd({ c }: Reading): number {
  return c.one<{ seq: number | null }>('SELECT max(seq) AS seq FROM event')?.seq ?? 0
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
