// The control API over what a business manages: the same stage, set from another process.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMetaSimulator } from '../../../../simulator/meta/index.ts'
import type { Json } from './parts.ts'

async function setControl(t: { after(work: () => Promise<void>): void }) {
  const simulator = await startMetaSimulator()
  t.after(() => simulator.close())
  const number = simulator.addNumber()
  const call = async (
    url: string,
    method: string,
    body?: unknown,
  ): Promise<{ status: number; body: Json & Json[] }> => {
    const headers = { authorization: `Bearer ${number.token}`, 'content-type': 'application/json' }
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await fetch(`${simulator.url}${url}`, init)
    return { status: response.status, body: (await response.json()) as Json & Json[] }
  }
  const control = (method: string, path: string, body?: unknown) => call(`/_control${path}`, method, body)
  return {
    simulator,
    number,
    control,
    graph: (path: string, body?: Json) => call(`/v21.0/${path}`, body ? 'POST' : 'GET', body),
  }
}

test('templates are added, changed, listed, and reviewed after a while', async (t) => {
  const { simulator, number, control, graph } = await setControl(t)
  const components = [{ type: 'BODY', text: 'Hello' }]
  const added = await control('POST', '/templates', { name: 'hello', language: 'de', components, status: 'PENDING' })
  assert.deepEqual([added.status, added.body.status], [200, 'PENDING'])
  const changed = await control('POST', `/templates/${added.body.id}`, { status: 'REJECTED', reason: 'SCAM' })
  assert.deepEqual([changed.body.status, changed.body.rejectedReason], ['REJECTED', 'SCAM'])
  assert.deepEqual(await control('POST', '/template-review', { ms: 1 }), { status: 200, body: { ok: true } })
  await graph(`${number.wabaId}/message_templates`, { name: 'b', language: 'de', category: 'UTILITY', components })
  await simulator.settled()
  const { body } = await control('GET', '/templates')
  assert.deepEqual(
    body.map(({ name, status }) => [name, status]),
    [
      ['hello', 'REJECTED'],
      ['b', 'APPROVED'],
    ],
  )
})

test('flows, catalogs and products are added, and codes are read', async (t) => {
  const { number, control, graph } = await setControl(t)
  const flow = await control('POST', '/flows', { name: 'Survey', json: null })
  assert.equal((await control('POST', `/flows/${flow.body.id}`, { status: 'BLOCKED' })).body.status, 'BLOCKED')
  assert.equal((await control('GET', '/flows')).body.length, 1)
  const catalog = await control('POST', '/catalogs', { name: 'Mugs', products: [{ retailer_id: 'm1' }] })
  const products = [{ retailer_id: 'm2', name: 'Mug' }]
  assert.equal((await control('POST', `/catalogs/${catalog.body.id}/products`, { products })).status, 200)
  const listed = (await graph(`${catalog.body.id}/products`)).body as { data?: Json[] }
  assert.deepEqual(
    listed.data?.map((each) => each.retailer_id),
    ['m1', 'm2'],
  )
  const codePath = `/numbers/${number.phoneNumberId}/code`
  assert.deepEqual((await control('GET', codePath)).body, { code: null })
  await graph(`${number.phoneNumberId}/request_code`, { code_method: 'SMS', language: 'en' })
  assert.match(String((await control('GET', codePath)).body.code), /^\d{6}$/)
  const limits = await control('POST', '/limits', { management: 5, page: 2 })
  assert.deepEqual([limits.body.management, limits.body.page], [5, 2])
})

const mistakes: [what: string, path: string, body: unknown, sentence: RegExp][] = [
  ['an unknown template', '/templates/1', { status: 'APPROVED' }, /no template has the id 1/],
  ['an unknown status', '/templates/1', { status: 'FINE' }, /status must be APPROVED or/],
  ['a template id that is no number', '/templates', { id: 'abc' }, /not the id of a template/],
  ['an account that is not there', '/templates', { wabaId: '1' }, /no account has the id 1/],
  ['an unknown flow', '/flows/1', { status: 'BLOCKED' }, /no flow has the id 1/],
  ['a flow change without a status', '/flows/1', {}, /status is missing/],
  ['an unknown catalog', '/catalogs/1/products', { products: [] }, /no catalog has the id 1/],
  ['products that are no objects', '/catalogs', { products: [1] }, /products must be a list of objects/],
]

for (const [what, path, body, sentence] of mistakes) {
  test(`${what} is a mistake that control says`, async (t) => {
    const { control } = await setControl(t)
    const answer = await control('POST', path, body)
    assert.equal(answer.status, 400)
    assert.match(String(answer.body.error), sentence)
  })
}

test('what is added twice is a mistake, and reset forgets all of it', async (t) => {
  const { simulator } = await setControl(t)
  simulator.addTemplate({ name: 'a', id: '123' })
  simulator.addFlow({ name: 'a', id: '1' })
  const { id } = simulator.addCatalog({ id: '2', products: [{ retailer_id: 'm1' }] })
  assert.throws(() => simulator.addTemplate({ name: 'a' }), /has a template a in en_US already/)
  assert.throws(() => simulator.addTemplate({ id: '123' }), /has the id 123 already/)
  assert.throws(() => simulator.addFlow({ name: 'a' }), /has a flow a already/)
  assert.throws(() => simulator.addFlow({ id: '1' }), /has the id 1 already/)
  assert.throws(() => simulator.addCatalog({ id }), /has the id 2 already/)
  assert.throws(() => simulator.addProducts(id, [{ retailer_id: 'm1' }]), /has a product m1 already/)
  assert.throws(() => simulator.verificationCode('1'), /no number has the id 1/)
  simulator.reset()
  assert.deepEqual([simulator.templates(), simulator.flows()], [[], []])
})
