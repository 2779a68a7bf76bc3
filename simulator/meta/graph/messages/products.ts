// What Meta refuses in the actions of interactive messages that show products.
import { checkSectionCount } from './actions.ts'
import {
  checkUnique,
  objectsIn,
  oneOf,
  onlyKeys,
  optionalObject,
  optionalText,
  type Place,
  textIn,
  wrongValue,
} from './params.ts'

const mostProducts = 30

/** `{ name: 'catalog_message', parameters?: { thumbnail_product_retailer_id } }`. */
export function checkCatalog(action: Place): void {
  oneOf(action, 'name', ['catalog_message'])
  onlyKeys(action, ['name', 'parameters'])
  const parameters = optionalObject(action, 'parameters')
  if (!parameters) return
  optionalText(parameters, 'thumbnail_product_retailer_id')
  onlyKeys(parameters, ['thumbnail_product_retailer_id'])
}

/** `{ catalog_id, product_retailer_id }`. */
export function checkProduct(action: Place): void {
  textIn(action, 'catalog_id')
  textIn(action, 'product_retailer_id')
  onlyKeys(action, ['catalog_id', 'product_retailer_id'])
}

/** `{ catalog_id, sections: [{ title?, product_items: [{ product_retailer_id }] }] }`, thirty products in all. */
export function checkProductList(action: Place): void {
  textIn(action, 'catalog_id')
  const sections = objectsIn(action, 'sections')
  checkSectionCount(sections)
  const items = sections.flatMap((section) => {
    onlyKeys(section, ['title', 'product_items'])
    return objectsIn(section, 'product_items')
  })
  if (items.length > mostProducts) throw wrongValue(`Total product count exceed max allowed count: ${mostProducts}`)
  const ids = items.map((item) => {
    onlyKeys(item, ['product_retailer_id'])
    return textIn(item, 'product_retailer_id')
  })
  checkUnique(ids, 'Products')
  onlyKeys(action, ['catalog_id', 'sections'])
}
