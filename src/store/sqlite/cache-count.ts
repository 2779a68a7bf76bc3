// How many events are in the cache's view: counted in whole stretches of the log, then put right by the exceptions.
import type { Standing, Stretch } from '../standing.ts'
import { END, isAhead } from '../standing.ts'
import { wantedKinds } from './kinds.ts'
import type { Reading } from './working.ts'

/** Behind the numbers that stand for no letter (surrogates, https://www.unicode.org/glossary/#surrogate_code_point). */
const FIRST_LETTER = 0xe000
/** How many events are counted at once, so that the text stays small. */
const AT_ONCE = 500_000

/** Counts by kind. */
type Tally = Map<number, number>

/** An event that a hook has a row of, or has got; `owed` 1 when it has a row and has not got it. */
interface Exception {
  readonly seq: number
  readonly kind: number
  /** Null also where no hook asks for it. */
  readonly chat: string | null
  readonly wanted: number
  readonly owed: number
}

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
  const readers = places.map((place) => ({ place, waits: waitsFor(r, place) }))
  const withChat = places.some((place) => place.hook.chats.length > 0)
  const events = new Map<number, { event: Exception; finished: number; isOwed: boolean }>()
  for (const { place, waits } of readers)
    for (const found of exceptions(r, place, withChat)) {
      if (found.wanted === 0) continue
      const known = events.get(found.seq) ?? { event: found, finished: 0, isOwed: false }
      if (found.owed === 1) known.isOwed = true
      else if (waits(found)) known.finished += 1
      events.set(found.seq, known)
    }
  for (const { event, finished, isOwed } of events.values()) {
    let waiting = 0
    for (const { waits } of readers) if (waits(event)) waiting += 1
    const isIn = isOwed || waiting > finished
    if (isIn !== waiting > 0) add(tally, event.kind, isIn ? 1 : -1)
  }
}

/** Whether the hook would get the event by reading on; finds the kinds that it wants once, since there may be many events. */
function waitsFor(r: Reading, place: Standing): (event: Exception) => boolean {
  const kinds = new Set<number>(JSON.parse(wantedKinds(r.kinds, place.hook)))
  const { chats } = place.hook
  return ({ seq, kind, chat }) =>
    kinds.has(kind) && isAhead(place, seq) && (chats.length === 0 || (chat !== null && chats.includes(chat)))
}

/** Each event of the hook once: a row goes before an attempt that went through, since it was made after it. */
function exceptions({ c }: Reading, { hook, cursor }: Standing, withChat: boolean): Exception[] {
  const event = `e.kind, ${withChat ? 'e.chat' : 'NULL AS chat'}, e.wanted`
  return c.all<Exception>(
    `SELECT a.seq, ${event}, 0 AS owed FROM attempt a CROSS JOIN event e ON e.seq = a.seq
       WHERE a.hook = ?1 AND a.seq >= ?2 AND a.error IS NULL
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.hook = ?1 AND d.seq = a.seq) GROUP BY a.seq
     UNION ALL
     SELECT d.seq, ${event}, d.state <> 'dropped' FROM delivery d CROSS JOIN event e ON e.seq = d.seq
       WHERE d.hook = ?1 AND (d.seq >= ?2 OR d.state <> 'dropped')`,
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
