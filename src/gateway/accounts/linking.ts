// The phone behind an account: whether one is linked, how linking begins, and how it ends.
import type { Clock, Timer } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Account, AccountState } from '../../model/account.ts'
import { Failure } from '../../model/failure.ts'
import type { Store } from '../../store/store.ts'
import { LINE_MARKS, type PairingLine, type PairingOffer } from '../../transports/transport.ts'
import type { Intake } from '../intake.ts'
import type { Lines } from '../lines.ts'
import { handedOver, offNotice } from './notice.ts'
import { createSole, type Sole, type SoleDeps } from './sole.ts'

export interface LinkingDeps {
  readonly store: Pick<Store, 'sessions'>
  readonly lines: Pick<Lines, 'account' | 'accounts' | 'need' | 'state' | 'isSession' | 'reopen' | 'borrow'>
  readonly intake: Pick<Intake, 'note'>
  readonly clock: Clock
  readonly log: Log
  readonly deviceOf: SoleDeps['deviceOf']
}

export interface Linking {
  /** Reads which sessions were handed over before this start. */
  start(): Promise<void>
  /** Where phones are linked to an account. Fails with `disabled`, and with `unsupported` for numbers that have no phone. */
  of(id: string): PairingLine
  /** Begins anew; two who ask at once are shown the same code. Fails like `PairingLine.begin`. */
  begin(pairing: PairingLine): Promise<PairingOffer>
  /** Opens the line of an account; where no phone is linked, pairing begins by itself. */
  open(account: Account): void
  isLinked(id: string): Promise<boolean>
  /** Tells the phone that this device is no more, if that can be done within 10 s: whether it was. Never fails. */
  unlink(account: Account): Promise<boolean>
  /** Notes that the session was handed to another server: from here on it is not ours to end. */
  handOver(id: string): Promise<void>
  /** When it was, ms since epoch: what lies here is a copy that the other server has gone on from. Null: it is ours. */
  handedOverAt(id: string): number | null
  /**
   * Takes that back, and all else that a line has noted of its session: it is used here, from the beginning. Resolves
   * with when it had been handed over. Fails like `alone`.
   */
  keep(id: string): Promise<number | null>
  /** For whoever brings a session into use. */
  readonly alone: Sole
  /** The session is gone, or another one. */
  forget(id: string): void
}

const UNLINK_MS = 10_000
/** States of a line whose phone is not linked, whatever the session holds already. */
const NOT_LINKED: ReadonlySet<AccountState['is']> = new Set(['unlinked', 'pairing', 'logged_out'])
const { type, moved, replaced, restricted } = LINE_MARKS

export function createLinking(deps: LinkingDeps): Linking {
  const { store, lines, intake, clock, log } = deps
  const handedOverAt = new Map<string, number>()
  const alone = createSole({ ...deps, isCopy: (id) => handedOverAt.has(id) })
  const begun = new WeakMap<PairingLine, Promise<PairingOffer>>()

  const of = (id: string): PairingLine => {
    const { pairing } = lines.need(id)
    if (pairing) return pairing
    throw new Failure('unsupported', `id: "${id}" is a number of the Cloud API, which no phone is linked to`)
  }
  const begin = (pairing: PairingLine): Promise<PairingOffer> => {
    const mine = begun.get(pairing) ?? pairing.begin().finally(() => begun.delete(pairing))
    begun.set(pairing, mine)
    return mine
  }
  /** The line knows best whether a phone is linked: half of a pairing leaves credentials, too. */
  const beginIfUnlinked = async (id: string): Promise<void> => {
    try {
      await begin(of(id))
    } catch (thrown) {
      if (Failure.from(thrown).code !== 'exists') throw thrown
    }
  }
  return {
    async start() {
      for (const { id } of lines.accounts().filter(({ kind, disabled }) => kind === 'web' && disabled)) {
        const at = (await store.sessions.keys(id, type, [moved])).get(moved)
        if (at !== undefined) handedOverAt.set(id, Number(at))
      }
    },
    of,
    begin,
    open(account) {
      lines.reopen(account)
      // The state of the line tells its owner as well, and asking for the code begins anew.
      beginIfUnlinked(account.id).catch((cause) => log.warn('pairing did not begin', { account: account.id, cause }))
    },
    async isLinked(id) {
      const account = lines.account(id)
      if (!account || NOT_LINKED.has(lines.state(id).is)) return false
      return lines.isSession(account, await store.sessions.credentials(id))
    },
    // A session that lives on elsewhere: logging it out from here would cut that server off.
    unlink: async (account) => handedOverAt.has(account.id) || unlink(deps, account),
    async handOver(id) {
      const at = clock.now()
      await store.sessions.put(id, { keys: [{ type, id: moved, value: String(at) }] })
      handedOverAt.set(id, at)
      intake.note(offNotice(id, { state: 'off', reason: handedOver(at), at }))
    },
    handedOverAt: (id) => handedOverAt.get(id) ?? null,
    async keep(id) {
      const keys = [moved, replaced, restricted].map((mark) => ({ type, id: mark, value: null }))
      const at = handedOverAt.get(id) ?? null
      const use = async (): Promise<void> => {
        await store.sessions.put(id, { keys })
        handedOverAt.delete(id)
      }
      const credentials = await store.sessions.credentials(id)
      await (credentials === null ? use() : alone(id, credentials, use))
      return at
    },
    alone,
    forget: (id) => void handedOverAt.delete(id),
  }
}

async function unlink({ store, lines, clock, log }: LinkingDeps, account: Account): Promise<boolean> {
  const { id } = account
  const timers: Timer[] = []
  try {
    if ((await store.sessions.credentials(id)) === null) return true
    const late = new Promise<never>((_, reject) => {
      timers.push(clock.after(UNLINK_MS, () => reject(new Error(`No answer within ${UNLINK_MS / 1000} s`))))
    })
    return await Promise.race([lines.borrow(account, (line) => line.unlink()), late])
  } catch (cause) {
    log.warn('the phone could not be told that this device is no more', { account: id, cause })
    return false
  } finally {
    for (const timer of timers) timer.cancel()
  }
}
