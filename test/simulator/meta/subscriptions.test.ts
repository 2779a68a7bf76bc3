// Which apps are told about an account, and Meta's handshake before it sends anything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startReceiver } from './receiver.ts'
import { assertError, customerNumber, setStage } from './stage.ts'

test('the apps of an account are listed, left and joined again', async (t) => {
  const { simulator, receiver, graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/subscribed_apps`
  assert.equal((await graph(path)).body.data[0].whatsapp_business_api_data.id, number.appId)
  assert.deepEqual((await graph(path, { method: 'DELETE' })).body, { success: true })
  assert.deepEqual((await graph(path)).body, { data: [] })
  simulator.customer(customerNumber).says('is anybody there?')
  await simulator.settled()
  assert.equal(receiver.received.length, 0)
  assert.deepEqual((await graph(path, { body: {} })).body, { success: true })
  simulator.customer(customerNumber).says('and now?')
  await simulator.settled()
  assert.equal(receiver.items()[0].text.body, 'and now?')
})

test('an override is taken after a handshake, and callbacks go there', async (t) => {
  const { simulator, graph, number } = await setStage(t, {}, { subscribed: false })
  const other = await startReceiver('the-other-token')
  t.after(() => other.close())
  const second = simulator.addNumber({ wabaId: number.wabaId, token: number.token, subscribed: false })
  const body = { override_callback_uri: other.url, verify_token: 'the-other-token' }
  const answer = (await graph(`/v21.0/${number.wabaId}/subscribed_apps`, { body })).body
  assert.equal(answer.success, true)
  assert.equal(answer.data[0].override_callback_uri, other.url)
  const [handshake] = other.verifications
  assert.equal(handshake?.get('hub.mode'), 'subscribe')
  assert.match(handshake?.get('hub.challenge') ?? '', /^\d+$/)
  simulator.customer(customerNumber).says('to the account', second.phoneNumberId)
  await simulator.settled()
  assert.equal(other.items().length, 1)
  const shown = await graph(`/v21.0/${second.phoneNumberId}?fields=webhook_configuration`)
  assert.equal(shown.body.webhook_configuration.whatsapp_business_account, other.url)
})

test('an override whose handshake fails is refused, and the old callback stays', async (t) => {
  const { receiver, graph, number } = await setStage(t)
  const path = `/v21.0/${number.wabaId}/subscribed_apps`
  const wrong = await graph(path, { body: { override_callback_uri: receiver.url, verify_token: 'not-it' } })
  assertError(wrong, { status: 400, code: 2200, message: /Callback verification failed .*HTTP Status Code = 403/ })
  const dead = await graph(path, { body: { override_callback_uri: 'http://127.0.0.1:1/x', verify_token: 'x' } })
  assertError(dead, { status: 400, code: 2200, message: /ECONNREFUSED/ })
  const malformed = await graph(path, { body: { override_callback_uri: 'nowhere', verify_token: 'x' } })
  assertError(malformed, { status: 400, code: 100, message: /override_callback_uri/ })
  const tokenless = await graph(path, { body: { override_callback_uri: receiver.url } })
  assertError(tokenless, { status: 400, code: 100, message: /verify_token is required/ })
  assert.equal((await graph(path)).body.data[0].override_callback_uri, undefined)
})

test('verifyCallback does the handshake with the address of a number', async (t) => {
  const { simulator, receiver, number } = await setStage(t)
  await simulator.verifyCallback(number.phoneNumberId)
  assert.equal(receiver.verifications[0]?.get('hub.verify_token'), receiver.verifyToken)
  receiver.verifyToken = 'changed'
  await assert.rejects(simulator.verifyCallback(number.phoneNumberId), /HTTP Status Code = 403/)
})

test("a number without an override of its own uses the app's callback", async (t) => {
  const { simulator, receiver, number } = await setStage(t)
  const second = simulator.addNumber()
  simulator.app(number.appId, { callbackUrl: `${receiver.url}/app` })
  simulator.customer(customerNumber).says('hello', second.phoneNumberId)
  simulator.customer(customerNumber).says('hello', number.phoneNumberId)
  await simulator.settled()
  assert.deepEqual(receiver.received.map(({ path }) => path).sort(), ['/callback', '/callback/app'])
})
