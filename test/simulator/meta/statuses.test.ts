// How a message that was taken goes on: sent, delivered, read or failed, each told in a callback.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { customerNumber, type Stage, setStage } from './stage.ts'

const names = (stage: Stage): string[] =>
  stage.receiver.items().flatMap(({ status }) => (status === undefined ? [] : [status]))

test('a message is sent and delivered, with pricing and the data of the business echoed', async (t) => {
  const stage = await setStage(t)
  stage.simulator.customer(customerNumber).says('hi')
  const id = (await stage.text({ biz_opaque_callback_data: 'order-7 ü' })).body.messages[0].id
  await stage.simulator.settled()
  assert.deepEqual(names(stage), ['sent', 'delivered'])
  const [, sent] = stage.receiver.items()
  assert.deepEqual(sent.pricing, {
    billable: false,
    pricing_model: 'PMP',
    category: 'service',
    type: 'free_customer_service',
  })
  assert.equal(sent.id, id)
  assert.equal(sent.recipient_id, customerNumber)
  assert.equal(sent.biz_opaque_callback_data, 'order-7 ü')
  assert.match(sent.timestamp, /^\d{10}$/)
})

test('it is read when the customer reads it, once, and not before it arrived', async (t) => {
  const stage = await setStage(t)
  const zoe = stage.simulator.customer(customerNumber, { online: false })
  zoe.says('hi')
  const { id } = (await stage.text()).body.messages[0]
  await stage.simulator.settled()
  assert.deepEqual(names(stage), ['sent'])
  assert.throws(() => zoe.reads(id), /is sent: only what was delivered can be read/)
  stage.simulator.customer(customerNumber, { online: true })
  await stage.simulator.settled()
  zoe.reads(id)
  zoe.reads(id)
  await stage.simulator.settled()
  assert.deepEqual(names(stage), ['sent', 'delivered', 'read'])
  assert.throws(() => zoe.reads('wamid.none'), /no message/)
})

test('a customer who reads at once needs no asking', async (t) => {
  const stage = await setStage(t)
  stage.simulator.customer(customerNumber, { autoRead: true }).says('hi')
  await stage.text()
  await stage.simulator.settled()
  assert.deepEqual(names(stage), ['sent', 'delivered', 'read'])
})

test('a customer who never wrote, or not for 24 hours, cannot be reached: accepted, then failed with 131047', async (t) => {
  const stage = await setStage(t)
  await stage.text()
  await stage.simulator.settled()
  const [failed] = stage.receiver.items()
  assert.equal(failed.status, 'failed')
  assert.equal(failed.errors[0].code, 131047)
  assert.equal(failed.errors[0].title, 'Re-engagement message')
  assert.match(failed.errors[0].error_data.details, /24 hours/)
  assert.match(failed.errors[0].href, /^https:/)
  assert.equal(failed.pricing, undefined)
  stage.simulator.customer(customerNumber).says('hi')
  stage.simulator.advance(24 * 3600 * 1000 - 1000)
  await stage.text()
  await stage.simulator.settled()
  stage.simulator.advance(1000)
  await stage.text()
  await stage.simulator.settled()
  assert.deepEqual(names(stage), ['failed', 'sent', 'delivered', 'failed'])
})

test('the window belongs to the number that was written to, and can be switched off', async (t) => {
  const stage = await setStage(t)
  const other = stage.simulator.addNumber({ wabaId: stage.number.wabaId, token: stage.number.token })
  stage.simulator.customer(customerNumber).says('hi', other.phoneNumberId)
  await stage.text()
  await stage.simulator.settled()
  stage.simulator.limits({ window: false })
  await stage.text()
  await stage.simulator.settled()
  assert.deepEqual(names(stage), ['failed', 'sent', 'delivered'])
})

test('a number that is not on WhatsApp fails with 131026', async (t) => {
  const stage = await setStage(t)
  stage.simulator.customer(customerNumber, { reachable: false }).says('hi')
  await stage.text({ biz_opaque_callback_data: 'mine' })
  await stage.simulator.settled()
  const failed = stage.receiver.items().at(-1)!
  assert.equal(failed.errors[0].code, 131026)
  assert.equal(failed.biz_opaque_callback_data, 'mine')
})

test('a user id that nobody has reaches nobody', async (t) => {
  const stage = await setStage(t)
  await stage.text({ to: undefined, recipient: 'US.404' })
  await stage.simulator.settled()
  const [failed] = stage.receiver.items()
  assert.equal(failed.errors[0].code, 131026)
  assert.equal(failed.recipient_user_id, 'US.404')
  assert.equal('recipient_id' in failed, false)
})

test('delays between statuses are as configured', async (t) => {
  const stage = await setStage(t, { statusDelays: { sent: 1, delivered: 60 } })
  stage.simulator.customer(customerNumber).says('hi')
  await stage.text()
  await stage.simulator.settled()
  const [sent, delivered] = stage.simulator.messages().at(-1)?.history.slice(1) ?? []
  assert.ok((delivered?.at ?? 0) - (sent?.at ?? 0) >= 55)
  assert.deepEqual(stage.simulator.statusDelays({ delivered: 1 }), { sent: 1, delivered: 1, read: 2 })
})
