// The cache in the database: the view of what some active hook has not got, and what is done with it.
import type { RecordedEvent } from '../../model/event.ts'
import type { Hook } from '../../model/hook.ts'
import { wants } from '../../model/hook.ts'
import type { Standing } from '../standing.ts'
import { END } from '../standing.ts'
import type { CacheStore } from '../store.ts'
import type { Cleared, SomeToClear } from './cache-clear.ts'
import { clearAll, clearSome, drop, markWanted } from './cache-clear.ts'
import { countView } from './cache-count.ts'
import { makeDue } from './deliveries.ts'
import type { EventRow } from './event-rows.ts'
import { eventRow, fullEvents } from './event-rows.ts'
import { bare } from './hooks.ts'
import { type Ask, asking } from './threads/ports.ts'
import { described, inView, inViewSeqs, standings, stateOf } from './view.ts'
import type { Reading, Writing } from './working.ts'

/** How many events one unit of work takes out, so that commits in between wait some 10 ms at most. */
const AT_ONCE = 1000

export interface Touched {
  readonly seq: number
  readonly hooks: number[]
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
  return {
    dropCached({ hooks, seq }: { hooks: readonly Hook[]; seq: number }): boolean {
      const places = standings(c, hooks)
      const event = eventRow(c, seq)
      if (!event || !inView(w, places, event)) return false
      drop(w, places, event)
      return true
    },

    clearCache: (hooks: readonly Hook[]): number => clearAll(w, hooks),

    clearSome: (part: SomeToClear): Cleared => clearSome(w, part),

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
      for (const event of leftovers) drop(w, places, event)
      return leftovers.length
    },
  }
}

export function cacheReads(r: Reading) {
  const { c } = r
  return {
    listCached(query: {
      hooks: readonly Hook[]
      accounts: readonly string[] | null
      type: string | null
      below: number | null
      limit: number
    }): RecordedEvent[] {
      const { hooks, accounts, type, below, limit } = query
      const window = { from: 0, to: below === null ? END : below - 1, limit, newestFirst: true, type, accounts }
      return fullEvents(r, inViewSeqs(r, standings(c, hooks), window))
    },

    cacheStats: (query: { hooks: readonly Hook[]; accounts: readonly string[] | null }) =>
      countView(r, standings(c, query.hooks), query.accounts),

    isCached({ hooks, seq }: { hooks: readonly Hook[]; seq: number }): boolean {
      const event = eventRow(c, seq)
      return event !== null && inView(r, standings(c, hooks), event)
    },

    oldestCached(query: {
      hooks: readonly Hook[]
      accounts: readonly string[] | null
      from: number
      limit: number
    }): number[] {
      const { hooks, accounts, from, limit } = query
      return inViewSeqs(r, standings(c, hooks), { from, to: END, limit, newestFirst: false, type: null, accounts })
    },

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
    stats: (hooks, accounts) => read('cacheStats', { hooks: hooks.map(bare), accounts }),
    has: (hooks, seq) => read('isCached', { hooks: hooks.map(bare), seq }),
    drop: (hooks, seq) => write('dropCached', { hooks: hooks.map(bare), seq }),
    async clear(hooks, accounts) {
      const bareHooks = hooks.map(bare)
      if (accounts === null) return write('clearCache', bareHooks)
      let step: Cleared = await write('clearSome', { hooks: bareHooks, accounts, from: 0, to: null })
      let count = step.gone
      while (step.next) {
        step = await write('clearSome', { hooks: bareHooks, accounts, ...step.next })
        count += step.gone
      }
      return count
    },
    async requeue(hooks, { accounts, from, limit, now }) {
      const bareHooks = hooks.map(bare)
      const seqs = await read('oldestCached', { hooks: bareHooks, accounts, from, limit })
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
