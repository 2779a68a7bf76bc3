// Messages of businesses and answers to them: buttons, lists, templates, products, orders; in the Cloud API's words where it has any.
import { asList, asNumber, asObject, asText, isObject, present, type Wire } from '../values.ts'
import type { Told } from './said.ts'

const MAX_ITEMS = 100

export const BUSINESS_READERS: Readonly<Record<string, (value: Wire) => Told>> = {
  buttonsResponseMessage: (value) => buttonReply(asText(value.selectedButtonId), asText(value.selectedDisplayText)),
  templateButtonReplyMessage: (value) => ({
    type: 'button',
    body: present({ payload: asText(value.selectedId), text: asText(value.selectedDisplayText) }),
  }),
  listResponseMessage: (value) => ({
    type: 'interactive',
    body: {
      type: 'list_reply',
      list_reply: present({
        id: asText(asObject(value.singleSelectReply).selectedRowId) ?? '',
        title: asText(value.title) ?? '',
        description: asText(value.description),
      }),
    },
  }),
  interactiveResponseMessage: flowReply,
  buttonsMessage: (value) =>
    interactive('button', {
      body: worded(value.contentText),
      footer: worded(value.footerText),
      header: worded(value.text),
      action: { buttons: asList(value.buttons).slice(0, MAX_ITEMS).map(buttonOf) },
    }),
  listMessage: (value) =>
    interactive('list', {
      header: worded(value.title),
      body: worded(value.description),
      footer: worded(value.footerText),
      action: {
        ...present({ button: asText(value.buttonText) }),
        sections: asList(value.sections).slice(0, MAX_ITEMS).map(sectionOf),
      },
    }),
  interactiveMessage: (value) =>
    interactive('native_flow', {
      header: worded(asObject(value.header).title),
      body: worded(asObject(value.body).text),
      footer: worded(asObject(value.footer).text),
      action: { buttons: asList(asObject(value.nativeFlowMessage).buttons).slice(0, MAX_ITEMS).map(nativeButtonOf) },
    }),
  templateMessage: templateOf,
  orderMessage: (value) => ({
    type: 'order',
    body: {
      catalog_id: null,
      text: asText(value.message) ?? '',
      // WhatsApp tells the items to the seller's own app only.
      product_items: [],
      ...present({
        order_id: asText(value.orderId),
        title: asText(value.orderTitle),
        item_count: asNumber(value.itemCount),
        total: amountOf(value.totalAmount1000),
        currency: asText(value.totalCurrencyCode),
      }),
    },
  }),
  productMessage: productOf,
}

function buttonReply(id: string | null, title: string | null): Told {
  return { type: 'interactive', body: { type: 'button_reply', button_reply: { id: id ?? '', title: title ?? '' } } }
}

/** Flows and quick replies answer with JSON in a text; it is read beside it, like that of the Cloud API. */
function flowReply(value: Wire): Told {
  const flow = asObject(value.nativeFlowResponseMessage)
  const name = asText(flow.name)
  const text = asText(asObject(value.body).text)
  const json = asText(flow.paramsJson)
  const response = parsed(json)
  if (name === 'quick_reply') return buttonReply(isObject(response) ? asText(response.id) : null, text)
  const reply = present({ name, body: text, response_json: json, response })
  return { type: 'interactive', body: { type: 'nfm_reply', nfm_reply: reply } }
}

function parsed(json: string | null): unknown {
  try {
    return json === null ? null : JSON.parse(json)
  } catch {
    return null
  }
}

function interactive(type: string, parts: Wire): Told {
  return { type: 'interactive', body: { type, ...present(parts) } }
}

function worded(value: unknown): { text: string } | null {
  const text = asText(value)
  return text === null ? null : { text }
}

function buttonOf(value: unknown): Wire {
  const { buttonId, buttonText } = asObject(value)
  return { type: 'reply', reply: { id: asText(buttonId) ?? '', title: asText(asObject(buttonText).displayText) ?? '' } }
}

function nativeButtonOf(value: unknown): Wire {
  const { name, buttonParamsJson } = asObject(value)
  return present({ name: asText(name), parameters: parsed(asText(buttonParamsJson)) })
}

function sectionOf(value: unknown): Wire {
  const { title, rows } = asObject(value)
  const list = asList(rows).slice(0, MAX_ITEMS).map(asObject)
  return {
    ...present({ title: asText(title) }),
    rows: list.map((row) =>
      present({ id: asText(row.rowId) ?? '', title: asText(row.title) ?? '', description: asText(row.description) }),
    ),
  }
}

function templateOf(value: Wire): Told {
  const filled = asObject(value.hydratedTemplate ?? value.hydratedFourRowTemplate)
  const buttons = asList(filled.hydratedButtons).slice(0, MAX_ITEMS).map(asObject).map(templateButtonOf)
  return {
    type: 'template',
    body: present({
      header: asText(filled.hydratedTitleText),
      body: asText(filled.hydratedContentText),
      footer: asText(filled.hydratedFooterText),
      buttons: buttons.length === 0 ? null : buttons,
    }),
  }
}

function templateButtonOf(button: Wire): Wire {
  const { quickReplyButton, urlButton, callButton } = button
  const [type, held] = isObject(quickReplyButton)
    ? ['quick_reply', quickReplyButton]
    : isObject(urlButton)
      ? ['url', urlButton]
      : ['call', asObject(callButton)]
  return present({
    type,
    text: asText(held.displayText),
    payload: asText(held.id),
    url: asText(held.url),
    phone: asText(held.phoneNumber),
  })
}

function productOf(value: Wire): Told {
  const product = asObject(value.product)
  return {
    type: 'product',
    body: present({
      product_id: asText(product.productId),
      product_retailer_id: asText(product.retailerId),
      title: asText(product.title),
      description: asText(product.description),
      price: amountOf(product.priceAmount1000),
      currency: asText(product.currencyCode),
      url: asText(product.url),
      body: asText(value.body),
      footer: asText(value.footer),
    }),
  }
}

/** WhatsApp counts thousandths. */
function amountOf(thousandths: unknown): number | null {
  const value = asNumber(thousandths)
  return value === null ? null : value / 1000
}
