// The cache in the database: the view of what some active hook has not got, and what is done with it.
import type { RecordedEvent } from '../../model/event.ts'
import type { Hook } from '../../model/hook.ts'
import { wants } from '../../model/hook.ts'
import type { Standing } from '../standing.ts'
import { END } from '../standing.ts'
import type { CacheStore } from '../store.ts'
import { countView } from './cache-count.ts'
import { makeDue } from './deliveries.ts'
import type { EventRow } from './event-rows.ts'
import { eventRow, fullEvents } from './event-rows.ts'
import { bare } from './hooks.ts'
import { type Ask, asking } from './threads/ports.ts'
import { described, inView, inViewSeqs, standings, stateOf, waiting } from './view.ts'
import type { Reading, Writing } from './working.ts'

/** What is on its way to a hook while the cache is emptied: as much as delivery reads ahead at most. */
const IN_FLIGHT = 1000
/** How many events one unit of work takes out, so that commits in between wait some 10 ms at most. */
const AT_ONCE = 1000

export interface Touched {
  readonly seq: number
  readonly hooks: number[]
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

function markWanted(w: Writing, event: EventRow): void {
  if (event.wanted === 0) w.c.run('UPDATE event SET wanted = 1 WHERE seq = ?', event.seq)
}

/** Makes an event due for one hook if it wants it and has not got it; answers whether it is. */
function dueFor(w: Writing, place: Standing, { event, now }: { event: EventRow; now: number }): boolean {
  if (!wants(place.hook, described(w, event))) return false
  const state = stateOf(w, place, event)
  if (state === 'delivered' || state === 'dropped') return false
  // What waits is due as it is, and what is held goes as soon as the head of its chat, which is made due, has gone.
  if (state === 'waiting' || state === 'held') return true
  if (state === 'retry') {
    w.c.run('UPDATE delivery SET due_at = ?3 WHERE hook = ?1 AND seq = ?2', place.hook.no, event.seq, now)
    return true
  }
  return makeDue(w, { hook: place.hook.no, seq: event.seq, now })
}

/** Whether it is in the view only because it is dead or unwanted. */
function isLeftover(r: Reading, places: readonly Standing[], event: EventRow): boolean {
  const states = places.map((place) => stateOf(r, place, event))
  const isOwed = states.some((state) => state === 'waiting' || state === 'held' || state === 'retry')
  return !isOwed && (event.wanted === 0 || states.includes('dead'))
}

export function cacheWrites(w: Writing) {
  const { c } = w
  const drop = (places: readonly Standing[], event: EventRow): void => {
    for (const place of places) dropFor(w, place, event)
    markWanted(w, event)
  }
  return {
    dropCached({ hooks, seq }: { hooks: readonly Hook[]; seq: number }): boolean {
      const places = standings(c, hooks)
      const event = eventRow(c, seq)
      if (!event || !inView(w, places, event)) return false
      drop(places, event)
      return true
    },

    clearCache(hooks: readonly Hook[]): number {
      const places = standings(c, hooks)
      const count = countView(w, places).total
      for (const place of places) {
        const { no } = place.hook
        // Their attempts may still be told; a row keeps one that failed from being tried again.
        const first = waiting(w, place, { from: 0, to: END, limit: IN_FLIGHT, newestFirst: false, type: null })
        for (const seq of first) {
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
    },

    /** Makes those of the events due that are in the view, still. */
    requeue({ hooks, seqs, now }: { hooks: readonly Hook[]; seqs: readonly number[]; now: number }): Touched[] {
      const places = standings(c, hooks)
      const touched: Touched[] = []
      for (const seq of seqs) {
        const event = eventRow(c, seq)
        if (!event || !inView(w, places, event)) continue
        const due = places.filter((place) => dueFor(w, place, { event, now })).map((place) => place.hook.no)
        if (due.length > 0) markWanted(w, event)
        touched.push({ seq, hooks: due })
      }
      return touched
    },

    /** Takes out those of the events that are dead or unwanted only, still. */
    trimCache({ hooks, seqs }: { hooks: readonly Hook[]; seqs: readonly number[] }): number {
      const places = standings(c, hooks)
      const leftovers = seqs.flatMap((seq) => eventRow(c, seq) ?? []).filter((event) => isLeftover(w, places, event))
      for (const event of leftovers) drop(places, event)
      return leftovers.length
    },
  }
}

export function cacheReads(r: Reading) {
  const { c } = r
  return {
    listCached(query: {
      hooks: readonly Hook[]
      type: string | null
      below: number | null
      limit: number
    }): RecordedEvent[] {
      const { hooks, type, below, limit } = query
      const window = { from: 0, to: below === null ? END : below - 1, limit, newestFirst: true, type }
      return fullEvents(r, inViewSeqs(r, standings(c, hooks), window))
    },

    cacheStats: (hooks: readonly Hook[]): { total: number; byType: Record<string, number> } =>
      countView(r, standings(c, hooks)),

    isCached({ hooks, seq }: { hooks: readonly Hook[]; seq: number }): boolean {
      const event = eventRow(c, seq)
      return event !== null && inView(r, standings(c, hooks), event)
    },

    oldestCached: ({ hooks, from, limit }: { hooks: readonly Hook[]; from: number; limit: number }): number[] =>
      inViewSeqs(r, standings(c, hooks), { from, to: END, limit, newestFirst: false, type: null }),

    /** The events that are dead or unwanted only, and older than `before` or than the newest `most`; oldest first. */
    leftovers({ hooks, before, most }: { hooks: readonly Hook[]; before: number; most: number }): number[] {
      const places = standings(c, hooks)
      const rows = c.all<EventRow>(
        `SELECT seq, kind, chat, at, wanted FROM event WHERE seq IN (
           SELECT seq FROM event WHERE wanted = 0
           UNION SELECT seq FROM delivery WHERE state = 'dead' AND hook IN (SELECT value FROM json_each(?))
         ) ORDER BY seq`,
        JSON.stringify(places.map((place) => place.hook.no)),
      )
      const candidates = rows.length > most ? rows : rows.filter((row) => row.at < before)
      const found = candidates.filter((event) => isLeftover(r, places, event))
      const tooMany = rows.length > most ? found.length - most : 0
      return found.filter((event, index) => index < tooMany || event.at < before).map((event) => event.seq)
    },
  }
}

export function cacheStore(writer: Ask, reader: Ask): CacheStore {
  const write = asking<ReturnType<typeof cacheWrites>>(writer)
  const read = asking<ReturnType<typeof cacheReads>>(reader)
  return {
    list: (hooks, query) => read('listCached', { ...query, hooks: hooks.map(bare) }),
    stats: (hooks) => read('cacheStats', hooks.map(bare)),
    has: (hooks, seq) => read('isCached', { hooks: hooks.map(bare), seq }),
    drop: (hooks, seq) => write('dropCached', { hooks: hooks.map(bare), seq }),
    clear: (hooks) => write('clearCache', hooks.map(bare)),
    async requeue(hooks, { from, limit, now }) {
      const bareHooks = hooks.map(bare)
      const seqs = await read('oldestCached', { hooks: bareHooks, from, limit })
      const touched = await write('requeue', { hooks: bareHooks, seqs, now })
      const last = seqs.at(-1)
      return { touched, next: last !== undefined && seqs.length >= limit ? last + 1 : null }
    },
    async trim(hooks, before, most) {
      const bareHooks = hooks.map(bare)
      const seqs = await read('leftovers', { hooks: bareHooks, before, most })
      let gone = 0
      for (let at = 0; at < seqs.length; at += AT_ONCE)
        gone += await write('trimCache', { hooks: bareHooks, seqs: seqs.slice(at, at + AT_ONCE) })
      return gone
    },
  }
}
