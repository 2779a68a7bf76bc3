// What connecting finds out: that token and number go together, the phone number, and what should not stay as it is.
import type { Asking } from './asking.ts'
import { findWaba } from './find-waba.ts'
import type { GraphReply } from './graph/answer.ts'
import { isUnknownField, type Trouble } from './graph/trouble.ts'
import { versionWarning } from './graph/versions.ts'
import { inspectToken } from './token.ts'
import { asText, isObject, type Wire } from './wire.ts'

export interface Found {
  /** `+15550000000`, null when Meta does not show it. */
  readonly phoneNumber: string | null
  readonly wabaId: string | null
  readonly warnings: readonly string[]
}

export type Outcome = { readonly ok: true; readonly found: Found } | { readonly ok: false; readonly trouble: Trouble }

const FIELDS =
  'id,display_phone_number,verified_name,quality_rating,status,code_verification_status,name_status,platform_type,throughput,account_mode'
/** Fields that every version and every kind of number has. */
const OLD_FIELDS = 'id,display_phone_number,verified_name,quality_rating'

/**
 * One round of validation. Only the number itself decides; whatever else is amiss (no WABA, a token near its end)
 * becomes a warning, because messages still flow.
 */
export async function findOut(asking: Asking, now: number): Promise<Outcome> {
  const { cloud } = asking
  const reply = await readNumber(asking)
  if (!reply.ok) return { ok: false, trouble: reply.trouble }
  const digits = (asText(reply.body.display_phone_number) ?? '').replaceAll(/\D/g, '')
  const token = await inspectToken(asking)
  const waba = await findWaba(asking, token.ok ? token.facts.wabaIds : [])
  const warnings = [
    cloud.appSecret === null
      ? 'No app_secret is set: callbacks are accepted unsigned, from anybody who knows the address.'
      : null,
    versionWarning(cloud.apiVersion, now),
    expiryWarning(token.ok ? token.facts.expiresAt : null, now),
    ...numberWarnings(reply.body),
    waba.warning,
  ]
  const found = { phoneNumber: digits === '' ? null : `+${digits}`, wabaId: waba.id }
  return { ok: true, found: { ...found, warnings: warnings.filter((warning) => warning !== null) } }
}

/** All that is told of the account's number; the old fields where Graph does not know them all. */
export async function readNumber(asking: Asking): Promise<GraphReply> {
  const id = encodeURIComponent(asking.cloud.phoneNumberId)
  const reply = await asking.get(id, { fields: FIELDS })
  return !reply.ok && isUnknownField(reply.trouble) ? asking.get(id, { fields: OLD_FIELDS }) : reply
}

function numberWarnings(number: Wire): (string | null)[] {
  const status = asText(number.status)
  const platform = asText(number.platform_type)
  const throughput = number.throughput
  return [
    status !== null && status !== 'CONNECTED' ? `Meta says that the number's status is ${status}.` : null,
    asText(number.quality_rating) === 'RED'
      ? "Meta rates the number's quality RED: it may be limited or blocked."
      : null,
    platform !== null && platform !== 'CLOUD_API'
      ? `The number is not on the Cloud API (platform_type ${platform}): register it first.`
      : null,
    asText(number.account_mode) === 'SANDBOX'
      ? 'This is a test number: it writes only to the recipients on its list.'
      : null,
    isObject(throughput) && throughput.level === 'NOT_APPLICABLE' && status === 'DISCONNECTED'
      ? 'The number cannot send.'
      : null,
  ]
}

function expiryWarning(expiresAt: number | null, now: number): string | null {
  const isSoon = expiresAt !== null && expiresAt - now < 14 * 24 * 3600 * 1000
  return isSoon
    ? `The access token expires on ${new Date(expiresAt).toISOString()}: a system user's token does not.`
    : null
}
