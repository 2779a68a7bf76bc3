// Lets a request wait for the attempts that it brought about.
import type { Clock } from '../kit/clock.ts'

/** Counts the first attempt of each expected delivery. */
export interface Watch {
  expect(seq: number, hooks: readonly number[]): void
  /** Resolves when every expected delivery was tried once, or after `withinMs`; `waiting` are those that were not. */
  ended(withinMs: number): Promise<{ delivered: number; failed: number; waiting: number }>
}

export interface Outcomes {
  /** Told of every attempt; costs nothing while nobody watches. */
  told(hook: number, seq: number, delivered: boolean): void
  watch(): Watch
}

interface Watching {
  readonly expected: Set<string>
  /** Attempts that ended before they were expected: the store made them due before its answer came. */
  readonly early: Map<string, boolean>
  delivered: number
  failed: number
  done: (() => void) | null
}

export function createOutcomes(clock: Clock): Outcomes {
  const watches = new Set<Watching>()

  const count = (watch: Watching, key: string, delivered: boolean): void => {
    watch.expected.delete(key)
    if (delivered) watch.delivered += 1
    else watch.failed += 1
    if (watch.expected.size === 0) watch.done?.()
  }

  return {
    told(hook, seq, delivered) {
      for (const watch of watches) {
        const key = `${hook} ${seq}`
        if (watch.expected.has(key)) count(watch, key, delivered)
        else if (watch.done === null) watch.early.set(key, delivered)
      }
    },
    watch() {
      const watch: Watching = { expected: new Set(), early: new Map(), delivered: 0, failed: 0, done: null }
      watches.add(watch)
      return {
        expect(seq, hooks) {
          for (const hook of hooks) {
            const key = `${hook} ${seq}`
            const early = watch.early.get(key)
            if (early === undefined) watch.expected.add(key)
            else count(watch, key, early)
          }
        },
        async ended(withinMs) {
          await new Promise<void>((resolve) => {
            const timer = clock.after(withinMs, resolve)
            watch.done = () => {
              timer.cancel()
              resolve()
            }
            if (watch.expected.size === 0) watch.done()
          })
          watches.delete(watch)
          return { delivered: watch.delivered, failed: watch.failed, waiting: watch.expected.size }
        },
      }
    },
  }
}
