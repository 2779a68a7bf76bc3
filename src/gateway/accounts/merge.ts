// What the owner of an account asks for, over what there is.
import { randomBytes } from 'node:crypto'
import {
  ACCOUNT_DEFAULTS,
  type Account,
  type AccountKind,
  type CloudSettings,
  DEFAULT_WEB,
  DEFAULT_WEB_PACING,
  type Pacing,
  type WebSettings,
} from '../../model/account.ts'
import { Failure } from '../../model/failure.ts'
import { unmasked } from '../../model/mask.ts'
import type { AccountWish } from '../gateway.ts'

/** The version that the published contract names as its default. */
const DEFAULT_API_VERSION = 'v21.0'
/** Paths of our own, where no callback may live. */
const OWN_PATHS = /^\/(api|v1|onprem|health|ready|metrics|docs|openapi\.json|ui|webhooks\/whatsapp)(\/|$)/

/** Absent and masked fields stay as they are. Fails with `invalid`, naming the field. */
export function merged(before: Account | null, wish: AccountWish): Account {
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
    pacing: over(before?.pacing ?? pacingOf(wish.kind), wish.pacing),
    media: over(before?.media ?? ACCOUNT_DEFAULTS.media, wish.media),
    web: wish.kind === 'web' ? mergedWeb(before?.web ?? DEFAULT_WEB, wish.web ?? {}) : null,
    cloud: wish.kind === 'cloud' ? mergedCloud(before?.cloud ?? null, wish.cloud ?? {}) : null,
  }
}

function pacingOf(kind: AccountKind): Pacing {
  return kind === 'web' ? DEFAULT_WEB_PACING : ACCOUNT_DEFAULTS.pacing
}

/** What is wished, over what there is. */
function over<T extends object>(before: T, wish: Partial<T> | undefined): T {
  const wished = Object.entries(wish ?? {}).filter(([, value]) => value !== undefined)
  return { ...before, ...Object.fromEntries(wished) }
}

/** Null means "none", an absent one "as it is". */
function chosen(wished: string | null | undefined, before: string | null | undefined): string | null {
  return wished === undefined ? (before ?? null) : wished
}

function mergedWeb(before: WebSettings, { proxy, ...wish }: Partial<WebSettings>): WebSettings {
  const wished = unmasked(proxy)
  if (wished !== undefined) checkProxy(wished)
  return { ...over(before, wish), proxy: proxy === null ? null : (wished ?? before.proxy) }
}

/** What is wrong is said without the address, since it may carry a password. */
function checkProxy(address: string): void {
  const url = URL.parse(address)
  if (!url || !['http:', 'https:', 'socks5:'].includes(url.protocol) || url.hostname === '')
    throw new Failure(
      'invalid',
      'web.proxy: must be an address such as http://proxy.example:3128 or socks5://user:password@proxy.example:1080',
    )
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
