// Counts wrong credentials by address, so that guessing them is slow.
import type { Clock } from '../../kit/clock.ts'

const WINDOW_MS = 60_000
/** Wrong tries of one address in a minute. */
const MOST = 10
/** Addresses remembered; beyond, those whose minute is over are forgotten, and then the oldest. */
const ADDRESSES = 10_000

export interface Tries {
  /** Seconds until the address may try again; 0 when it may now. */
  waitS(address: string): number
  /** Counts a wrong try; answers whether it was the one that used up the minute. */
  wrong(address: string): boolean
}

export function createTries(clock: Clock): Tries {
  const seen = new Map<string, { since: number; wrong: number }>()
  const current = (address: string) => {
    const entry = seen.get(address)
    return entry && clock.now() - entry.since < WINDOW_MS ? entry : undefined
  }
  const forget = () => {
    for (const [address, entry] of seen) {
      if (seen.size >= ADDRESSES || clock.now() - entry.since >= WINDOW_MS) seen.delete(address)
      else break
    }
  }
  return {
    waitS(address) {
      const entry = current(address)
      if (!entry || entry.wrong < MOST) return 0
      return Math.max(1, Math.ceil((entry.since + WINDOW_MS - clock.now()) / 1000))
    },
    wrong(address) {
      const entry = current(address)
      if (entry) {
        entry.wrong++
        return entry.wrong === MOST
      }
      forget()
      // Taken out first: a Map keeps the place of a key that it knows, and `forget` relies on oldest first.
      seen.delete(address)
      seen.set(address, { since: clock.now(), wrong: 1 })
      return false
    },
  }
}
