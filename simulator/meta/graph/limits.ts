// Meta's two sending limits, as buckets that refill with the simulator's clock.

import type { World } from '../world.ts'
import { GraphError, messagingError, titleOf } from './graph-error.ts'

type Bucket = { tokens: number; at: number }

export type LimitKeeper = {
  /** Counts one message of a number to a recipient; throws 130429 or 131056 when it is one too many. */
  count(phoneNumberId: string, recipient: string): void
  /** Counts one call about an account; throws 80008 with the minutes to wait when it is one too many in an hour. */
  countManagement(accountId: string): void
  clear(): void
}

const hour = 60 * 60 * 1000

/** Counts against the limits in force at the time of each message. */
export function createLimitKeeper(world: World): LimitKeeper {
  const buckets = new Map<string, Bucket>()
  const calls = new Map<string, number[]>()
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
    countManagement(accountId) {
      const { management } = world.state.limits
      if (typeof management !== 'number') return
      const now = world.now()
      const recent = (calls.get(accountId) ?? []).filter((at) => at > now - hour)
      calls.set(accountId, recent)
      const oldest = recent[recent.length - management]
      if (oldest !== undefined) throw tooManyCalls(accountId, Math.ceil((oldest + hour - now) / 60_000))
      recent.push(now)
    },
    clear() {
      buckets.clear()
      calls.clear()
    },
  }
}

function tooManyCalls(accountId: string, minutes: number): GraphError {
  const usage = {
    type: 'whatsapp',
    call_count: 100,
    total_cputime: 1,
    total_time: 1,
    estimated_time_to_regain_access: minutes,
  }
  const headers = { 'x-business-use-case-usage': JSON.stringify({ [accountId]: [usage] }) }
  return new GraphError(`(#80008) ${titleOf(80008)}`, { code: 80008, headers })
}
