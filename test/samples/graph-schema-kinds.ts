// Learns from a log of calls what each id names, which paths such as `GET /{id}` do not say.
import type { Kind } from './graph-schema-load.ts'

/** Of a logged call, what is looked at; `answer` is the body that was answered. */
export type Call = { method: string; path: string; status?: number; answer?: string }

/** Whose edge it is. */
const owners: Record<string, Kind> = {
  messages: 'number',
  media: 'number',
  request_code: 'number',
  verify_code: 'number',
  register: 'number',
  deregister: 'number',
  whatsapp_business_profile: 'number',
  phone_numbers: 'account',
  message_templates: 'account',
  flows: 'account',
  subscribed_apps: 'account',
  product_catalogs: 'account',
  owned_whatsapp_business_accounts: 'business',
  client_whatsapp_business_accounts: 'business',
  owned_product_catalogs: 'business',
  assets: 'flow',
  publish: 'flow',
  deprecate: 'flow',
  products: 'catalog',
}

/** What an edge lists and makes. */
const members: Record<string, Kind> = {
  media: 'media',
  phone_numbers: 'number',
  message_templates: 'template',
  flows: 'flow',
  owned_whatsapp_business_accounts: 'account',
  client_whatsapp_business_accounts: 'account',
  product_catalogs: 'catalog',
  owned_product_catalogs: 'catalog',
}

/** The kinds of all ids that the calls, or what was answered to them, tell of. */
export function kindsIn(calls: readonly Call[]): Map<string, Kind> {
  const kinds = new Map<string, Kind>()
  for (const { path, status, answer } of calls) {
    // A refused call may have been asked of the wrong thing.
    if (status !== 200) continue
    const [id = '', edge = ''] = path.replace(/^\/v\d+\.\d+(?=\/)/, '').split('/').slice(1)
    const [owner, member] = [owners[edge], members[edge]]
    if (owner) kinds.set(id, owner)
    if (member) for (const made of idsIn(answer)) kinds.set(made, member)
  }
  return kinds
}

function idsIn(answer: string | undefined): string[] {
  if (answer === undefined || !answer.startsWith('{')) return []
  // A fault may have cut it: then it tells nothing.
  try {
    const body = JSON.parse(answer) as { id?: unknown; data?: { id?: unknown }[] }
    const nodes = [body, ...(Array.isArray(body.data) ? body.data : [])]
    return nodes.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  } catch {
    return []
  }
}
