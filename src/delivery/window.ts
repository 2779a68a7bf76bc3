// What of the log one hook has in memory: how much that may be, and which is the lowest event not finished.
import type { RecordedEvent } from '../model/event.ts'

const MOST_EVENTS = 1000
/** Characters of data and raw, near enough to bytes. */
const MOST_CHARS = 4_000_000

interface Entry {
  readonly seq: number
  done: boolean
}

/** Events taken from the log are finished in any order; the cursor is the lowest that is not. */
export class Window {
  #entries: Entry[] = []
  #first = 0
  readonly #bySeq = new Map<number, Entry>()
  #events = 0
  #chars = 0

  /** Whether no more events should be taken into memory. */
  get full(): boolean {
    return this.#events >= MOST_EVENTS || this.#chars >= MOST_CHARS
  }

  /** Whether there is room enough again to make reading worth it. */
  get roomy(): boolean {
    return this.#events <= MOST_EVENTS / 2 && this.#chars <= MOST_CHARS / 2
  }

  get empty(): boolean {
    return this.#events === 0
  }

  /** Counts an event that comes into memory. */
  enter(event: RecordedEvent): void {
    this.#events += 1
    this.#chars += event.data.length + (event.raw?.length ?? 0)
  }

  /** Counts an event that leaves memory. */
  leave(event: RecordedEvent): void {
    this.#events -= 1
    this.#chars -= event.data.length + (event.raw?.length ?? 0)
  }

  /** An event of the log was taken, in the order of recording. */
  take(seq: number): void {
    const entry = { seq, done: false }
    this.#entries.push(entry)
    this.#bySeq.set(seq, entry)
  }

  /** It is finished, or has a row. Nothing happens for one that was not taken from the log. */
  finish(seq: number): void {
    const entry = this.#bySeq.get(seq)
    if (!entry) return
    entry.done = true
    this.#bySeq.delete(seq)
    while (this.#entries[this.#first]?.done) this.#first += 1
    if (this.#first > 1024 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
  }

  /** The lowest event taken and not finished; null when all are. */
  get lowest(): number | null {
    return this.#entries[this.#first]?.seq ?? null
  }
}
