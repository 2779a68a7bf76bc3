// Operations on catalogs: what a business sells.
import Type from 'typebox'
import { json, operation } from '../../operation.ts'
import { closed, Id, JustAccount, META_FAILS, MetaId, MetaObject } from '../schemas.ts'
import { BUSINESS_ONLY } from '../send-schemas.ts'

export const catalogs = {
  listCatalogs: operation({
    route: 'POST /api/catalogs',
    tag: 'Catalog',
    summary: 'List product catalogs',
    description: "All of Meta's pages, as one `data`.",
    needs: BUSINESS_ONLY,
    effect: 'readonly',
    scope: 'read',
    input: { body: json(JustAccount) },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  listProducts: operation({
    route: 'POST /api/catalogs/products',
    tag: 'Catalog',
    summary: 'List products in a catalog',
    description: "All of Meta's pages, as one `data`.",
    needs: BUSINESS_ONLY,
    effect: 'readonly',
    scope: 'read',
    input: { body: json(Type.Object({ account_id: Id, catalog_id: MetaId }, closed)) },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
}
