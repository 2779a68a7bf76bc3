// Asks all the time how the linked numbers are: what is answered has to be true, and told as an event.
import type { ToldEvent } from '../events.ts'
import { ACCOUNTS, type World } from './chaos-world.ts'

/** For so long `connected` may be said of a connection that is dead, ms; and what a busy machine adds. */
const DOCUMENTED_MS = 60_000
const BUSY_MS = 15_000
const EVERY_MS = 20

interface Shown {
  readonly state: string
  readonly since: string
  readonly reason: string | null
}

export interface Watching {
  /** Sentences of what was wrong. */
  readonly faults: string[]
  /** What was shown of an account, each once, in order. */
  shown(account: string): readonly Shown[]
  end(): Promise<void>
}

export function watchStates(world: World): Watching {
  const faults: string[] = []
  const shown = new Map<string, Shown[]>(ACCOUNTS.map((account) => [account, []]))
  const deafSince = new Map<string, number>()
  let isOver = false
  const { clock } = world.around
  const look = async (account: string): Promise<void> => {
    const before = deafSince.get(account)
    if (!world.isDeaf(account)) deafSince.delete(account)
    else if (before === undefined) deafSince.set(account, clock.steady())
    const { state, since, reason } = await world.api.getAccountStatus({ id: account })
    const deafForMs = before === undefined || !deafSince.has(account) ? 0 : clock.steady() - before
    if (state === 'connected' && deafForMs > DOCUMENTED_MS + BUSY_MS)
      faults.push(`${account} is said to be connected and was deaf for ${Math.round(deafForMs / 1000)} s`)
    const list = shown.get(account) ?? []
    const last = list.at(-1)
    if (last?.state !== state || last.since !== since || last.reason !== reason) list.push({ state, since, reason })
  }
  const working = (async () => {
    while (!isOver) {
      if (world.server) for (const account of ACCOUNTS) await look(account).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  })()
  return {
    faults,
    shown: (account) => shown.get(account) ?? [],
    async end() {
      isOver = true
      await working
    },
  }
}

/** The changes that were shown and not told, or not in their order. Of `off` nothing is told. */
export function untold(shown: readonly Shown[], events: readonly ToldEvent[], account: string): Shown[] {
  const told = events
    .filter(({ type, account_id, data }) => type.startsWith('account.') && account_id === account && data.state)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  let at = 0
  return shown.filter(({ state, since, reason }) => {
    if (state === 'off') return false
    const found = told.findIndex(
      ({ data }, index) =>
        index >= at && data.state === state && data.since === since && (data.reason ?? null) === reason,
    )
    if (found < 0) return true
    at = found + 1
    return false
  })
}
