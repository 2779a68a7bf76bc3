// Events in memory.
import type { Clock } from '../../kit/clock.ts'
import type { MessageNews, RecordedEvent } from '../../model/event.ts'
import { advances } from '../../model/message.ts'
import type { EventStore, Recordable } from '../store.ts'
import { addMedia } from './media.ts'
import type { MessageState, State } from './state.ts'
import { headOf, inView, placesOf } from './state.ts'

/** The keys of things that happened in one second, and when one of them was told last, ms since epoch. */
interface Bucket {
  readonly keys: Set<string>
  touched: number
}

export function eventStore(state: State, clock: Clock): EventStore {
  const buckets = new Map<number, Bucket>()
  const recordOne = (draft: Recordable): number => {
    const { type, account, chat, data, raw, at, origin, news, media } = draft
    if (origin && !isNew(buckets, origin, clock.now())) return 0
    const message = news && state.messages.get(news.id)
    if (news && message && !tell(message, news)) return 0
    const seq = state.events.length
    state.events.push({ seq, type, account, chat, at, data, raw })
    if (media) addMedia(state, media, { event: seq, account, at })
    if (!draft.wanted) state.unwanted.add(seq)
    return seq
  }
  return {
    head: async () => headOf(state),
    record: async (drafts) => drafts.map(recordOne),
    page: async (from, limit) => page(state, from, limit),
    get: async (seq) => state.events[seq] ?? null,
    async prune(before, dedupeBefore, limit) {
      for (const [second, { touched }] of buckets) if (touched < dedupeBefore) buckets.delete(second)
      return pruneEvents(state, before, limit)
    },
  }
}

function isNew(buckets: Map<number, Bucket>, origin: { at: number; key: string }, now: number): boolean {
  const second = Math.floor(origin.at / 1000)
  const bucket = buckets.get(second) ?? { keys: new Set(), touched: now }
  buckets.set(second, bucket)
  bucket.touched = Math.max(bucket.touched, now)
  const before = bucket.keys.size
  return bucket.keys.add(origin.key).size > before
}

/** Whether the news is worth an event; notes it. */
function tell(kept: MessageState, news: MessageNews): boolean {
  const { message, ticks } = kept
  const moves = advances(message.status, news.status)
  if (news.status === 'unknown' && !moves) return false
  if (ticks.some((tick) => tick.status === news.status && tick.recipient === news.recipient)) return false
  ticks.push({ status: news.status, recipient: news.recipient, at: news.at, error: news.error })
  kept.message = {
    ...message,
    transportId: news.transportId ?? message.transportId,
    publicId: message.publicId ?? news.publicId,
    ...(moves ? { status: news.status, error: news.error } : {}),
  }
  return true
}

function page({ events }: State, from: number, limit: number): RecordedEvent[] {
  const found: RecordedEvent[] = []
  for (let seq = Math.max(from, 1); seq < events.length && found.length < limit; seq += 1) {
    const event = events[seq]
    if (event) found.push(event)
  }
  return found
}

function pruneEvents(state: State, before: number, limit: number): number {
  const active = [...state.hooks.values()].map((kept) => kept.hook).filter((hook) => hook.active)
  const places = placesOf(state, active)
  let gone = 0
  for (const event of state.events) {
    if (!event) continue
    if (gone >= limit || event.at >= before) break
    if (inView(state, places, event)) continue
    state.events[event.seq] = undefined
    for (const kept of state.hooks.values()) {
      kept.attempts.delete(event.seq)
      kept.rows.delete(event.seq)
    }
    gone += 1
  }
  return gone
}
