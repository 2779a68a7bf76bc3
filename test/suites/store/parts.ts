// Makers of what a store is given, and a store for one test.
import { test } from 'node:test'
import type { Clock } from '../../../src/kit/clock.ts'
import { systemClock } from '../../../src/kit/clock.ts'
import type { Attempt } from '../../../src/model/delivery.ts'
import type { MessageNews } from '../../../src/model/event.ts'
import type { Hook } from '../../../src/model/hook.ts'
import type { MediaDraft } from '../../../src/model/media.ts'
import type { Recordable, Settlement, Store } from '../../../src/store/store.ts'
import type { OpenStore } from '../store.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
/** When the tests begin. */
export const START = Date.UTC(2026, 0, 5, 12)

export interface Case {
  readonly store: Store
  readonly reopen: (() => Promise<Store>) | undefined
  /** Time moves only when a test says so. */
  readonly clock: Clock & { time: number }
}

/** A test with a store of its own, closed at its end. */
export function storeTest(open: OpenStore, name: string, body: (given: Case) => Promise<void>): void {
  test(name, async () => {
    const clock = { time: START, now: () => clock.time, after: systemClock.after }
    const opened = await open(clock)
    try {
      await body({ store: opened.store, reopen: opened.reopen?.bind(opened), clock })
    } finally {
      await opened.store.close()
    }
  })
}

export function draft(change: Partial<Recordable> = {}): Recordable {
  return {
    type: 'message.received',
    account: 'main',
    chat: 'anna',
    data: '{"text":"ä"}',
    raw: null,
    origin: null,
    news: null,
    wanted: true,
    at: START,
    ...change,
  }
}

export function news(change: Partial<MessageNews> = {}): MessageNews {
  return {
    id: 'msg_1',
    status: 'sent',
    recipient: '',
    at: START,
    transportId: 'wamid.1',
    publicId: 'wamid.1',
    error: null,
    ...change,
  }
}

export function mediaDraft(change: Partial<MediaDraft> = {}): MediaDraft {
  return {
    id: 'med_1',
    ref: '1037543291543636',
    mimeType: 'image/jpeg',
    size: 48_213,
    sha256: 'ab'.repeat(32),
    filename: null,
    ...change,
  }
}

export function hookDraft(change: Partial<Hook> = {}): Omit<Hook, 'no'> {
  return {
    id: 'crm',
    name: 'CRM',
    url: 'https://crm.example/hook',
    method: 'POST',
    headers: { authorization: 'Bearer key-of-the-crm' },
    active: true,
    events: [],
    description: '',
    allowInsecure: false,
    secret: 'whsec_c2VjcmV0',
    accounts: [],
    chats: [],
    order: 'chat',
    retry: null,
    raw: false,
    media: 'link',
    format: 'native',
    disabledReason: null,
    ...change,
  }
}

export function attempt(change: Partial<Attempt> = {}): Attempt {
  return { number: 1, at: START, tookMs: 12, status: 200, error: null, ...change }
}

export const failed = (number = 1): Attempt => attempt({ number, status: 500, error: 'The hook answered 500' })

export function delivered(hook: number, seq: number, number = 1): Settlement {
  return { to: 'delivered', hook, seq, attempt: attempt({ number }) }
}

export function toRetry(
  hook: number,
  seq: number,
  change: Partial<Extract<Settlement, { to: 'retry' }>> = {},
): Settlement {
  return {
    to: 'retry',
    hook,
    seq,
    chat: 'anna',
    attempt: failed(),
    dueAt: START + 5000,
    firstAt: START,
    released: false,
    ...change,
  }
}

export function dead(hook: number, seq: number, number = 1): Settlement {
  return { to: 'dead', hook, seq, chat: 'anna', attempt: failed(number), firstAt: START }
}

export function held(hook: number, seq: number, chat = 'anna'): Settlement {
  return { to: 'held', hook, seq, chat }
}

/** Records so many plain events, one unit each; answers their numbers. */
export async function recordMany(store: Store, count: number, change: Partial<Recordable> = {}): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => store.events.record([draft(change)])))
  return answers.flat()
}
