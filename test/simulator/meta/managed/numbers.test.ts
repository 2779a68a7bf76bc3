// The way of a number: verified by a code, registered with a PIN, deregistered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, type Stage, setStage } from '../stage.ts'
import { bodyOf, type Json, valuesOf } from './parts.ts'

const minute = 60 * 1000
const hour = 60 * minute

/** A stage whose number nobody has verified, and calls about it. */
async function setNew(t: Parameters<typeof setStage>[0], number = {}) {
  const stage = await setStage(t, {}, { verified: false, ...number })
  const { graph, simulator } = stage
  const id = stage.number.phoneNumberId
  const post = (edge: string, body: Json = {}) => graph(`/v21.0/${id}/${edge}`, { body })
  return {
    ...{ stage, simulator, id, post },
    ask: (more: Json = {}) => post('request_code', { code_method: 'SMS', language: 'en_US', ...more }),
    register: (pin: string) => post('register', { messaging_product: 'whatsapp', pin }),
    code: () => simulator.verificationCode(id) ?? '',
    read: () => readOf(stage),
  }
}

async function readOf({ graph, number }: Stage): Promise<Json> {
  const fields = 'status,code_verification_status,platform_type,is_pin_enabled'
  const { id, ...rest } = bodyOf(await graph(`/v21.0/${number.phoneNumberId}?fields=${fields}`))
  assert.equal(id, number.phoneNumberId)
  return rest
}

const otherThan = (code: string): string => (code === '000000' ? '111111' : '000000')

test('a number is verified, registered, and deregistered, and its reads say so', async (t) => {
  const { stage, ask, code, post, register, read } = await setNew(t)
  const fresh = { status: 'PENDING', platform_type: 'NOT_APPLICABLE', is_pin_enabled: false }
  assert.deepEqual(await read(), { ...fresh, code_verification_status: 'NOT_VERIFIED' })
  assertError(await stage.text(), { status: 400, code: 133010 })
  assertError(await register('123456'), { status: 400, code: 133006 })
  assert.deepEqual((await ask()).body, { success: true })
  const verified = await post('verify_code', { code: code() })
  assert.deepEqual(bodyOf(verified), { success: true, id: stage.number.phoneNumberId })
  assert.deepEqual(await read(), { ...fresh, code_verification_status: 'VERIFIED' })
  assert.deepEqual((await register('123456')).body, { success: true })
  const up = { status: 'CONNECTED', platform_type: 'CLOUD_API', is_pin_enabled: true }
  assert.deepEqual(await read(), { ...up, code_verification_status: 'VERIFIED' })
  assert.equal((await stage.text()).status, 200)
  assert.deepEqual((await post('deregister')).body, { success: true })
  assert.equal((await read()).status, 'DISCONNECTED')
  assertError(await stage.text(), { status: 400, code: 133010 })
  assertError(await post('deregister'), { status: 400, code: 100, subcode: 2207051 })
})

const wrongAsks: [what: string, body: Json][] = [
  ['no method', { code_method: undefined }],
  ['another method', { code_method: 'MAIL' }],
  ['no language', { language: undefined }],
  ['a language with a dash', { language: 'en-US' }],
  ['a language in capitals', { language: 'EN' }],
]

for (const [what, body] of wrongAsks) {
  test(`a code asked for with ${what} is refused with 100`, async (t) => {
    const { ask, code } = await setNew(t)
    assertError(await ask(body), { status: 400, code: 100 })
    assert.equal(code(), '')
  })
}

test('a code is sent once a minute, and five times a day', async (t) => {
  const { simulator, ask } = await setNew(t)
  const often = { status: 400, code: 136024, subcode: 2388091 }
  assert.equal((await ask({ code_method: 'VOICE', language: 'de' })).status, 200)
  assertError(await ask(), often)
  for (let i = 0; i < 4; i += 1) {
    simulator.advance(2 * minute)
    assert.equal((await ask()).status, 200)
  }
  simulator.advance(2 * minute)
  assertError(await ask(), often)
  simulator.advance(24 * hour)
  assert.equal((await ask()).status, 200)
})

test('a wrong code is 136025; the fifth makes the right one worthless for an hour', async (t) => {
  const { simulator, ask, code, post } = await setNew(t)
  const wrong = { status: 400, code: 136025, subcode: 2388093 }
  assertError(await post('verify_code', { code: '123456' }), wrong)
  await ask()
  const right = code()
  assertError(await post('verify_code', { code: '12345' }), { status: 400, code: 100 })
  assertError(await post('verify_code'), { status: 400, code: 100 })
  for (let i = 0; i < 5; i += 1) assertError(await post('verify_code', { code: otherThan(right) }), wrong)
  assertError(await post('verify_code', { code: right }), wrong)
  simulator.advance(2 * minute)
  assertError(await ask(), { status: 400, code: 136024, subcode: 2388091 })
  simulator.advance(hour)
  await ask()
  assert.equal((await post('verify_code', { code: code() })).status, 200)
})

test('a code is too old after ten minutes', async (t) => {
  const { simulator, ask, code, post } = await setNew(t)
  await ask()
  simulator.advance(11 * minute)
  assertError(await post('verify_code', { code: code() }), { status: 400, code: 136025, subcode: 2388093 })
})

test('a register call is strict about its body', async (t) => {
  const { post, register } = await setNew(t, { verified: true, registered: false })
  for (const pin of ['12345', '1234567', 'abcdef', '']) assertError(await register(pin), { status: 400, code: 100 })
  assertError(await post('register', { pin: '123456' }), { status: 400, code: 100, message: /messaging_product/ })
  const telegram = { messaging_product: 'telegram', pin: '123456' }
  assertError(await post('register', telegram), { status: 400, code: 100 })
})

test('another PIN than the one that is set is 133005, and guessing is 133009, then 133008', async (t) => {
  const { simulator, register } = await setNew(t, { verified: true, pin: '654321' })
  for (let i = 0; i < 3; i += 1) assertError(await register('123456'), { status: 400, code: 133005 })
  assertError(await register('123456'), { status: 400, code: 133009 })
  for (let i = 0; i < 5; i += 1) {
    simulator.advance(2 * minute)
    assertError(await register('123456'), { status: 400, code: 133005 })
  }
  simulator.advance(2 * minute)
  assertError(await register('654321'), { status: 400, code: 133008 })
})

test('a number is registered and deregistered at most ten times in 72 hours', async (t) => {
  const { simulator, register, post } = await setNew(t, { verified: true })
  for (let i = 0; i < 5; i += 1) {
    assert.equal((await post('deregister')).status, 200)
    assert.equal((await register('123456')).status, 200)
  }
  assertError(await post('deregister'), { status: 400, code: 133016 })
  assertError(await register('123456'), { status: 400, code: 133016 })
  simulator.advance(72 * hour)
  assert.equal((await post('deregister')).status, 200)
})

test('a number that was just deleted has to wait, and the stage can say where a number stands', async (t) => {
  const { simulator, id, register, read } = await setNew(t)
  simulator.changeNumber(id, { codeStatus: 'VERIFIED', pin: '111111', waitMs: hour })
  assertError(await register('111111'), { status: 400, code: 133015 })
  simulator.advance(hour)
  assertError(await register('222222'), { status: 400, code: 133005 })
  simulator.changeNumber(id, { pin: null })
  assert.equal((await register('222222')).status, 200)
  simulator.changeNumber(id, { codeStatus: 'EXPIRED' })
  assert.equal((await read()).code_verification_status, 'EXPIRED')
})

test('a new PIN can be set, and is told of', async (t) => {
  const { stage, register } = await setNew(t, { verified: true, pin: '654321' })
  const { graph, number } = stage
  const path = `/v21.0/${number.phoneNumberId}`
  assertError(await graph(path, { body: { pin: '12' } }), { status: 400, code: 100 })
  assertError(await graph(path, { body: {} }), { status: 400, code: 100 })
  assert.deepEqual((await graph(path, { body: { pin: '222222' } })).body, { success: true })
  assert.equal((await register('222222')).status, 200)
  const [value] = await valuesOf(stage, 'security')
  assert.equal(value?.event, 'PIN_CHANGED')
})

test('a number can have its callback elsewhere, once that stood the handshake', async (t) => {
  const { graph, number, receiver, simulator } = await setStage(t, {}, { callbackUrl: 'http://127.0.0.1:9/none' })
  const path = `/v21.0/${number.phoneNumberId}`
  const set = (verify_token: string) =>
    graph(path, { body: { webhook_configuration: { override_callback_uri: receiver.url, verify_token } } })
  assertError(await set('wrong'), { status: 400, code: 2200 })
  assert.equal((await set(receiver.verifyToken)).status, 200)
  simulator.customer('16505551234').says('hello')
  await simulator.settled()
  assert.equal(receiver.items().length, 1)
})

test('only managers ask for codes, and there are no other edges', async (t) => {
  const { simulator, stage, post } = await setNew(t)
  const { graph, number } = stage
  const token = simulator.addToken({ scopes: ['whatsapp_business_messaging'], wabaIds: [number.wabaId] })
  const body = { code_method: 'SMS', language: 'en' }
  const path = `/v21.0/${number.phoneNumberId}`
  assertError(await graph(`${path}/request_code`, { body, token }), { status: 403, code: 200 })
  assertError(await post('nothing'), { status: 400, code: 100, message: /nonexisting field \(nothing\)/ })
  assertError(await graph(`${path}/register`), { status: 400, code: 100 })
  assertError(await graph(path, { method: 'DELETE' }), { status: 400, code: 100, subcode: 33 })
})
