// Meta's two sending limits, as buckets that refill with the simulator's clock.

import type { World } from '../world.ts'
import { messagingError } from './graph-error.ts'

type Bucket = { tokens: number; at: number }

export type LimitKeeper = {
  /** Counts one message of a number to a recipient; throws 130429 or 131056 when it is one too many. */
  count(phoneNumberId: string, recipient: string): void
  clear(): void
}

/** Counts against the limits in force at the time of each message. */
export function createLimitKeeper(world: World): LimitKeeper {
  const buckets = new Map<string, Bucket>()
  const take = (key: string, size: number, everyMs: number): boolean => {
    const now = world.now()
    const bucket = buckets.get(key) ?? { tokens: size, at: now }
    const tokens = Math.min(size, bucket.tokens + (now - bucket.at) / everyMs)
    buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
    return tokens >= 1
  }
  return {
    count(phoneNumberId, recipient) {
      const { pair, throughput } = world.state.limits
      if (throughput !== null && !take(phoneNumberId, throughput, 1000 / throughput)) {
        throw messagingError(
          130429,
          'Message failed to send because there were too many messages sent from this phone number in a short period of time.',
        )
      }
      if (pair && !take(`${phoneNumberId} ${recipient}`, pair.burst, pair.everyMs)) {
        throw messagingError(
          131056,
          'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
        )
      }
    },
    clear: () => buckets.clear(),
  }
}
