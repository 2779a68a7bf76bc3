// One session, one account: two accounts of this server with the same linked device would throw each other out.
import { createKeyedQueue } from '../../kit/keyed-queue.ts'
import { Failure } from '../../model/failure.ts'
import type { Store } from '../../store/store.ts'
import type { Lines } from '../lines.ts'

export interface SoleDeps {
  readonly store: Pick<Store, 'sessions'>
  readonly lines: Pick<Lines, 'accounts'>
  /** Which device of which number credentials are of; null when they are of none yet. */
  readonly deviceOf: (credentials: string) => string | null
  /** Whether an account holds no more than a copy of a session that is used elsewhere. */
  readonly isCopy: (account: string) => boolean
}

/**
 * Does something that brings a session into use, while nobody else here does. Fails with `exists` when another account
 * holds the same device. Two devices of one phone are two sessions.
 */
export type Sole = <T>(account: string, credentials: string, work: () => Promise<T>) => Promise<T>

export function createSole({ store, lines, deviceOf, isCopy }: SoleDeps): Sole {
  const inTurn = createKeyedQueue()
  return async (account, credentials, work) => {
    const device = deviceOf(credentials)
    if (device === null) return work()
    return inTurn(device, async () => {
      for (const { id, kind } of lines.accounts()) {
        if (id === account || kind !== 'web' || isCopy(id)) continue
        const held = await store.sessions.credentials(id)
        if (held !== null && deviceOf(held) === device) throw new HeldElsewhere(id)
      }
      return work()
    })
  }
}

const WAY_OUT = 'remove that one first, or export its session from there to bring it here'

/** Another account has the very session. */
class HeldElsewhere extends Failure {
  readonly account: string
  constructor(account: string) {
    super('exists', `id: the account "${account}" of this server has this very session; ${WAY_OUT}`)
    this.account = account
  }
}

/** The same without the other account's name, for callers who may not see it. */
export function discreetly(thrown: unknown, accounts: readonly string[]): unknown {
  if (!(thrown instanceof HeldElsewhere) || accounts.includes(thrown.account)) return thrown
  return new Failure('exists', 'id: another account of this server has this very session')
}
