// The list of deliveries, newest first, in whatever state: read from three places and merged.
import type { Attempt } from '../../model/delivery.ts'
import type { Standing } from '../standing.ts'
import { END } from '../standing.ts'
import type { DeliveryEntry, DeliveryQuery } from '../store.ts'
import { eventRow } from './event-rows.ts'
import { kindNumbers, kindsOf } from './kinds.ts'
import type { KeptState } from './view.ts'
import { described, standings, stateOf, waiting } from './view.ts'
import type { Reading } from './working.ts'

interface Place {
  readonly hook: number
  readonly seq: number
  readonly state: KeptState
}

/** See `DeliveryStore.list`. An event that is begun is listed for all its hooks, so that `below` can go on behind it. */
export function listDeliveries(r: Reading, query: DeliveryQuery): DeliveryEntry[] {
  const standing = standings(r.c, query.hooks)
  const found = query.seq === null ? newest(r, standing, query) : ofEvent(r, standing, query)
  found.sort((a, b) => b.seq - a.seq || a.hook - b.hook)
  const last = found[query.limit - 1]
  const listed = last ? found.filter((place) => place.seq >= last.seq) : found
  return listed.flatMap((place) => entry(r, place) ?? [])
}

function ofEvent(r: Reading, standing: readonly Standing[], query: DeliveryQuery): Place[] {
  const { seq, below, state, accounts } = query
  const event = seq === null || (below !== null && seq >= below) ? null : eventRow(r.c, seq)
  if (!event || !(accounts?.includes(described(r, event).account) ?? true)) return []
  const places = standing.map((s) => ({ hook: s.hook.no, seq: event.seq, state: stateOf(r, s, event) }))
  return places.filter((place): place is Place => place.state !== null && (state === null || place.state === state))
}

/** The newest of each hook and source: the newest of all are among them. */
function newest(r: Reading, standing: readonly Standing[], query: DeliveryQuery): Place[] {
  const { state, below, limit, accounts } = query
  const kinds = accounts && kindNumbers(r.kinds, kindsOf(null, accounts))
  if (kinds === '[]') return []
  const to = below === null ? END : below - 1
  const found: Place[] = []
  for (const s of standing) {
    const hook = s.hook.no
    if (state === null || state === 'waiting') {
      const window = { from: 0, to, limit, newestFirst: true, type: null, accounts }
      for (const seq of waiting(r, s, window)) found.push({ hook, seq, state: 'waiting' })
    }
    if (state === null || state === 'delivered') {
      for (const seq of delivered(r, hook, { to, limit, kinds })) found.push({ hook, seq, state: 'delivered' })
    }
    if (state !== 'waiting' && state !== 'delivered') {
      for (const row of rows(r, hook, { state, to, limit, kinds })) found.push({ hook, ...row })
    }
  }
  return found
}

/** What is asked of one hook's rows; `kinds` are numbers as JSON text, null for all. */
interface Part {
  readonly to: number
  readonly limit: number
  readonly kinds: string | null
}

/** A condition on the kind of a row's event; nothing when all are asked for. */
function ofKinds(kinds: string | null, table: string, place: number): string {
  return kinds === null
    ? ''
    : `AND (SELECT kind FROM event e WHERE e.seq = ${table}.seq) IN (SELECT value FROM json_each(?${place}))`
}

function delivered({ c }: Reading, hook: number, { to, limit, kinds }: Part): number[] {
  const found = c.all<{ seq: number }>(
    `SELECT DISTINCT seq FROM attempt a WHERE hook = ?1 AND seq <= ?2 AND error IS NULL
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.hook = ?1 AND d.seq = a.seq)
       ${ofKinds(kinds, 'a', 4)}
     ORDER BY seq DESC LIMIT ?3`,
    ...[hook, to, limit],
    ...(kinds === null ? [] : [kinds]),
  )
  return found.map((row) => row.seq)
}

function rows({ c }: Reading, hook: number, query: Part & { state: KeptState | null }) {
  const { state, to, limit, kinds } = query
  const only = state === 'dead' ? `state = 'dead'` : '?4 IS NULL OR state = ?4'
  const values = state === 'dead' ? [hook, to, limit] : [hook, to, limit, state]
  return c.all<{ seq: number; state: KeptState }>(
    `SELECT seq, state FROM delivery WHERE hook = ?1 AND seq <= ?2 AND (${only})
       ${ofKinds(kinds, 'delivery', values.length + 1)} ORDER BY seq DESC LIMIT ?3`,
    ...values,
    ...(kinds === null ? [] : [kinds]),
  )
}

function entry(r: Reading, { hook, seq, state }: Place): DeliveryEntry | null {
  const event = eventRow(r.c, seq)
  if (!event) return null
  const row = r.c.one<{ attempts: number; dueAt: number | null }>(
    'SELECT attempts, due_at AS dueAt FROM delivery WHERE hook = ? AND seq = ?',
    hook,
    seq,
  )
  const last = r.c.one<Attempt>(
    `SELECT number, at, took_ms AS tookMs, status, error FROM attempt WHERE hook = ? AND seq = ?
     ORDER BY number DESC LIMIT 1`,
    hook,
    seq,
  )
  return {
    hook,
    event: { seq, ...described(r, event), at: event.at },
    state,
    attempts: row?.attempts ?? last?.number ?? 0,
    dueAt: row?.dueAt ?? null,
    last,
  }
}
