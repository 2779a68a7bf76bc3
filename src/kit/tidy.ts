// Gives back the memory that only starting needed.
import { runInNewContext } from 'node:vm'

/**
 * One full collection, now: left alone, the engine keeps what loading took until it has a reason to look. Does nothing
 * unless the program was begun with the collector exposed (see bin/).
 */
export function tidyMemory(): void {
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null')
  // The last-resort kind also gives emptied pages back to the system.
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
