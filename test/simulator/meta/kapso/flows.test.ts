// An independent client makes flows, uploads their JSON, publishes and retires them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, setClientStage } from './client.ts'

/** The client does not say what it reads. */
type FlowRead = { id: string; name: string; status: string; categories: string[] }
const read = async (answer: Promise<unknown>): Promise<FlowRead> => (await answer) as FlowRead

function flowJson(text = 'Hello') {
  const footer = { type: 'Footer', label: 'Done', onClickAction: { name: 'complete', payload: {} } }
  const layout = { type: 'SingleColumnLayout', children: [{ type: 'TextHeading', text }, footer] }
  return { version: '7.1', screens: [{ id: 'WELCOME', title: 'Welcome', terminal: true, layout }] }
}

test('a flow goes from draft to published to deprecated', async (t) => {
  const { client, wabaId } = await setClientStage(t)
  const { flows } = client
  const { id } = await flows.create({ wabaId, name: 'Survey', categories: ['SURVEY'], flowJson: flowJson() })
  const statusOf = async (): Promise<unknown> => (await read(flows.get({ flowId: id }))).status
  assert.equal(await statusOf(), 'DRAFT')
  const { data } = (await flows.list({ wabaId })) as { data: FlowRead[] }
  assert.deepEqual(
    data.map((flow) => [flow.id, flow.name, flow.status, flow.categories]),
    [[id, 'Survey', 'DRAFT', ['SURVEY']]],
  )
  assert.equal((await refusal(flows.deprecate({ flowId: id }))).code, 139003)
  assert.deepEqual(await flows.publish({ flowId: id }), { success: true })
  assert.equal(await statusOf(), 'PUBLISHED')
  assert.equal((await refusal(flows.publish({ flowId: id }))).code, 139002)
  assert.deepEqual(await flows.deprecate({ flowId: id }), { success: true })
  assert.equal(await statusOf(), 'DEPRECATED')
})

test('a new JSON is checked when it is uploaded: mistakes are told, and stop publishing', async (t) => {
  const { client, wabaId } = await setClientStage(t)
  const { flows } = client
  const { id } = await flows.create({ wabaId, name: 'Survey', categories: ['SURVEY'], flowJson: flowJson() })
  const right = await flows.updateAsset({ flowId: id, json: flowJson('Hello again') })
  assert.equal(right.success, true)
  assert.equal(right.validationErrors, undefined)
  const cut = await flows.updateAsset({ flowId: id, file: new Blob(['{"version":'], { type: 'application/json' }) })
  const { screens } = flowJson()
  const wrong = await flows.updateAsset({ flowId: id, json: { version: '7.1', screens: [{ ...screens[0], id: 7 }] } })
  for (const { success, validationErrors = [] } of [cut, wrong]) {
    assert.equal(success, true)
    assert.ok(validationErrors[0]?.error && validationErrors[0].errorType && validationErrors[0].message)
  }
  assert.equal((await refusal(flows.publish({ flowId: id }))).code, 139002)
})

test('a flow has a preview, and its name is taken once', async (t) => {
  const { client, wabaId } = await setClientStage(t)
  const { flows } = client
  const flow = { wabaId, name: 'Survey', flowJson: flowJson() }
  const { id } = await flows.create(flow)
  const { preview } = await flows.preview({ flowId: id })
  assert.ok(URL.canParse(preview.previewUrl))
  assert.ok(Date.parse(preview.expiresAt) > 0)
  const interactive = await flows.preview({ flowId: id, interactive: true })
  assert.ok(URL.canParse(interactive.preview.previewUrl))
  assert.equal((await refusal(flows.create(flow))).code, 100)
})

test('the client’s own way of deploying ends with a published flow', async (t) => {
  const { client, wabaId } = await setClientStage(t)
  const deployed = await client.flows.deploy(flowJson(), { wabaId, name: 'Survey', publish: true, preview: true })
  assert.ok(deployed.previewUrl)
  assert.equal((await read(client.flows.get({ flowId: deployed.flowId }))).status, 'PUBLISHED')
})
