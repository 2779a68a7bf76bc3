// What the simulated Meta takes and refuses as a message.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, customerNumber, setStage, textBody } from './stage.ts'

test('a text is accepted with the recipient as given, the wa_id without plus, and an id of its own', async (t) => {
  const { text, simulator } = await setStage(t)
  const [one, other] = [await text(), await text({ to: customerNumber })]
  assert.deepEqual(one.body.contacts, [{ input: `+${customerNumber}`, wa_id: customerNumber }])
  assert.deepEqual(other.body.contacts, [{ input: customerNumber, wa_id: customerNumber }])
  assert.match(one.body.messages[0].id, /^wamid\.[A-Za-z0-9+/]+=*$/)
  assert.notEqual(one.body.messages[0].id, other.body.messages[0].id)
  assert.deepEqual(simulator.messages()[0]?.message, textBody())
})

const refused: [string, Record<string, unknown>, number, RegExp][] = [
  ['no messaging_product', { messaging_product: undefined }, 100, /messaging_product is required/],
  ['another messaging_product', { messaging_product: 'sms' }, 100, /messaging_product must be one of/],
  ['no recipient', { to: undefined }, 100, /The parameter to is required/],
  ['another recipient_type', { recipient_type: 'crowd' }, 100, /recipient_type must be one of/],
  ['a recipient with letters', { to: '+1650CALLME' }, 131009, /not valid/],
  ['a recipient too short', { to: '123' }, 131009, /not valid/],
  ['a user id that is none', { to: undefined, recipient: 'us.1' }, 131009, /not valid/],
  ['the sender itself', { to: '15550934873' }, 131021, /cannot be sender/],
  ['no text', { text: undefined }, 131008, /Required parameter is missing/],
  ['a text that is a string', { text: 'hello' }, 100, /text must be a JSON object/],
  ['no body', { text: {} }, 100, /The parameter text\['body'\] is required\./],
  ['an empty body', { text: { body: '' } }, 100, /text\['body'\] is required/],
  ['a blank body', { text: { body: ' \n' } }, 131009, /not valid/],
  ['a body that is a number', { text: { body: 5 } }, 100, /text\['body'\] must be a string/],
  ['4097 characters', { text: { body: 'x'.repeat(4097) } }, 100, /text\['body'\] must be at most 4096 characters long/],
  [
    'a preview_url that is no flag',
    { text: { body: 'x', preview_url: 'maybe' } },
    100,
    /text\['preview_url'\] must be a boolean/,
  ],
  ['an unknown key in text', { text: { body: 'x', bold: true } }, 100, /Unexpected key "bold"/],
  ['a context without message_id', { context: {} }, 131008, /Required parameter is missing/],
  ['a context with another id', { context: { message_id: 'ABC' } }, 131009, /not valid/],
  ['513 characters of callback data', { biz_opaque_callback_data: 'x'.repeat(513) }, 131009, /not valid/],
  ['callback data that is no text', { biz_opaque_callback_data: { a: 1 } }, 100, /must be a string/],
  [
    'an unknown type',
    { type: 'smoke_signal' },
    100,
    /Param type must be one of \{AUDIO, .*VIDEO\} - got "smoke_signal"/,
  ],
  ['an unknown key', { colour: 'red' }, 100, /Unexpected key "colour"/],
  ['a type that Meta knows and does not send', { type: 'pin', pin: {} }, 131051, /Unsupported message type/],
]
for (const [what, change, code, message] of refused) {
  test(`a message with ${what} is refused with ${code}`, async (t) => {
    const { text, simulator } = await setStage(t, {}, { displayPhoneNumber: '+1 555-093-4873' })
    assertError(await text(change), { status: 400, code, message })
    assert.equal(simulator.messages().length, 0)
  })
}

test('messaging errors say in error_data what was wrong', async (t) => {
  const { text } = await setStage(t)
  const answer = await text({ biz_opaque_callback_data: 'x'.repeat(513) })
  assertError(answer, { status: 400, code: 131009, details: /biz_opaque_callback_data must be at most 512/ })
  assert.equal(answer.body.error.error_data.messaging_product, 'whatsapp')
})

test('the bounds themselves are taken', async (t) => {
  const { text } = await setStage(t)
  const more = {
    text: { body: 'x'.repeat(4096) },
    biz_opaque_callback_data: 'y'.repeat(512),
    recipient_type: undefined,
  }
  assert.equal((await text(more)).status, 200)
  assert.equal((await text({ to: '+1 (650) 555-1234', context: { message_id: 'wamid.HBgL=' } })).status, 200)
})

test('a user id goes to recipient, and comes back as user_id', async (t) => {
  const { simulator, text } = await setStage(t)
  const userId = 'US.13491208655302741918'
  simulator.customer(userId, { username: 'zoe' }).says('hi')
  const answer = await text({ to: undefined, recipient: userId })
  assert.deepEqual(answer.body.contacts, [{ input: userId, user_id: userId }])
})

test('a body that is not JSON counts as none, and a form counts as what it says', async (t) => {
  const { graph, number } = await setStage(t)
  const path = `/v21.0/${number.phoneNumberId}/messages`
  assertError(await graph(path, { body: '{"messaging_product"' }), {
    status: 400,
    code: 100,
    message: /messaging_product is required/,
  })
  const form = new URLSearchParams({
    messaging_product: 'whatsapp',
    to: customerNumber,
    type: 'text',
    text: '{"body":"x"}',
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await graph(path, { body: form.toString(), headers })).status, 200)
})

test('a number that is not registered cannot send', async (t) => {
  const { simulator, number, text } = await setStage(t, {}, { registered: false })
  assertError(await text(), { status: 400, code: 133010, message: /Account not registered/ })
  simulator.changeNumber(number.phoneNumberId, { registered: true })
  assert.equal((await text()).status, 200)
})

test('an app in test mode sends to its test recipients only', async (t) => {
  const { simulator, number, text } = await setStage(t)
  simulator.app(number.appId, { testMode: true, testRecipients: ['+44 20 7946 0000'] })
  assertError(await text(), { status: 400, code: 131030, message: /not in allowed list/ })
  assert.equal((await text({ to: '442079460000' })).status, 200)
})

test('the pair rate bounds one recipient, not the others, and refills with time', async (t) => {
  const { simulator, text } = await setStage(t, { clock: { now: () => 1_800_000_000_000 } })
  simulator.limits({ pair: { burst: 2, everyMs: 6000 } })
  await text()
  await text()
  assertError(await text(), { status: 400, code: 131056, message: /pair rate limit/ })
  assert.equal((await text({ to: '442079460000' })).status, 200)
  simulator.advance(6000)
  assert.equal((await text()).status, 200)
  assertError(await text(), { status: 400, code: 131056 })
})

test('throughput bounds a number over all recipients', async (t) => {
  const { simulator, text } = await setStage(t, { clock: { now: () => 1_800_000_000_000 } })
  simulator.limits({ throughput: 2 })
  await text()
  await text({ to: '442079460000' })
  assertError(await text({ to: '442079460001' }), { status: 429, code: 130429, message: /Rate limit hit/ })
  simulator.advance(1000)
  assert.equal((await text()).status, 200)
})

test('reading a message reads all earlier ones of that customer, and may show typing', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const zoe = simulator.customer(customerNumber)
  const [first, second, third] = [zoe.says('1'), zoe.says('2'), zoe.says('3')]
  const other = simulator.customer('442079460000').says('not me')
  const body = {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: second.id,
    typing_indicator: { type: 'text' },
  }
  const answer = await graph(`/v21.0/${number.phoneNumberId}/messages`, { body })
  assert.deepEqual(answer.body, { success: true })
  const read = simulator.messages().filter(({ status }) => status === 'read')
  assert.deepEqual(
    read.map(({ id }) => id),
    [first.id, second.id],
  )
  assert.ok(read[1]?.typingAt)
  assert.ok(simulator.messages().some(({ id, status }) => id === third.id && status === 'received'))
  assert.ok(simulator.messages().some(({ id, status }) => id === other.id && status === 'received'))
})

test('what cannot be read is refused with 100', async (t) => {
  const { graph, text, number } = await setStage(t)
  const sent = (await text()).body.messages[0].id
  const read = (more: Record<string, unknown>) =>
    graph(`/v21.0/${number.phoneNumberId}/messages`, {
      body: { messaging_product: 'whatsapp', status: 'read', message_id: sent, ...more },
    })
  assertError(await read({}), { status: 400, code: 100, details: /is outgoing/ })
  assertError(await read({ message_id: 'wamid.unknown' }), { status: 400, code: 100, details: /does not exist/ })
  assertError(await read({ message_id: undefined }), { status: 400, code: 100, message: /message_id is required/ })
  assertError(await read({ status: 'delivered' }), { status: 400, code: 100, message: /status must be one of/ })
  assertError(await read({ typing_indicator: { type: 'audio' } }), {
    status: 400,
    code: 100,
    message: /typing_indicator/,
  })
})
