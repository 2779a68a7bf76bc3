// Catalogs and products as Graph shows them.
import type { Catalog, Product } from '../../managed.ts'
import type { World } from '../../world.ts'
import { type Node, selectFields } from '../fields.ts'

/** A catalog cut to `fields`. */
export function catalogFields(world: World, catalog: Catalog, fields: unknown): Record<string, unknown> {
  const business = { id: catalog.businessId, name: world.state.businesses.get(catalog.businessId)?.name ?? '' }
  const known: Node['fields'] = {
    id: () => catalog.id,
    name: () => catalog.name,
    vertical: () => catalog.vertical,
    product_count: () => catalog.products.size,
    business: () => business,
    is_catalog_segment: () => false,
    da_display_settings: () => undefined,
    feed_count: () => 0,
  }
  return selectFields({ type: 'ProductCatalog', fields: known, defaults: ['id', 'name'] }, fields)
}

/** Every field of products that can be asked for; those that a product was not given are left out. */
const productFieldNames = [
  ...['name', 'description', 'short_description', 'price', 'sale_price', 'currency', 'availability', 'condition'],
  ...['image_url', 'additional_image_urls', 'url', 'brand', 'category', 'color', 'size', 'gender', 'pattern'],
  ...['inventory', 'visibility', 'review_status', 'capability_to_review_status', 'product_type', 'gtin'],
  ...['retailer_product_group_id', 'product_group', 'image_cdn_urls', 'errors'],
]

/** A product cut to `fields`. */
export function productFields({ id, retailerId, fields: given }: Product, fields: unknown): Record<string, unknown> {
  const usual = productFieldNames.map((name) => [name, () => given[name]] as const)
  const known: Node['fields'] = {
    ...Object.fromEntries(usual),
    id: () => id,
    retailer_id: () => retailerId,
  }
  return selectFields({ type: 'ProductItem', fields: known, defaults: ['id', 'name', 'retailer_id'] }, fields)
}
