// What one hook gets out of the order of the log: retries when they are due, and events held behind them.
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { DeliveryRow, Progress, Settlement, Store } from '../store/store.ts'
import type { Job, Lanes } from './lanes.ts'

/** Rows read at once. */
const DUE_BATCH = 100
const HELD_BATCH = 20
/** A row whose chat is busy is looked at again after this, ms. */
const LATER_MS = 1000

export interface RowsDeps {
  readonly no: number
  readonly store: Pick<Store, 'deliveries'>
  readonly clock: Clock
  readonly log: Log
  readonly lanes: Lanes
  /** Whether more may come into memory. */
  readonly room: () => boolean
  /** Whether the event is in memory already. */
  readonly busy: (seq: number) => boolean
  /** Counts jobs that came into memory. */
  readonly enter: (jobs: readonly Job[]) => void
  readonly start: (job: Job) => void
  /** Whether the job keeps to the order of its chat. */
  readonly ordered: (job: Job) => boolean
}

export class Rows {
  readonly #deps: RowsDeps
  #timer: Timer | null = null
  #timerAt = Number.POSITIVE_INFINITY
  #stopped = false
  #loading = false
  /** Rows are due, and wait for room or for the load that runs. */
  #wanted = false
  /** Rows that were loaded and are not settled. */
  readonly #loaded = new Set<number>()
  readonly #thawing = new Set<string>()
  #thawsRunning = false
  /** Events being held, by chat: how many ever, and how many are not yet on disk. */
  readonly #holds = new Map<string, { made: number; pending: number }>()

  constructor(deps: RowsDeps) {
    this.#deps = deps
  }

  /** Takes up what a restart found. */
  restore(progress: Progress): void {
    for (const { chat, head, held } of progress.blocked) {
      this.#deps.lanes.restore(chat, held)
      if (!head && held) this.#thawing.add(chat)
    }
    if (progress.nextDueAt !== null) this.#schedule(progress.nextDueAt)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Looks for rows that are due now, and for chats to thaw. */
  poke(): void {
    void this.#loadDue()
    void this.#thawAll()
  }

  /** There is room in memory again. */
  roomAgain(): void {
    if (this.#wanted) void this.#loadDue()
    if (this.#thawing.size > 0) void this.#thawAll()
  }

  /** The chat's head went through: reads what is held behind it. */
  thaw(chat: string): void {
    this.#thawing.add(chat)
    void this.#thawAll()
  }

  /** An event of the chat is about to be held in the store. */
  holding(chat: string): void {
    const holds = this.#holds.get(chat) ?? { made: 0, pending: 0 }
    this.#holds.set(chat, { made: holds.made + 1, pending: holds.pending + 1 })
  }

  /** A settlement of this hook is on disk. */
  settled(settlement: Settlement): void {
    this.#loaded.delete(settlement.seq)
    if (settlement.to === 'retry') this.#schedule(settlement.dueAt)
    if (settlement.to !== 'held') return
    const holds = this.#holds.get(settlement.chat)
    if (holds) holds.pending -= 1
    if (this.#thawing.has(settlement.chat)) void this.#thawAll()
  }

  /** A job that was loaded goes back to its row, untouched. */
  unload(seq: number): void {
    this.#loaded.delete(seq)
  }

  /** The hook takes deliveries again: everything that waits is due at once. */
  async wakeAll(): Promise<void> {
    await this.#try('wake', () => this.#deps.store.deliveries.wake(this.#deps.no, this.#deps.clock.now()))
    await this.#loadDue()
  }

  /** One row, due or not: something to try a hook with. */
  async loadOne(): Promise<void> {
    await this.#try('load', async () => {
      const limit = this.#loaded.size + 1
      const rows = await this.#deps.store.deliveries.due(this.#deps.no, Number.MAX_SAFE_INTEGER, limit)
      for (const found of rows) this.#begin(found)
    })
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

  async #loadDue(): Promise<void> {
    this.#wanted = true
    if (this.#loading) return
    this.#loading = true
    const done = await this.#try('load', async () => {
      while (this.#wanted && !this.#stopped && this.#deps.room()) await this.#loadBatch()
    })
    this.#loading = false
    if (!done && !this.#stopped) this.#schedule(this.#deps.clock.now() + LATER_MS)
  }

  async #loadBatch(): Promise<void> {
    const { store, no, clock } = this.#deps
    this.#wanted = false
    const now = clock.now()
    const limit = this.#loaded.size + DUE_BATCH
    const rows = await store.deliveries.due(no, now, limit)
    if (this.#stopped) return
    let begun = 0
    for (const found of rows) if (this.#begin(found)) begun += 1
    if (rows.length === limit && begun > 0) this.#wanted = true
    else {
      const next = await store.deliveries.nextDueAt(no, now)
      if (next !== null) this.#schedule(next)
    }
  }

  #begin({ row, event }: { row: DeliveryRow; event: RecordedEvent }): boolean {
    if (this.#deps.busy(row.seq) || this.#loaded.has(row.seq)) return false
    const job = jobOf(row, event)
    const ordered = this.#deps.ordered(job)
    if (ordered && !this.#deps.lanes.resume(event.chat ?? '', job)) {
      this.#schedule(this.#deps.clock.now() + LATER_MS)
      return false
    }
    this.#loaded.add(row.seq)
    this.#deps.enter([job])
    this.#deps.start(job)
    return true
  }

  async #thawAll(): Promise<void> {
    if (this.#thawsRunning) return
    this.#thawsRunning = true
    const done = await this.#try('thaw', async () => {
      for (const chat of this.#thawing) {
        if (this.#stopped || !this.#deps.room()) return
        if ((this.#holds.get(chat)?.pending ?? 0) === 0) await this.#thawChat(chat)
      }
    })
    this.#thawsRunning = false
    if (!done && !this.#stopped) this.#deps.clock.after(LATER_MS, () => void this.#thawAll())
  }

  async #thawChat(chat: string): Promise<void> {
    const { store, no, lanes } = this.#deps
    const made = this.#holds.get(chat)?.made ?? 0
    const rows = await store.deliveries.held(no, chat, HELD_BATCH)
    if (this.#stopped) return
    const jobs = rows.filter(({ row }) => !this.#deps.busy(row.seq)).map(({ row, event }) => jobOf(row, event))
    const holds = this.#holds.get(chat)
    const all = rows.length < HELD_BATCH && (holds?.made ?? 0) === made && (holds?.pending ?? 0) === 0
    for (const job of jobs) this.#loaded.add(job.event.seq)
    this.#deps.enter(jobs)
    const first = lanes.thawed(chat, jobs, all)
    if (all) this.#holds.delete(chat)
    if (first || all) this.#thawing.delete(chat)
    if (first) this.#deps.start(first)
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

function jobOf(row: DeliveryRow, event: RecordedEvent): Job {
  return { event, attempts: row.attempts, firstAt: row.firstAt, row: true, released: row.released }
}
