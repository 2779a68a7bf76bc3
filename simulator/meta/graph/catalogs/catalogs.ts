// Catalogs over Graph: those of an account or a business, one of them, and its products.
import type { Catalog } from '../../managed.ts'
import type { Account, Business, Token } from '../../state.ts'
import type { World } from '../../world.ts'
import { needScope } from '../auth.ts'
import { pageOf } from '../fields.ts'
import { unknownField, unknownObject } from '../graph-error.ts'
import type { GraphAnswer, GraphRequest } from '../graph-request.ts'
import { catalogFields, productFields } from './catalog-node.ts'

/** `GET /{waba_id}/product_catalogs`: the catalogs that are connected with an account. */
export function catalogsOfAccount(
  world: World,
  request: GraphRequest,
  { account, token }: { account: Account; token: Token },
): GraphAnswer {
  const list = [...world.state.managed.catalogs.values()].filter(({ accountIds }) => accountIds.has(account.id))
  return { body: listed(world, request, { list, token }), accountId: account.id }
}

/** `GET /{business_id}/owned_product_catalogs`. */
export function catalogsOfBusiness(
  world: World,
  request: GraphRequest,
  { business, token }: { business: Business; token: Token },
): GraphAnswer {
  const list = [...world.state.managed.catalogs.values()].filter(({ businessId }) => businessId === business.id)
  return { body: listed(world, request, { list, token }) }
}

/** The catalog of this id if the token may see it: by its business, or by an account that it is connected with. */
export function visibleCatalog(world: World, id: string, token: Token): Catalog | undefined {
  const catalog = world.state.managed.catalogs.get(id)
  const isOwn = catalog && token.businessIds.has(catalog.businessId)
  const isConnected = catalog && [...catalog.accountIds].some((each) => token.accountIds.has(each))
  return isOwn || isConnected ? catalog : undefined
}

/** `GET /{catalog_id}` and `GET /{catalog_id}/products`. */
export function catalogCall(
  world: World,
  request: GraphRequest,
  { catalog, token }: { catalog: Catalog; token: Token },
): GraphAnswer {
  needScope(token, ['catalog_management'])
  const { method, params, segments } = request
  const edge = segments[1]
  if (method !== 'GET') throw unknownObject(method, catalog.id)
  if (edge === undefined) return { body: catalogFields(world, catalog, params.fields) }
  if (edge !== 'products') throw unknownField(edge, 'ProductCatalog')
  const items = [...catalog.products.values()].map((product) => productFields(product, params.fields))
  return { body: pageOf(items, request, world.state.limits.page) }
}

function listed(
  world: World,
  request: GraphRequest,
  { list, token }: { list: readonly Catalog[]; token: Token },
): Record<string, unknown> {
  needScope(token, ['catalog_management'])
  const items = list.map((catalog) => catalogFields(world, catalog, request.params.fields))
  return pageOf(items, request, world.state.limits.page)
}
