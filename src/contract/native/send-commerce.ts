// Operations that send products of a catalog.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { closed, MetaId } from './schemas.ts'
import {
  Addressed,
  BodyText,
  BUSINESS_ONLY,
  HeaderText,
  MessageSent,
  ReplyTo,
  SEND_FAILS,
  ShortText,
} from './send-schemas.ts'

/** The owner's id for a product, as the catalog has it. */
const RetailerId = Type.String({ minLength: 1, maxLength: 256 })

/** All products of a list message together (Meta, "Sell products & services"). */
const MOST_PRODUCTS = 30

const Section = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 24 }),
    product_items: Type.Refine(
      Type.Array(Type.Object({ product_retailer_id: Type.Optional(RetailerId) }, closed), { maxItems: MOST_PRODUCTS }),
      (items) => !Array.isArray(items) || (items.length > 0 && items.every((item) => item?.product_retailer_id)),
      () => 'must hold products, each with its product_retailer_id',
    ),
  },
  { ...closed, $id: 'ProductListSection' },
)

const Sections = Type.Refine(
  Type.Array(Section, { minItems: 1, maxItems: 10 }),
  (sections) =>
    !Array.isArray(sections) ||
    sections.reduce((sum, section) => sum + (Number(section?.product_items?.length) || 0), 0) <= MOST_PRODUCTS,
  () => `must hold at most ${MOST_PRODUCTS} products together`,
)

export const sendCommerce = {
  sendCatalog: operation({
    route: 'POST /api/send/catalog',
    tag: 'Send',
    alsoTag: 'Catalog',
    summary: 'Send a catalog message sharing the full product catalog',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            ...Addressed,
            body_text: BodyText,
            thumbnail_product_retailer_id: Type.Optional(
              Type.String({ maxLength: 256, description: 'The product whose picture is shown; the first when absent' }),
            ),
            reply_to: ReplyTo,
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendSingleProduct: operation({
    route: 'POST /api/send/product',
    tag: 'Send',
    alsoTag: 'Catalog',
    summary: 'Send a single-product interactive message',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            ...Addressed,
            catalog_id: MetaId,
            product_retailer_id: RetailerId,
            body_text: BodyText,
            footer_text: Type.Optional(ShortText),
            reply_to: ReplyTo,
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendProductList: operation({
    route: 'POST /api/send/product-list',
    tag: 'Send',
    alsoTag: 'Catalog',
    summary: 'Send a multi-product list message up to 30 products across 10 sections',
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: json(
        Type.Object(
          {
            ...Addressed,
            header_text: HeaderText,
            body_text: BodyText,
            footer_text: Type.Optional(ShortText),
            catalog_id: MetaId,
            sections: Sections,
            reply_to: ReplyTo,
          },
          closed,
        ),
      ),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
}
