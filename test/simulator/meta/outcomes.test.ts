// Messages that need more than their own body: files, templates, flows and groups, and what becomes of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, customerNumber, type Stage, setStage } from './stage.ts'
import { upload, uploaded } from './upload.ts'

const names = ({ receiver }: Stage): string[] => receiver.items().flatMap(({ status }) => status ?? [])
const template = (name: string, more: Record<string, unknown> = {}) => ({
  ...{ type: 'template', text: undefined, template: { name, language: { code: 'en_US' }, ...more } },
})

test('a file is sent by the id of its upload, and not once it is gone', async (t) => {
  const stage = await setStage(t)
  const { simulator } = stage
  simulator.customer(customerNumber).says('hi')
  const id = await uploaded(stage)
  assert.equal((await stage.text({ type: 'image', text: undefined, image: { id } })).status, 200)
  assert.equal((await stage.text({ type: 'image', text: undefined, image: { id: Number(id) } })).status, 200)
  await simulator.settled()
  assert.deepEqual(names(stage).toSorted(), ['delivered', 'delivered', 'sent', 'sent'])
  simulator.expireMedia(id)
  for (const gone of [id, '123', 'cat', {}]) {
    const message = /^\(#100\) Param image\['id'\] is not a valid whatsapp business account media attachment ID$/
    assertError(await stage.text({ type: 'image', text: undefined, image: { id: gone } }), {
      ...{ status: 400, code: 100, message },
    })
  }
})

test('a file that its kind does not show is accepted and then fails with 131053', async (t) => {
  const stage = await setStage(t)
  const { simulator, receiver } = stage
  simulator.customer(customerNumber).says('hi')
  const webp = (await upload(stage, { type: 'image/webp', filename: 'a.webp' })).body.id
  assert.equal((await stage.text({ type: 'image', text: undefined, image: { id: webp } })).status, 200)
  await simulator.settled()
  assert.deepEqual(names(stage), ['failed'])
  const [, failed] = receiver.items()
  assert.deepEqual([failed.errors[0].code, failed.errors[0].title], [131053, 'Media upload error'])
  assert.match(
    failed.errors[0].error_data.details,
    /Unsupported Image mime type image\/webp. Please use one of image\/jpeg/,
  )
  assert.equal('pricing' in failed, false)
  assert.equal((await stage.text({ type: 'document', text: undefined, document: { id: webp } })).status, 200)
})

test('a template says that it is accepted, needs no window, and is charged by its category', async (t) => {
  const stage = await setStage(t)
  const { simulator, receiver, number } = stage
  const { wabaId } = number
  const known = { wabaId, language: 'en_US', components: [{ type: 'BODY', text: 'It is ready' }] }
  simulator.addTemplate({ ...known, name: 'ready', category: 'UTILITY' })
  simulator.addTemplate({ ...known, name: 'sale', category: 'MARKETING' })
  const answer = await stage.text(template('ready'))
  assert.deepEqual(answer.body.messages, [{ id: answer.body.messages[0].id, message_status: 'accepted' }])
  await simulator.settled()
  assert.deepEqual(names(stage), ['sent', 'delivered'])
  const priced = () => receiver.items().at(-1)?.pricing
  assert.deepEqual(priced(), { billable: true, pricing_model: 'PMP', category: 'utility', type: 'regular' })
  simulator.customer(customerNumber).says('thanks')
  await stage.text(template('ready'))
  await simulator.settled()
  assert.deepEqual(priced(), {
    ...{ billable: false, pricing_model: 'PMP', category: 'utility', type: 'free_customer_service' },
  })
  await stage.text(template('sale'))
  await simulator.settled()
  assert.deepEqual(priced(), { billable: true, pricing_model: 'PMP', category: 'marketing', type: 'regular' })
})

test('a template that is not there, or whose parts are malformed, is refused', async (t) => {
  const stage = await setStage(t)
  assertError(await stage.text(template('nothing')), { status: 404, code: 132001 })
  const parameters = (parameter: Record<string, unknown>) =>
    stage.text(template('nothing', { components: [{ type: 'header', parameters: [parameter] }] }))
  const refusals: [Record<string, unknown>, RegExp][] = [
    [{ type: 'song' }, /\['parameters'\]\[0\]\['type'\] must be one of \{TEXT, /],
    [{ type: 'text', text: 'x', colour: 'red' }, /Unexpected key "colour"/],
    [{ type: 'image', image: { id: '1' } }, /\['image'\]\['id'\] is not a valid whatsapp business account media/],
    [{ type: 'currency', currency: { fallback_value: '$1', code: 'USD' } }, /\['amount_1000'\] is required/],
    [{ type: 'currency', currency: { fallback_value: '$1', code: 'usd', amount_1000: 1 } }, /must be a currency code/],
    [{ type: 'date_time', date_time: {} }, /\['fallback_value'\] is required/],
    [{ type: 'location', location: { latitude: 1 } }, /\['longitude'\] is required/],
  ]
  for (const [parameter, message] of refusals) {
    assertError(await parameters(parameter), { status: 400, code: 100, message })
  }
  assertError(await stage.text({ type: 'template', text: undefined, template: { name: 'x' } }), {
    ...{ status: 400, code: 100, message: /template\['language'\] is required/ },
  })
})

test('a flow is sent when it is there, with parameters as Meta wants them', async (t) => {
  const stage = await setStage(t)
  const flow = stage.simulator.addFlow({ wabaId: stage.number.wabaId, status: 'PUBLISHED' })
  const right = { flow_message_version: '3', flow_id: flow.id, flow_token: 't', flow_cta: 'Open' }
  const send = (parameters: Record<string, unknown>) => {
    const action = { name: 'flow', parameters: { ...right, ...parameters } }
    return stage.text({
      type: 'interactive',
      text: undefined,
      interactive: { type: 'flow', body: { text: 'x' }, action },
    })
  }
  const payload = { screen: 'WELCOME', data: { name: 'Zoë' } }
  assert.equal((await send({})).status, 200)
  assert.equal((await send({ flow_action: 'navigate', flow_action_payload: payload })).status, 200)
  assert.equal((await send({ flow_action: 'data_exchange' })).status, 200)
  const refusals: [Record<string, unknown>, number, RegExp][] = [
    [{ flow_message_version: '2' }, 131009, /flow_message_version'\] must be 3/],
    [{ flow_message_version: undefined }, 100, /flow_message_version'\] is required/],
    [{ flow_cta: 'x'.repeat(31) }, 131009, /Flow CTA length invalid.*30/],
    [{ flow_cta: undefined }, 100, /flow_cta'\] is required/],
    [{ flow_action: 'jump' }, 100, /must be one of \{NAVIGATE, DATA_EXCHANGE\}/],
    [
      { flow_action: 'data_exchange', flow_action_payload: payload },
      131009,
      /only allowed when flow_action is navigate/,
    ],
    [{ flow_action_payload: { ...payload, data: {} } }, 131009, /must be a JSON object that is not empty/],
    [{ flow_action_payload: { data: { a: 1 } } }, 100, /\['screen'\] is required/],
    [{ flow_colour: 'red' }, 100, /Unexpected key "flow_colour"/],
    [{ flow_id: '1' }, 131009, /does not exist/],
    [{ mode: 'draft' }, 131009, /PUBLISHED/],
  ]
  for (const [parameters, code, message] of refusals) {
    const answer = await send(parameters)
    assertError(answer, { status: 400, code, ...(code === 100 ? { message } : { details: message }) })
  }
})

test('a group that was made takes messages, and its statuses say that it is one', async (t) => {
  const stage = await setStage(t)
  const { simulator, receiver } = stage
  const group = simulator.addGroup()
  const to = { recipient_type: 'group', to: group }
  const answer = await stage.text(to)
  assert.deepEqual(answer.body.contacts, [{ input: group, wa_id: group }])
  await simulator.settled()
  const items = receiver.items() as unknown as Record<string, unknown>[]
  assert.deepEqual(
    items.map(({ status, recipient_id, recipient_type }) => [status, recipient_id, recipient_type]),
    ['sent', 'delivered'].map((status) => [status, group, 'group']),
  )
  assertError(await stage.text({ ...to, to: 'Y2FwaV9ncm91cDp4' }), { status: 400, code: 100, details: /Group with ID/ })
  assertError(await stage.text({ ...to, to: 'no group' }), { status: 400, code: 131009 })
})

test('messages to a customer fail with the code that was set, until it is taken back', async (t) => {
  const stage = await setStage(t)
  const { simulator, receiver } = stage
  simulator.customer(customerNumber, { failsWith: 131049 }).says('hi')
  const id = (await stage.text({ biz_opaque_callback_data: 'x' })).body.messages[0].id
  await simulator.settled()
  const [, failed] = receiver.items()
  assert.deepEqual([failed.id, failed.status, failed.errors[0].code], [id, 'failed', 131049])
  assert.match(failed.errors[0].error_data.details, /healthy ecosystem/)
  assert.equal(failed.biz_opaque_callback_data, 'x')
  simulator.customer(customerNumber, { failsWith: null })
  await stage.text()
  await simulator.settled()
  assert.deepEqual(names(stage), ['failed', 'sent', 'delivered'])
})

test('statuses of several numbers come in one POST, with delivered left out, if that is wanted', async (t) => {
  const stage = await setStage(t)
  const { simulator, receiver, number } = stage
  const sister = simulator.addNumber({ wabaId: number.wabaId, callbackUrl: receiver.url })
  const zoe = simulator.customer(customerNumber, { autoRead: true })
  zoe.says('one', number.phoneNumberId)
  zoe.says('two', sister.phoneNumberId)
  await simulator.settled()
  simulator.holdCallbacks()
  await stage.text()
  const body = { messaging_product: 'whatsapp', to: customerNumber, type: 'text', text: { body: 'x' } }
  await stage.graph(`/v21.0/${sister.phoneNumberId}/messages`, { body })
  await simulator.settled()
  const [record] = simulator.releaseCallbacks({ batch: true, skip: ['delivered'] })
  await simulator.settled()
  assert.deepEqual(record?.phoneNumberIds, [number.phoneNumberId, sister.phoneNumberId])
  const changes = receiver.received.at(-1)?.body.entry.flatMap((entry) => entry.changes) ?? []
  const told = changes.map(({ value }) => [value.metadata.phone_number_id, value.statuses.map(({ status }) => status)])
  const each = (id: string) => told.flatMap(([of, statuses]) => (of === id ? statuses : []))
  for (const { phoneNumberId } of [number, sister]) assert.deepEqual(each(phoneNumberId), ['sent', 'read'])
})
