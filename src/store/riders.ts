// What a session has to keep, and not at once, rides along with the next thing that it writes: a commit less for each.
import type { Clock, Timer } from '../kit/clock.ts'
import { Failure } from '../model/failure.ts'
import type { AccountStore, SessionKey, SessionStore } from './store.ts'

/** Nothing waits longer than this for something to ride with, ms. */
const LONGEST_MS = 1000
/** Before what could not be written is tried again, ms. */
const AGAIN_MS = 5000

type Plain = Omit<SessionStore, 'soon'>

/** What waits of one account, by type and id. */
interface Waiting {
  keys: Map<string, SessionKey>
  timer: Timer | null
}

export interface Riders {
  readonly sessions: SessionStore
  /** The same accounts: with one that is removed goes what waits of it. */
  readonly accounts: AccountStore
  /** Writes what waits. Never fails. */
  flush(): Promise<void>
}

export interface RidersOver {
  readonly sessions: Plain
  readonly accounts: AccountStore
}

/** Adds `soon` to a store of sessions. What waits is found by all that read, and gone with a wipe. */
export function withRiders({ sessions, accounts: all }: RidersOver, clock: Clock): Riders {
  const accounts = new Map<string, Waiting>()
  const take = (account: string): SessionKey[] => {
    const waiting = accounts.get(account)
    accounts.delete(account)
    waiting?.timer?.cancel()
    return [...(waiting?.keys.values() ?? [])]
  }
  /** `keys` are older than what waits already when they come back from a write that failed. */
  const add = (account: string, keys: readonly SessionKey[], { isOlder = false, withinMs = LONGEST_MS } = {}) => {
    const waiting = accounts.get(account) ?? { keys: new Map(), timer: null }
    accounts.set(account, waiting)
    for (const key of keys) if (!isOlder || !waiting.keys.has(nameOf(key))) waiting.keys.set(nameOf(key), key)
    waiting.timer ??= clock.after(withinMs, () => void put(account, { keys: [] }).catch(() => {}))
  }
  const put: Plain['put'] = async (account, change) => {
    const riding = take(account)
    try {
      await sessions.put(account, { ...change, keys: [...riding, ...change.keys] })
    } catch (thrown) {
      if (riding.length > 0 && !isGone(thrown)) add(account, riding, { isOlder: true, withinMs: AGAIN_MS })
      throw thrown
    }
  }
  const settled = async (account: string): Promise<void> => {
    if (accounts.has(account)) await put(account, { keys: [] })
  }
  return {
    accounts: {
      ...all,
      async remove(id) {
        await all.remove(id)
        take(id)
      },
    },
    sessions: {
      ...sessions,
      put,
      soon: add,
      async keys(account, type, ids) {
        const waiting = accounts.get(account)
        const known = ids.flatMap((id) => {
          const key = waiting?.keys.get(nameOf({ type, id }))
          return key ? [key] : []
        })
        if (known.length === 0) return sessions.keys(account, type, ids)
        const names = new Set(known.map(({ id }) => id))
        const found = new Map(
          await sessions.keys(
            account,
            type,
            ids.filter((id) => !names.has(id)),
          ),
        )
        for (const { id, value } of known) if (value !== null) found.set(id, value)
        return found
      },
      async whole(account) {
        await settled(account)
        return sessions.whole(account)
      },
      wipe(account) {
        take(account)
        return sessions.wipe(account)
      },
    },
    async flush() {
      await Promise.allSettled([...accounts.keys()].map(settled))
      for (const account of [...accounts.keys()]) take(account)
    },
  }
}

/** Its account was removed meanwhile. */
function isGone(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.code === 'not-found'
}

function nameOf({ type, id }: Pick<SessionKey, 'type' | 'id'>): string {
  return `${type}\n${id}`
}
