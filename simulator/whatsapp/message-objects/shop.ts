// What businesses send, and what is bought from them.
import { proto } from 'baileys'
import type { MessageObject } from './context.ts'

type Choice = { id: string; label: string }

/** Buttons under a text, as older businesses send them. */
export const buttons = (body: string, choices: readonly Choice[], footer = ''): MessageObject => ({
  buttonsMessage: {
    ...{ contentText: body, footerText: footer, headerType: proto.Message.ButtonsMessage.HeaderType.EMPTY },
    buttons: choices.map(({ id, label }) => ({
      ...{ buttonId: id, buttonText: { displayText: label }, type: proto.Message.ButtonsMessage.Button.Type.RESPONSE },
    })),
  },
})

/** A list to choose one row of. */
export const list = (
  body: string,
  button: string,
  rows: readonly (Choice & { description?: string })[],
): MessageObject => ({
  listMessage: {
    ...{ description: body, buttonText: button, listType: proto.Message.ListMessage.ListType.SINGLE_SELECT },
    sections: [{ rows: rows.map(({ id, label, description = '' }) => ({ rowId: id, title: label, description })) }],
  },
})

/** Buttons of the newer kind. */
export const interactive = (body: string, choices: readonly Choice[]): MessageObject => ({
  interactiveMessage: {
    body: { text: body },
    nativeFlowMessage: {
      buttons: choices.map(({ id, label }) => ({
        ...{ name: 'quick_reply', buttonParamsJson: JSON.stringify({ display_text: label, id }) },
      })),
      messageVersion: 1,
    },
  },
})

/** Amounts are thousandths of the currency, as on the wire. */
export const order = (wanted: {
  id: string
  seller: string
  items: number
  amount1000: number
  currency: string
  note?: string
}): MessageObject => ({
  orderMessage: {
    ...{ orderId: wanted.id, sellerJid: wanted.seller, itemCount: wanted.items, orderTitle: 'Order' },
    ...{ totalAmount1000: wanted.amount1000, totalCurrencyCode: wanted.currency, message: wanted.note ?? '' },
    ...{ status: proto.Message.OrderMessage.OrderStatus.INQUIRY, token: 'AR6xBKbXZn0Xwmu76Ksyd7rnxI' },
    surface: proto.Message.OrderMessage.OrderSurface.CATALOG,
  },
})

export const product = (offer: {
  id: string
  owner: string
  title: string
  amount1000: number
  currency: string
  retailerId?: string
}): MessageObject => ({
  productMessage: {
    businessOwnerJid: offer.owner,
    product: {
      ...{ productId: offer.id, title: offer.title, priceAmount1000: offer.amount1000, currencyCode: offer.currency },
      ...{ retailerId: offer.retailerId ?? offer.id, productImageCount: 1 },
    },
  },
})
