// Counts what came in and was not told, because it was forged or no message at all.
import type { Log } from '../../../kit/log.ts'
import type { DropReason } from '../../transport.ts'

export interface Dropped {
  add(reason: DropReason, what: { readonly id: string; readonly said: string }): void
}

/** Warns of the first of each kind; the rest is counted. */
export function createDropped(log: Log, count: (reason: DropReason) => void): Dropped {
  const counts: Record<DropReason, number> = { malformed: 0, oversized: 0, forged: 0, plaintext: 0 }
  return {
    add(reason, { id, said }) {
      counts[reason] += 1
      count(reason)
      const fields = { reason, said, message: id.slice(0, 64), so_far: counts[reason] }
      if (counts[reason] === 1) log.warn('Dropped what came in; more of its kind are only counted', fields)
      else log.debug('Dropped what came in', fields)
    },
  }
}
