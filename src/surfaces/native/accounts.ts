// Answers the operations on accounts.
import type { accounts as said } from '../../contract/native/accounts.ts'
import type { Input, Output } from '../../contract/operation.ts'
import type { AccountView, AccountWish, Gateway } from '../../gateway/gateway.ts'
import type { AccountKind, CloudSettings, Pacing, WebSettings } from '../../model/account.ts'
import { Failure } from '../../model/failure.ts'
import { mask } from '../../model/mask.ts'
import type { Handlers } from '../surface.ts'
import { adviceOf, HANDED_OVER } from './pairing.ts'
import { timeOrNull, timeOut } from './time.ts'

type Sent = Input<typeof said.addAccount>
type Shown = Output<typeof said.listAccounts>[number]

const KINDS: Record<Sent['type'], AccountKind> = {
  whatsmeow: 'web',
  web: 'web',
  'business-api': 'cloud',
  cloud: 'cloud',
}
const TYPES = { web: 'whatsmeow', cloud: 'business-api' } as const

function cloudFrom(sent: NonNullable<Sent['business_api']>): NonNullable<AccountWish['cloud']> {
  return {
    phoneNumberId: sent.phone_number_id,
    accessToken: sent.access_token,
    wabaId: noneIfEmpty(sent.waba_id),
    businessAccountId: noneIfEmpty(sent.business_account_id),
    apiVersion: sent.api_version,
    webhookPath: noneIfEmpty(sent.webhook_path),
    verifyToken: sent.verify_token || undefined,
    appSecret: noneIfEmpty(sent.app_secret),
  }
}

function pacingFrom(sent: NonNullable<Sent['pacing']>): NonNullable<AccountWish['pacing']> {
  const { per_second: perSecond, pair_burst: pairBurst, pair_every: pairEveryS } = sent
  return {
    ...(perSecond !== undefined && { perSecond }),
    ...(pairBurst !== undefined && { pairBurst }),
    ...(pairEveryS !== undefined && { pairEveryS }),
  }
}

function mediaFrom(sent: NonNullable<Sent['media']>): NonNullable<AccountWish['media']> {
  const { download, max_bytes: maxBytes, mime_types: mimeTypes } = sent
  return {
    ...(download !== undefined && { download }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(mimeTypes !== undefined && { mimeTypes }),
  }
}

function webFrom(sent: NonNullable<Sent['web']>): NonNullable<AccountWish['web']> {
  const { proxy, broadcasts, typing, new_chats_a_day: newChatsADay, jitter_ms: jitterMs } = sent
  return {
    ...(proxy !== undefined && { proxy: proxy || null }),
    ...(broadcasts !== undefined && { broadcasts }),
    ...(typing !== undefined && { typing }),
    ...(newChatsADay !== undefined && { newChatsADay }),
    ...(jitterMs !== undefined && { jitterMs }),
  }
}

/** An empty text is how forms say "none"; an absent one means "as it is". */
function noneIfEmpty(sent: string | undefined): string | null | undefined {
  return sent === '' ? null : sent
}

function wishFrom(sent: Sent): AccountWish {
  const kind = KINDS[sent.type]
  if (kind === 'web' && sent.business_api) {
    throw new Failure('invalid', `business_api: is only for type business-api, not for ${sent.type}`)
  }
  if (kind === 'cloud' && sent.web)
    throw new Failure('invalid', `web: is only for type whatsmeow, not for ${sent.type}`)
  return {
    id: sent.id,
    kind,
    phoneNumber: sent.phone_number || undefined,
    sessionPath: sent.session_path || undefined,
    showQr: sent.show_qr,
    disabled: sent.disabled,
    pacing: sent.pacing && pacingFrom(sent.pacing),
    media: sent.media && mediaFrom(sent.media),
    web: sent.web && webFrom(sent.web),
    cloud: sent.business_api && cloudFrom(sent.business_api),
  }
}

function cloudToWire(cloud: CloudSettings): NonNullable<Shown['business_api']> {
  return {
    phone_number_id: cloud.phoneNumberId,
    access_token: mask(cloud.accessToken),
    ...(cloud.wabaId !== null && { waba_id: cloud.wabaId }),
    ...(cloud.businessAccountId !== null && { business_account_id: cloud.businessAccountId }),
    api_version: cloud.apiVersion,
    ...(cloud.webhookPath !== null && { webhook_path: cloud.webhookPath }),
    verify_token: cloud.verifyToken,
    ...(cloud.appSecret !== null && { app_secret: mask(cloud.appSecret) }),
  }
}

function webToWire({ proxy, newChatsADay, jitterMs, ...plain }: WebSettings): NonNullable<Shown['web']> {
  const own = { new_chats_a_day: newChatsADay, jitter_ms: jitterMs }
  return { ...(proxy !== null && { proxy: mask(proxy) }), ...plain, ...own }
}

function pacingToWire({ perSecond, pairBurst, pairEveryS }: Pacing): Output<typeof said.getAccountStatus>['pacing'] {
  return { per_second: perSecond, pair_burst: pairBurst, pair_every: pairEveryS }
}

function toWire({ account }: AccountView): Shown {
  const { download, maxBytes, mimeTypes } = account.media
  return {
    id: account.id,
    type: TYPES[account.kind],
    ...(account.phoneNumber !== null && { phone_number: account.phoneNumber }),
    ...(account.sessionPath !== null && { session_path: account.sessionPath }),
    show_qr: account.showQr,
    disabled: account.disabled,
    ...(account.cloud && { business_api: cloudToWire(account.cloud) }),
    ...(account.web && { web: webToWire(account.web) }),
    pacing: pacingToWire(account.pacing),
    media: { download, max_bytes: maxBytes, mime_types: [...mimeTypes] },
  }
}

async function examine(app: Gateway, id: string, mend: boolean): Promise<Output<typeof said.examineAccount>> {
  const findings = await app.accounts.examine(id, { mend })
  return { account_id: id, ok: findings.every(({ result }) => result !== 'problem'), findings }
}

function adviceFor({ account, state, handedOverAt }: AccountView): string | null {
  if (handedOverAt !== null) return HANDED_OVER
  return account.disabled ? null : adviceOf(account.id, state)
}

function enabled(account_id: string, warning: string | null): Output<typeof said.enableAccount> {
  return { status: 'ok', account_id, ...(warning !== null && { warning }) }
}

export const accounts: Handlers<Gateway, typeof said> = {
  listAccounts: ({ app }) => app.accounts.list().map(toWire),
  async addAccount({ app }, sent) {
    const wish = wishFrom(sent)
    if (wish.kind === 'cloud' && !wish.cloud) {
      throw new Failure('invalid', 'business_api: is required for type business-api')
    }
    await app.accounts.add(wish)
    return { status: 'ok', account_id: sent.id }
  },
  async updateAccount({ app }, sent) {
    return enabled(sent.id, await app.accounts.update(wishFrom(sent)))
  },
  async removeAccount({ app }, { id }) {
    const warning = await app.accounts.remove(id)
    return { status: 'ok', ...(warning !== null && { warning }) }
  },
  async disableAccount({ app }, { id }) {
    await app.accounts.disable(id)
    return { status: 'ok', account_id: id }
  },
  async enableAccount({ app }, { id }) {
    return enabled(id, await app.accounts.enable(id))
  },
  getAccountStatus({ app }, { id }) {
    const view = app.accounts.get(id)
    const { account, state, callbackPath, callbackUrl, queue, ...last } = view
    return {
      account_id: account.id,
      type: TYPES[account.kind],
      phone_number: account.phoneNumber,
      state: state.is,
      since: timeOut(state.since),
      reason: state.reason,
      warnings: [...state.warnings],
      callback_path: callbackPath,
      callback_url: callbackUrl,
      last_event_at: timeOrNull(last.lastEventAt),
      last_sent_at: timeOrNull(last.lastSentAt),
      last_heard_at: timeOrNull(last.lastHeardAt),
      advice: adviceFor(view),
      pacing: pacingToWire(account.pacing),
      queue: { waiting: queue.waiting, next_at: timeOrNull(queue.nextAt) },
    }
  },
  examineAccount: ({ app }, { id }) => examine(app, id, false),
  mendAccount: ({ app }, { id }) => examine(app, id, true),
}
