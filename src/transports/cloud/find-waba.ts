// Finds the WhatsApp Business Account (WABA) that a number belongs to, by every way that Meta offers.
import type { Asking } from './asking.ts'
import { asList, asText, isObject, timeOf, type Wire } from './wire.ts'

export interface WabaFinding {
  /** Null when nothing was found. */
  readonly id: string | null
  readonly warning: string | null
}

/** What Meta says of the access token. */
export interface TokenFacts {
  /** ms since epoch; null: never, or not told. */
  readonly expiresAt: number | null
  /** The WABAs that it was made for. */
  readonly wabaIds: readonly string[]
}

/** Enough for every portfolio that is run by people. */
const MAX_PAGES = 20
const MAX_CANDIDATES = 300
/** With more candidates than this the number's own word is asked for first: Meta allows 200 calls an hour. */
const FEW = 10

/** `GET /debug_token` of the token by itself; null when it may not (it must belong to a developer of the app). */
export async function inspectToken(asking: Asking): Promise<TokenFacts | null> {
  const reply = await asking.get('debug_token', { input_token: asking.cloud.accessToken })
  const data = reply.ok ? reply.body.data : null
  if (!isObject(data)) return null
  const scopes = asList(data.granular_scopes).filter(isObject)
  const forWhatsApp = scopes.filter((scope) => asText(scope.scope)?.startsWith('whatsapp_business_'))
  const ids = forWhatsApp.flatMap((scope) => asList(scope.target_ids).map(asText)).filter((id) => id !== null)
  return { expiresAt: timeOf(data.expires_at), wabaIds: [...new Set(ids)] }
}

/**
 * The WABA of the account's number: the one that is set, else among those of its business (owned, then shared), else
 * the one that the number itself or its token names. Each is believed only while nothing shows that the number is
 * elsewhere. Never fails: without a WABA only templates and notices suffer, and the warning says so.
 */
export async function findWaba(asking: Asking, token: TokenFacts | null): Promise<WabaFinding> {
  const { wabaId, businessAccountId } = asking.cloud
  if (wabaId !== null) {
    const isWrong = (await holds(asking, wabaId)) === false
    const warning = `waba_id ${wabaId} has no phone number ${asking.cloud.phoneNumberId}: notices and templates will be those of another number.`
    return { id: wabaId, warning: isWrong ? warning : null }
  }
  const found =
    (businessAccountId === null ? null : await amongBusiness(asking, businessAccountId)) ??
    (await byHealth(asking)) ??
    (await pick(asking, token?.wabaIds ?? []))
  if (found !== null) return { id: found, warning: null }
  const warning =
    'The WhatsApp Business Account could not be found: set waba_id, or give the token whatsapp_business_management. Messages flow; templates and notices about the account do not.'
  return { id: null, warning }
}

async function amongBusiness(asking: Asking, businessId: string): Promise<string | null> {
  const id = encodeURIComponent(businessId)
  const owned = await listIds(asking, `${id}/owned_whatsapp_business_accounts`)
  // People paste the WABA's id as the business's: Graph answers 100 (no such edge on a WABA).
  if (owned === null && (await holds(asking, businessId)) === true) return businessId
  const mine = await pick(asking, owned ?? [])
  if (mine !== null) return mine
  return pick(asking, (await listIds(asking, `${id}/client_whatsapp_business_accounts`)) ?? [])
}

/** `health_status` names the number's own WABA, with no business id at all. */
async function byHealth(asking: Asking): Promise<string | null> {
  const reply = await asking.get(encodeURIComponent(asking.cloud.phoneNumberId), { fields: 'health_status' })
  const health = reply.ok ? reply.body.health_status : null
  const entities = isObject(health) ? asList(health.entities).filter(isObject) : []
  return asText(entities.find((entity) => entity.entity_type === 'WABA')?.id)
}

/** The candidate that holds the number; a single one also when Meta does not let us look. */
async function pick(asking: Asking, candidates: readonly string[]): Promise<string | null> {
  const told = candidates.length > FEW ? await byHealth(asking) : null
  if (told !== null && candidates.includes(told)) return told
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    const has = await holds(asking, candidate)
    if (has === true || (has === null && candidates.length === 1)) return candidate
  }
  return null
}

/** Whether a WABA holds the account's number; null when it cannot be read. */
async function holds(asking: Asking, wabaId: string): Promise<boolean | null> {
  const ids = await listIds(asking, `${encodeURIComponent(wabaId)}/phone_numbers`, 'id')
  return ids === null ? null : ids.includes(asking.cloud.phoneNumberId)
}

/** All ids of a list of Graph's, page by page; null when it cannot be read. */
async function listIds(asking: Asking, path: string, fields = 'id,name'): Promise<string[] | null> {
  const ids: string[] = []
  let after: string | null = null
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await asking.get(path, { fields, limit: '100', ...(after === null ? null : { after }) })
    if (!reply.ok) return null
    for (const item of asList(reply.body.data)) if (isObject(item)) ids.push(asText(item.id) ?? '')
    after = nextOf(reply.body)
    if (after === null) break
  }
  return ids.filter((id) => id !== '')
}

/** The cursor of the next page. `next` itself is not used: it is a whole address, with the token in it. */
function nextOf(body: Wire): string | null {
  const paging = body.paging
  if (!isObject(paging) || paging.next === undefined) return null
  const cursors = paging.cursors
  return isObject(cursors) ? asText(cursors.after) : null
}
