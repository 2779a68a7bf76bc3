// Flows, catalogs and products: for Meta they are all `interactive` messages.
import type { Content } from '../../../model/content.ts'
import type { Wire } from '../wire.ts'

type Of<Kind extends Content['kind']> = Extract<Content, { kind: Kind }>

/** The version of the messages that open flows, not of the flows. */
const FLOW_MESSAGE_VERSION = '3'

/** A message whose button opens a flow; without a screen the flow begins where it says itself (Meta, "Sending a Flow"). */
export function flowOf({ flowId, flowToken, header, body, footer, button, screen, data }: Of<'flow'>): Wire {
  const hasData = data !== null && Object.keys(data).length > 0
  return {
    type: 'flow',
    ...(header === null ? null : { header: { type: 'text', text: header } }),
    ...framed(body, footer),
    action: {
      name: 'flow',
      parameters: {
        flow_message_version: FLOW_MESSAGE_VERSION,
        flow_token: flowToken,
        flow_id: flowId,
        flow_cta: button,
        flow_action: 'navigate',
        // Meta refuses data that is empty.
        ...(screen === null ? null : { flow_action_payload: { screen, ...(hasData ? { data } : null) } }),
      },
    },
  }
}

/** The whole catalog, shown by one product of it, or by one that Meta chooses. */
export function catalogOf({ body, thumbnail }: Of<'catalog'>): Wire {
  const parameters = thumbnail === null ? null : { parameters: { thumbnail_product_retailer_id: thumbnail } }
  return { type: 'catalog_message', ...framed(body, null), action: { name: 'catalog_message', ...parameters } }
}

/** One product. */
export function productOf({ catalogId, productId, body, footer }: Of<'product'>): Wire {
  const action = { catalog_id: catalogId, product_retailer_id: productId }
  return { type: 'product', ...framed(body, footer), action }
}

/** Products in sections. */
export function productListOf({ catalogId, header, body, footer, sections }: Of<'product_list'>): Wire {
  return {
    type: 'product_list',
    header: { type: 'text', text: header },
    ...framed(body, footer),
    action: {
      catalog_id: catalogId,
      sections: sections.map(({ title, productIds }) => ({
        title,
        product_items: productIds.map((id) => ({ product_retailer_id: id })),
      })),
    },
  }
}

function framed(body: string, footer: string | null): Wire {
  return { body: { text: body }, ...(footer === null ? null : { footer: { text: footer } }) }
}
