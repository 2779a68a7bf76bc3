// The cache in memory: the view of what some active hook has not got.
import type { RecordedEvent } from '../../model/event.ts'
import type { Hook } from '../../model/hook.ts'
import { wants } from '../../model/hook.ts'
import type { CacheStore } from '../store.ts'
import type { Place, State } from './state.ts'
import { headOf, inView, isOwed, makeDue, placesOf, stateOf } from './state.ts'

/** What is on its way to a hook while the cache is emptied: as much as delivery reads ahead at most. */
const IN_FLIGHT = 1000

export function cacheStore(state: State): CacheStore {
  const view = (hooks: readonly Hook[], accounts: readonly string[] | null): RecordedEvent[] => {
    const places = placesOf(state, hooks)
    const isMeant = (event: RecordedEvent): boolean =>
      (accounts === null || accounts.includes(event.account)) && inView(state, places, event)
    return state.events.filter((event): event is RecordedEvent => event !== undefined && isMeant(event))
  }
  const drop = (places: readonly Place[], event: RecordedEvent): void => {
    for (const place of places) if (isOwed(place, event)) dropFor(place, event)
    state.unwanted.delete(event.seq)
  }
  return {
    async list(hooks, { accounts, type, below, limit }) {
      const found = view(hooks, accounts).filter((event) => type === null || event.type === type)
      const older = below === null ? found : found.filter((event) => event.seq < below)
      return older.slice(-limit).reverse()
    },
    async stats(hooks, accounts) {
      const byType: Record<string, number> = {}
      const found = view(hooks, accounts)
      for (const { type } of found) byType[type] = (byType[type] ?? 0) + 1
      return { total: found.length, byType }
    },
    async has(hooks, seq) {
      const event = state.events[seq]
      return event !== undefined && inView(state, placesOf(state, hooks), event)
    },
    async drop(hooks, seq) {
      const places = placesOf(state, hooks)
      const event = state.events[seq]
      if (!event || !inView(state, places, event)) return false
      drop(places, event)
      return true
    },
    async clear(hooks, accounts) {
      const places = placesOf(state, hooks)
      const events = view(hooks, accounts)
      if (accounts === null) clearAll(state, places)
      else for (const event of events) drop(places, event)
      return events.length
    },
    async requeue(hooks, { accounts, from, limit, now }) {
      const places = placesOf(state, hooks)
      const events = view(hooks, accounts)
        .filter((event) => event.seq >= from)
        .slice(0, limit)
      const touched = events.map((event) => requeue(state, places, { event, now }))
      const last = events.at(-1)
      return { touched, next: last && events.length >= limit ? last.seq + 1 : null }
    },
    async trim(hooks, before, most) {
      const places = placesOf(state, hooks)
      const leftovers = view(hooks, null).filter((event) => isLeftover(places, event))
      const tooMany = leftovers.length - most
      const gone = leftovers.filter((event, index) => index < tooMany || event.at < before)
      for (const event of gone) drop(places, event)
      return gone.length
    },
  }
}

function dropFor({ kept }: Place, { seq, chat }: RecordedEvent): void {
  const row = kept.rows.get(seq) ?? { hook: kept.hook.no, seq, chat, attempts: 0, firstAt: null }
  kept.rows.set(seq, { ...row, state: 'dropped', dueAt: null, released: true })
}

function clearAll(state: State, places: readonly Place[]): void {
  for (const place of places) {
    // Their attempts may still be told; a row keeps one that failed from being tried again.
    let first = 0
    for (const event of state.events) {
      if (!event || !isOwed(place, event)) continue
      if (place.kept.rows.has(event.seq) || first++ < IN_FLIGHT) dropFor(place, event)
    }
    place.kept.rest = { ...place.kept.rest, cursor: headOf(state) + 1, gaps: [] }
  }
  state.unwanted.clear()
}

/** Makes an event due for every hook that wants it and has not got it. */
function requeue(state: State, places: readonly Place[], which: { event: RecordedEvent; now: number }) {
  const { event, now } = which
  const hooks: number[] = []
  for (const place of places) {
    const is = stateOf(place, event)
    if (!wants(place.hook, event) || is === 'delivered' || is === 'dropped') continue
    // What waits is due as it is, and what is held goes as soon as the head of its chat, which is made due, has gone.
    const row = place.kept.rows.get(event.seq)
    if (row && is === 'retry') place.kept.rows.set(event.seq, { ...row, dueAt: now })
    else if (is !== 'waiting' && is !== 'held') makeDue(place.kept, event, now)
    hooks.push(place.hook.no)
  }
  if (hooks.length > 0) state.unwanted.delete(event.seq)
  return { seq: event.seq, hooks }
}

/** Whether an event of the view is there only because it is dead or unwanted. */
function isLeftover(places: readonly Place[], event: RecordedEvent): boolean {
  return !places.some((place) => isOwed(place, event) && stateOf(place, event) !== 'dead')
}
