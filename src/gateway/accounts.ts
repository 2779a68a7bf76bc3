// Accounts: adds, changes and removes them; nothing is kept that the other side has not accepted.
import { createKeyedQueue } from '../kit/keyed-queue.ts'
import type { Account } from '../model/account.ts'
import { Failure } from '../model/failure.ts'
import type { Finding } from '../model/finding.ts'
import type { Store } from '../store/store.ts'
import { callbackOf } from './accounts/callback-address.ts'
import { checkCallback } from './accounts/callback-check.ts'
import { merged } from './accounts/merge.ts'
import type { AccountsPart, AccountView, AccountWish } from './gateway.ts'
import type { Intake } from './intake.ts'
import type { Lines } from './lines.ts'
import type { Messages } from './messages.ts'

export interface AccountsDeps {
  readonly store: Pick<Store, 'accounts'>
  readonly lines: Lines
  readonly intake: Intake
  /** Where the outside reaches this server; null when that was not said. */
  readonly publicUrl: string | null
  /** What goes out, and is told of a changed pacing. */
  readonly messages: Pick<Messages, 'lastSentAt' | 'queue' | 'repace'>
}

export function createAccounts(deps: AccountsDeps): AccountsPart {
  const { store, lines, messages } = deps

  const view = (account: Account): AccountView => viewOf(deps, account)
  const known = (id: string): Account => {
    const account = lines.account(id)
    if (!account) throw new Failure('not-found', `id: there is no account "${id}"`)
    return account
  }
  /** Two wishes about one account never cross. */
  const inTurn = createKeyedQueue()
  /** Keeps what the other side has accepted; until then, and if it refuses, what was there before goes on. */
  const connect = async (wished: Account, keep: (account: Account) => Promise<void>): Promise<void> => {
    const candidate = await lines.connect(wished)
    try {
      await keep(candidate.account)
    } catch (thrown) {
      await candidate.drop()
      throw thrown
    }
    await candidate.takeOver()
    messages.repace(candidate.account.id)
  }
  /** The line goes first: what it finds out is written down, and would bring back what is being put away. */
  const closed = async (id: string, keep: () => Promise<void>): Promise<void> => {
    const before = known(id)
    await lines.close(id)
    try {
      await keep()
    } catch (thrown) {
      if (!before.disabled) lines.reopen(before)
      throw thrown
    }
  }
  const disable = async (account: Account): Promise<void> => {
    const disabled = { ...account, disabled: true }
    await closed(account.id, () => store.accounts.replace(disabled))
    lines.park(disabled)
    messages.repace(account.id)
  }
  const add = async (wish: AccountWish): Promise<void> => {
    if (lines.account(wish.id)) throw new Failure('exists', `id: there is already an account "${wish.id}"`)
    lines.needKind(wish.kind)
    const account = merged(null, wish)
    if (!account.disabled) return connect(account, (accepted) => store.accounts.add(accepted))
    await store.accounts.add(account)
    lines.park(account)
  }
  const update = async (wish: AccountWish): Promise<void> => {
    const before = known(wish.id)
    lines.needKind(wish.kind)
    const account = merged(before, wish)
    if (account.disabled) await disable(account)
    else await connect(account, (accepted) => store.accounts.replace(accepted))
  }
  const remove = async (id: string): Promise<void> => {
    await closed(id, () => store.accounts.remove(id))
    lines.forget(id)
  }
  const enable = async (id: string): Promise<void> => {
    const account = known(id)
    if (account.disabled) await connect({ ...account, disabled: false }, (accepted) => store.accounts.replace(accepted))
  }
  return {
    list: () => lines.accounts().map(view),
    get: (id) => view(known(id)),
    add: (wish) => inTurn(wish.id, () => add(wish)),
    update: (wish) => inTurn(wish.id, () => update(wish)),
    remove: (id) => inTurn(id, () => remove(id)),
    disable: (id) => inTurn(id, () => disable(known(id))),
    enable: (id) => inTurn(id, () => enable(id)),
    examine: (id, options) => inTurn(id, () => examine(deps, known(id), options)),
  }
}

function viewOf({ lines, intake, messages, publicUrl }: AccountsDeps, account: Account): AccountView {
  return {
    account,
    state: lines.state(account.id),
    ...callbackOf(account, publicUrl),
    lastEventAt: intake.lastEventAt(account.id),
    lastSentAt: messages.lastSentAt(account.id),
    queue: messages.queue(account.id),
  }
}

async function examine(
  { lines, publicUrl }: AccountsDeps,
  account: Account,
  options: { readonly mend: boolean },
): Promise<Finding[]> {
  const [findings, callback] = await Promise.all([
    lines.borrow(account, (line) => line.examine(options)),
    checkCallback(account, callbackOf(account, publicUrl).callbackUrl),
  ])
  return callback ? [...findings, callback] : findings
}
