// Callbacks on their way out: posted, retried, held back and let go, and recorded.
import type { Activity } from '../activity.ts'
import { newName } from '../ids.ts'
import { callbackBody, signatureHeaders, type Update } from './payload.ts'
import type { Caller } from './post.ts'

/** One try of a callback: when (ms since the epoch), how long (ms), and the status or why there was none. */
export type CallbackAttempt = { at: number; ms: number; status?: number; error?: string }

/** One POST, from the first try to the last. */
export type CallbackRecord = {
  id: string
  url: string
  appId: string
  phoneNumberIds: string[]
  /** Fields of its changes. */
  fields: string[]
  headers: Record<string, string>
  /** The very bytes, which are ASCII. */
  body: string
  attempts: CallbackAttempt[]
  state: 'waiting' | 'retrying' | 'delivered' | 'given-up'
}

/** How held updates are let go. */
export type ReleaseOptions = {
  /** Last first. */
  reversed?: boolean
  /** True: as many as fit in each POST (Meta's bound is 1000); a number: at most so many. Default: one each. */
  batch?: boolean | number
  /** How often each POST is sent (default 1). */
  copies?: number
  /** Status names that are dropped, such as `delivered`. */
  skip?: readonly string[]
}

export type OutboxOptions = {
  activity: Activity
  caller: Caller
  now(): number
  retryScheduleMs: readonly number[]
  timeoutMs: number
  /** First tries at a time for one URL; 1 keeps their order. */
  concurrency: number
}

export type Outbox = {
  /** Each update in a POST of its own, or kept back. */
  add(updates: readonly Update[]): void
  /** All in one POST, at once; they must share URL and app. */
  post(updates: readonly Update[]): CallbackRecord
  repeat(id: string): CallbackRecord
  hold(): void
  release(options?: ReleaseOptions): CallbackRecord[]
  list(): CallbackRecord[]
  /** Forgets all, and stops what is on its way. */
  clear(): void
}

const maxBatch = 1000

/** An empty outbox. */
export function createOutbox(options: OutboxOptions): Outbox {
  const records = new Map<string, CallbackRecord>()
  const lanes = new Map<string, Lane>()
  let held: Update[] | undefined
  let life = new AbortController()

  const attempt = async (record: CallbackRecord, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return
    const from = performance.now()
    const at = options.now()
    const { url, headers, body } = record
    const reply = await options.caller.call({
      url,
      method: 'POST',
      headers,
      body,
      timeoutMs: options.timeoutMs,
      signal,
    })
    if (signal.aborted) return
    const outcome = 'error' in reply ? { error: reply.error } : { status: reply.status }
    record.attempts.push({ at, ms: Math.round((performance.now() - from) * 1000) / 1000, ...outcome })
    const isDelivered = 'status' in reply && reply.status >= 200 && reply.status < 300
    const wait = options.retryScheduleMs[record.attempts.length - 1]
    record.state = isDelivered ? 'delivered' : wait === undefined ? 'given-up' : 'retrying'
    if (record.state === 'retrying') options.activity.later(wait ?? 0, () => attempt(record, signal))
  }
  const send = (draft: Omit<CallbackRecord, 'id' | 'attempts' | 'state'>): CallbackRecord => {
    const record: CallbackRecord = { ...draft, id: newName('cb'), attempts: [], state: 'waiting' }
    records.set(record.id, record)
    const lane = lanes.get(record.url) ?? createLane(options.concurrency)
    lanes.set(record.url, lane)
    const { signal } = life
    options.activity.track(lane(() => attempt(record, signal)))
    return record
  }
  const post = (updates: readonly Update[]): CallbackRecord => send(draftOf(updates, options.now()))
  const flush = (how: ReleaseOptions = {}): CallbackRecord[] => {
    const updates = (held ?? []).filter((update) => !isSkipped(update, how.skip ?? []))
    held = undefined
    const copies = Array.from({ length: how.copies ?? 1 })
    return batches(how.reversed ? updates.reverse() : updates, how.batch ?? false).flatMap((batch) =>
      copies.map(() => post(batch)),
    )
  }
  return {
    add(updates) {
      if (held) held.push(...updates)
      else for (const update of updates) post([update])
    },
    post,
    repeat(id) {
      const record = records.get(id)
      if (!record) throw new Error(`no callback has the id ${id}`)
      const { url, appId, phoneNumberIds, fields, headers, body } = record
      return send({ url, appId, phoneNumberIds, fields, headers, body })
    },
    hold() {
      held ??= []
    },
    release: flush,
    list: () => [...records.values()].map((record) => ({ ...record, attempts: [...record.attempts] })),
    clear() {
      life.abort()
      life = new AbortController()
      records.clear()
      lanes.clear()
      held = undefined
    },
  }
}

function draftOf(updates: readonly Update[], now: number): Omit<CallbackRecord, 'id' | 'attempts' | 'state'> {
  const [first] = updates
  if (!first) throw new Error('a callback carries at least one change')
  if (updates.length > maxBatch) throw new Error(`a callback carries at most ${maxBatch} changes`)
  if (updates.some(({ url, appId }) => url !== first.url || appId !== first.appId)) {
    throw new Error('changes of one POST must share the callback URL and the app')
  }
  const body = callbackBody(updates, now)
  const phoneNumberIds = [...new Set(updates.flatMap(({ phoneNumberId }) => phoneNumberId ?? []))]
  const headers = {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'facebookexternalua',
    ...signatureHeaders(body, first.secret),
  }
  const fields = [...new Set(updates.map(({ field }) => field))]
  return { url: first.url, appId: first.appId, phoneNumberIds, fields, headers, body }
}

function batches(updates: readonly Update[], batch: boolean | number): Update[][] {
  const size = Math.min(batch === true ? maxBatch : batch === false ? 1 : batch, maxBatch)
  const open = new Map<string, Update[]>()
  const all: Update[][] = []
  for (const update of updates) {
    const key = `${update.appId} ${update.url}`
    let list = open.get(key)
    if (!list || list.length >= size) {
      list = []
      open.set(key, list)
      all.push(list)
    }
    list.push(update)
  }
  return all
}

function isSkipped(update: Update, skip: readonly string[]): boolean {
  if (typeof update.value !== 'object' || update.value === null || !('statuses' in update.value)) return false
  const { statuses } = update.value
  return Array.isArray(statuses) && statuses.some((each) => skip.includes(each?.status))
}

type Lane = (work: () => Promise<void>) => Promise<void>

function createLane(concurrency: number): Lane {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= concurrency) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      await work()
    } finally {
      // The place goes straight to the next in line, so that nobody who comes meanwhile can take it.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
