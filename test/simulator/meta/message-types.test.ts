// Every type of message that the simulated Meta takes, and what of each it refuses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestProblems } from '../../samples/graph-schema.ts'
import { assertError, customerNumber, type Stage, setStage } from './stage.ts'

type Content = Record<string, unknown>
type Changed = (content: Content) => void

const link = 'https://example.com/file'
const interactive = (type: string, action: Content, more: Content = {}): Content => ({
  ...{ type, body: { text: 'Well?' }, action },
  ...more,
})
const reply = (id: string, title = id): Content => ({ type: 'reply', reply: { id, title } })
const row = (id: string, more: Content = {}): Content => ({ id, title: `Row ${id}`, ...more })
const rows = (count: number, from = 0): Content[] => Array.from({ length: count }, (_, i) => row(String(from + i)))
const items = (count: number): Content[] =>
  Array.from({ length: count }, (_, i) => ({ product_retailer_id: `sku-${i}` }))
const card = (index: number): Content => ({
  ...{ card_index: index, type: 'cta_url', header: { type: 'image', image: { link } } },
  action: { name: 'cta_url', parameters: { display_text: 'Go', url: link } },
})

/** Right contents by name; the part before the first space is the type. */
const right: Record<string, unknown> = {
  'image by link': { link, caption: 'x'.repeat(1024) },
  'video by link': { link, caption: 'Watch' },
  'audio by link': { link },
  'document by link': { link, caption: 'Read', filename: 'a.pdf' },
  'sticker by link': { link },
  'location in numbers': { latitude: -90, longitude: 180, name: 'Pole', address: 'South' },
  'location in texts': { latitude: '39.284064', longitude: '-84.265742' },
  contacts: [
    {
      name: { formatted_name: 'Zoë Berg', last_name: 'Berg' },
      phones: [{ phone: '+1 650 555 1234', type: 'WORK', wa_id: '16505551234' }],
      emails: [{ email: 'zoe@example.com', type: 'HOME' }],
      urls: [{ url: link, type: 'WORK' }],
      addresses: [{ street: 'Street 1', city: 'Berlin', zip: '10115', country_code: 'de', type: 'HOME' }],
      org: { company: 'Berg', department: 'Sales', title: 'Head' },
      birthday: '1990-01-31',
    },
  ],
  'interactive button': interactive('button', { buttons: [reply('a'), reply('b'), reply('c'.repeat(256), 'C')] }),
  'interactive button with a picture': interactive(
    'button',
    { buttons: [reply('x', 'x'.repeat(20))] },
    { header: { type: 'image', image: { link } }, footer: { text: 'f'.repeat(60) } },
  ),
  'interactive list': interactive(
    'list',
    {
      button: 'Open',
      sections: [
        { title: 'A', rows: rows(5) },
        { title: 'B', rows: rows(5, 5) },
      ],
    },
    { header: { type: 'text', text: 'h'.repeat(60) } },
  ),
  'interactive list with one section': interactive('list', {
    button: 'Open',
    sections: [{ rows: [row('i'.repeat(200), { title: 't'.repeat(24), description: 'd'.repeat(72) })] }],
  }),
  'interactive cta_url': interactive('cta_url', { name: 'cta_url', parameters: { display_text: 'Shop', url: link } }),
  'interactive location_request_message': interactive('location_request_message', { name: 'send_location' }),
  'interactive address_message': interactive('address_message', {
    name: 'address_message',
    parameters: { country: 'IN', values: { name: 'Zoë' } },
  }),
  'interactive call_permission_request': interactive('call_permission_request', { name: 'call_permission_request' }),
  'interactive catalog_message': interactive('catalog_message', {
    name: 'catalog_message',
    parameters: { thumbnail_product_retailer_id: 'hat' },
  }),
  'interactive catalog_message without a picture': interactive('catalog_message', { name: 'catalog_message' }),
  'interactive product': { type: 'product', action: { catalog_id: '1', product_retailer_id: 'hat' } },
  'interactive product_list': interactive(
    'product_list',
    { catalog_id: '1', sections: [{ title: 'Hats', product_items: items(30) }] },
    { header: { type: 'text', text: 'All' } },
  ),
  'interactive carousel': interactive('carousel', { cards: [card(0), card(1)] }),
}

const typeOf = (name: string): string => name.split(' ')[0] ?? ''

function send(stage: Stage, type: string, content: unknown): ReturnType<Stage['text']> {
  return stage.text({ type, text: undefined, [type]: content })
}

for (const [name, content] of Object.entries(right)) {
  test(`a right ${name} is taken, by the simulator and by Meta's document`, async (t) => {
    const stage = await setStage(t)
    const answer = await send(stage, typeOf(name), content)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    assert.deepEqual(Object.keys(answer.body.messages[0]), ['id'])
    const { path, body } = stage.simulator.requests()[0]!
    assert.deepEqual(requestProblems('POST', path, body), [])
    assert.equal(stage.simulator.messages()[0]?.type, typeOf(name))
  })
}

/** A right content as somebody spoilt it. */
function spoilt(name: string, change: Changed): Content {
  const content = structuredClone(right[name]) as Content
  change(content)
  return content
}

/** Sets what stands at a path such as `action.buttons.0.reply.title`; undefined takes it away. */
function set(path: string, value: unknown): Changed {
  return (content) => {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    const owner = keys.reduce((at, key) => at[key] as Content, content)
    if (value === undefined) delete owner[last]
    else owner[last] = value
  }
}

const buttons = 'interactive button'
const list = 'interactive list'
const products = 'interactive product_list'
const wrong: [string, Changed, number, RegExp][] = [
  ['image by link', set('link', undefined), 131008, /image\['id'\] and image\['link'\] is required/],
  ['image by link', set('id', '1'), 131009, /Only one of/],
  ['image by link', set('link', 'cat.png'), 100, /image\['link'\] must be a valid URI/],
  ['image by link', set('link', 'ftp://example.com/cat.png'), 100, /must be a valid URI/],
  ['image by link', set('caption', 'x'.repeat(1025)), 131009, /image\['caption'\] length invalid.*1024/],
  ['image by link', set('filename', 'a.png'), 100, /Unexpected key "filename" on param "image"/],
  ['audio by link', set('caption', 'x'), 100, /Unexpected key "caption"/],
  ['audio by link', set('voice', 'yes'), 100, /audio\['voice'\] must be a boolean/],
  ['sticker by link', set('caption', 'x'), 100, /Unexpected key "caption"/],
  ['location in numbers', set('latitude', undefined), 100, /location\['latitude'\] is required/],
  ['location in numbers', set('latitude', 90.1), 131009, /location\['latitude'\] must be between -90 and 90/],
  ['location in numbers', set('longitude', '-181'), 131009, /location\['longitude'\]/],
  ['location in numbers', set('longitude', 'west'), 100, /must be a number/],
  ['location in numbers', set('url', link), 100, /Unexpected key "url"/],
  ['contacts', set('0.name.formatted_name', undefined), 100, /contacts\[0\]\['name'\]\['formatted_name'\] is required/],
  ['contacts', set('0.name.last_name', undefined), 131008, /one of first_name, last_name/],
  ['contacts', set('0.name', undefined), 100, /contacts\[0\]\['name'\] is required/],
  ['contacts', set('0.birthday', 'tomorrow'), 131009, /must be a date/],
  ['contacts', set('0.phones.0.number', '1'), 100, /Unexpected key "number" on param "contacts\[0\]\['phones'\]\[0\]"/],
  ['contacts', set('0.phones', '1'), 100, /must be an array/],
  [buttons, set('type', 'bottom'), 100, /interactive\['type'\] must be one of \{BUTTON, LIST, /],
  [buttons, set('action.buttons.3', reply('d')), 131009, /Invalid buttons count. Min allowed buttons: 1, Max allowed/],
  [buttons, set('action.buttons', []), 100, /must not be empty/],
  [buttons, set('action.buttons.1', reply('a', 'A')), 131009, /Button ids must be unique: a/],
  [buttons, set('action.buttons.1', reply('A', 'a')), 131009, /Button titles must be unique: a/],
  [
    buttons,
    set('action.buttons.0.reply.title', 'x'.repeat(21)),
    131009,
    /Button title length invalid. Min length: 1, Max length: 20/,
  ],
  [buttons, set('action.buttons.0.reply.id', 'x'.repeat(257)), 131009, /Button id length invalid.*256/],
  [buttons, set('action.buttons.0.reply.title', ''), 100, /\['buttons'\]\[0\]\['reply'\]\['title'\] is required/],
  [buttons, set('action', undefined), 100, /interactive\['action'\] is required/],
  [buttons, set('body', undefined), 100, /interactive\['body'\] is required/],
  [buttons, set('body.text', undefined), 100, /interactive\['body'\]\['text'\] is required/],
  [buttons, set('body.text', 'x'.repeat(1025)), 131009, /Body text length invalid. Min length: 1, Max length: 1024/],
  [buttons, set('footer', { text: 'x'.repeat(61) }), 131009, /Footer text length invalid.*60/],
  [buttons, set('header', { type: 'text', text: 'x'.repeat(61) }), 131009, /Header text length invalid.*60/],
  [buttons, set('header', { type: 'audio', audio: { link } }), 100, /header'\]\['type'\] must be one of/],
  [
    buttons,
    set('header', { type: 'image', image: { id: '1' } }),
    100,
    /header'\]\['image'\]\['id'\] is not a valid whatsapp/,
  ],
  [buttons, set('reply', 'x'), 100, /Unexpected key "reply" on param "interactive"/],
  [list, set('header', { type: 'image', image: { link } }), 131009, /header of type image is not allowed/],
  [list, set('action.button', 'x'.repeat(21)), 131009, /Button text length invalid.*20/],
  [
    list,
    set('action.sections.2', { title: 'C', rows: [row('z')] }),
    131009,
    /Total row count exceed max allowed count: 10/,
  ],
  [list, set('action.sections.0.title', undefined), 131009, /Section title is required when there are more than one/],
  [list, set('action.sections.0.title', 'x'.repeat(25)), 131009, /Section title length invalid.*24/],
  [list, set('action.sections.0.rows.0.title', 'x'.repeat(25)), 131009, /Row title is too long. Max length is 24/],
  [list, set('action.sections.0.rows.0.description', 'x'.repeat(73)), 131009, /Row description length invalid.*72/],
  [list, set('action.sections.0.rows.0.id', 'x'.repeat(201)), 131009, /Row id length invalid.*200/],
  [list, set('action.sections.0.rows.0.id', '7'), 131009, /Row ids must be unique: 7/],
  [list, set('action.sections.0.rows', []), 100, /\['rows'\] must not be empty/],
  [
    list,
    set(
      'action.sections',
      Array.from({ length: 11 }, (_, i) => ({ title: 'S', rows: rows(1, i) })),
    ),
    131009,
    /Invalid sections count/,
  ],
  [list, set('body.text', 'x'.repeat(4097)), 131009, /Body text length invalid.*4096/],
  ['interactive cta_url', set('action.parameters.url', 'shop'), 100, /must be a valid URI/],
  ['interactive cta_url', set('action.parameters.display_text', 'x'.repeat(21)), 131009, /Display text/],
  ['interactive cta_url', set('action.name', 'url'), 100, /must be one of \{CTA_URL\}/],
  ['interactive location_request_message', set('footer', { text: 'x' }), 131009, /footer is not allowed/],
  ['interactive product', set('header', { type: 'text', text: 'x' }), 131009, /header of type text is not allowed/],
  ['interactive product', set('action.product_retailer_id', undefined), 100, /product_retailer_id'\] is required/],
  ['interactive catalog_message', set('header', { type: 'text', text: 'x' }), 131009, /header of type text/],
  [products, set('header', undefined), 100, /interactive\['header'\] is required/],
  [
    products,
    set('action.sections.0.product_items', items(31)),
    131009,
    /Total product count exceed max allowed count: 30/,
  ],
  [products, set('action.catalog_id', undefined), 100, /catalog_id'\] is required/],
  ['interactive carousel', set('action.cards', [card(0)]), 131009, /Invalid cards count/],
  ['interactive carousel', set('action.cards.1.card_index', 0), 131009, /Card indexes must be unique/],
  ['interactive carousel', set('action.cards.1.header', undefined), 100, /\['cards'\]\[1\]\['header'\] is required/],
]
for (const [name, change, code, message] of wrong) {
  test(`a wrong ${name} is refused with ${code}: ${message.source}`, async (t) => {
    const stage = await setStage(t)
    const answer = await send(stage, typeOf(name), spoilt(name, change))
    assertError(answer, { status: 400, code, ...(code === 100 ? { message } : { details: message }) })
    assert.equal(stage.simulator.messages().length, 0)
  })
}

test('a content that is missing is 131008, one that is of another form is 100', async (t) => {
  const stage = await setStage(t)
  for (const type of ['image', 'location', 'contacts', 'interactive', 'template', 'reaction']) {
    assertError(await send(stage, type, undefined), {
      status: 400,
      code: 131008,
      details: new RegExp(`${type} is required`),
    })
    assertError(await send(stage, type, 'x'), { status: 400, code: 100, message: /must be (a JSON object|an array)/ })
  }
})

test('a type may be written in capitals, as may those of interactive messages', async (t) => {
  const stage = await setStage(t)
  const content = interactive('BUTTON', { buttons: [reply('a')] })
  const answer = await stage.text({ type: 'INTERACTIVE', text: undefined, interactive: content })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
})

test('a reaction is taken, and one to what is not there fails when it should arrive', async (t) => {
  const stage = await setStage(t)
  const { simulator, receiver } = stage
  const zoe = simulator.customer(customerNumber)
  const said = zoe.says('hi')
  const react = (message_id: unknown, emoji: unknown) => send(stage, 'reaction', { message_id, emoji })
  const taken: string[] = []
  for (const emoji of ['👍', '👩‍👩‍👧‍👦', '❤', '❤️', '🇩🇪', ''])
    taken.push((await react(said.id, emoji)).body.messages[0].id)
  const lost = [await react('wamid.HBgL', '👍'), await react(taken[0], '👍')].map(({ body }) => body.messages[0].id)
  await simulator.settled()
  const statuses = (id: string) => receiver.items().flatMap((item) => (item.id === id ? [item.status] : []))
  for (const id of taken) assert.deepEqual(statuses(id), ['sent', 'delivered'])
  for (const id of lost) assert.deepEqual(statuses(id), ['failed'])
  assert.equal(receiver.items().find(({ status }) => status === 'failed')?.errors[0].code, 131009)
  simulator.advance(31 * 24 * 60 * 60 * 1000)
  zoe.says('still there?')
  const late = (await react(said.id, '👍')).body.messages[0].id
  await simulator.settled()
  assert.deepEqual(statuses(late), ['failed'])
  assertError(await react('someday', '👍'), { status: 400, code: 131009, details: /reaction\['message_id'\]/ })
  assertError(await react(said.id, 'ok'), { status: 400, code: 131009, details: /not an emoji/ })
  assertError(await react(said.id, '👍👍'), { status: 400, code: 131009, details: /not an emoji/ })
  assertError(await react(said.id, undefined), { status: 400, code: 100, message: /reaction\['emoji'\] is required/ })
})
