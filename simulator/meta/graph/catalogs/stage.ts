// Catalogs and products on the stage.
import { newObjectId } from '../../ids.ts'
import type { Catalog, Product } from '../../managed.ts'
import { needAccount, type World } from '../../world.ts'

/** A catalog; what is left out is made up. */
export type CatalogOptions = {
  id?: string
  name?: string
  /** `commerce` unless said. */
  vertical?: string
  /** Accounts that it is connected with; the first one unless said. */
  wabaIds?: readonly string[]
  /** Owner; that of the first of those accounts unless said. */
  businessId?: string
  products?: readonly ProductOptions[]
}

/** A product by Graph's own fields, such as `retailer_id`, `name`, `price`, `currency`, `availability`, `image_url`. */
export type ProductOptions = { id?: string; retailer_id?: string } & Record<string, unknown>

/** Adds a catalog with its products. Fails with a sentence for unknown accounts and ids that are taken. */
export function addCatalog(world: World, options: CatalogOptions = {}): Catalog {
  const { managed, accounts, businesses } = world.state
  const wabaIds = options.wabaIds ?? [...accounts.keys()].slice(0, 1)
  const connected = wabaIds.map((id) => needAccount(world.state, id))
  const id = options.id ?? newObjectId()
  if (managed.catalogs.has(id)) throw new Error(`a catalog has the id ${id} already`)
  const businessId = options.businessId ?? connected[0]?.ownerId
  if (businessId === undefined || !businesses.has(businessId)) throw new Error('a catalog belongs to a known business')
  const catalog: Catalog = {
    ...{ id, businessId, accountIds: new Set(wabaIds) },
    name: options.name ?? `Catalog ${managed.catalogs.size + 1}`,
    vertical: options.vertical ?? 'commerce',
    products: new Map(),
  }
  managed.catalogs.set(id, catalog)
  addProducts(world, id, options.products ?? [])
  return catalog
}

/** Adds products to a catalog. Fails with a sentence for an unknown catalog and a retailer_id that is taken. */
export function addProducts(world: World, catalogId: string, products: readonly ProductOptions[]): Product[] {
  const catalog = world.state.managed.catalogs.get(catalogId)
  if (!catalog) throw new Error(`no catalog has the id ${catalogId}`)
  return products.map(({ id = newObjectId(), retailer_id: retailerId, ...given }) => {
    const place = catalog.products.size + 1
    const product: Product = {
      id,
      retailerId: retailerId ?? `sku-${place}`,
      fields: { name: `Product ${place}`, availability: 'in stock', currency: 'USD', price: '$10.00', ...given },
    }
    if ([...catalog.products.values()].some((each) => each.retailerId === product.retailerId || each.id === id)) {
      throw new Error(`the catalog has a product ${product.retailerId} already`)
    }
    catalog.products.set(id, product)
    return product
  })
}
