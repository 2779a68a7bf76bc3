// A clock that stands still until a test moves it.
import type { Clock, Timer } from '../../src/kit/clock.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Lets all that is ready to run do so: promises, and what they put off to the next turn of the event loop. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}

export class FakeClock implements Clock {
  /** Time that goes on evenly; the wall clock is `ahead` of it. */
  #steady = 0
  #ahead: number
  #made = 0
  readonly #pending = new Set<Pending>()

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#ahead = start
  }

  now(): number {
    return this.#steady + this.#ahead
  }

  readonly steady = (): number => this.#steady

  after(ms: number, run: () => void): Timer {
    this.#made += 1
    const pending = { at: this.#steady + Math.max(ms, 0), order: this.#made, run }
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  /** How many calls are to come. */
  get timers(): number {
    return this.#pending.size
  }

  /** Lets time pass: runs what is due in the order of time, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#steady + ms
    await settle()
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#pending.delete(next)
      this.#steady = Math.max(this.#steady, next.at)
      next.run()
      await settle(2)
    }
    this.#steady = until
    await settle()
  }

  /** Sets the wall clock ahead or back, while no time passes. */
  jump(ms: number): void {
    this.#ahead += ms
  }

  #next(until: number): Pending | null {
    let first: Pending | null = null
    for (const pending of this.#pending) {
      if (pending.at > until) continue
      if (!first || pending.at < first.at || (pending.at === first.at && pending.order < first.order)) first = pending
    }
    return first
  }
}
