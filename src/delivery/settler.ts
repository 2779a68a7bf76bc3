// Writes down what became of deliveries: gathers what ends while the store is busy, and hands it over as one unit.
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { Failure } from '../model/failure.ts'
import type { Settlement, Store } from '../store/store.ts'

/** How long a store that took nothing is left alone, ms. */
const PAUSE_MS = 500
/** Ends not yet on disk, beyond which no new attempt begins: what a crash could deliver twice stays bounded. */
const MOST_UNSETTLED = 2000

/** The queue of a hook, as the settler sees it. */
export interface Settling {
  readonly no: number
  /** Its place in the log: asked for when the unit that justifies a move is made up. */
  cursor(): number
  /** The settlement is on disk. */
  settled(settlement: Settlement): void
}

interface Waiting {
  readonly settlement: Settlement
  readonly queue: Settling
}

export class Settler {
  #waiting: Waiting[] = []
  #moved = new Set<Settling>()
  #flushing: Promise<void> | null = null
  #failing = false
  /** Ends in the unit that is being written. */
  #writing = 0
  readonly #gone = new Set<number>()
  /** How many times something was added, ever; and who waits for how much of it to be on disk. */
  #added = 0
  #barriers: { added: number; resolve: () => void }[] = []
  readonly #store: Pick<Store, 'deliveries'>
  readonly #clock: Clock
  readonly #log: Log
  readonly #freed: () => void

  /** `freed` is called when attempts may begin again after `busy`. */
  constructor(store: Pick<Store, 'deliveries'>, deps: { clock: Clock; log: Log; freed: () => void }) {
    this.#store = store
    this.#clock = deps.clock
    this.#log = deps.log
    this.#freed = deps.freed
  }

  /** Whether no new attempt should begin: the store takes nothing, or too much waits for it. */
  get busy(): boolean {
    return this.#failing || this.#waiting.length + this.#writing >= MOST_UNSETTLED
  }

  add(settlement: Settlement, queue: Settling): void {
    if (this.#gone.has(queue.no)) return
    this.#waiting.push({ settlement, queue })
    this.moved(queue)
  }

  /** A hook's place moved, without a settlement of its own. */
  moved(queue: Settling): void {
    if (this.#gone.has(queue.no)) return
    this.#added += 1
    this.#moved.add(queue)
    this.#flushing ??= Promise.resolve().then(() => this.#flush())
  }

  /** Forgets what waits for a hook that is gone. */
  forget(hook: number): void {
    this.#gone.add(hook)
    this.#waiting = this.#waiting.filter(({ queue }) => queue.no !== hook)
    for (const queue of this.#moved) if (queue.no === hook) this.#moved.delete(queue)
  }

  /** Resolves when all that was added before is on disk. */
  async flushed(): Promise<void> {
    if (!this.#flushing) return
    const added = this.#added
    await new Promise<void>((resolve) => this.#barriers.push({ added, resolve }))
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#moved.size > 0) {
      // All of it: a cursor must not pass an end that is not in its unit, and must not wait for a quiet moment either.
      const unit = this.#waiting
      this.#waiting = []
      const queues = [...this.#moved]
      this.#moved.clear()
      const added = this.#added
      const cursors = queues.map((queue) => [queue.no, queue.cursor()] as const)
      this.#writing = unit.length
      try {
        await this.#store.deliveries.settle(
          unit.map(({ settlement }) => settlement),
          cursors,
        )
        const wasBusy = this.busy
        this.#failing = false
        this.#writing = 0
        for (const { settlement, queue } of unit) queue.settled(settlement)
        if (wasBusy && !this.busy) this.#freed()
        this.#passed(added)
      } catch (thrown) {
        this.#writing = 0
        this.#waiting = [...unit, ...this.#waiting].filter(({ queue }) => !this.#gone.has(queue.no))
        for (const queue of queues) if (!this.#gone.has(queue.no)) this.#moved.add(queue)
        await this.#pause(thrown)
      }
    }
    this.#flushing = null
    this.#passed(this.#added)
    this.#relieve()
  }

  /** What the store would not take went with its hook: whether it takes the next thing is to be found out again. */
  #relieve(): void {
    if (!this.#failing) return
    this.#failing = false
    this.#freed()
  }

  /** All that was added up to this count is on disk. */
  #passed(added: number): void {
    const [there, later] = [
      this.#barriers.filter((b) => b.added <= added),
      this.#barriers.filter((b) => b.added > added),
    ]
    this.#barriers = later
    for (const barrier of there) barrier.resolve()
  }

  async #pause(thrown: unknown): Promise<void> {
    const failure = Failure.from(thrown)
    if (!this.#failing)
      this.#log.warn('deliveries cannot be written down; no new ones begin until they can', {
        reason: failure.message,
        cause: failure.cause,
      })
    this.#failing = true
    await new Promise<void>((resume) => this.#clock.after(PAUSE_MS, resume))
  }
}
