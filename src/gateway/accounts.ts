// Accounts: adds, changes and removes them; nothing is kept that the other side has not accepted.
import { randomBytes } from 'node:crypto'
import { createKeyedQueue } from '../kit/keyed-queue.ts'
import type { Account, CloudSettings } from '../model/account.ts'
import { callbackPathOf } from '../model/callback-path.ts'
import { Failure } from '../model/failure.ts'
import { unmasked } from '../model/mask.ts'
import type { Store } from '../store/store.ts'
import type { AccountsPart, AccountView, AccountWish } from './gateway.ts'
import type { Intake } from './intake.ts'
import type { Lines } from './lines.ts'

/** The version that the published contract names as its default. */
const DEFAULT_API_VERSION = 'v21.0'
/** Paths of our own, where no callback may live. */
const OWN_PATHS = /^\/(api|v1|onprem|health|ready|metrics|docs|openapi\.json|ui|webhooks\/whatsapp)(\/|$)/

export interface AccountsDeps {
  readonly store: Pick<Store, 'accounts'>
  readonly lines: Lines
  readonly intake: Intake
  /** Where the outside reaches this server; null when that was not said. */
  readonly publicUrl: string | null
  /** When the last message of an account went out, ms since epoch. */
  readonly lastSentAt: (account: string) => number | null
}

export function createAccounts(deps: AccountsDeps): AccountsPart {
  const { store, lines } = deps

  const view = (account: Account): AccountView => ({
    account,
    state: lines.state(account.id),
    ...callbackOf(account, deps.publicUrl),
    lastEventAt: deps.intake.lastEventAt(account.id),
    lastSentAt: deps.lastSentAt(account.id),
  })
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
  }
}

function callbackOf(
  { id, cloud }: Account,
  publicUrl: string | null,
): Pick<AccountView, 'callbackPath' | 'callbackUrl'> {
  if (!cloud) return { callbackPath: null, callbackUrl: null }
  const path = encodeURI(callbackPathOf(id, cloud.webhookPath))
  return { callbackPath: path, callbackUrl: publicUrl && `${publicUrl.replace(/\/+$/, '')}${path}` }
}

/** What the owner asks for, over what there is: absent and masked fields stay. */
function merged(before: Account | null, wish: AccountWish): Account {
  const number = wish.cloud?.phoneNumberId ?? before?.cloud?.phoneNumberId
  // What was found out about another number is not true of this one.
  const same = before?.cloud?.phoneNumberId === number ? before : null
  return {
    id: wish.id,
    kind: wish.kind,
    phoneNumber: wish.phoneNumber ?? same?.phoneNumber ?? null,
    disabled: wish.disabled ?? before?.disabled ?? false,
    sessionPath: wish.sessionPath ?? before?.sessionPath ?? null,
    showQr: wish.showQr ?? before?.showQr ?? false,
    cloud: wish.kind === 'cloud' ? mergedCloud(before?.cloud ?? null, wish.cloud ?? {}) : null,
  }
}

/** Null means "none", an absent one "as it is". */
function chosen(wished: string | null | undefined, before: string | null | undefined): string | null {
  return wished === undefined ? (before ?? null) : wished
}

function mergedCloud(before: CloudSettings | null, wish: NonNullable<AccountWish['cloud']>): CloudSettings {
  const phoneNumberId = wish.phoneNumberId ?? before?.phoneNumberId
  const accessToken = unmasked(wish.accessToken) ?? before?.accessToken
  if (!phoneNumberId)
    throw new Failure('invalid', 'business_api.phone_number_id: is required for an account of type "business-api"')
  if (!accessToken)
    throw new Failure('invalid', 'business_api.access_token: is required for an account of type "business-api"')
  const webhookPath = chosen(wish.webhookPath, before?.webhookPath)
  if (webhookPath !== null && OWN_PATHS.test(webhookPath) && !webhookPath.startsWith('/webhooks/whatsapp/')) {
    throw new Failure(
      'invalid',
      `business_api.webhook_path: "${webhookPath}" is a path of this server's own; take another`,
    )
  }
  return {
    phoneNumberId,
    accessToken,
    wabaId: chosen(wish.wabaId, phoneNumberId === before?.phoneNumberId ? before.wabaId : null),
    businessAccountId: chosen(wish.businessAccountId, before?.businessAccountId),
    apiVersion: wish.apiVersion ?? before?.apiVersion ?? DEFAULT_API_VERSION,
    webhookPath,
    appSecret: wish.appSecret === null ? null : (unmasked(wish.appSecret) ?? before?.appSecret ?? null),
    verifyToken: unmasked(wish.verifyToken) ?? before?.verifyToken ?? randomBytes(24).toString('base64url'),
  }
}
