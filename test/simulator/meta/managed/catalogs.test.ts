// Catalogs and products, the accounts of a business over several pages, and the bound on management calls.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, setStage } from '../stage.ts'
import { bodyOf, dataOf } from './parts.ts'

test('the catalogs of an account and of its business are listed with their fields', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/product_catalogs`
  assert.deepEqual((await graph(path)).body, { data: [] })
  const { id } = simulator.addCatalog({ name: 'Mugs', products: [{ retailer_id: 'm1' }, {}] })
  assert.deepEqual(dataOf(await graph(path)), [{ name: 'Mugs', id }])
  const wanted = [{ name: 'Mugs', vertical: 'commerce', product_count: 2, id }]
  const fields = 'fields=id,name,vertical,product_count'
  assert.deepEqual(dataOf(await graph(`${path}?${fields}`)), wanted)
  assert.deepEqual(dataOf(await graph(`/v21.0/${number.businessId}/owned_product_catalogs?${fields}`)), wanted)
  const one = bodyOf(await graph(`/v21.0/${id}?fields=name,business{id}`))
  assert.deepEqual(one, { name: 'Mugs', business: { id: number.businessId }, id })
  assertError(await graph(`/v21.0/${id}?fields=colour`), { status: 400, code: 100, message: /\(ProductCatalog\)/ })
})

test('the products of a catalog come in pages, with the fields that were asked for', async (t) => {
  const { simulator, graph } = await setStage(t)
  const { id } = simulator.addCatalog()
  const [mug] = simulator.addProducts(id, [
    { retailer_id: 'mug-1', name: 'Mug', price: '$9.00', image_url: 'https://example.com/mug.jpg' },
    ...Array.from({ length: 4 }, () => ({})),
  ])
  const fields = 'fields=id,retailer_id,name,description,price,currency,availability,image_url,url'
  const first = await graph(`/v21.0/${id}/products?${fields}&limit=2`)
  assert.deepEqual(dataOf(first)[0], {
    ...{ retailer_id: 'mug-1', name: 'Mug', price: '$9.00', currency: 'USD', availability: 'in stock' },
    ...{ image_url: 'https://example.com/mug.jpg', id: mug?.id },
  })
  const ids = dataOf(first).map((each) => each.id)
  let page = first
  while (page.body.paging.next !== undefined && ids.length < 10) {
    page = await graph(`/v21.0/${id}/products?limit=2&after=${page.body.paging.cursors.after}`)
    ids.push(...dataOf(page).map((each) => each.id))
  }
  assert.equal(new Set(ids).size, 5)
  assert.deepEqual(Object.keys(dataOf(page)[0] ?? {}).toSorted(), ['id', 'name', 'retailer_id'])
})

test('catalogs need catalog_management, and those of others are not there', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const { id } = simulator.addCatalog()
  const { wabaId, businessId } = number
  const scopes = ['whatsapp_business_management']
  const token = simulator.addToken({ scopes, wabaIds: [wabaId], businessIds: [businessId] })
  const denied = { status: 403, code: 200 }
  for (const path of [`${wabaId}/product_catalogs`, `${businessId}/owned_product_catalogs`, id, `${id}/products`]) {
    assertError(await graph(`/v21.0/${path}`, { token }), denied)
  }
  const stranger = simulator.addNumber({ wabaId: '990000000000001', businessId: '770000000000001' })
  assertError(await graph(`/v21.0/${id}`, { token: stranger.token }), { status: 400, code: 100, subcode: 33 })
  assertError(await graph(`/v21.0/${id}/sets`), { status: 400, code: 100, message: /nonexisting field \(sets\)/ })
  assertError(await graph(`/v21.0/${id}`, { body: {} }), { status: 400, code: 100, subcode: 33 })
})

test('an account may be on the second page of its business, whatever limit is asked for', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const { businessId, token } = number
  const wabaIds = ['990000000000001', '990000000000002']
  const more = wabaIds.map((wabaId) => simulator.addNumber({ businessId, token, wabaId }).wabaId)
  simulator.limits({ page: 2 })
  const path = `/v21.0/${businessId}/owned_whatsapp_business_accounts?fields=id&limit=100`
  const first = await graph(path)
  assert.deepEqual(
    dataOf(first).map(({ id }) => id),
    [number.wabaId, more[0]],
  )
  const second = await graph(`${path}&after=${first.body.paging.cursors.after}`)
  assert.deepEqual(
    dataOf(second).map(({ id }) => id),
    [more[1]],
  )
  assert.equal(second.body.paging.next, undefined)
})

test('management calls beyond their bound are 80008 with the minutes to wait; messages do not count', async (t) => {
  const { simulator, graph, number, text } = await setStage(t)
  simulator.customer('16505551234').says('hello')
  simulator.limits({ management: 3 })
  const path = `/v21.0/${number.wabaId}/message_templates`
  for (const each of [path, `/v21.0/${number.wabaId}`, `/v21.0/${number.phoneNumberId}`]) {
    assert.equal((await graph(each)).status, 200)
  }
  simulator.advance(10 * 60 * 1000)
  const refused = await graph(path)
  assertError(refused, { status: 400, code: 80008 })
  const usage = JSON.parse(refused.headers.get('x-business-use-case-usage') ?? '{}')
  assert.equal(usage[number.wabaId][0].estimated_time_to_regain_access, 50)
  assert.equal((await text()).status, 200)
  simulator.advance(51 * 60 * 1000)
  assert.equal((await graph(path)).status, 200)
  simulator.limits({ management: null })
  for (let i = 0; i < 5; i += 1) assert.equal((await graph(path)).status, 200)
})
