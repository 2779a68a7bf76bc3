// The delivery engine: owes every recorded event to the hooks that want it, and pays. One queue per hook, none slows another.
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { Hook } from '../model/hook.ts'
import type { Progress, Store } from '../store/store.ts'
import { evenClock } from './even-clock.ts'
import { createMatcher, type Matcher } from './match.ts'
import { createPages } from './pages.ts'
import { HookQueue } from './queue.ts'
import type { QueueDeps } from './queue-deps.ts'
import { Settler } from './settler.ts'
import type { Outcome, Sink } from './sink.ts'

/** How often the places of idle hooks are written down, ms: what a start has to read again stays small. */
const SWEEP_MS = 5_000
/** After this, a hook whose place could not be read is opened again, ms. */
const REOPEN_MS = 1_000
/** Offers made in one go, before the event loop gets its turn. */
const OFFERS_A_TURN = 200

export interface EngineDeps {
  readonly store: Pick<Store, 'deliveries' | 'events'>
  readonly sink: Sink
  readonly clock: Clock
  readonly log: Log
  /** From 0 to 1; jitter comes from here. */
  readonly random: () => number
  readonly answered: QueueDeps['answered']
  readonly gone: QueueDeps['gone']
  readonly observe: (hook: Hook, event: RecordedEvent, outcome: Outcome) => void
}

export interface Engine {
  /** Takes up where the store says that each active hook is. */
  start(hooks: readonly Hook[]): Promise<void>
  /** Whether any active hook wants such an event. */
  wanted(event: Pick<RecordedEvent, 'type' | 'account' | 'chat'>): boolean
  /** Events that were just recorded, in their order, none left out. */
  dispatch(events: readonly RecordedEvent[]): void
  /** A hook was added or changed. */
  put(hook: Hook): Promise<void>
  /** A hook is going: nothing of it is delivered or written down from now on. */
  remove(hook: number): void
  /** The hook's rows were changed in the store. */
  poke(hook: number): void
  /** All of the hook's waiting deliveries were changed in the store: takes up from there. */
  reload(hook: number): Promise<void>
  /** An event is not to be delivered to anybody any more; the store was told so, or is told before anything else. */
  drop(seq: number): void
  /** The events that are being sent to the hook now. */
  inFlight(hook: number): ReadonlySet<number>
  breaker(hook: number): 'open' | 'closed'
  /** Resolves when the store was told of every attempt that has ended. */
  settled(): Promise<void>
  /** The time that retries are reckoned in, ms since epoch: what is made due by hand is due at this. */
  now(): number
  /** Lets what is in flight end, at most `withinMs`, writes all down, begins nothing. */
  stop(withinMs: number): Promise<void>
}

export function createEngine(deps: EngineDeps): Engine {
  return new DeliveryEngine(deps)
}

class DeliveryEngine implements Engine {
  readonly #deps: EngineDeps
  readonly #clock: Clock
  readonly #matcher: Matcher = createMatcher()
  readonly #hooks = new Map<number, Hook>()
  readonly #queues = new Map<number, HookQueue>()
  readonly #settler: Settler
  readonly #queueDeps: QueueDeps
  #dispatched = 0
  /** The highest event that we were told of. */
  #told = 0
  /** What more than one turn of offers takes. */
  #backlog: { event: RecordedEvent; hooks: readonly Hook[]; from: number }[] = []
  /** How often deliveries were changed from outside. */
  #changes = 0
  #sweep: Timer | null = null
  #stopping = false

  constructor(deps: EngineDeps) {
    this.#deps = deps
    const clock = evenClock(deps.clock)
    this.#clock = clock
    const { store, sink, log, random, answered, gone, observe } = deps
    this.#settler = new Settler(store, { clock, log, freed: () => this.#freed() })
    this.#queueDeps = {
      store,
      sink,
      settler: this.#settler,
      pages: createPages(store),
      clock,
      log,
      random,
      wall: () => deps.clock.now(),
      dispatched: () => this.#dispatched,
      told: () => this.#told,
      answered,
      gone,
      observe,
    }
  }

  async start(hooks: readonly Hook[]): Promise<void> {
    this.#dispatched = await this.#deps.store.events.head()
    this.#told = this.#dispatched
    for (const hook of hooks) this.#hooks.set(hook.no, hook)
    this.#matcher.set(this.#hooks.values())
    await Promise.all(hooks.filter((hook) => hook.active).map((hook) => this.#open(hook)))
  }

  wanted(event: Pick<RecordedEvent, 'type' | 'account' | 'chat'>): boolean {
    return this.#matcher.match(event).length > 0
  }

  dispatch(events: readonly RecordedEvent[]): void {
    const idle = this.#backlog.length === 0
    for (const event of events) {
      // One behind a later one is read from the log, as places that are left out are.
      if (event.seq <= this.#told) continue
      if (event.seq > this.#told + 1) for (const queue of this.#queues.values()) queue.missed()
      this.#told = event.seq
      this.#backlog.push({ event, hooks: this.#matcher.match(event), from: 0 })
    }
    if (idle && this.#backlog.length > 0) this.#offerTurn()
  }

  async put(hook: Hook): Promise<void> {
    const before = this.#hooks.get(hook.no)
    this.#hooks.set(hook.no, hook)
    this.#matcher.set(this.#hooks.values())
    this.#deps.sink.forget(hook.no)
    const queue = this.#queues.get(hook.no)
    if (queue) queue.hook = hook
    if (queue && before && before.active === hook.active && before.order === hook.order) return
    await this.reload(hook.no)
  }

  remove(no: number): void {
    this.#hooks.delete(no)
    this.#matcher.set(this.#hooks.values())
    void this.#queues.get(no)?.stop()
    this.#queues.delete(no)
    this.#settler.forget(no)
    this.#deps.sink.forget(no)
  }

  poke(no: number): void {
    this.#changes += 1
    this.#queues.get(no)?.poke()
  }

  async reload(no: number): Promise<void> {
    const queue = this.#queues.get(no)
    if (queue) {
      await queue.stop()
      await this.#settler.flushed()
      if (this.#queues.get(no) === queue) this.#queues.delete(no)
    }
    const hook = this.#hooks.get(no)
    if (hook?.active && !this.#queues.has(no) && !this.#stopping) await this.#open(hook)
  }

  drop(seq: number): void {
    this.#changes += 1
    for (const queue of this.#queues.values()) queue.drop(seq)
  }

  inFlight(no: number): ReadonlySet<number> {
    return this.#queues.get(no)?.inFlight ?? new Set()
  }

  breaker(no: number): 'open' | 'closed' {
    return this.#queues.get(no)?.breaker ?? 'closed'
  }

  settled(): Promise<void> {
    return this.#settler.flushed()
  }

  now(): number {
    return this.#clock.now()
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopping = true
    this.#sweep?.cancel()
    const ended = Promise.all([...this.#queues.values()].map((queue) => queue.stop()))
    let timer: Timer | null = null
    const late = new Promise<void>((resolve) => {
      timer = this.#deps.clock.after(withinMs, resolve)
    })
    await Promise.race([ended, late])
    ;(timer as Timer | null)?.cancel()
    for (const queue of this.#queues.values()) this.#settler.moved(queue)
    await Promise.race([
      this.#settler.flushed(),
      new Promise<void>((resolve) => this.#deps.clock.after(5_000, resolve)),
    ])
    await this.#deps.sink.close()
  }

  async #open(hook: Hook): Promise<void> {
    let changes: number
    let progress: Progress | null
    do {
      // What is changed while the answer is on its way may not be in it.
      changes = this.#changes
      progress = await this.#progress(hook)
    } while (progress && changes !== this.#changes)
    if (!progress) return
    // It may have been opened, switched off or removed while the store was asked.
    const now = this.#hooks.get(hook.no)
    if (!now?.active || this.#queues.has(hook.no) || this.#stopping) return
    const queue = new HookQueue(now, progress, this.#queueDeps)
    this.#queues.set(hook.no, queue)
    queue.resume()
  }

  /** Null when the store cannot say now; then it is asked again by itself. */
  async #progress(hook: Hook): Promise<Progress | null> {
    try {
      return await this.#deps.store.deliveries.progress(hook.no)
    } catch (thrown) {
      this.#deps.log.error('the place of a hook could not be read; trying again', { hook: hook.id, cause: thrown })
      this.#deps.clock.after(REOPEN_MS, () => void this.reload(hook.no))
      return null
    }
  }

  /** Offers events to their hooks; after a turn's worth, lets the event loop run and goes on. */
  #offerTurn(): void {
    let left = OFFERS_A_TURN
    let done = 0
    for (const item of this.#backlog) {
      const until = Math.min(item.hooks.length, item.from + left)
      for (const hook of item.hooks.slice(item.from, until)) this.#queues.get(hook.no)?.offer(item.event)
      left -= until - item.from + 1
      item.from = until
      if (until < item.hooks.length) break
      this.#dispatched = item.event.seq
      done += 1
      if (left <= 0) break
    }
    this.#backlog.splice(0, done)
    this.#sweepLater()
    if (this.#backlog.length > 0) setImmediate(() => this.#offerTurn())
  }

  /** The store takes writes again. */
  #freed(): void {
    for (const queue of this.#queues.values()) queue.resume()
  }

  /** Events were dispatched: has the places of the hooks that had nothing to write down noted as well. */
  #sweepLater(): void {
    if (this.#stopping) return
    this.#sweep ??= this.#clock.after(SWEEP_MS, () => {
      this.#sweep = null
      for (const queue of this.#queues.values()) this.#settler.moved(queue)
    })
  }
}
