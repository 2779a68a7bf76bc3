// Gives back the memory that the engine holds on to for longer than is good.
import { runInNewContext } from 'node:vm'

type Collect = (how: { type: 'major' | 'minor'; execution: 'sync'; flavor?: 'last-resort' }) => void

/** The collector; null unless the program was begun with it exposed (see bin/). */
function collector(): Collect | null {
  return runInNewContext('typeof gc === "function" ? gc : null')
}

/** One full collection, now: left alone, the engine keeps what loading took until it has a reason to look. */
export function tidyMemory(): void {
  // The last-resort kind also gives emptied pages back to the system.
  collector()?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Counts the bytes of files that pass through, and has what they leave behind collected now and then: the engine hardly
 * sees the weight of their buffers, and lets 64 MB of dead ones gather before it looks.
 */
export function createTidier(everyBytes: number): (bytes: number) => void {
  let collect: Collect | null | undefined
  let passed = 0
  return (bytes) => {
    passed += bytes
    if (passed < everyBytes) return
    passed = 0
    collect ??= collector()
    collect?.({ type: 'minor', execution: 'sync' })
  }
}
