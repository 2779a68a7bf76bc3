// Catalogs that the account's WABA is connected with, and their products (Meta, "Commerce").
import type { JsonObject } from '../../../model/content.ts'
import { Failure } from '../../../model/failure.ts'
import type { BusinessLine } from '../../transport.ts'
import type { Clerk } from './clerk.ts'

const CATALOG = { fields: 'id,name,vertical,product_count' }
const PRODUCT = { fields: 'id,retailer_id,name,description,price,currency,availability,image_url,url' }
const ADVICE =
  'The token may not do this: it needs catalog_management, and its system user must be assigned to the catalog in Commerce Manager.'

/** What Graph answers where a WABA does not show its catalogs to the token: no such edge, or no permission. */
const HIDDEN: ReadonlySet<unknown> = new Set([100, 200])

export function createCatalogs(clerk: Clerk): BusinessLine['catalogs'] {
  const ofWaba = async (): Promise<JsonObject> => clerk.list(`${await clerk.waba()}/product_catalogs`, CATALOG, ADVICE)
  return {
    /** Those of the WABA; where it does not show them, those that the business owns. */
    async list() {
      try {
        return await ofWaba()
      } catch (error) {
        const { businessAccountId } = clerk.cloud()
        if (businessAccountId === null || !(error instanceof Failure) || !HIDDEN.has(error.facts.code)) throw error
        const path = `${encodeURIComponent(businessAccountId)}/owned_product_catalogs`
        // What the WABA said is what to put right, should the business not show them either.
        return clerk.list(path, CATALOG, ADVICE).catch(() => {
          throw error
        })
      }
    },
    products: (catalogId) => clerk.list(`${encodeURIComponent(catalogId)}/products`, PRODUCT, ADVICE),
  }
}
