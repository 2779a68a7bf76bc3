// Flows of the simulated Meta: made, filled, published, deprecated, deleted, and sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, customerNumber, type Stage, setStage } from '../stage.ts'
import { assertRefused, bodyOf, dataOf, type Json, namesOf, uploadFlow, valuesOf } from './parts.ts'

const footer = { type: 'Footer', label: 'Done', 'on-click-action': { name: 'complete', payload: {} } }
const rightFlow: Json = {
  version: '7.1',
  screens: [{ id: 'ONE', title: 'One', terminal: true, layout: { type: 'SingleColumnLayout', children: [footer] } }],
}
const rightJson = JSON.stringify(rightFlow, null, 2)

async function makeFlow({ graph, number }: Stage, more: Json = {}): Promise<string> {
  const body = { name: 'Survey', categories: ['SURVEY'], ...more }
  return (await graph(`/v21.0/${number.wabaId}/flows`, { body })).body.id
}

test('a flow goes from draft to published to deprecated, and each step is told', async (t) => {
  const stage = await setStage(t)
  const { graph, number } = stage
  const made = await graph(`/v21.0/${number.wabaId}/flows`, { body: { name: 'Survey', categories: ['SURVEY'] } })
  assert.deepEqual(Object.keys(made.body), ['id'])
  const { id } = made.body
  assertError(await graph(`/v21.0/${id}/publish`, { method: 'POST' }), { status: 400, code: 139002 })
  assert.deepEqual(await uploadFlow(stage, id, rightJson), {
    status: 200,
    body: { success: true, validation_errors: [] },
  })
  assertError(await graph(`/v21.0/${id}/deprecate`, { method: 'POST' }), { status: 400, code: 139003 })
  assert.deepEqual((await graph(`/v21.0/${id}/publish`, { method: 'POST' })).body, { success: true })
  assertError(await graph(`/v21.0/${id}/publish`, { method: 'POST' }), { status: 400, code: 139002 })
  assertError(await graph(`/v21.0/${id}`, { method: 'DELETE' }), { status: 400, code: 139004 })
  assert.deepEqual((await graph(`/v21.0/${id}/deprecate`, { method: 'POST' })).body, { success: true })
  assertError(await graph(`/v21.0/${id}/deprecate`, { method: 'POST' }), { status: 400, code: 139003 })
  assertError(await graph(`/v21.0/${id}`, { body: { name: 'Other' } }), { status: 400, code: 139001 })
  assert.deepEqual(
    (await valuesOf(stage, 'flows')).map((value) => [value.event, value.flow_id, value.old_status, value.new_status]),
    [
      ['FLOW_STATUS_CHANGE', id, 'DRAFT', 'PUBLISHED'],
      ['FLOW_STATUS_CHANGE', id, 'PUBLISHED', 'DEPRECATED'],
    ],
  )
})

test('a flow answers its fields', async (t) => {
  const stage = await setStage(t)
  const { graph, number } = stage
  const id = await makeFlow(stage, { endpoint_uri: 'https://example.com/flow' })
  await uploadFlow(stage, id, rightJson)
  const plain = { id, name: 'Survey', status: 'DRAFT', categories: ['SURVEY'], validation_errors: [] }
  assert.deepEqual((await graph(`/v21.0/${id}`)).body, plain)
  const fields =
    'json_version,endpoint_uri,preview.invalidate(false),whatsapp_business_account,application,health_status'
  const read = bodyOf(await graph(`/v21.0/${id}?fields=${fields}`))
  assert.equal(read.json_version, '7.1')
  assert.equal(read.endpoint_uri, 'https://example.com/flow')
  const { preview_url: link, expires_at: until } = read.preview as Json
  assert.match(String(link), new RegExp(`/wa/manage/flows/${id}/preview/\\?token=[0-9a-f]+$`))
  assert.match(String(until), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/)
  assert.equal((read.whatsapp_business_account as Json).id, number.wabaId)
  assert.equal((read.application as Json).id, number.appId)
  assert.equal((read.health_status as Json).can_send_message, 'AVAILABLE')
  const renewed = bodyOf(await graph(`/v21.0/${id}?fields=preview.invalidate(true)`)).preview as Json
  assert.notEqual(renewed.preview_url, link)
  assertError(await graph(`/v21.0/${id}?fields=colour`), { status: 400, code: 100, message: /nonexisting field/ })
})

test('the flows of an account are listed, and their names are unique', async (t) => {
  const stage = await setStage(t)
  const { simulator, graph, number } = stage
  const path = `/v21.0/${number.wabaId}/flows`
  assert.deepEqual((await graph(path)).body, { data: [] })
  await makeFlow(stage)
  simulator.addFlow({ name: 'Sign up', status: 'PUBLISHED' })
  const list = await graph(path)
  assert.deepEqual(namesOf(list), ['Survey', 'Sign up'])
  assert.deepEqual(Object.keys(dataOf(list)[0] ?? {}).toSorted(), [
    'categories',
    'id',
    'name',
    'status',
    'validation_errors',
  ])
  const again = { name: 'Survey', categories: ['OTHER'] }
  assertError(await graph(path, { body: again }), { status: 400, code: 100, message: /name is not unique/ })
  assertError(await graph(path, { body: { categories: ['OTHER'] } }), { status: 400, code: 100 })
  assertError(await graph(path, { body: { name: 'x' } }), { status: 400, code: 100, message: /categories is required/ })
  const wrong = { name: 'x', categories: ['FUN'] }
  assertError(await graph(path, { body: wrong }), { status: 400, code: 100, message: /categories\[0\] must be one of/ })
})

test('a multipart form makes a flow as well, with the categories as JSON', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const form = new FormData()
  form.append('name', 'Survey')
  form.append('categories', '["SURVEY","OTHER"]')
  const headers = { authorization: `Bearer ${number.token}` }
  const response = await fetch(`${simulator.url}/v21.0/${number.wabaId}/flows`, { method: 'POST', headers, body: form })
  const { id } = (await response.json()) as { id: string }
  assert.deepEqual(bodyOf(await graph(`/v21.0/${id}?fields=categories`)), { categories: ['SURVEY', 'OTHER'], id })
})

test('a flow can be made with its JSON, published at once, and cloned', async (t) => {
  const stage = await setStage(t)
  const { simulator, graph, number } = stage
  const path = `/v21.0/${number.wabaId}/flows`
  const whole = { name: 'Whole', categories: ['OTHER'], flow_json: rightJson, publish: true }
  const { body } = await graph(path, { body: whole })
  assert.deepEqual({ ...body }, { id: body.id, success: true, validation_errors: [] })
  const broken = { ...whole, name: 'Broken', flow_json: '{"version":"7.1","screens":[]}' }
  const bad = bodyOf(await graph(path, { body: broken }))
  assert.equal((bad.validation_errors as Json[]).length, 1)
  const copy = await makeFlow(stage, { name: 'Copy', clone_flow_id: body.id })
  const states = simulator.flows().map(({ name, status, json }) => [name, status, json === undefined])
  assert.deepEqual(states, [
    ['Whole', 'PUBLISHED', false],
    ['Broken', 'DRAFT', false],
    ['Copy', 'DRAFT', false],
  ])
  assert.equal((await graph(`/v21.0/${copy}/publish`, { method: 'POST' })).status, 200)
  const lost = { name: 'Lost', categories: ['OTHER'], clone_flow_id: '123' }
  assertError(await graph(path, { body: lost }), { status: 400, code: 100, message: /does not exist/ })
})

test('an upload is strict about its parts', async (t) => {
  const stage = await setStage(t)
  const id = await makeFlow(stage)
  const upload = (parts: Record<string, string | undefined>) => uploadFlow(stage, id, rightJson, parts)
  assertRefused(await upload({ name: 'survey.json' }), 100, /Param name must be one of \{flow\.json\}/)
  assertRefused(await upload({ name: undefined }), 100, /parameter name is required/)
  assertRefused(await upload({ asset_type: 'IMAGE' }), 100, /Param asset_type/)
  assertRefused(await upload({ asset_type: undefined }), 100, /parameter asset_type is required/)
  assertRefused(await uploadFlow(stage, id, undefined), 100, /parameter file is required/)
  assertRefused(await uploadFlow(stage, id, Buffer.alloc(10 * 1024 * 1024 + 1, ' ')), 100, /10 MB/)
})

test('a broken JSON is a success with validation_errors, and cannot be published', async (t) => {
  const stage = await setStage(t)
  const { graph } = stage
  const id = await makeFlow(stage)
  const text = await uploadFlow(stage, id, '{"version": "7.1",\n oops')
  assert.equal(text.body.success, true)
  const [problem] = text.body.validation_errors as Json[]
  assert.deepEqual([problem?.line_start, problem?.column_start], [2, 2])
  assert.deepEqual((await graph(`/v21.0/${id}/assets`)).body, { data: [] }, 'what is no JSON is not kept')
  const broken = await uploadFlow(stage, id, JSON.stringify({ ...rightFlow, name: 'x' }))
  const [extra] = broken.body.validation_errors as Json[]
  assert.deepEqual([extra?.error, extra?.error_type], ['INVALID_PROPERTY', 'JSON_SCHEMA_ERROR'])
  assert.deepEqual(bodyOf(await graph(`/v21.0/${id}?fields=validation_errors`)).validation_errors, [extra])
  const refused = await graph(`/v21.0/${id}/publish`, { method: 'POST' })
  assertError(refused, { status: 400, code: 139002 })
  assert.match(String((bodyOf(refused).error as Json).error_user_msg), /validation errors/)
})

test('the uploaded JSON can be fetched by its link; a new one makes a draft of a published flow', async (t) => {
  const stage = await setStage(t)
  const { graph } = stage
  const id = await makeFlow(stage)
  await uploadFlow(stage, id, rightJson)
  await graph(`/v21.0/${id}/publish`, { method: 'POST' })
  const assets = await graph(`/v21.0/${id}/assets`)
  const [asset] = dataOf(assets)
  assert.deepEqual([asset?.name, asset?.asset_type], ['flow.json', 'FLOW_JSON'])
  assert.ok(assets.body.paging.cursors.after)
  assert.deepEqual(await (await fetch(String(asset?.download_url))).json(), rightFlow)
  await uploadFlow(stage, id, rightJson)
  assert.equal(bodyOf(await graph(`/v21.0/${id}`)).status, 'DRAFT')
  assert.deepEqual((await graph(`/v21.0/${id}`, { method: 'DELETE' })).body, { success: true })
  assertError(await graph(`/v21.0/${id}`), { status: 400, code: 100, subcode: 33 })
})

test('a flow that exchanges data needs an endpoint before it is published', async (t) => {
  const stage = await setStage(t)
  const { graph } = stage
  const id = await makeFlow(stage)
  await uploadFlow(stage, id, JSON.stringify({ ...rightFlow, data_api_version: '3.0', routing_model: { ONE: [] } }))
  assertError(await graph(`/v21.0/${id}/publish`, { method: 'POST' }), { status: 400, code: 139002 })
  const change = { name: 'Renamed', endpoint_uri: 'https://example.com/flow' }
  assert.deepEqual((await graph(`/v21.0/${id}`, { body: change })).body, { success: true })
  assert.equal((await graph(`/v21.0/${id}/publish`, { method: 'POST' })).status, 200)
  assert.equal(bodyOf(await graph(`/v21.0/${id}`)).name, 'Renamed')
})

test('a message sends a published flow, a draft only in draft mode, and no other', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  simulator.customer(customerNumber).says('hello')
  const { id } = simulator.addFlow({ name: 'Survey' })
  const send = (more: Json) => {
    const parameters = { flow_message_version: '3', flow_token: 'x', flow_cta: 'Start', ...more }
    const interactive = { type: 'flow', body: { text: 'Please' }, action: { name: 'flow', parameters } }
    const body = { messaging_product: 'whatsapp', to: customerNumber, type: 'interactive', interactive }
    return graph(`/v21.0/${number.phoneNumberId}/messages`, { body })
  }
  const refused = { status: 400, code: 131009 }
  assertError(await send({ flow_id: id }), { ...refused, details: /DRAFT/ })
  assert.equal((await send({ flow_id: id, mode: 'draft' })).status, 200)
  assertError(await send({ flow_id: '123' }), { ...refused, details: /does not exist/ })
  simulator.changeFlow(id, { status: 'PUBLISHED' })
  assert.equal((await send({ flow_id: id })).status, 200)
  assert.equal((await send({ flow_name: 'Survey' })).status, 200)
  assertError(await send({ flow_id: id, mode: 'draft' }), refused)
  simulator.changeFlow(id, { status: 'DEPRECATED' })
  assertError(await send({ flow_id: id }), refused)
  simulator.changeFlow(id, { status: 'BLOCKED' })
  assertError(await send({ flow_id: id }), { status: 400, code: 132068 })
})
