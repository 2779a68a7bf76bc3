// Counts what came in and was not told, because it was forged or no message at all.
import type { Log } from '../../../kit/log.ts'

/**
 *   malformed   no message that WhatsApp could mean
 *   oversized   larger than anything that people send
 *   forged      speaks in a name that is not the sender's: a revoke or an edit of somebody else's message, keys and
 *               history from a stranger, a receipt for a message of somebody else's chat
 */
export type DropReason = 'malformed' | 'oversized' | 'forged'

export interface Dropped {
  add(reason: DropReason, what: { readonly id: string; readonly said: string }): void
  counts(): Readonly<Record<DropReason, number>>
}

/** Warns of the first of each kind; the rest is counted. */
export function createDropped(log: Log): Dropped {
  const counts: Record<DropReason, number> = { malformed: 0, oversized: 0, forged: 0 }
  return {
    add(reason, { id, said }) {
      counts[reason] += 1
      const fields = { reason, said, message: id.slice(0, 64), so_far: counts[reason] }
      if (counts[reason] === 1) log.warn('Dropped what came in; more of its kind are only counted', fields)
      else log.debug('Dropped what came in', fields)
    },
    counts: () => ({ ...counts }),
  }
}
