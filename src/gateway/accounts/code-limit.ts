// How often a code to type may be asked for: each rings a phone, and whose it is, is for the caller to say.
import { Failure } from '../../model/failure.ts'

/** Codes of one account within this time. */
const MOST = 6
const WITHIN_MS = 10 * 60_000

/** Counts one more for the account, or fails with `rate-limited`. */
export type CodeLimit = (account: string) => void

export function createCodeLimit(now: () => number): CodeLimit {
  const asked = new Map<string, readonly number[]>()
  return (account) => {
    const at = now()
    const lately = (asked.get(account) ?? []).filter((time) => at - time < WITHIN_MS)
    const oldest = lately[0]
    if (lately.length >= MOST && oldest !== undefined)
      throw new Failure(
        'rate-limited',
        `id: ${MOST} codes were asked for within ${WITHIN_MS / 60_000} minutes; WhatsApp tells the owner of the number each time`,
        { retryAfterS: Math.ceil((oldest + WITHIN_MS - at) / 1000) },
      )
    asked.set(account, [...lately, at])
  }
}
