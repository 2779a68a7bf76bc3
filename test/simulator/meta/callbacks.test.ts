// How callbacks travel: signed over their bytes, retried, held back, batched, reordered, repeated.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { startReceiver } from './receiver.ts'
import { customerNumber, setStage } from './stage.ts'

test('a callback is signed over the very bytes, which are ASCII with \\u escapes in lower case', async (t) => {
  const { simulator, receiver, number } = await setStage(t, {}, { appSecret: 'test-app-secret' })
  simulator.customer(customerNumber, { name: 'Zoë 🎉' }).says('Käse/Öl')
  await simulator.settled()
  const [callback] = receiver.received
  const sign = (hash: string) =>
    createHmac(hash, number.appSecret)
      .update(callback?.rawBody ?? '', 'latin1')
      .digest('hex')
  assert.equal(callback?.headers['x-hub-signature-256'], `sha256=${sign('sha256')}`)
  assert.equal(callback?.headers['x-hub-signature'], `sha1=${sign('sha1')}`)
  assert.equal(callback?.headers['user-agent'], 'facebookexternalua')
  assert.equal(callback?.headers['content-type'], 'application/json')
  assert.match(callback?.rawBody ?? '', /Zo\\u00eb \\ud83c\\udf89.*K\\u00e4se\\\/\\u00d6l/s)
  assert.match(callback?.rawBody ?? '', /^[\x20-\x7e]+$/)
  assert.equal(callback?.body.entry[0].changes[0].value.messages[0].text.body, 'Käse/Öl')
})

test('a callback that is refused is retried with the same bytes until it is taken', async (t) => {
  const { simulator, receiver } = await setStage(t)
  receiver.statuses.push(500, 0, 302)
  simulator.customer(customerNumber).says('hi')
  await simulator.settled()
  assert.equal(receiver.received.length, 4)
  assert.equal(new Set(receiver.received.map(({ rawBody }) => rawBody)).size, 1)
  const [callback] = simulator.callbacks()
  assert.equal(callback?.state, 'delivered')
  assert.deepEqual(
    callback?.attempts.map(({ status }) => status),
    [500, undefined, 302, 200],
  )
  assert.equal(callback?.attempts[1]?.error, 'ECONNRESET')
  assert.ok(callback?.attempts.every(({ ms, at }) => ms > 0 && at > 0))
})

test('a callback that is never taken is given up after the last retry', async (t) => {
  const { simulator, receiver } = await setStage(t, { retryScheduleMs: [1, 1] })
  receiver.statuses.push(500, 500, 500)
  simulator.customer(customerNumber).says('hi')
  await simulator.settled()
  assert.equal(receiver.received.length, 3)
  assert.equal(simulator.callbacks()[0]?.state, 'given-up')
})

test('a receiver that does not answer in time is tried again', async (t) => {
  const { simulator, number } = await setStage(t, { callbackTimeoutMs: 40, retryScheduleMs: [] })
  const { createServer } = await import('node:net')
  const silent = createServer((socket) => socket.on('error', () => socket.destroy()))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.after(() => silent.close())
  const { port } = silent.address() as { port: number }
  const second = simulator.addNumber({ callbackUrl: `http://127.0.0.1:${port}/`, wabaId: number.wabaId })
  simulator.customer(customerNumber).says('hi', second.phoneNumberId)
  await simulator.settled()
  assert.equal(simulator.callbacks()[0]?.attempts[0]?.error, 'timed out')
})

test('held updates go out in one POST, merged as Meta does', async (t) => {
  const { simulator, receiver, number } = await setStage(t)
  const second = simulator.addNumber({ callbackUrl: receiver.url })
  const third = simulator.addNumber({ callbackUrl: receiver.url, wabaId: number.wabaId })
  const zoe = simulator.customer(customerNumber, { name: 'Zoe' })
  simulator.holdCallbacks()
  zoe.says('1')
  zoe.says('2')
  zoe.says('3', second.phoneNumberId)
  zoe.says('4', third.phoneNumberId)
  await simulator.settled()
  assert.equal(receiver.received.length, 0)
  simulator.releaseCallbacks({ batch: true })
  await simulator.settled()
  assert.equal(receiver.received.length, 1)
  const { entry } = receiver.received[0].body
  assert.deepEqual(
    entry.map(({ id }) => id),
    [number.wabaId, second.wabaId],
  )
  const [first, other] = entry[0].changes
  assert.deepEqual(
    first.value.messages.map(({ text }) => text.body),
    ['1', '2'],
  )
  assert.equal(first.value.contacts.length, 1)
  assert.equal(other.value.metadata.phone_number_id, third.phoneNumberId)
})

test('held updates go out reversed, twice, without some statuses, in batches of a size', async (t) => {
  const { simulator, receiver, text } = await setStage(t)
  const zoe = simulator.customer(customerNumber, { autoRead: true })
  simulator.holdCallbacks()
  zoe.says('hi')
  await text()
  await simulator.settled()
  simulator.releaseCallbacks({ reversed: true, copies: 2, skip: ['delivered'] })
  await simulator.settled()
  const seen = receiver.items().map((item) => item.status ?? item.type)
  assert.deepEqual(seen, ['read', 'read', 'sent', 'sent', 'text', 'text'])
  simulator.holdCallbacks()
  for (const body of ['a', 'b', 'c']) zoe.says(body)
  assert.equal(simulator.releaseCallbacks({ batch: 2 }).length, 2)
  await simulator.settled()
  assert.deepEqual(
    receiver
      .items()
      .slice(-3)
      .map(({ text }) => text.body),
    ['a', 'b', 'c'],
  )
})

test('a callback can be repeated byte for byte', async (t) => {
  const { simulator, receiver } = await setStage(t)
  simulator.customer(customerNumber).says('hi')
  await simulator.settled()
  simulator.repeatCallback(simulator.callbacks()[0]?.id ?? '')
  await simulator.settled()
  assert.equal(receiver.received.length, 2)
  assert.equal(receiver.received[0]?.rawBody, receiver.received[1]?.rawBody)
  assert.throws(() => simulator.repeatCallback('cb_none'), /no callback has the id/)
})

test('any field can be sent raw, alone or with others', async (t) => {
  const { simulator, receiver, number } = await setStage(t)
  const value = { event: 'APPROVED', message_template_id: 12345678, message_template_name: 'hello', reason: null }
  const record = simulator.sendCallback([
    { wabaId: number.wabaId, field: 'message_template_status_update', value },
    { phoneNumberId: number.phoneNumberId, field: 'brand_new_field', value: [1, 2] },
  ])
  await simulator.settled()
  const [entry] = receiver.received[0].body.entry
  assert.deepEqual(entry.changes[0], { value, field: 'message_template_status_update' })
  assert.deepEqual(entry.changes[1], { value: [1, 2], field: 'brand_new_field' })
  assert.equal(typeof entry.time, 'number')
  assert.deepEqual(record.fields, ['message_template_status_update', 'brand_new_field'])
})

test('changes of numbers with different callbacks do not go in one POST', async (t) => {
  const { simulator, number } = await setStage(t)
  const elsewhere = await startReceiver()
  t.after(() => elsewhere.close())
  const second = simulator.addNumber({ callbackUrl: elsewhere.url })
  const change = (phoneNumberId: string) => ({ phoneNumberId, field: 'security', value: {} })
  assert.throws(
    () => simulator.sendCallback([change(number.phoneNumberId), change(second.phoneNumberId)]),
    /must share/,
  )
  assert.throws(() => simulator.sendCallback(change('1')), /no number has the id/)
  assert.throws(() => simulator.sendCallback([]), /at least one change/)
  const zoe = simulator.customer(customerNumber)
  simulator.holdCallbacks()
  zoe.says('1', number.phoneNumberId)
  zoe.says('2', second.phoneNumberId)
  assert.equal(simulator.releaseCallbacks({ batch: true }).length, 2)
  await simulator.settled()
  assert.equal(elsewhere.items().length, 1)
})

test('reset forgets everything and stops what was on its way', async (t) => {
  const { simulator, receiver, graph, number } = await setStage(t, { retryScheduleMs: [60_000] })
  receiver.statuses.push(500)
  simulator.customer(customerNumber).says('hi')
  const isTried = () => simulator.callbacks()[0]?.state === 'retrying'
  while (!isTried()) await new Promise((resolve) => setImmediate(resolve))
  simulator.reset()
  await simulator.settled()
  assert.deepEqual(simulator.callbacks(), [])
  assert.deepEqual(simulator.messages(), [])
  assert.equal((await graph(`/v21.0/${number.phoneNumberId}`)).body.error.code, 190)
})
