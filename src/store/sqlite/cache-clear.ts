// Takes events out of the cache's view: one, all, or all of some accounts.
import type { Hook } from '../../model/hook.ts'
import type { Standing } from '../standing.ts'
import { END } from '../standing.ts'
import { countView } from './cache-count.ts'
import type { EventRow } from './event-rows.ts'
import { eventRow } from './event-rows.ts'
import type { Window } from './view.ts'
import { inViewSeqs, standings, stateOf, waiting } from './view.ts'
import type { Writing } from './working.ts'

/** What is on its way to a hook while the cache is emptied: as much as delivery reads ahead at most. */
const IN_FLIGHT = 1000
/** How many events of some accounts one unit of work takes out, so that commits in between wait some 30 ms at most. */
const AT_ONCE = 2000

/** Takes one event out: no hook of these gets it any more. */
export function drop(w: Writing, places: readonly Standing[], event: EventRow): void {
  for (const place of places) dropFor(w, place, event)
  markWanted(w, event)
}

/** Takes the event out for one hook, when it has not got it. */
function dropFor(w: Writing, place: Standing, event: EventRow): void {
  const state = stateOf(w, place, event)
  if (state === null || state === 'delivered' || state === 'dropped') return
  w.c.run(
    `INSERT INTO delivery VALUES (?, ?, ?, 'dropped', 0, NULL, NULL, 1)
     ON CONFLICT (hook, seq) DO UPDATE SET state = 'dropped', due_at = NULL, released = 1`,
    ...[place.hook.no, event.seq, event.chat],
  )
}

export function markWanted(w: Writing, event: EventRow): void {
  if (event.wanted === 0) w.c.run('UPDATE event SET wanted = 1 WHERE seq = ?', event.seq)
}

/** Takes all out; cursors move behind the head, so that what waits needs no row. Answers how many events. */
export function clearAll(w: Writing, hooks: readonly Hook[]): number {
  const { c } = w
  const places = standings(c, hooks)
  const count = countView(w, places, null).total
  for (const place of places) {
    const { no } = place.hook
    // Their attempts may still be told; a row keeps one that failed from being tried again.
    const window = { from: 0, to: END, limit: IN_FLIGHT, newestFirst: false, type: null, accounts: null }
    for (const seq of waiting(w, place, window)) {
      const event = eventRow(c, seq)
      if (event) dropFor(w, place, event)
    }
    c.run(
      `UPDATE delivery SET state = 'dropped', due_at = NULL, released = 1 WHERE hook = ? AND state <> 'dropped'`,
      no,
    )
    c.run(`UPDATE hook SET cursor = max(cursor, ?), gaps = '[]' WHERE no = ?`, w.head.seq + 1, no)
  }
  c.run('UPDATE event SET wanted = 1 WHERE wanted = 0')
  return count
}

/** What `clearSome` is asked: the accounts whose events go, and the part of the log to look at. */
export interface SomeToClear {
  readonly hooks: readonly Hook[]
  readonly accounts: readonly string[]
  readonly from: number
  /** Null: the head now, so that what comes while it goes on stays. */
  readonly to: number | null
}

/** How many events went, and where to go on; null when that was all. */
export interface Cleared {
  readonly gone: number
  readonly next: { readonly from: number; readonly to: number } | null
}

/** Takes the next events of these accounts out, oldest first; cursors stay, so what waits gets a row. */
export function clearSome(w: Writing, { hooks, accounts, from, to }: SomeToClear): Cleared {
  const places = standings(w.c, hooks)
  const end = to ?? w.head.seq
  const window = { from, to: end, limit: AT_ONCE, newestFirst: false, type: null, accounts }
  const seqs = inViewSeqs(w, places, window)
  const last = seqs.length < AT_ONCE ? end : (seqs.at(-1) ?? end)
  if (seqs.length > 0) dropMany(w, places, { seqs, window: { ...window, to: last } })
  return { gone: seqs.length, next: last < end ? { from: last + 1, to: end } : null }
}

/** Does for many events what `drop` does for one: `seqs`, ascending, are all of these accounts that are in the view. */
function dropMany(
  w: Writing,
  places: readonly Standing[],
  { seqs, window }: { seqs: readonly number[]; window: Window },
): void {
  const list = JSON.stringify(seqs)
  for (const place of places) {
    const { no } = place.hook
    const unfiled = waiting(w, place, window)
    w.c.run(
      `UPDATE delivery SET state = 'dropped', due_at = NULL, released = 1
       WHERE hook = ? AND seq IN (SELECT value FROM json_each(?)) AND state <> 'dropped'`,
      no,
      list,
    )
    w.c.run(
      `INSERT INTO delivery SELECT ?, e.seq, e.chat, 'dropped', 0, NULL, NULL, 1
       FROM json_each(?) x CROSS JOIN event e ON e.seq = x.value`,
      no,
      JSON.stringify(unfiled),
    )
  }
  w.c.run('UPDATE event SET wanted = 1 WHERE seq IN (SELECT value FROM json_each(?)) AND wanted = 0', list)
}
