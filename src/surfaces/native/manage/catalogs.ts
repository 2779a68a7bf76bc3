// Answers the operations on catalogs.
import type { catalogs as said } from '../../../contract/native/manage/catalogs.ts'
import type { Gateway } from '../../../gateway/gateway.ts'
import type { Handlers } from '../../surface.ts'

export const catalogs: Handlers<Gateway, typeof said> = {
  listCatalogs: async ({ app }, { account_id }) => app.business(account_id).catalogs.list(),
  listProducts: async ({ app }, { account_id, catalog_id }) => app.business(account_id).catalogs.products(catalog_id),
}
