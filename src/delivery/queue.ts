// The queue of one hook: takes its events from memory while it keeps up, from the log when it does not.
//
//   live     every event up to the head of the log was offered and taken; new ones come from memory
//   behind   more waits in the log than fits the window, or the breaker is open; reads on from `next` when there is room
//   stopped  the hook was changed, switched off or removed; what is in flight ends, nothing begins
//
// What comes out of order (retries, held events) comes from the store's rows: see rows.ts.
import type { Attempt } from '../model/delivery.ts'
import type { RecordedEvent } from '../model/event.ts'
import { DEFAULT_RETRY, type Hook, type RetryPolicy, wants } from '../model/hook.ts'
import type { Progress, Settlement } from '../store/store.ts'
import { attempt, NOT_ITS_OWN } from './attempt.ts'
import { Breaker } from './breaker.ts'
import { type Job, Lanes } from './lanes.ts'
import type { QueueDeps } from './queue-deps.ts'
import { longestWaitMs, nextAttempt, RELEASED_AFTER } from './retry.ts'
import { Rows } from './rows.ts'
import type { Outcome } from './sink.ts'
import { Window } from './window.ts'

/** Deliveries of one hook that are being sent at once. */
const IN_FLIGHT = 16
/** Those, and those that ended and are not yet written down: what a crash may repeat. */
const UNSETTLED = 32
/** What the store could not do is asked again after this, ms. */
const AGAIN_MS = 1000
/** A hook that said that it is gone, and was not switched off, is tried again after this, ms. */
const GONE_MS = 60_000

export class HookQueue {
  hook: Hook
  readonly #deps: QueueDeps
  readonly #gaps: Progress['gaps']
  readonly #rows: Rows
  readonly #lanes = new Lanes()
  readonly #window = new Window()
  readonly #breaker: Breaker
  /** Events from the cursor on that are finished, or have a row, although the log was not read that far. */
  readonly #skip: Set<number>
  readonly #ready: Job[] = []
  /** Events in memory, by their place. */
  readonly #busy = new Map<number, Job>()
  #mode: 'live' | 'behind' | 'stopped' = 'behind'
  #next: number
  #reading = false
  readonly #flying = new Set<number>()
  /** Attempts that ended and are not yet written down: a crash would repeat these, too. */
  #unsettled = 0
  #lastSuccessAt = 0
  #gone = false
  #idle: (() => void)[] = []

  constructor(hook: Hook, progress: Progress, deps: QueueDeps) {
    this.hook = hook
    this.#deps = deps
    this.#next = progress.cursor
    this.#gaps = progress.gaps
    this.#skip = new Set(progress.finished)
    this.#breaker = new Breaker(deps.clock, { probe: () => void this.#probe(), recovered: () => void this.#recover() })
    this.#rows = new Rows({
      no: hook.no,
      store: deps.store,
      clock: deps.clock,
      log: deps.log,
      lanes: this.#lanes,
      room: () => !this.#window.full && !this.#stopped,
      busy: (seq) => this.#busy.has(seq),
      enter: (jobs) => this.#enter(jobs),
      start: (job) => this.#start(job),
      ordered: () => this.hook.order !== 'none',
      flushed: () => this.#flushed(),
      longestMs: () => longestWaitMs(this.#policy),
    })
    this.#rows.restore(progress)
  }

  get no(): number {
    return this.hook.no
  }

  /** Whether deliveries flow, or are only tried now and then. */
  get breaker(): 'open' | 'closed' {
    return this.#breaker.open ? 'open' : 'closed'
  }

  /** The events that are being sent now. */
  get inFlight(): ReadonlySet<number> {
    return this.#flying
  }

  /** Everything below is finished for this hook, or has a row. */
  cursor(): number {
    return this.#window.lowest ?? (this.#mode === 'live' ? this.#deps.dispatched() + 1 : this.#next)
  }

  /** An event that was just recorded and that this hook wants. */
  offer(event: RecordedEvent): void {
    if (this.#mode !== 'live' || event.seq < this.#next) return
    if (this.#window.full || this.#breaker.open) {
      this.#mode = 'behind'
      this.#next = event.seq
      return
    }
    this.#take(event)
    this.#pump()
  }

  /** Rows of this hook were changed from outside. */
  poke(): void {
    this.#rows.poke()
  }

  /** Attempts may begin, or begin again. */
  resume(): void {
    this.#pump()
    this.#rows.roomAgain()
    void this.#readOn()
  }

  /** Some events will not be offered: it has to read on from what was. */
  missed(): void {
    if (this.#mode !== 'live') return
    this.#mode = 'behind'
    this.#next = Math.max(this.#next, this.#deps.dispatched() + 1)
    void this.#readOn()
  }

  /** An event is not to be delivered any more; one that is in flight already may arrive, but is not tried again. */
  drop(seq: number): void {
    const job = this.#busy.get(seq)
    const at = job ? this.#ready.indexOf(job) : -1
    if (job && at >= 0) {
      this.#ready.splice(at, 1)
      this.#forget(job)
      this.#leaveLane(job)
    } else if (job && this.#lanes.remove(job.event.chat ?? '', seq)) this.#forget(job)
    else if (job) job.dropped = true
    else if (this.#isAhead(seq)) this.#skip.add(seq)
    this.#rows.dropped(seq)
    this.resume()
  }

  settled(settlement: Settlement): void {
    this.#rows.settled(settlement)
    if (settlement.to === 'held') return
    this.#unsettled -= 1
    this.#pump()
  }

  /** Begins nothing more; resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#mode = 'stopped'
    this.#breaker.stop()
    this.#rows.stop()
    if (this.#flying.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Reads on in the log while it is behind and there is room. */
  async #readOn(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#mode === 'behind' && this.#mayTake()) await this.#readPage()
    } catch (thrown) {
      this.#deps.log.error('the log could not be read for a hook', { hook: this.hook.id, cause: thrown })
      this.#deps.clock.after(AGAIN_MS, () => void this.#readOn())
    } finally {
      this.#reading = false
    }
  }

  /** Whether more of the log should come into memory; what is only held there has to be written down as well. */
  #mayTake(): boolean {
    return !this.#breaker.open && !this.#window.full && !this.#deps.settler.busy
  }

  /** Whether reading on will still come to that place. */
  #isAhead(seq: number): boolean {
    return seq >= this.#next && (this.#mode !== 'live' || seq > this.#deps.dispatched())
  }

  /** Resolves when all that ended is on disk; and, the store doing one thing after the other, all that it was asked before. */
  #flushed(): Promise<void> {
    this.#deps.settler.moved(this)
    return this.#deps.settler.flushed()
  }

  async #readPage(): Promise<void> {
    // What it slept through need not be read.
    for (const [from, to] of this.#gaps) if (this.#next >= from && this.#next <= to) this.#next = to + 1
    // What is told of while the page is on its way may not be on it.
    const settled = this.#deps.told() + 1
    const page = await this.#deps.pages.read(this.#next, settled)
    if (this.#mode !== 'behind') return
    for (const event of page.events) {
      if (event.seq < this.#next) continue
      if (this.#window.full) break
      if (wants(this.hook, event)) this.#take(event)
      this.#next = event.seq + 1
    }
    if (!this.#window.full) this.#next = Math.max(this.#next, Math.min(page.next, settled))
    // Not before it has read all that others were offered already: none of that will be offered to this one.
    if (this.#next > this.#deps.told()) this.#goLive()
    this.#pump()
  }

  #goLive(): void {
    this.#mode = 'live'
    for (const seq of this.#skip) if (!this.#isAhead(seq)) this.#skip.delete(seq)
    this.#deps.settler.moved(this)
  }

  #take(event: RecordedEvent): void {
    this.#next = event.seq + 1
    if (this.#skip.delete(event.seq) || this.#busy.has(event.seq)) return
    if (this.#gaps.some(([from, to]) => event.seq >= from && event.seq <= to)) return
    this.#window.take(event.seq)
    const job: Job = { event, attempts: 0, firstAt: null, row: false, released: false, dropped: false }
    const chat = this.#chatOf(job)
    const admission = chat === null ? 'start' : this.#lanes.admit(chat, job)
    if (admission === 'hold' && chat !== null) {
      this.#hold(job, chat)
      return
    }
    this.#enter([job])
    if (admission === 'start') this.#ready.push(job)
  }

  /** The lane that a job belongs in; null when it needs none. */
  #chatOf(job: Job): string | null {
    return this.hook.order === 'none' || job.released ? null : job.event.chat
  }

  #enter(jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.#busy.set(job.event.seq, job)
      this.#window.enter(job.event)
      if (this.#isAhead(job.event.seq)) this.#skip.add(job.event.seq)
    }
  }

  /** A job leaves memory: it is finished, or the store has a row for it. */
  #forget(job: Job): void {
    if (this.#busy.delete(job.event.seq)) this.#window.leave(job.event)
    this.#window.finish(job.event.seq)
  }

  #hold(job: Job, chat: string): void {
    this.#forget(job)
    if (job.row) {
      this.#rows.unload(job.event.seq)
      return
    }
    this.#settle({ to: 'held', hook: this.no, seq: job.event.seq, chat })
  }

  #settle(settlement: Settlement): void {
    if (settlement.to !== 'held') this.#unsettled += 1
    this.#rows.ended(settlement)
    this.#deps.settler.add(settlement, this)
  }

  #start(job: Job): void {
    this.#ready.push(job)
    this.#pump()
  }

  #pump(): void {
    while (this.#ready.length > 0 && this.#mayBegin()) {
      const job = this.#ready.shift()
      if (job) void this.#run(job)
    }
  }

  #mayBegin(): boolean {
    if (this.#stopped || this.#gone || this.#breaker.open || this.#deps.settler.busy) return false
    return this.#flying.size < IN_FLIGHT && this.#flying.size + this.#unsettled < UNSETTLED
  }

  async #run(job: Job): Promise<void> {
    const { clock, wall, observe } = this.#deps
    this.#flying.add(job.event.seq)
    const at = wall()
    job.attempts += 1
    job.firstAt ??= clock.now()
    const outcome = await attempt(this.hook, job, this.#deps)
    observe(this.hook, job.event, outcome)
    this.#flying.delete(job.event.seq)
    this.#ended(job, at, outcome)
    if (this.#flying.size === 0 && this.#stopped) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #ended(job: Job, at: number, outcome: Outcome): void {
    const { tookMs, status, error } = outcome
    const made: Attempt = { number: job.attempts, at, tookMs, status, error }
    const place = { hook: this.no, seq: job.event.seq, attempt: made }
    this.#forget(job)
    if (outcome.delivered) {
      this.#lastSuccessAt = this.#deps.clock.now()
      this.#settle({ to: 'delivered', ...place })
      this.#leaveLane(job)
      this.#breaker.success()
    } else {
      this.#failed(job, outcome, place)
      if (outcome !== NOT_ITS_OWN) this.#breaker.failure()
      if (outcome.gone) this.#goes()
    }
    this.#pump()
    if (this.#window.roomy) {
      this.#rows.roomAgain()
      if (this.#mode === 'behind') void this.#readOn()
    }
  }

  /** The hook is gone for good: nothing more is sent while it is being switched off. */
  #goes(): void {
    if (this.#gone || this.#stopped) return
    this.#gone = true
    this.#deps.gone(this.hook)
    this.#deps.clock.after(GONE_MS, () => {
      this.#gone = false
      this.resume()
    })
  }

  get #stopped(): boolean {
    return this.#mode === 'stopped'
  }

  get #policy(): RetryPolicy {
    return this.hook.retry ?? DEFAULT_RETRY
  }

  #failed(job: Job, outcome: Outcome, place: { hook: number; seq: number; attempt: Attempt }): void {
    const { clock, log, random } = this.#deps
    const firstAt = job.firstAt ?? clock.now()
    const chat = job.event.chat
    const failed = { attempts: job.attempts, firstAt, now: clock.now(), retryAfterMs: outcome.retryAfterMs }
    const isOver = job.dropped || outcome === NOT_ITS_OWN
    const next = isOver ? 'dead' : nextAttempt(this.#policy, failed, random)
    if (next === 'dead') {
      this.#settle({ to: 'dead', chat, firstAt, ...place })
      const { attempts, event } = job
      log.info('delivery.dead', { hook: this.hook.id, event: event.seq, attempts, error: outcome.error })
      this.#leaveLane(job)
      return
    }
    const tookOthers = job.attempts >= RELEASED_AFTER && this.#lastSuccessAt > firstAt
    const released = job.released || (this.hook.order === 'chat' && tookOthers)
    this.#settle({ to: 'retry', chat, firstAt, dueAt: next.dueAt, released, ...place })
    if (released) this.#leaveLane(job)
    else if (chat !== null && this.hook.order !== 'none') {
      for (const follower of this.#lanes.block(chat, job)) this.#hold(follower, chat)
    }
  }

  /** The job no longer holds up its chat. */
  #leaveLane(job: Job): void {
    const chat = this.#chatOf(job)
    const next = chat === null ? null : this.#lanes.leave(chat, job)
    if (next === 'thaw' && chat !== null) this.#rows.thaw(chat)
    else if (next && next !== 'thaw') this.#ready.push(next)
  }

  /** The breaker is open, and one delivery is due to be tried. */
  async #probe(): Promise<void> {
    if (this.#flying.size > 0 || this.#gone || this.#stopped || this.#deps.settler.busy) return
    if (this.#ready.length === 0) await this.#rows.loadOne()
    await this.#readToOne().catch(() => {})
    const job = this.#flying.size === 0 ? this.#ready.shift() : undefined
    if (job && this.#breaker.open && !this.#stopped) void this.#run(job)
    else if (job) this.#start(job)
  }

  /** Reads on until there is something to try the hook with. */
  async #readToOne(): Promise<void> {
    while (this.#ready.length === 0 && this.#mode === 'behind' && !this.#window.full) await this.#readPage()
  }

  async #recover(): Promise<void> {
    await this.#rows.wakeAll()
    this.resume()
  }
}
