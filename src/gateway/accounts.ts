// Accounts: adds, changes and removes them; nothing is kept that the other side has not accepted.
import { randomBytes } from 'node:crypto'
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
    ...callbackOf(account),
    lastEventAt: deps.intake.lastEventAt(account.id),
    lastSentAt: deps.lastSentAt(account.id),
  })
  const callbackOf = ({ id, cloud }: Account): Pick<AccountView, 'callbackPath' | 'callbackUrl'> => {
    if (!cloud) return { callbackPath: null, callbackUrl: null }
    const path = encodeURI(callbackPathOf(id, cloud.webhookPath))
    return { callbackPath: path, callbackUrl: deps.publicUrl && `${deps.publicUrl.replace(/\/+$/, '')}${path}` }
  }
  const known = (id: string): Account => {
    const account = lines.account(id)
    if (!account) throw new Failure('not-found', `id: there is no account "${id}"`)
    return account
  }
  /** Connects what is about to be kept, and keeps it; a refusal leaves what was there before. */
  const connect = async (wished: Account, keep: (account: Account) => Promise<void>): Promise<void> => {
    const before = lines.account(wished.id)
    await lines.close(wished.id)
    try {
      const account = { ...(await lines.connect(wished)), disabled: false }
      await keep(account)
      lines.park(account)
      lines.run(account.id)
    } catch (thrown) {
      await lines.close(wished.id)
      lines.forget(wished.id)
      if (before) lines.park(before)
      if (before && !before.disabled) lines.reopen(before)
      throw thrown
    }
  }
  const disable = async (account: Account): Promise<void> => {
    await store.accounts.replace({ ...account, disabled: true })
    await lines.close(account.id)
    lines.park({ ...account, disabled: true })
  }

  return {
    list: () => lines.accounts().map(view),
    get: (id) => view(known(id)),

    async add(wish) {
      if (lines.account(wish.id)) throw new Failure('exists', `id: there is already an account "${wish.id}"`)
      const account = merged(null, wish)
      if (!account.disabled) return connect(account, (accepted) => store.accounts.add(accepted))
      await store.accounts.add(account)
      lines.park(account)
    },

    async update(wish) {
      const account = merged(known(wish.id), wish)
      if (!account.disabled) return connect(account, (accepted) => store.accounts.replace(accepted))
      await disable(account)
    },

    async remove(id) {
      known(id)
      await store.accounts.remove(id)
      await lines.close(id)
      lines.forget(id)
    },

    async disable(id) {
      await disable(known(id))
    },

    async enable(id) {
      const account = known(id)
      if (!account.disabled) return
      await connect({ ...account, disabled: false }, (accepted) => store.accounts.replace(accepted))
    },
  }
}

/** What the owner asks for, over what there is: absent and masked fields stay. */
function merged(before: Account | null, wish: AccountWish): Account {
  return {
    id: wish.id,
    kind: wish.kind,
    phoneNumber: wish.phoneNumber ?? before?.phoneNumber ?? null,
    disabled: wish.disabled ?? before?.disabled ?? false,
    sessionPath: wish.sessionPath ?? before?.sessionPath ?? null,
    showQr: wish.showQr ?? before?.showQr ?? false,
    cloud: wish.kind === 'cloud' ? mergedCloud(before?.cloud ?? null, wish.cloud ?? {}) : null,
  }
}

function mergedCloud(before: CloudSettings | null, wish: NonNullable<AccountWish['cloud']>): CloudSettings {
  const phoneNumberId = wish.phoneNumberId ?? before?.phoneNumberId
  const accessToken = unmasked(wish.accessToken) ?? before?.accessToken
  if (!phoneNumberId)
    throw new Failure('invalid', 'business_api.phone_number_id: is required for an account of type "business-api"')
  if (!accessToken)
    throw new Failure('invalid', 'business_api.access_token: is required for an account of type "business-api"')
  const webhookPath = wish.webhookPath ?? before?.webhookPath ?? null
  if (webhookPath !== null && OWN_PATHS.test(webhookPath) && !webhookPath.startsWith('/webhooks/whatsapp/')) {
    throw new Failure(
      'invalid',
      `business_api.webhook_path: "${webhookPath}" is a path of this server's own; take another`,
    )
  }
  return {
    phoneNumberId,
    accessToken,
    wabaId: wish.wabaId ?? before?.wabaId ?? null,
    businessAccountId: wish.businessAccountId ?? before?.businessAccountId ?? null,
    apiVersion: wish.apiVersion ?? before?.apiVersion ?? DEFAULT_API_VERSION,
    webhookPath,
    appSecret: unmasked(wish.appSecret) ?? before?.appSecret ?? null,
    verifyToken: unmasked(wish.verifyToken) ?? before?.verifyToken ?? randomBytes(24).toString('base64url'),
  }
}
