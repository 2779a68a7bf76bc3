// Who may call the simulated Graph API, and what a refusal looks like.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { TokenData } from './shapes.ts'
import { type Answer, assertError, setStage } from './stage.ts'

const tokenData = ({ body }: Answer): TokenData => body.data as unknown as TokenData

test('a call without a token, or with an unknown one, is refused with 190', async (t) => {
  const { graph, number } = await setStage(t)
  for (const token of [null, 'EAAunknown']) {
    assertError(await graph(`/v21.0/${number.phoneNumberId}`, { token }), { status: 401, code: 190 })
  }
})

test('a token that has expired is refused with 190 and subcode 463, by the clock of the simulator', async (t) => {
  const { simulator, graph, number } = await setStage(t, { clock: { now: () => 1_800_000_000_000 } })
  simulator.addToken({ token: number.token, expiresAt: 1_800_000_060_000 })
  assert.equal((await graph(`/v21.0/${number.phoneNumberId}`)).status, 200)
  simulator.advance(60_000)
  const refused = await graph(`/v21.0/${number.phoneNumberId}`)
  assertError(refused, { status: 401, code: 190, subcode: 463, message: /Session has expired/ })
})

test('a missing permission is 10 for a send and 200 for a read', async (t) => {
  const { simulator, graph, text, number } = await setStage(t)
  simulator.addToken({ token: number.token, scopes: ['whatsapp_business_management'] })
  assertError(await text(), { status: 403, code: 10 })
  assert.equal((await graph(`/v21.0/${number.phoneNumberId}`)).status, 200)
  simulator.addToken({ token: number.token, scopes: ['whatsapp_business_messaging'] })
  assert.equal((await text()).status, 200)
  assertError(await graph(`/v21.0/${number.wabaId}/phone_numbers`), { status: 403, code: 200 })
})

test('an unknown id and the id of somebody else get the same answer: 100 with subcode 33', async (t) => {
  const { simulator, graph } = await setStage(t)
  const stranger = simulator.addNumber({ appSecret: 'another-secret' })
  for (const id of ['123456789012345', stranger.phoneNumberId, stranger.wabaId]) {
    const refused = await graph(`/v21.0/${id}`)
    assertError(refused, { status: 400, code: 100, subcode: 33, message: /^Unsupported get request\. Object with ID/ })
    assert.equal(refused.body.error.type, 'GraphMethodException')
  }
})

test('an unknown field is refused with the type of the node', async (t) => {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.phoneNumberId}?fields=id,shoe_size`
  assertError(await graph(path), {
    status: 400,
    code: 100,
    message: /^\(#100\) Tried accessing nonexisting field \(shoe_size\) on node type \(WhatsAppBusinessPhoneNumber\)$/,
  })
})

test('asking an account for the accounts of a business says that it is an account', async (t) => {
  const { graph, number } = await setStage(t)
  const message = /nonexisting field \(owned_whatsapp_business_accounts\) on node type \(WhatsAppBusinessAccount\)/
  assertError(await graph(`/v21.0/${number.wabaId}/owned_whatsapp_business_accounts`), {
    status: 400,
    code: 100,
    message,
  })
})

test('appsecret_proof is checked when it is there, and required when the app says so', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const proof = createHmac('sha256', number.appSecret).update(number.token).digest('hex')
  const path = `/v21.0/${number.phoneNumberId}`
  assert.equal((await graph(`${path}?appsecret_proof=${proof}`)).status, 200)
  const wrong = await graph(`${path}?appsecret_proof=${proof.replace(/^./, 'x')}`)
  assertError(wrong, { status: 400, code: 100, message: /Invalid appsecret_proof/ })
  simulator.app(number.appId, { requireProof: true })
  assertError(await graph(path), { status: 400, code: 100, message: /require an appsecret_proof/ })
  assert.equal((await graph(`${path}?appsecret_proof=${proof}`)).status, 200)
})

test('any version is served, an old one as the oldest that still lives', async (t) => {
  const { graph, number } = await setStage(t)
  const served = async (prefix: string) =>
    (await graph(`${prefix}/${number.phoneNumberId}`)).headers.get('facebook-api-version')
  assert.equal(await served('/v26.0'), 'v26.0')
  assert.equal(await served('/v99.0'), 'v99.0')
  assert.equal(await served('/v16.0'), 'v21.0')
  assert.equal(await served(''), 'v21.0')
})

test('every answer carries the headers of Graph, and calls on an account its usage', async (t) => {
  const { graph, number } = await setStage(t)
  const right = await graph(`/v21.0/${number.wabaId}/phone_numbers`)
  assert.equal(right.headers.get('content-type'), 'application/json; charset=UTF-8')
  assert.ok(right.headers.get('x-fb-request-id'))
  assert.ok(right.headers.get('x-fb-trace-id'))
  const usage = JSON.parse(right.headers.get('x-business-use-case-usage') ?? '{}')
  assert.equal(usage[number.wabaId][0].type, 'whatsapp')
  const wrong = await graph('/v21.0/99999999999')
  assert.equal(
    wrong.headers.get('www-authenticate'),
    `OAuth "Facebook Platform" "invalid_request" "${wrong.body.error.message}"`,
  )
  assert.match(wrong.body.error.fbtrace_id, /^A[\w-]{22}$/)
})

test('debug_token says what a token is worth', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const inspect = async (token: string) =>
    tokenData(await graph(`/v21.0/debug_token?input_token=${encodeURIComponent(token)}`))
  const own = await inspect(number.token)
  assert.equal(own.app_id, number.appId)
  assert.equal(own.is_valid, true)
  assert.equal(own.expires_at, 0)
  const management = own.granular_scopes.find(({ scope }) => scope === 'whatsapp_business_management')
  assert.deepEqual(management?.target_ids, [number.wabaId])
  const expired = simulator.addToken({ expiresAt: 1000, wabaIds: [number.wabaId] })
  assert.equal((await inspect(expired)).is_valid, false)
  assert.equal((await inspect(expired)).error.subcode, 463)
  assert.equal((await inspect('EAAnever')).error.code, 190)
  const asApp = await graph(`/debug_token?input_token=${number.token}`, {
    token: `${number.appId}|${number.appSecret}`,
  })
  assert.equal(tokenData(asApp).is_valid, true)
  assertError(await graph('/v21.0/debug_token'), { status: 400, code: 100, message: /input_token is required/ })
})
