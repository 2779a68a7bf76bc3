// What the simulated Graph API shows of numbers, accounts and businesses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GraphBody } from './shapes.ts'
import { assertError, setStage } from './stage.ts'

const followed = async (link: string | undefined): Promise<GraphBody> =>
  (await fetch(link ?? '')).json() as Promise<GraphBody>

const connectFields =
  'id,display_phone_number,verified_name,quality_rating,status,code_verification_status,name_status,platform_type,throughput,account_mode'

test('a number answers every field that a client asks for when it connects', async (t) => {
  const { graph, number } = await setStage(
    t,
    {},
    { displayPhoneNumber: '+1 555-093-4873', verifiedName: 'Zoë’s Bakery' },
  )
  const { body } = await graph(`/v21.0/${number.phoneNumberId}?fields=${connectFields}`)
  assert.deepEqual(body, {
    id: number.phoneNumberId,
    display_phone_number: '+1 555-093-4873',
    verified_name: 'Zoë’s Bakery',
    quality_rating: 'GREEN',
    status: 'CONNECTED',
    code_verification_status: 'VERIFIED',
    name_status: 'APPROVED',
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    account_mode: 'LIVE',
  })
})

test('a number without fields answers its usual ones, and id always', async (t) => {
  const { graph, number } = await setStage(t)
  const { body } = await graph(`/v21.0/${number.phoneNumberId}`)
  assert.equal(body.id, number.phoneNumberId)
  assert.equal(body.verified_name, number.verifiedName)
  assert.equal(body.status, undefined)
  const narrow = await graph(`/v21.0/${number.phoneNumberId}?fields=throughput{level}`)
  assert.deepEqual(narrow.body, { throughput: { level: 'STANDARD' }, id: number.phoneNumberId })
  assertError(await graph(`/v21.0/${number.phoneNumberId}?fields=throughput{level`), {
    status: 400,
    code: 100,
    message: /Syntax error/,
  })
})

test('health_status names number, account, business and app', async (t) => {
  const { graph, number } = await setStage(t, {}, { registered: false })
  const { health_status: health } = (await graph(`/v21.0/${number.phoneNumberId}?fields=health_status`)).body
  assert.equal(health.can_send_message, 'BLOCKED')
  const ids = Object.fromEntries(health.entities.map((entity) => [entity.entity_type, entity.id]))
  assert.deepEqual(ids, {
    PHONE_NUMBER: number.phoneNumberId,
    WABA: number.wabaId,
    BUSINESS: number.businessId,
    APP: number.appId,
  })
})

test('what is changed of a number shows in its reads', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  simulator.changeNumber(number.phoneNumberId, { fields: { quality_rating: 'RED', status: 'FLAGGED' } })
  const { body } = await graph(`/v21.0/${number.phoneNumberId}?fields=quality_rating,status`)
  assert.deepEqual(body, { quality_rating: 'RED', status: 'FLAGGED', id: number.phoneNumberId })
})

test('the numbers of an account come in pages, and next is there only when there is more', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const { wabaId, businessId } = number
  const more = [1, 2, 3, 4].map(() => simulator.addNumber({ wabaId, businessId, token: number.token }).phoneNumberId)
  const seen: string[] = []
  const pages: number[] = []
  let path: string | undefined = `/v21.0/${wabaId}/phone_numbers?fields=id&limit=2`
  while (path !== undefined && pages.length < 10) {
    const { body } = await graph(path)
    pages.push(body.data.length)
    seen.push(...body.data.map(({ id }) => id))
    const link = body.paging.next === undefined ? undefined : new URL(body.paging.next)
    assert.equal(body.paging.cursors.after.length > 0, true)
    path = link && `/v21.0/${wabaId}/phone_numbers?fields=id&limit=2&after=${body.paging.cursors.after}`
    if (link) assert.equal(link.searchParams.get('after'), body.paging.cursors.after)
  }
  assert.deepEqual(pages, [2, 2, 1])
  assert.deepEqual(seen, [number.phoneNumberId, ...more])
})

test('the link of the next page can be followed as it is, and one can go back', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  simulator.addNumber({ wabaId: number.wabaId, token: number.token })
  const first = (await graph(`/v21.0/${number.wabaId}/phone_numbers?limit=1`)).body
  const second = await followed(first.paging.next)
  assert.equal(second.paging.next, undefined)
  const back = await followed(second.paging.previous)
  assert.deepEqual(back.data, first.data)
  assertError(await graph(`/v21.0/${number.wabaId}/phone_numbers?after=nonsense`), { status: 400, code: 100 })
  assertError(await graph(`/v21.0/${number.wabaId}/phone_numbers?limit=0`), { status: 400, code: 100 })
})

test('a business lists the accounts that it owns apart from those shared with it', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const { businessId, token } = number
  const shared = simulator.addNumber({ businessId, token, shared: true })
  const owned = (await graph(`/v21.0/${businessId}/owned_whatsapp_business_accounts?fields=id,name&limit=100`)).body
  assert.deepEqual(
    owned.data.map(({ id }) => id),
    [number.wabaId],
  )
  const client = (await graph(`/v21.0/${businessId}/client_whatsapp_business_accounts`)).body
  assert.deepEqual(
    client.data.map(({ id }) => id),
    [shared.wabaId],
  )
  assert.ok(client.data[0].message_template_namespace)
})

test('an empty list has no paging', async (t) => {
  const { graph, number } = await setStage(t)
  const { body } = await graph(`/v21.0/${number.businessId}/client_whatsapp_business_accounts`)
  assert.deepEqual(body, { data: [] })
})

test('an account answers its fields', async (t) => {
  const { graph, number } = await setStage(t)
  const { body } = await graph(`/v21.0/${number.wabaId}?fields=id,name,currency,owner_business_info{id}`)
  assert.equal(body.id, number.wabaId)
  assert.equal(body.currency, 'USD')
  assert.deepEqual(body.owner_business_info, { id: number.businessId })
})

test('a path that is not Graph, a long one and a wrong verb are refused in its own way', async (t) => {
  const { graph, number } = await setStage(t)
  assertError(await graph('/v21.0/whatsapp'), { status: 404, code: 803 })
  assertError(await graph(`/v21.0/${number.wabaId}/phone_numbers/1`), { status: 400, code: 2500 })
  assertError(await graph(`/v21.0/${number.wabaId}`, { method: 'DELETE' }), { status: 400, code: 100, subcode: 33 })
})
