// A stand for the delivery engine: a real store in memory, a clock that is moved by hand, and a receiver that is told what to say.
import { createEngine, type Engine } from '../../src/delivery/engine.ts'
import type { Outcome, Sink } from '../../src/delivery/sink.ts'
import { silentLog } from '../../src/kit/log.ts'
import type { RecordedEvent } from '../../src/model/event.ts'
import { Failure } from '../../src/model/failure.ts'
import type { Hook } from '../../src/model/hook.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import type { Store } from '../../src/store/store.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'

export const OK: Outcome = {
  delivered: true,
  status: 200,
  tookMs: 1,
  error: null,
  retryAfterMs: null,
  gone: false,
  answer: '',
}
export const BAD: Outcome = { ...OK, delivered: false, status: 500, error: 'It answered 500' }
export const GONE: Outcome = { ...BAD, status: 410, gone: true }

export interface Sent {
  readonly hook: number
  readonly seq: number
  readonly chat: string | null
  readonly attempt: number
  /** When it began, on the clock that goes on evenly, ms. */
  readonly at: number
  outcome: Outcome | null
}

type Say = (hook: Hook, event: RecordedEvent, attempt: number) => Outcome | Promise<Outcome>

/** A receiver for all hooks, with a book of what it was sent. */
export class Receiver implements Sink {
  readonly book: Sent[] = []
  say: Say = () => OK
  inFlight = 0
  mostInFlight = 0
  /** Events of an ordered chat that began while another of it was in flight. */
  overlaps = 0
  readonly #chats = new Map<string, number>()
  readonly #clock: FakeClock

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  async send(hook: Hook, event: RecordedEvent, attempt: number): Promise<Outcome> {
    const at = this.#clock.steady()
    const sent: Sent = { hook: hook.no, seq: event.seq, chat: event.chat, attempt, at, outcome: null }
    this.book.push(sent)
    this.#begin(sent, 1)
    try {
      sent.outcome = await this.say(hook, event, attempt)
      return sent.outcome
    } finally {
      this.#begin(sent, -1)
    }
  }

  /** What a crash leaves in flight may arrive, but nobody hears of it; and nothing more is sent. */
  through(line: Line): Sink {
    const never = new Promise<never>(() => {})
    return {
      send: async (hook, event, attempt) => {
        if (line.cut) return never
        const outcome = await this.send(hook, event, attempt)
        return line.cut ? never : outcome
      },
      forget: () => {},
      close: async () => {},
    }
  }

  forget(): void {}
  async close(): Promise<void> {}

  /** The events that a hook took, in the order of their beginning. */
  got(hook: Hook): number[] {
    return this.book.filter((sent) => sent.hook === hook.no && sent.outcome?.delivered).map((sent) => sent.seq)
  }

  tries(seq: number): Sent[] {
    return this.book.filter((sent) => sent.seq === seq)
  }

  #begin({ hook, chat }: Sent, by: 1 | -1): void {
    this.inFlight += by
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    if (chat === null) return
    const key = `${hook} ${chat}`
    const now = (this.#chats.get(key) ?? 0) + by
    if (now > 1) this.overlaps += 1
    this.#chats.set(key, now)
  }
}

/** What stands between an engine and its store: it can be cut, as a crash does; be slow; or refuse, as a full disk does. */
export interface Line {
  cut: boolean
  refuses: boolean
  /** How many promises an answer takes to come back. */
  hops: () => number
}

const WRITES = new Set(['settle', 'wake'])

/** The store through that line. Writes keep their order; a read shows what was there when it was asked. */
function through(store: Store, line: Line): Pick<Store, 'deliveries' | 'events'> {
  let writes: Promise<unknown> = Promise.resolve()
  const hop = async (): Promise<void> => {
    for (let left = line.hops(); left > 0; left -= 1) await null
  }
  const never = new Promise<never>(() => {})
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
        const run = async (...args: unknown[]): Promise<unknown> => {
          if (line.cut) return never
          if (line.refuses) throw new Failure('unavailable', 'The disk is full')
          const answer = await method.apply(target, args)
          await hop()
          return line.cut ? never : answer
        }
        if (!WRITES.has(String(name))) return run
        return (...args: unknown[]) => {
          const mine = writes.then(hop).then(() => run(...args))
          writes = mine.catch(() => {})
          return mine
        }
      },
    })
  return { deliveries: wrap(store.deliveries), events: wrap(store.events) }
}

export interface Stand {
  readonly clock: FakeClock
  readonly store: Store
  readonly receiver: Receiver
  readonly gone: number[]
  readonly engine: Engine
  readonly line: Line
  /** What hooks answer to events ends up here; may throw. */
  answered: (hook: Hook, event: RecordedEvent, answer: string) => Promise<void>
  addHook(more?: Partial<Hook>): Promise<Hook>
  change(hook: Hook, change: Partial<Hook>): Promise<Hook>
  /** Records one event for each chat named (`-`: none), and tells the engine; answers their places. */
  record(...chats: string[]): Promise<number[]>
  /** As the gateway does it. */
  drop(seq: number): Promise<void>
  retry(hook: Hook, seq: number): Promise<void>
  /** The engine is no more; what was in flight never comes to an end that anybody hears of. */
  crash(): void
  /** A new engine on the same store. */
  start(): Promise<void>
  restart(): Promise<void>
}

export async function openStand(random: () => number = () => 0.5, hops = () => 0): Promise<Stand> {
  const clock = new FakeClock()
  const store = await openMemoryStore({ clock })
  const receiver = new Receiver(clock)
  const stand: Stand & { engine: Engine; line: Line } = {
    clock,
    store,
    receiver,
    gone: [],
    line: { cut: false, refuses: false, hops },
    engine: undefined as unknown as Engine,
    answered: async () => {},
    addHook: async (more = {}) => {
      const hook = await store.hooks.add(makeHook(more))
      await stand.engine.put(hook)
      return hook
    },
    async change(hook, change) {
      const changed = { ...hook, ...change }
      await store.hooks.replace(changed)
      void stand.engine.put(changed)
      return changed
    },
    async record(...chats) {
      const drafts = chats.map((chat) => ({ ...makeDraft(chat), at: clock.now() }))
      const recordables = drafts.map((draft) => ({ ...draft, wanted: stand.engine.wanted(draft) }))
      const seqs = await store.events.record(recordables)
      stand.engine.dispatch(recordables.map((draft, index) => ({ ...draft, seq: seqs[index] ?? 0 })))
      return seqs
    },
    async drop(seq) {
      const active = (await store.hooks.all()).filter((hook) => hook.active)
      await store.cache.drop(active, seq)
      stand.engine.drop(seq)
    },
    async retry(hook, seq) {
      await store.deliveries.retry(hook.no, seq, stand.engine.now())
      stand.engine.poke(hook.no)
    },
    crash() {
      stand.line.cut = true
    },
    async start() {
      const line = { cut: false, refuses: false, hops }
      stand.line = line
      stand.engine = createEngine({
        store: through(store, line),
        sink: receiver.through(line),
        clock,
        log: silentLog,
        random,
        answered: (...told) => stand.answered(...told),
        gone: (hook) => void (line.cut || stand.gone.push(hook.no)),
        observe: () => {},
      })
      await stand.engine.start(await store.hooks.all())
    },
    async restart() {
      stand.crash()
      await settle()
      await stand.start()
    },
  }
  await stand.start()
  return stand
}

export function makeDraft(chat: string) {
  return {
    type: 'message.received',
    account: 'a',
    chat: chat === '-' ? null : chat,
    data: '{}',
    raw: null,
    origin: null,
    news: null,
  }
}

let made = 0

export function makeHook(more: Partial<Hook> = {}): Omit<Hook, 'no'> {
  made += 1
  return {
    id: `hook-${made}`,
    name: 'A hook',
    url: 'http://127.0.0.1/',
    method: 'POST',
    headers: {},
    active: true,
    events: [],
    description: '',
    allowInsecure: false,
    secret: '',
    accounts: [],
    chats: [],
    order: 'chat',
    retry: null,
    raw: false,
    media: 'link',
    format: 'native',
    disabledReason: null,
    ...more,
  }
}

/** A promise that a test resolves when it likes. */
export function gate<T>(): { readonly promise: Promise<T>; open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>()
  return { promise, open: resolve }
}

/** Whether a list only ever goes up. */
export function ascends(list: readonly number[]): boolean {
  return list.every((value, index) => index === 0 || value > (list[index - 1] ?? 0))
}
