// Businesses and WhatsApp Business Accounts as Graph shows them, with their lists.

import type { Account, Business, Token } from '../state.ts'
import type { World } from '../world.ts'
import { needScope } from './auth.ts'
import { catalogsOfAccount, catalogsOfBusiness } from './catalogs/catalogs.ts'
import { type Node, pageOf, selectFields } from './fields.ts'
import { flowsCall } from './flows/flows.ts'
import { unknownField, unknownObject } from './graph-error.ts'
import type { GraphAnswer, GraphRequest } from './graph-request.ts'
import { numberFields } from './numbers/number-node.ts'
import { subscribedApps } from './subscriptions.ts'
import { templatesCall } from './templates/templates.ts'

const accountType = 'WhatsAppBusinessAccount'
const accountDefaults = ['id', 'name', 'timezone_id', 'message_template_namespace']

/** `/{business_id}` and its lists of owned and shared accounts. */
export function businessCall(
  world: World,
  request: GraphRequest,
  { business, token }: { business: Business; token: Token },
): GraphAnswer {
  const edge = request.segments[1]
  if (request.method !== 'GET') throw unknownObject(request.method, business.id)
  if (edge === undefined) return { body: selectFields(businessNode(business), request.params.fields) }
  if (edge === 'owned_product_catalogs') return catalogsOfBusiness(world, request, { business, token })
  const all = [...world.state.accounts.values()]
  const lists: Record<string, () => Account[]> = {
    owned_whatsapp_business_accounts: () => all.filter(({ ownerId }) => ownerId === business.id),
    client_whatsapp_business_accounts: () => all.filter(({ clientIds }) => clientIds.has(business.id)),
  }
  const list = Object.hasOwn(lists, edge) ? lists[edge] : undefined
  if (!list) throw unknownField(edge, 'Business')
  needScope(token, ['whatsapp_business_management'])
  const items = list().map((account) => selectFields(accountNode(world, account), request.params.fields))
  return { body: pageOf(items, request, world.state.limits.page) }
}

/** `/{waba_id}` and its edges. */
export function accountCall(
  world: World,
  request: GraphRequest,
  { account, token }: { account: Account; token: Token },
): GraphAnswer | Promise<GraphAnswer> {
  needScope(token, ['whatsapp_business_management'])
  const edge = request.segments[1]
  if (edge === 'subscribed_apps') return subscribedApps(world, request, { account, token })
  if (edge === 'message_templates') return templatesCall(world, request, account)
  if (edge === 'flows') return flowsCall(world, request, { account, token })
  if (request.method !== 'GET') throw unknownObject(request.method, account.id)
  if (edge === 'phone_numbers') {
    const numbers = numbersOf(world, account, request)
    return { body: pageOf(numbers, request, world.state.limits.page), accountId: account.id }
  }
  if (edge === 'product_catalogs') return catalogsOfAccount(world, request, { account, token })
  if (edge !== undefined) throw unknownField(edge, accountType)
  return { body: selectFields(accountNode(world, account), request.params.fields), accountId: account.id }
}

function numbersOf(world: World, account: Account, request: GraphRequest): Record<string, unknown>[] {
  const numbers = [...world.state.numbers.values()].filter(({ accountId }) => accountId === account.id)
  return numbers.map((number) => numberFields(world, number, request.params.fields))
}

function businessNode(business: Business): Node {
  const fields = { id: () => business.id, name: () => business.name, verification_status: () => 'verified' }
  return { type: 'Business', fields, defaults: ['id', 'name'] }
}

function accountNode(world: World, account: Account): Node {
  const owner = world.state.businesses.get(account.ownerId)
  const ownerInfo = { id: account.ownerId, name: owner?.name ?? '' }
  const fields: Node['fields'] = {
    id: () => account.id,
    name: () => account.name,
    timezone_id: () => '1',
    message_template_namespace: () => account.namespace,
    account_review_status: () => 'APPROVED',
    business_verification_status: () => 'verified',
    country: () => 'US',
    currency: () => 'USD',
    ownership_type: () => (account.clientIds.size > 0 ? 'CLIENT_OWNED' : 'SELF_OWNED'),
    owner_business_info: () => ownerInfo,
    on_behalf_of_business_info: () => (account.clientIds.size > 0 ? ownerInfo : undefined),
    primary_business_location: () => 'US',
    purchase_order_number: () => undefined,
    is_enabled_for_insights: () => false,
    status: () => 'ACTIVE',
    health_status: () => ({
      can_send_message: 'AVAILABLE',
      entities: [
        { entity_type: 'WABA', id: account.id, can_send_message: 'AVAILABLE' },
        { entity_type: 'BUSINESS', id: account.ownerId, can_send_message: 'AVAILABLE' },
      ],
    }),
  }
  return { type: accountType, fields, defaults: accountDefaults }
}
