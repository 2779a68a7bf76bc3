// Messages of a linked device whose connection is away stay queued until it is back, or until that takes its owner.
import type { AccountState } from '../../model/account.ts'
import { Failure } from '../../model/failure.ts'
import type { Lines } from '../lines.ts'

export interface Standby {
  /** Whether a message of the account may go now. */
  isUp(account: string): boolean
  /** Fails with `not-connected` where none may go before somebody acts. */
  check(account: string): void
  /** Resolves true when a message of the account may go, false when the server stops first. Fails as `check` does. */
  wait(account: string): Promise<boolean>
  stop(): void
}

/** States of a linked device that end only when somebody acts, and what that is. */
const STUCK: Readonly<Partial<Record<AccountState['is'], string>>> = {
  unlinked: 'No phone is linked. Link one, with a QR code or a pairing code, and send then.',
  pairing: 'No phone is linked yet: its QR code or pairing code waits for the phone. Link it, and send then.',
  logged_out: 'The phone removed this device. Link it anew, and send then.',
  replaced: 'The same session is used somewhere else. End it there, and disable and enable the account here.',
  broken: 'WhatsApp turns this device away. The status of the account says why.',
}

/** Only linked devices hold a connection: everybody else is asked when the message goes. */
export function createStandby(lines: Pick<Lines, 'account' | 'state' | 'watch'>): Standby {
  const waiting = new Map<string, Set<(isGoing: boolean) => void>>()
  let isStopped = false

  /** Null: the message may go, as far as is known here. */
  const awayOf = (id: string): AccountState | null => {
    const account = lines.account(id)
    // Whoever sends says what is amiss with a number that is restricted, disabled or gone.
    if (account?.kind !== 'web' || account.disabled) return null
    const state = lines.state(id)
    return state.is === 'connected' || state.is === 'restricted' ? null : state
  }
  const check = (id: string): void => {
    const away = awayOf(id)
    const todo = away && STUCK[away.is]
    if (away && todo) throw notConnected(id, away, todo)
  }
  const wake = (id: string, isGoing: boolean): void => {
    const all = waiting.get(id)
    waiting.delete(id)
    for (const resolve of all ?? []) resolve(isGoing)
  }
  lines.watch((id) => {
    if (waiting.has(id)) wake(id, true)
  })

  return {
    isUp: (id) => awayOf(id) === null,
    check,
    async wait(id) {
      while (!isStopped) {
        check(id)
        if (awayOf(id) === null) return true
        const changed = Promise.withResolvers<boolean>()
        const all = waiting.get(id) ?? new Set()
        waiting.set(id, all.add(changed.resolve))
        if (!(await changed.promise)) return false
      }
      return false
    },
    stop() {
      isStopped = true
      for (const id of [...waiting.keys()]) wake(id, false)
    },
  }
}

function notConnected(id: string, { is, reason }: AccountState, todo: string): Failure {
  // What the line says of itself names what to do already.
  return new Failure(
    'not-connected',
    `The account "${id}" is not connected (${is}): ${reason ?? todo} Nothing was sent.`,
    {
      facts: { state: is },
    },
  )
}
