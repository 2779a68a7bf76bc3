// Accounts: adds, changes and removes them; nothing is kept that the other side has not accepted.
import type { EgressGuard } from '../kit/egress.ts'
import type { createKeyedQueue } from '../kit/keyed-queue.ts'
import type { Account } from '../model/account.ts'
import { Failure } from '../model/failure.ts'
import type { Finding } from '../model/finding.ts'
import type { Store } from '../store/store.ts'
import { callbackOf } from './accounts/callback-address.ts'
import { checkCallback } from './accounts/callback-check.ts'
import type { Linking } from './accounts/linking.ts'
import { merged } from './accounts/merge.ts'
import { handedOver, offNotice, takenBack } from './accounts/notice.ts'
import { createUse } from './accounts/use.ts'
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
  /** Whether a proxy may be dialled; fails with a sentence that does not repeat its address. */
  readonly guard: Pick<EgressGuard, 'checkProxy'>
  /** What goes out, and is told of a changed pacing. */
  readonly messages: Pick<Messages, 'lastSentAt' | 'queue' | 'repace'>
  /** What is done about the phones of linked devices. */
  readonly linking: Pick<Linking, 'open' | 'unlink' | 'keep' | 'handedOverAt' | 'forget'>
  /** Two wishes about one account never cross. */
  readonly inTurn: ReturnType<typeof createKeyedQueue>
  readonly now: () => number
}

const STILL_LISTED =
  'The session is wiped here, but the phone could not be told and goes on listing this device: remove it there (WhatsApp, Linked devices)'

export function createAccounts(deps: AccountsDeps): AccountsPart {
  const { store, lines, intake, messages, linking, inTurn, now } = deps
  const use = createUse(deps)

  const view = (account: Account): AccountView => viewOf(deps, account)
  const known = (id: string): Account => {
    const account = lines.account(id)
    if (!account) throw new Failure('not-found', `id: there is no account "${id}"`)
    return account
  }
  const disable = async (account: Account): Promise<void> => {
    const disabled = { ...account, disabled: true }
    await use.end(known(account.id), () => store.accounts.replace(disabled))
    lines.park(disabled)
    messages.repace(account.id)
  }
  const enable = async (account: Account): Promise<string | null> => {
    const elsewhereSince = account.kind === 'web' ? await linking.keep(account.id) : null
    await use.begin({ ...account, disabled: false }, store.accounts.replace)
    return elsewhereSince === null ? null : takenBack(elsewhereSince)
  }
  const add = async (wish: AccountWish): Promise<void> => {
    if (lines.account(wish.id)) throw new Failure('exists', `id: there is already an account "${wish.id}"`)
    lines.needKind(wish.kind)
    const account = merged(null, wish)
    await checkProxy(deps, { before: null, account })
    if (!account.disabled) return use.begin(account, store.accounts.add)
    await store.accounts.add(account)
    lines.park(account)
  }
  const update = async (wish: AccountWish): Promise<string | null> => {
    const before = known(wish.id)
    lines.needKind(wish.kind)
    if (wish.kind !== before.kind)
      throw new Failure('invalid', 'type: cannot be changed; remove the account, and add it anew')
    const account = merged(before, wish)
    await checkProxy(deps, { before, account })
    if (account.disabled) await disable(account)
    else if (before.disabled) return enable(account)
    else await use.begin(account, store.accounts.replace)
    return null
  }
  const remove: AccountsPart['remove'] = async (id) => {
    const account = known(id)
    const isTold = account.kind !== 'web' || (await linking.unlink(account))
    await use.end(account, () => store.accounts.remove(id))
    lines.forget(id)
    linking.forget(id)
    intake.note(offNotice(id, { state: 'removed', reason: 'The account was removed.', at: now() }))
    return isTold ? null : STILL_LISTED
  }
  return {
    list: () => lines.accounts().map(view),
    get: (id) => view(known(id)),
    add: (wish) => inTurn(wish.id, () => add(wish)),
    update: (wish) => inTurn(wish.id, () => update(wish)),
    remove: (id) => inTurn(id, () => remove(id)),
    disable: (id) => inTurn(id, () => disable(known(id))),
    enable: (id) =>
      inTurn(id, async () => {
        const account = known(id)
        return account.disabled ? enable(account) : null
      }),
    examine: (id, options) => inTurn(id, () => examine(deps, known(id), options)),
  }
}

/** Said when it is set; each connection is vetted again, since a name may lead elsewhere by then. */
async function checkProxy(
  { guard }: AccountsDeps,
  { before, account }: { before: Account | null; account: Account },
): Promise<void> {
  const proxy = account.web?.proxy ?? null
  if (proxy === null || proxy === before?.web?.proxy) return
  try {
    await guard.checkProxy(proxy)
  } catch (thrown) {
    throw new Failure('invalid', `web.proxy: ${Failure.from(thrown).message}`)
  }
}

function viewOf({ lines, linking, intake, messages, publicUrl }: AccountsDeps, account: Account): AccountView {
  const state = lines.state(account.id)
  const handedOverAt = linking.handedOverAt(account.id)
  return {
    account,
    state: handedOverAt === null ? state : { ...state, since: handedOverAt, reason: handedOver(handedOverAt) },
    handedOverAt,
    ...callbackOf(account, publicUrl),
    lastEventAt: intake.lastEventAt(account.id),
    lastSentAt: messages.lastSentAt(account.id),
    lastHeardAt: lines.lastHeardAt(account.id),
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
