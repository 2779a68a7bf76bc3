// What happens to templates at Meta, the callbacks that tell of it, and the messages that name them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, customerNumber, type Stage, setStage } from '../stage.ts'
import { bodyOf, inside, type Json, orderTemplate, plainTemplate, valuesOf } from './parts.ts'

const statusField = 'message_template_status_update'

test('a template is approved, rejected, paused, disabled and flagged, and each sends its callback', async (t) => {
  const stage = await setStage(t)
  const { simulator, graph, number } = stage
  const made = await graph(`/v21.0/${number.wabaId}/message_templates`, { body: plainTemplate() })
  const { id } = made.body
  for (const status of ['APPROVED', 'REJECTED', 'PAUSED', 'DISABLED', 'FLAGGED'] as const) {
    simulator.changeTemplate(id, { status, ...(status === 'REJECTED' ? { reason: 'INVALID_FORMAT' } : {}) })
  }
  const values = await valuesOf(stage, statusField)
  const events = ['APPROVED', 'REJECTED', 'PAUSED', 'DISABLED', 'FLAGGED']
  assert.deepEqual(
    values.map(({ event }) => event),
    events,
  )
  const [approved, rejected, paused, disabled, flagged] = values
  assert.deepEqual(approved, {
    event: 'APPROVED',
    message_template_id: Number(id),
    message_template_name: 'hello',
    message_template_language: 'en_US',
    reason: 'NONE',
    message_template_category: 'UTILITY',
  })
  assert.equal(rejected?.reason, 'INVALID_FORMAT')
  assert.equal(typeof inside(rejected, 'rejection_info').recommendation, 'string')
  assert.equal(inside(paused, 'other_info').title, 'FIRST_PAUSE')
  for (const each of [disabled, flagged]) assert.equal(typeof inside(each, 'disable_info').disable_date, 'number')
  assert.equal(bodyOf(await graph(`/v21.0/${id}`)).status, 'DISABLED', 'a flag is no status')
})

test('quality and category change with callbacks of their own', async (t) => {
  const stage = await setStage(t)
  const { simulator, graph, number } = stage
  const { id } = simulator.addTemplate({ name: 'mug', language: 'de' })
  simulator.changeTemplate(id, { quality: 'YELLOW', category: 'MARKETING' })
  const named = { message_template_id: Number(id), message_template_name: 'mug', message_template_language: 'de' }
  assert.deepEqual(await valuesOf(stage, 'message_template_quality_update'), [
    { previous_quality_score: 'UNKNOWN', new_quality_score: 'YELLOW', ...named },
  ])
  assert.deepEqual(await valuesOf(stage, 'template_category_update'), [
    { ...named, previous_category: 'UTILITY', new_category: 'MARKETING' },
  ])
  const read = bodyOf(await graph(`/v21.0/${id}?fields=category,previous_category,quality_score{score}`))
  assert.deepEqual(read, {
    category: 'MARKETING',
    previous_category: 'UTILITY',
    quality_score: { score: 'YELLOW' },
    id,
  })
  const entry = stage.receiver.received[0].body.entry[0]
  assert.deepEqual([entry.id, typeof entry.time], [number.wabaId, 'number'])
})

test('with a review delay, templates are approved by themselves', async (t) => {
  const stage = await setStage(t, { templateReviewMs: 5 })
  const { simulator, graph, number } = stage
  await graph(`/v21.0/${number.wabaId}/message_templates`, { body: plainTemplate() })
  assert.deepEqual(
    (await valuesOf(stage, statusField)).map(({ event }) => event),
    ['APPROVED'],
  )
  simulator.templateReview(null)
  const other = await graph(`/v21.0/${number.wabaId}/message_templates`, { body: plainTemplate({ name: 'other' }) })
  await simulator.settled()
  assert.equal(bodyOf(await graph(`/v21.0/${other.body.id}`)).status, 'PENDING')
})

test('a deleted template is told of', async (t) => {
  const stage = await setStage(t)
  const { simulator, graph, number } = stage
  simulator.addTemplate({ name: 'mug' })
  await graph(`/v21.0/${number.wabaId}/message_templates?name=mug`, { method: 'DELETE' })
  assert.deepEqual(
    (await valuesOf(stage, statusField)).map(({ event }) => event),
    ['PENDING_DELETION'],
  )
})

const sendOf =
  ({ graph, number }: Stage) =>
  (template: Json) =>
    graph(`/v21.0/${number.phoneNumberId}/messages`, {
      body: { messaging_product: 'whatsapp', to: customerNumber, type: 'template', template },
    })

const header = { type: 'header', parameters: [{ type: 'text', text: 'Zoë' }] }
const bodyPart = {
  type: 'body',
  parameters: [
    { type: 'text', text: 'Zoë' },
    { type: 'currency', currency: { fallback_value: '$100', code: 'USD', amount_1000: 100_000 } },
  ],
}
const link = { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '860198' }] }

/** A stage with the template `order_ready`, as it would be after its review. */
async function setOrderStage(t: Parameters<typeof setStage>[0]) {
  const stage = await setStage(t)
  const components = orderTemplate().components as Json[]
  const template = stage.simulator.addTemplate({ name: 'order_ready', components })
  const send = sendOf(stage)
  const order = (more: Json) => send({ name: 'order_ready', language: { code: 'en_US' }, ...more })
  return { ...stage, template, send, order }
}

test('a template with all that it needs is sent, although the customer never wrote', async (t) => {
  const stage = await setOrderStage(t)
  const sent = await stage.order({ components: [header, bodyPart, link] })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  await stage.simulator.settled()
  assert.equal(stage.simulator.messages()[0]?.status, 'delivered')
})

/** What is wrong with the components, the code that comes of it, and what the details say. */
const misfits: [what: string, components: Json[], code: number, details: RegExp][] = [
  ['no components', [], 132000, /header: number of localizable_params \(0\).*params \(1\)/],
  ['no body', [header, link], 132000, /body: number of localizable_params \(0\).*params \(2\)/],
  ['too many in the header', [{ ...header, parameters: bodyPart.parameters }, bodyPart, link], 132000, /header: /],
  ['no button', [header, bodyPart], 131008, /Button at index 0 of type Url requires a parameter/],
  [
    'an image in the header',
    [{ type: 'header', parameters: [{ type: 'image', image: { link: 'https://example.com/a.png' } }] }, bodyPart, link],
    ...([132012, /header: Format mismatch, expected TEXT, received IMAGE/] as const),
  ],
  [
    'a quick reply instead of a link',
    [header, bodyPart, { ...link, sub_type: 'quick_reply', parameters: [{ type: 'payload', payload: 'x' }] }],
    ...([132012, /buttons: Format mismatch, expected URL, received QUICK_REPLY/] as const),
  ],
  [
    'a line break in a parameter',
    [{ ...header, parameters: [{ type: 'text', text: 'Z\no' }] }, bodyPart, link],
    ...([132018, /new-line/] as const),
  ],
  [
    'too long a header',
    [{ ...header, parameters: [{ type: 'text', text: 'x'.repeat(60) }] }, bodyPart, link],
    132005,
    /header/,
  ],
]

for (const [what, components, code, details] of misfits) {
  test(`a template with ${what} is refused with ${code}`, async (t) => {
    const { order } = await setOrderStage(t)
    assertError(await order({ components }), { status: 400, code, details })
  })
}

test('a template that is not there in that language, or not approved, is 132001', async (t) => {
  const { simulator, template, order, send } = await setOrderStage(t)
  const missing = { status: 404, code: 132001 }
  const german = await order({ language: { code: 'de' } })
  assertError(german, { ...missing, details: /template name \(order_ready\) does not exist in de/ })
  assertError(await send({ name: 'nothing', language: { code: 'en_US' } }), missing)
  for (const status of ['PENDING', 'REJECTED'] as const) {
    simulator.changeTemplate(template.id, { status })
    assertError(await order({}), missing)
  }
})

test('a paused template is 132015, a disabled one 132016', async (t) => {
  const { simulator, template, order } = await setOrderStage(t)
  simulator.changeTemplate(template.id, { status: 'PAUSED' })
  assertError(await order({}), { status: 400, code: 132015 })
  simulator.changeTemplate(template.id, { status: 'DISABLED' })
  assertError(await order({}), { status: 400, code: 132016 })
})

test('named parameters are found by their names', async (t) => {
  const stage = await setStage(t)
  const components = [{ type: 'BODY', text: 'Hello {{first_name}}, see {{place}} now.' }]
  stage.simulator.addTemplate({ name: 'named', parameterFormat: 'NAMED', components })
  const send = (...parameters: Json[]) =>
    sendOf(stage)({ name: 'named', language: { code: 'en_US' }, components: [{ type: 'body', parameters }] })
  const place = { type: 'text', parameter_name: 'place', text: 'the shop' }
  const name = { type: 'text', parameter_name: 'first_name', text: 'Zoë' }
  assert.equal((await send(place, name)).status, 200)
  assertError(await send(place), { status: 400, code: 132000 })
  assertError(await send(place, place), { status: 400, code: 132012 })
  assertError(await send(place, { ...name, parameter_name: 'last_name' }), { status: 400, code: 132012 })
  assertError(await send(place, { type: 'text', text: 'Zoë' }), { status: 400, code: 100, details: /Parameter name/ })
})

test('media, location and coupon templates want what they were made with', async (t) => {
  const stage = await setStage(t)
  const body = { type: 'BODY', text: 'Look at this.' }
  stage.simulator.addTemplate({ name: 'video', components: [{ type: 'HEADER', format: 'VIDEO' }, body] })
  stage.simulator.addTemplate({ name: 'place', components: [{ type: 'HEADER', format: 'LOCATION' }, body] })
  const buttons = [{ type: 'COPY_CODE', example: ['SAVE'] }]
  stage.simulator.addTemplate({ name: 'coupon', components: [body, { type: 'BUTTONS', buttons }] })
  const send = (name: string, ...components: Json[]) => sendOf(stage)({ name, language: { code: 'en_US' }, components })
  const link = 'https://example.com/a.mp4'
  assertError(await send('video'), { status: 400, code: 132012, details: /expected VIDEO, received UNKNOWN/ })
  const video = { type: 'header', parameters: [{ type: 'video', video: { link } }] }
  assert.equal((await send('video', video)).status, 200)
  assertError(await send('place', video), { status: 400, code: 132012, details: /expected LOCATION, received VIDEO/ })
  assertError(await send('coupon'), { status: 400, code: 131008, details: /CopyCode requires a parameter/ })
  const code = { type: 'coupon_code', coupon_code: 'SAVE25' }
  const copy = { type: 'button', sub_type: 'copy_code', index: 0, parameters: [code] }
  assert.equal((await send('coupon', copy)).status, 200)
})
