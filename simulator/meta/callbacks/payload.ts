// The bytes of a callback: how updates are laid out in one POST, escaped and signed.
import { createHmac } from 'node:crypto'

/** One change, raw: what a callback of any field can carry. */
export type Change = {
  /** The number whose callback gets it; its account becomes the entry. */
  phoneNumberId?: string
  /** The account, for fields that belong to no number. */
  wabaId?: string
  field: string
  value: unknown
}

/** A change on its way to an address. */
export type Update = {
  url: string
  appId: string
  secret: string
  accountId: string
  phoneNumberId?: string
  field: string
  value: unknown
}

type Entry = { id: string; time?: number; changes: { value: unknown; field: string }[] }

/**
 * The body of one POST for these updates. Updates of one account share an entry; neighbouring messages (or statuses)
 * of one number share a change, as in Meta's batches. `now` is in milliseconds.
 */
export function callbackBody(updates: readonly Update[], now: number): string {
  const entries = new Map<string, Entry>()
  for (const { accountId, field, value } of updates) {
    const entry = entries.get(accountId) ?? { id: accountId, changes: [] }
    entries.set(accountId, entry)
    if (field !== 'messages') entry.time = Math.floor(now / 1000)
    const last = entry.changes.at(-1)
    const joined = field === 'messages' && last?.field === 'messages' ? join(last.value, value) : undefined
    if (last && joined !== undefined) last.value = joined
    else entry.changes.push({ value, field })
  }
  return toWireJson({ object: 'whatsapp_business_account', entry: [...entries.values()] })
}

/** JSON as Meta writes it: everything outside ASCII as \uXXXX in lower case, slashes escaped. */
export function toWireJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replaceAll(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Both signature headers over these very bytes. */
export function signatureHeaders(body: string, secret: string): Record<string, string> {
  const sign = (hash: string): string => createHmac(hash, secret).update(body).digest('hex')
  return { 'x-hub-signature-256': `sha256=${sign('sha256')}`, 'x-hub-signature': `sha1=${sign('sha1')}` }
}

/** What `appsecret_proof` has to be for this token. */
export function appSecretProof(token: string, secret: string): string {
  return createHmac('sha256', secret).update(token).digest('hex')
}

function join(one: unknown, other: unknown): unknown {
  if (!isObject(one) || !isObject(other)) return undefined
  const list = ['messages', 'statuses'].find((key) => Array.isArray(one[key]) && Array.isArray(other[key]))
  const [a, b] = [numberOf(one), numberOf(other)]
  if (list === undefined || a === undefined || a !== b) return undefined
  const known = new Set(['messaging_product', 'metadata', 'contacts', list])
  if ([one, other].some((value) => Object.keys(value).some((key) => !known.has(key)))) return undefined
  const contacts = mergeContacts([...asList(one.contacts), ...asList(other.contacts)])
  const items = [...asList(one[list]), ...asList(other[list])]
  const head = { messaging_product: one.messaging_product, metadata: one.metadata }
  return contacts.length > 0 ? { ...head, contacts, [list]: items } : { ...head, [list]: items }
}

function mergeContacts(contacts: unknown[]): unknown[] {
  return [...new Map(contacts.map((contact) => [JSON.stringify(contact), contact])).values()]
}

function numberOf(value: Record<string, unknown>): string | undefined {
  const metadata = value.metadata
  return isObject(metadata) && typeof metadata.phone_number_id === 'string' ? metadata.phone_number_id : undefined
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
