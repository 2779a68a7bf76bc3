// Deliveries in memory.
import type { RecordedEvent } from '../../model/event.ts'
import { gapsOf } from '../standing.ts'
import type { DeliveryEntry, DeliveryQuery, DeliveryRow, DeliveryStore, Progress, Settlement } from '../store.ts'
import type { HookState, Place, State } from './state.ts'
import { headOf, isDelivered, isOwed, makeDue, placesOf, stateOf } from './state.ts'

export function deliveryStore(state: State): DeliveryStore {
  const rowsOf = (hook: number): DeliveryRow[] => [...(state.hooks.get(hook)?.rows.values() ?? [])]
  const nextDueAt = (hook: number, after: number): number | null => {
    let next: number | null = null
    for (const { dueAt } of rowsOf(hook))
      if (dueAt !== null && dueAt > after && (next === null || dueAt < next)) next = dueAt
    return next
  }
  const withEvents = (rows: readonly DeliveryRow[], limit: number): { row: DeliveryRow; event: RecordedEvent }[] =>
    rows
      .toSorted((a, b) => a.seq - b.seq)
      .slice(0, limit)
      .flatMap((row) => {
        const event = state.events[row.seq]
        return event ? [{ row, event }] : []
      })
  return {
    progress: async (hook) => progress(state.hooks.get(hook), nextDueAt(hook, Number.NEGATIVE_INFINITY)),
    async settle(settlements, cursors) {
      for (const settlement of settlements) settle(state.hooks.get(settlement.hook), settlement)
      for (const [hook, cursor] of cursors) {
        const kept = state.hooks.get(hook)
        if (kept && kept.rest.cursor < cursor) kept.rest = { ...kept.rest, cursor }
      }
    },
    due: async (hook, now, limit) =>
      withEvents(
        rowsOf(hook).filter((row) => row.dueAt !== null && row.dueAt <= now),
        limit,
      ),
    nextDueAt: async (hook, after) => nextDueAt(hook, after),
    held: async (hook, chat, limit) =>
      withEvents(
        rowsOf(hook).filter((row) => row.state === 'held' && row.chat === chat),
        limit,
      ),
    async wake(hook, now) {
      const rows = state.hooks.get(hook)?.rows
      for (const row of rowsOf(hook))
        if (row.dueAt !== null && row.dueAt > now) rows?.set(row.seq, { ...row, dueAt: now })
    },
    async retry(hook, seq, now) {
      const kept = state.hooks.get(hook)
      const event = state.events[seq]
      if (kept && event) makeDue(kept, event, now)
      return event !== undefined
    },
    async retryDead(hook, since, now) {
      const kept = state.hooks.get(hook)
      const dead = rowsOf(hook).filter((row) => row.state === 'dead')
      const events = dead.flatMap((row) => state.events[row.seq] ?? []).filter((event) => event.at >= since)
      if (kept) for (const event of events) makeDue(kept, event, now)
      return events.length
    },
    list: async (query) => list(state, query),
    attempts: async (hook, seq) => [...(state.hooks.get(hook)?.attempts.get(seq) ?? [])],
    async count(hook) {
      const [place] = placesOf(state, [hook])
      let waiting = 0
      let dead = 0
      for (const event of place ? state.events : []) {
        if (!event || !place || !isOwed(place, event)) continue
        if (place.kept.rows.get(event.seq)?.state === 'dead') dead += 1
        else waiting += 1
      }
      return { waiting, dead }
    },
  }
}

function progress(kept: HookState | undefined, nextDueAt: number | null): Progress {
  if (!kept) return { cursor: 0, gaps: [], finished: [], blocked: [], nextDueAt: null }
  const { cursor } = kept.rest
  const finished = new Set<number>()
  for (const seq of kept.rows.keys()) if (seq >= cursor) finished.add(seq)
  for (const seq of kept.attempts.keys()) if (seq >= cursor && isDelivered(kept, seq)) finished.add(seq)
  const blocked = new Map<string, { chat: string; head: boolean; held: boolean }>()
  for (const { chat, state, released } of kept.rows.values()) {
    const isHead = state === 'retry' && !released
    if (chat === null || !(isHead || state === 'held')) continue
    const known = blocked.get(chat)
    blocked.set(chat, {
      chat,
      head: isHead || (known?.head ?? false),
      held: state === 'held' || (known?.held ?? false),
    })
  }
  return {
    cursor,
    gaps: gapsOf({ ...kept.rest, pausedAt: null }),
    finished: [...finished].sort((a, b) => a - b),
    blocked: [...blocked.values()],
    nextDueAt,
  }
}

function settle(kept: HookState | undefined, settlement: Settlement): void {
  if (!kept) return
  const { hook, seq } = settlement
  const row = kept.rows.get(seq)
  if (settlement.to === 'held') {
    const { chat } = settlement
    if (!row)
      kept.rows.set(seq, { hook, seq, chat, state: 'held', attempts: 0, dueAt: null, firstAt: null, released: false })
    return
  }
  const { attempt } = settlement
  const others = kept.attempts.get(seq)
  if (others) {
    const rest = others.filter((other) => other.number !== attempt.number)
    kept.attempts.set(
      seq,
      [...rest, attempt].sort((a, b) => a.number - b.number),
    )
  } else kept.attempts.set(seq, [attempt])
  if (settlement.to === 'delivered') {
    if (row) kept.rows.delete(seq)
    return
  }
  if (row?.state === 'dropped') return
  const { chat, firstAt } = settlement
  const base = { hook, seq, chat, attempts: attempt.number, firstAt }
  if (settlement.to === 'dead') kept.rows.set(seq, { ...base, state: 'dead', dueAt: null, released: true })
  else kept.rows.set(seq, { ...base, state: 'retry', dueAt: settlement.dueAt, released: settlement.released })
}

function list(state: State, query: DeliveryQuery): DeliveryEntry[] {
  const places = placesOf(state, query.hooks).sort((a, b) => a.hook.no - b.hook.no)
  const newest = Math.min(headOf(state), query.seq ?? headOf(state), (query.below ?? Number.POSITIVE_INFINITY) - 1)
  const found: DeliveryEntry[] = []
  for (let seq = newest; seq >= (query.seq ?? 1) && found.length < query.limit; seq -= 1) {
    const event = state.events[seq]
    const isMeant = event && (query.accounts?.includes(event.account) ?? true)
    for (const place of isMeant ? places : []) {
      const entry = event && entryOf(place, event)
      if (entry && (query.state === null || entry.state === query.state)) found.push(entry)
    }
  }
  return found
}

function entryOf(place: Place, event: RecordedEvent): DeliveryEntry | null {
  const state = stateOf(place, event)
  if (!state) return null
  const { seq, type, account, chat, at } = event
  const row = place.kept.rows.get(seq)
  const last = place.kept.attempts.get(seq)?.at(-1) ?? null
  return {
    hook: place.hook.no,
    event: { seq, type, account, chat, at },
    state,
    attempts: row?.attempts ?? last?.number ?? 0,
    dueAt: row?.dueAt ?? null,
    last,
  }
}
