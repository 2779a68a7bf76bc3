// What the in-memory store holds, and the questions about it that its parts share.
import type { Account } from '../../model/account.ts'
import type { Attempt, DeliveryState } from '../../model/delivery.ts'
import type { RecordedEvent } from '../../model/event.ts'
import type { Hook } from '../../model/hook.ts'
import { wants } from '../../model/hook.ts'
import type { MediaFile } from '../../model/media.ts'
import type { OutMessage, Tick } from '../../model/message.ts'
import type { Rest, Standing } from '../standing.ts'
import { gapsOf, isAhead } from '../standing.ts'
import type { DeliveryRow, SessionKey } from '../store.ts'

/** A hook with all that is filed under it. */
export interface HookState {
  hook: Hook
  rest: Rest
  readonly rows: Map<number, DeliveryRow>
  readonly attempts: Map<number, Attempt[]>
}

export interface MessageState {
  message: OutMessage
  readonly ticks: Tick[]
}

/** A linked device; its keys by type and id. */
export interface SessionState {
  credentials: string | null
  readonly keys: Map<string, SessionKey & { readonly value: string }>
}

export interface State {
  /** By `seq`; empty where one was pruned, and at 0. */
  readonly events: (RecordedEvent | undefined)[]
  /** Events that no active hook wanted when they came, and that are still in the cache's view. */
  readonly unwanted: Set<number>
  readonly hooks: Map<number, HookState>
  readonly messages: Map<string, MessageState>
  readonly media: Map<string, MediaFile>
  readonly accounts: Map<string, Account>
  readonly sessions: Map<string, SessionState>
}

export function emptyState(): State {
  return {
    events: [undefined],
    unwanted: new Set(),
    hooks: new Map(),
    messages: new Map(),
    media: new Map(),
    accounts: new Map(),
    sessions: new Map(),
  }
}

export function headOf(state: State): number {
  return state.events.length - 1
}

/** Where hooks stand, with what is filed under them; one that is gone is left out. */
export type Place = Standing & { readonly kept: HookState }

export function placesOf(state: State, hooks: readonly Hook[]): Place[] {
  return hooks.flatMap((hook) => {
    const kept = state.hooks.get(hook.no)
    return kept ? [{ hook, cursor: kept.rest.cursor, gaps: gapsOf(kept.rest), kept }] : []
  })
}

export function isDelivered(kept: HookState, seq: number): boolean {
  return kept.attempts.get(seq)?.some((attempt) => attempt.error === null) ?? false
}

/** What became of an event for a hook; null when it was never owed. */
export function stateOf(place: Place, event: RecordedEvent): Exclude<DeliveryState, 'in_flight'> | null {
  const row = place.kept.rows.get(event.seq)
  if (row) return row.state
  if (isDelivered(place.kept, event.seq)) return 'delivered'
  return isAhead(place, event.seq) && wants(place.hook, event) ? 'waiting' : null
}

/** Whether the hook has not got an event that it is owed. */
export function isOwed(place: Place, event: RecordedEvent): boolean {
  const state = stateOf(place, event)
  return state !== null && state !== 'delivered' && state !== 'dropped'
}

/** Whether an event is in the view of what some of the (active) hooks has not got. */
export function inView(state: State, places: readonly Place[], event: RecordedEvent): boolean {
  return state.unwanted.has(event.seq) || places.some((place) => isOwed(place, event))
}

/** Makes one delivery due by hand; see the database's `makeDue`. */
export function makeDue(kept: HookState, event: RecordedEvent, now: number): void {
  const row = kept.rows.get(event.seq)
  const goesOn = row?.state === 'held' || row?.state === 'retry'
  kept.rows.set(event.seq, {
    hook: kept.hook.no,
    seq: event.seq,
    chat: event.chat,
    state: 'retry',
    attempts: row?.attempts ?? kept.attempts.get(event.seq)?.at(-1)?.number ?? 0,
    dueAt: now,
    firstAt: goesOn ? row.firstAt : null,
    released: true,
  })
}
