// What Meta says of an access token.
import type { Asking } from './asking.ts'
import type { Trouble } from './graph/trouble.ts'
import { asList, asText, isObject, timeOf, type Wire } from './wire.ts'

export interface TokenFacts {
  readonly isValid: boolean
  /** The app that it was made for. */
  readonly appId: string | null
  /** ms since epoch; null: never, or not told. */
  readonly expiresAt: number | null
  /** When it loses sight of people's data, ms since epoch; null: never, or not told. */
  readonly dataExpiresAt: number | null
  readonly scopes: readonly string[]
  /** The WABAs that it was made for. */
  readonly wabaIds: readonly string[]
  /** Why it is not valid, in Meta's words. */
  readonly error: string | null
}

export type Inspection =
  | { readonly ok: true; readonly facts: TokenFacts }
  | { readonly ok: false; readonly trouble: Trouble | null }

/** `GET /debug_token` of the token by itself; it may not where it does not belong to a developer of the app. */
export async function inspectToken(asking: Asking): Promise<Inspection> {
  const reply = await asking.get('debug_token', { input_token: asking.cloud.accessToken })
  if (!reply.ok) return { ok: false, trouble: reply.trouble }
  const { data } = reply.body
  return isObject(data) ? { ok: true, facts: factsIn(data) } : { ok: false, trouble: null }
}

function factsIn(data: Wire): TokenFacts {
  const granular = asList(data.granular_scopes).filter(isObject)
  const forWhatsApp = granular.filter((scope) => asText(scope.scope)?.startsWith('whatsapp_business_'))
  const ids = forWhatsApp.flatMap((scope) => asList(scope.target_ids).map(asText)).filter((id) => id !== null)
  return {
    isValid: data.is_valid !== false,
    appId: asText(data.app_id),
    expiresAt: timeOf(data.expires_at),
    dataExpiresAt: timeOf(data.data_access_expires_at),
    scopes: asList(data.scopes).filter((scope) => typeof scope === 'string'),
    wabaIds: [...new Set(ids)],
    error: isObject(data.error) ? asText(data.error.message) : null,
  }
}
