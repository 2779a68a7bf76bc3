// Brings back what one hook has held in the store behind the head of a chat, in order, once nothing holds it up.
import type { Log } from '../kit/log.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { DeliveryRow, Progress, Store } from '../store/store.ts'
import { type Job, jobOf, type Lanes } from './lanes.ts'
import type { Read, Stale } from './stale.ts'

/** Held events read at once. */
const BATCH = 20

type Found = { readonly row: DeliveryRow; readonly event: RecordedEvent }

export interface ThawsDeps {
  readonly no: number
  readonly store: Pick<Store, 'deliveries'>
  readonly log: Log
  readonly lanes: Lanes
  readonly stale: Stale
  /** Whether more may come into memory. */
  readonly room: () => boolean
  /** Whether the event is in memory already. */
  readonly busy: (seq: number) => boolean
  readonly start: (job: Job) => void
  /** Whether the hook keeps to the order of its chats. */
  readonly ordered: () => boolean
  /** Resolves when all that ended before is on disk, and all that the store was asked before is done. */
  readonly flushed: () => Promise<void>
  /** Rows of the chat that were loaded and whose ends are not on disk: the store still shows them. */
  readonly loadedOf: (chat: string) => number
  /** Calls in a while, unless the hook was stopped. */
  readonly later: (work: () => void) => void
  /** Takes a job into memory. */
  readonly load: (job: Job) => void
}

export class Thaws {
  readonly #deps: ThawsDeps
  readonly #waiting = new Set<string>()
  #stopped = false
  #running = false
  /** Something changed while it ran. */
  #again = false
  #checking = false
  #checkAgain = false
  /** Events being held, by chat: how many since its last thaw, and how many of them are not yet on disk. */
  readonly #holds = new Map<string, { made: number; pending: number }>()

  constructor(deps: ThawsDeps) {
    this.#deps = deps
  }

  /** Takes up what a restart found. A hook that has no order any more gets all that is held. */
  restore(blocked: Progress['blocked']): void {
    const ordered = this.#deps.ordered()
    for (const { chat, head, held } of blocked) {
      if (ordered) this.#deps.lanes.restore(chat, held)
      if (held && !(ordered && head)) this.#waiting.add(chat)
    }
  }

  stop(): void {
    this.#stopped = true
  }

  add(chat: string): void {
    this.#waiting.add(chat)
    this.run()
  }

  /** Goes on with what waits. */
  run(): void {
    if (this.#waiting.size > 0) void this.#run()
  }

  /** An event of the chat is about to be held in the store. */
  holding(chat: string): void {
    const holds = this.#holds.get(chat) ?? { made: 0, pending: 0 }
    this.#holds.set(chat, { made: holds.made + 1, pending: holds.pending + 1 })
  }

  /** It is held. */
  held(chat: string): void {
    const holds = this.#holds.get(chat)
    if (holds) holds.pending -= 1
    if (holds?.pending === 0 && this.#waiting.has(chat)) this.run()
  }

  /** A head may have been taken out, or set free, in the store: looks for chats that nothing blocks any more. */
  async recheck(): Promise<void> {
    this.#checkAgain = true
    if (this.#checking) return
    this.#checking = true
    try {
      while (this.#checkAgain && !this.#stopped) {
        this.#checkAgain = false
        if (this.#blocked().length > 0) await this.#check()
      }
    } catch (thrown) {
      this.#deps.log.warn('the place of a hook could not be read', { hook: this.#deps.no, cause: thrown })
      this.#deps.later(() => void this.recheck())
    }
    this.#checking = false
  }

  #blocked(): { chat: string; head: number | null }[] {
    return this.#deps.lanes.blocked().filter(({ chat }) => !this.#waiting.has(chat))
  }

  async #check(): Promise<void> {
    const { store, no, lanes, stale, flushed } = this.#deps
    await flushed()
    const suspects = this.#blocked()
    const place = () => store.deliveries.progress(no)
    await stale.read(place, ({ found, isStale }) => {
      const heads = new Set(found.blocked.filter(({ head }) => head).map(({ chat }) => chat))
      for (const { chat, head } of suspects) {
        if (!lanes.isBlockedBy(chat, head)) continue
        if (head !== null && isStale(head)) this.#checkAgain = true
        else if (!heads.has(chat)) this.#waiting.add(chat)
      }
    })
    this.run()
  }

  async #run(): Promise<void> {
    this.#again = true
    if (this.#running) return
    this.#running = true
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        for (const chat of this.#waiting) {
          if (this.#stopped || !this.#deps.room()) break
          if ((this.#holds.get(chat)?.pending ?? 0) === 0) await this.#thaw(chat)
        }
      }
    } catch (thrown) {
      this.#deps.log.warn('what is held for a hook could not be read', { hook: this.#deps.no, cause: thrown })
      this.#deps.later(() => this.run())
    }
    this.#running = false
  }

  async #thaw(chat: string): Promise<void> {
    const { store, no, stale, loadedOf } = this.#deps
    const made = this.#holds.get(chat)?.made ?? 0
    const limit = BATCH + loadedOf(chat)
    const held = () => store.deliveries.held(no, chat, limit)
    await stale.read(held, (read) => {
      if (this.#stopped) return
      // Where another row of the chat is being tried by now, it comes back here when that has gone through.
      if (this.#deps.ordered() && !this.#deps.lanes.idle(chat)) this.#waiting.delete(chat)
      else this.#take(chat, read, { made, limit })
    })
  }

  #take(chat: string, { found, isStale }: Read<Found[]>, asked: { made: number; limit: number }): void {
    const fresh = found.filter(({ row }) => !this.#deps.busy(row.seq) && !isStale(row.seq))
    const jobs = fresh.map(({ row, event }) => jobOf(row, event))
    const { made, pending } = this.#holds.get(chat) ?? { made: 0, pending: 0 }
    const all = found.length < asked.limit && made === asked.made && pending === 0
    for (const job of jobs) this.#deps.load(job)
    if (all) this.#holds.delete(chat)
    if (this.#deps.ordered()) this.#go(chat, jobs, all)
    else this.#goUnordered(chat, jobs, all)
  }

  #go(chat: string, jobs: Job[], all: boolean): void {
    const first = this.#deps.lanes.thawed(chat, jobs, all)
    if (first || all) this.#waiting.delete(chat)
    if (first) this.#deps.start(first)
    else if (!all) this.#deps.later(() => this.run())
  }

  #goUnordered(chat: string, jobs: Job[], all: boolean): void {
    if (all) this.#waiting.delete(chat)
    else this.#again = true
    for (const job of jobs) this.#deps.start(job)
  }
}
