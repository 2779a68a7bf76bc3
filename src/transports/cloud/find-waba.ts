// Finds the WhatsApp Business Account (WABA) that a number belongs to, by every way that Meta offers.
import type { Asking } from './asking.ts'
import { readPages } from './pages.ts'
import { asList, asText, isObject } from './wire.ts'

export interface WabaFinding {
  /** Null when nothing was found. */
  readonly id: string | null
  /** What told of it; null when nothing was found. */
  readonly by: 'waba_id' | 'business_account_id' | 'number' | 'token' | null
  /** False: it was set, and Meta did not let us look whether the number is in it. */
  readonly isSure: boolean
  readonly warning: string | null
}

/** Enough for every portfolio that is run by people. */
const MAX_PAGES = 20
const MAX_CANDIDATES = 300
/** With more candidates than this the number's own word is asked for first: Meta allows 200 calls an hour. */
const FEW = 10

/**
 * The WABA of the account's number: the one that is set, else among those of its business (owned, then shared), else
 * the one that the number itself or its token names. Each is believed only while nothing shows that the number is
 * elsewhere. `tokensOwn` are the WABAs that the token was made for. Never fails: without a WABA only templates and
 * notices suffer, and the warning says so.
 */
export async function findWaba(asking: Asking, tokensOwn: readonly string[]): Promise<WabaFinding> {
  const { wabaId, businessAccountId } = asking.cloud
  if (wabaId !== null) {
    const has = await holds(asking, wabaId)
    const warning = `waba_id ${wabaId} has no phone number ${asking.cloud.phoneNumberId}: notices and templates will be those of another number.`
    return { id: wabaId, by: 'waba_id', isSure: has !== null, warning: has === false ? warning : null }
  }
  const ofBusiness = businessAccountId === null ? null : await amongBusiness(asking, businessAccountId)
  if (ofBusiness !== null) return { id: ofBusiness, by: 'business_account_id', isSure: true, warning: null }
  const ofNumber = await byHealth(asking)
  if (ofNumber !== null) return { id: ofNumber, by: 'number', isSure: true, warning: null }
  const ofToken = await pick(asking, tokensOwn)
  if (ofToken !== null) return { id: ofToken, by: 'token', isSure: true, warning: null }
  const warning =
    'The WhatsApp Business Account could not be found: set waba_id, or give the token whatsapp_business_management. Messages flow; templates and notices about the account do not.'
  return { id: null, by: null, isSure: true, warning }
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

/** All ids of a list of Graph's; null when it cannot be read. */
async function listIds(asking: Asking, path: string, fields = 'id,name'): Promise<string[] | null> {
  const list = await readPages((query) => asking.get(path, query), { fields }, MAX_PAGES)
  if (!list.ok) return null
  return list.items.map((item) => (isObject(item) ? asText(item.id) : null)).filter((id) => id !== null)
}
