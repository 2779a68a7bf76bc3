// Waits that can all be cut short at once.
import type { Clock } from '../../kit/clock.ts'

export interface Pauses {
  /** Resolves true after `ms`, false when it was cut. */
  pause(ms: number): Promise<boolean>
  /** Ends all waits, and those that are asked for from now on. */
  cut(): void
}

export function createPauses(clock: Clock): Pauses {
  const waiting = new Set<() => void>()
  let isCut = false
  return {
    pause: (ms) =>
      new Promise((resolve) => {
        if (isCut) return resolve(false)
        const timer = clock.after(ms, () => {
          waiting.delete(end)
          resolve(true)
        })
        const end = (): void => {
          timer.cancel()
          resolve(false)
        }
        waiting.add(end)
      }),
    cut() {
      isCut = true
      for (const end of waiting) end()
      waiting.clear()
    },
  }
}
