// What one hook gets out of the order of the log: retries when they are due, and events held behind them.
import type { Clock, Timer } from '../kit/clock.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { DeliveryRow, Progress, Settlement } from '../store/store.ts'
import { type Job, jobOf } from './lanes.ts'
import { type Read, Stale } from './stale.ts'
import { Thaws, type ThawsDeps } from './thaws.ts'

/** Rows read at once. */
const BATCH = 400
/** While more of them than this are unfinished no more are read: every read would bring these again. */
const ENOUGH = 100
/** How many rows to try a hook with may be passed over, because they cannot begin. */
const PROBES = 32
/** What the store could not do is asked again after this, ms; and a row is looked at again whose time should have come. */
const LATER_MS = 1000

type Found = { readonly row: DeliveryRow; readonly event: RecordedEvent }

export interface RowsDeps extends Omit<ThawsDeps, 'stale' | 'loadedOf' | 'later' | 'load'> {
  readonly clock: Clock
  /** Counts jobs that came into memory. */
  readonly enter: (jobs: readonly Job[]) => void
  /** No retry waits for longer than this, ms; one that seems to was made by a clock that has been set back. */
  readonly longestMs: () => number
}

export class Rows {
  readonly #deps: RowsDeps
  #timer: Timer | null = null
  #timerAt = Number.POSITIVE_INFINITY
  #stopped = false
  #loading = false
  /** Rows are due, and wait for room or for the load that runs. */
  #wanted = false
  /** A row is due, and waits for what of its chat or of itself is in memory. */
  #deferred = false
  /** Rows whose jobs are unfinished, or not yet settled: their chats. */
  readonly #loaded = new Map<number, string | null>()
  readonly #stale = new Stale()
  readonly #thaws: Thaws

  constructor(deps: RowsDeps) {
    this.#deps = deps
    this.#thaws = new Thaws({
      ...deps,
      stale: this.#stale,
      loadedOf: (chat) => this.#loadedOf(chat),
      later: (work) => this.#later(work),
      load: (job) => this.#load(job),
    })
  }

  /** Takes up what a restart found. */
  restore(progress: Progress): void {
    this.#thaws.restore(progress.blocked)
    const { clock, longestMs } = this.#deps
    const next = progress.nextDueAt
    if (next !== null) this.#schedule(next > clock.now() + longestMs() ? clock.now() : next)
  }

  stop(): void {
    this.#stopped = true
    this.#thaws.stop()
    this.#timer?.cancel()
  }

  /** The store's rows were changed from outside: looks for ones that are due now, and for chats that nothing blocks now. */
  poke(): void {
    void this.#loadDue()
    void this.#thaws.recheck()
  }

  /** There is room in memory again, or attempts may begin again. */
  roomAgain(): void {
    if (this.#wanted) void this.#loadDue()
    this.#thaws.run()
  }

  /** The chat's head went through: reads what is held behind it. */
  thaw(chat: string): void {
    this.#thaws.add(chat)
  }

  /** A delivery ended, and that is about to be written down. */
  ended(settlement: Settlement): void {
    this.#stale.ended(settlement.seq)
    if (settlement.to === 'held') this.#thaws.holding(settlement.chat)
  }

  /** A settlement of this hook is on disk. */
  settled(settlement: Settlement): void {
    this.#loaded.delete(settlement.seq)
    this.#stale.settled(settlement.seq)
    if (settlement.to === 'retry') this.#schedule(settlement.dueAt)
    if (settlement.to === 'held') this.#thaws.held(settlement.chat)
    if (this.#deferred || (this.#wanted && this.#loaded.size <= ENOUGH)) void this.#loadDue()
  }

  /** A job that was loaded goes back to its row, untouched. */
  unload(seq: number): void {
    this.#loaded.delete(seq)
  }

  /** An event was taken out in the store. It may have been the head of its chat. */
  dropped(seq: number): void {
    this.#loaded.delete(seq)
    this.#stale.settled(seq)
    this.poke()
  }

  /** The hook takes deliveries again: everything that waits is due at once. */
  async wakeAll(): Promise<void> {
    // What failed last must be in the store to be woken.
    await this.#deps.flushed()
    if (this.#stopped) return
    const done = await this.#try('wake', () => this.#deps.store.deliveries.wake(this.#deps.no, this.#deps.clock.now()))
    if (done) await this.#loadDue()
    else this.#later(() => void this.wakeAll())
  }

  /** One row, due or not: something to try a hook with. */
  async loadOne(): Promise<void> {
    await this.#try('load', async () => {
      const limit = this.#loaded.size + PROBES
      const { store, no } = this.#deps
      const any = () => store.deliveries.due(no, Number.MAX_SAFE_INTEGER, limit)
      await this.#stale.read(any, ({ found, isStale }) => {
        if (!this.#stopped) found.find(({ row, event }) => !isStale(row.seq) && this.#begin(row, event))
      })
    })
  }

  #loadedOf(chat: string): number {
    let count = 0
    for (const other of this.#loaded.values()) if (other === chat) count += 1
    return count
  }

  #schedule(at: number): void {
    if (this.#stopped || at >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#deps.clock.after(at - this.#deps.clock.now(), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      void this.#loadDue()
    })
  }

  #later(work: () => void): void {
    this.#deps.clock.after(LATER_MS, () => {
      if (!this.#stopped) work()
    })
  }

  async #loadDue(): Promise<void> {
    this.#wanted = true
    if (this.#loading) return
    this.#loading = true
    const done = await this.#try('load', async () => {
      while (this.#wanted && !this.#stopped && this.#loaded.size <= ENOUGH && this.#deps.room()) await this.#loadBatch()
    })
    this.#loading = false
    if (!done) this.#later(() => void this.#loadDue())
  }

  async #loadBatch(): Promise<void> {
    const { store, no, clock } = this.#deps
    this.#wanted = false
    this.#deferred = false
    const now = clock.now()
    const limit = this.#loaded.size + BATCH
    const due = () => store.deliveries.due(no, now, limit)
    await this.#stale.read(due, (read) => {
      if (!this.#stopped) this.#beginAll(read, limit)
    })
    if (!this.#stopped) await this.#lookAhead(now)
  }

  #beginAll({ found, isStale, changed }: Read<Found[]>, limit: number): void {
    let begun = 0
    for (const { row, event } of found) {
      if (!this.#deps.room()) {
        this.#wanted = true
        return
      }
      if (changed(row.seq)) this.#wanted = true
      else if (isStale(row.seq)) this.#deferred = true
      else if (this.#begin(row, event)) begun += 1
    }
    if (found.length === limit && begun > 0) this.#wanted = true
  }

  /** Sees to it that the rows are looked at again when the next one is due. */
  async #lookAhead(now: number): Promise<void> {
    const { store, no, longestMs } = this.#deps
    const next = await store.deliveries.nextDueAt(no, now)
    if (next === null) return
    if (next <= now + longestMs()) this.#schedule(Math.max(next, now + 1))
    else {
      await store.deliveries.wake(no, now)
      this.#wanted = true
    }
  }

  #begin(row: DeliveryRow, event: RecordedEvent): boolean {
    if (this.#loaded.has(row.seq)) return false
    const job = jobOf(row, event)
    const ordered = this.#deps.ordered() && event.chat !== null && !job.released
    if (this.#deps.busy(row.seq) || (ordered && !this.#deps.lanes.resume(event.chat ?? '', job))) {
      this.#deferred = true
      return false
    }
    this.#load(job)
    this.#deps.start(job)
    return true
  }

  #load(job: Job): void {
    this.#loaded.set(job.event.seq, job.event.chat)
    this.#deps.enter([job])
  }

  /** True when it went through; what the store cannot do now is tried again by the caller. */
  async #try(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (thrown) {
      this.#deps.log.warn('rows of a hook could not be read', { what, hook: this.#deps.no, cause: thrown })
      return false
    }
  }
}
