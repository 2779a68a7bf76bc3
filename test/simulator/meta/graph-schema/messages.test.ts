// The oracle itself: Meta's document takes what is right, refuses what is wrong, and the simulator answers by it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestProblems, responseProblems } from '../../../samples/graph-schema.ts'
import { textBody } from '../stage.ts'

const path = '/v21.0/106540352242922/messages'
const to = { messaging_product: 'whatsapp', recipient_type: 'individual', to: '+16505551234' }
const interactive = (content: Record<string, unknown>) => ({ ...to, type: 'interactive', interactive: content })
const button = (title: string) => ({ type: 'reply', reply: { id: title, title } })
const buttons = (count: number, title = 'Yes') =>
  interactive({
    type: 'button',
    body: { text: 'Well?' },
    action: { buttons: Array.from({ length: count }, () => button(title)) },
  })
const list = (sections: unknown[]) =>
  interactive({ type: 'list', body: { text: 'Pick' }, action: { button: 'Open', sections } })
const card = (index: number, action: object) => ({
  card_index: index,
  type: 'cta_url',
  header: { type: 'image', image: { link: 'https://example.com/a.png' } },
  action,
})
const visit = { name: 'cta_url', parameters: { display_text: 'Go', url: 'https://example.com' } }
const carousel = (cards: object[]) => interactive({ type: 'carousel', body: { text: 'x' }, action: { cards } })
const template = { name: 'hello', language: { code: 'en_US' } }

const right: Record<string, unknown> = {
  text: textBody(),
  'text to a user id': { ...textBody(), to: undefined, recipient: 'US.123', biz_opaque_callback_data: 'x' },
  reply: { ...textBody(), context: { message_id: 'wamid.abc' } },
  read: { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.abc' },
  'read with typing': {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: 'wamid.abc',
    typing_indicator: { type: 'text' },
  },
  image: { ...to, type: 'image', image: { id: '1', caption: 'x' } },
  'voice note': { ...to, type: 'audio', audio: { id: '1', voice: true } },
  document: { ...to, type: 'document', document: { link: 'https://example.com/a.pdf', filename: 'a.pdf' } },
  sticker: { ...to, type: 'sticker', sticker: { id: '1' } },
  video: { ...to, type: 'video', video: { id: '1' } },
  location: { ...to, type: 'location', location: { latitude: 52.5, longitude: 13.4, name: 'Here' } },
  contacts: {
    ...to,
    type: 'contacts',
    contacts: [{ name: { formatted_name: 'A B', first_name: 'A' }, phones: [{ phone: '+1', type: 'WORK' }] }],
  },
  reaction: { ...to, type: 'reaction', reaction: { message_id: 'wamid.abc', emoji: '' } },
  buttons: buttons(3),
  list: list([{ title: 'S', rows: [{ id: '1', title: 'One' }] }]),
  flow: interactive({
    type: 'flow',
    body: { text: 'x' },
    action: {
      name: 'flow',
      parameters: { flow_message_version: '3', flow_id: '1', flow_cta: 'Go', flow_token: 't', flow_action: 'navigate' },
    },
  }),
  catalog: interactive({ type: 'catalog_message', body: { text: 'x' }, action: { name: 'catalog_message' } }),
  carousel: carousel([card(0, visit), card(1, visit)]),
  'carousel of quick replies': carousel(
    [0, 1].map((index) => card(index, { buttons: [{ type: 'quick_reply', quick_reply: { id: 'a', title: 'A' } }] })),
  ),
  product: interactive({ type: 'product', action: { catalog_id: '1', product_retailer_id: '2' } }),
  template: {
    ...to,
    type: 'template',
    template: { ...template, components: [{ type: 'button', sub_type: 'url', index: 0, parameters: [] }] },
  },
}
for (const [what, body] of Object.entries(right)) {
  test(`the document takes a right ${what}`, () => {
    assert.deepEqual(requestProblems('POST', path, JSON.parse(JSON.stringify(body))), [])
  })
}

const wrong: Record<string, unknown> = {
  'message to nobody': { ...textBody(), to: undefined },
  'message without messaging_product': { ...textBody(), messaging_product: undefined },
  'message of no type': { ...textBody(), type: undefined },
  'text without body': { ...textBody(), text: { preview_url: true } },
  'text with an unknown key': { ...textBody(), text: { body: 'x', bold: true } },
  'message with an unknown key': { ...textBody(), colour: 'red' },
  'image without id or link': { ...to, type: 'image', image: { caption: 'x' } },
  'contact without a name': { ...to, type: 'contacts', contacts: [{ phones: [] }] },
  'reaction to nothing': { ...to, type: 'reaction', reaction: { emoji: 'x' } },
  'template without language': { ...to, type: 'template', template: { name: 'hello' } },
  'fourth button': buttons(4),
  'button title of 21 characters': buttons(1, 'x'.repeat(21)),
  'list without sections': list([]),
  'carousel of one card': carousel([card(0, visit)]),
  'carousel without buttons': carousel([card(0, {}), card(1, {})]),
  'status other than read': { messaging_product: 'whatsapp', status: 'seen', message_id: 'wamid.abc' },
  'read of nothing': { messaging_product: 'whatsapp', status: 'read' },
}
for (const [what, body] of Object.entries(wrong)) {
  test(`the document refuses a ${what}`, () => {
    assert.notDeepEqual(requestProblems('POST', path, JSON.parse(JSON.stringify(body))), [])
  })
}

test('a problem names the place', () => {
  assert.deepEqual(requestProblems('POST', path, { ...textBody(), text: { body: 'x', bold: true } }), [
    '/text must NOT have additional properties (bold)',
  ])
})

test('reads take no body, and unknown operations are a problem', () => {
  assert.deepEqual(requestProblems('GET', '/v21.0/123/phone_numbers?limit=1', undefined), [])
  assert.equal(requestProblems('GET', '/v21.0/123/phone_numbers', {}).length, 1)
  assert.deepEqual(requestProblems('POST', '/123/subscribed_apps', undefined), [])
  assert.equal(requestProblems('POST', '/v21.0/123/messages', undefined).length, 1)
  assert.equal(requestProblems('GET', '/v21.0/123/horoscope', undefined).length, 1)
})

test('answers are held to the document as well', () => {
  const accepted = {
    messaging_product: 'whatsapp',
    contacts: [{ input: '1', wa_id: '1' }],
    messages: [{ id: 'wamid.a' }],
  }
  assert.deepEqual(responseProblems('POST', path, 200, accepted), [])
  assert.notDeepEqual(responseProblems('POST', path, 200, { ...accepted, messages: [] }), [])
  assert.notDeepEqual(responseProblems('POST', path, 200, {}), [])
  const error = { message: 'm', type: 'OAuthException', code: 100, fbtrace_id: 'A' }
  assert.deepEqual(responseProblems('POST', path, 400, { error }), [])
  assert.notDeepEqual(responseProblems('POST', path, 400, { error: { ...error, code: '100' } }), [])
  assert.notDeepEqual(
    responseProblems('GET', '/v21.0/1/phone_numbers', 200, { data: [{ display_phone_number: 5 }] }),
    [],
  )
})
