// What customers do: texts, any other message, and people who show no number.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { customerNumber, setStage } from './stage.ts'

test('a text arrives with profile name, wa_id, time and metadata', async (t) => {
  const { simulator, receiver, number } = await setStage(t, { clock: { now: () => 1_800_000_000_999 } })
  const said = simulator.customer(customerNumber, { name: 'Zoe' }).says('hello')
  await simulator.settled()
  assert.deepEqual(receiver.received[0].body, {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: number.wabaId,
        changes: [
          {
            value: {
              messaging_product: 'whatsapp',
              metadata: {
                display_phone_number: number.displayPhoneNumber.replaceAll(/\D/g, ''),
                phone_number_id: number.phoneNumberId,
              },
              contacts: [{ profile: { name: 'Zoe' }, wa_id: customerNumber }],
              messages: [
                { from: customerNumber, id: said.id, timestamp: '1800000000', type: 'text', text: { body: 'hello' } },
              ],
            },
            field: 'messages',
          },
        ],
      },
    ],
  })
})

test("any message object goes out as it is, with the sender's marks filled in", async (t) => {
  const { simulator, receiver } = await setStage(t)
  const image = { id: '1234567890', mime_type: 'image/jpeg', sha256: 'aGFzaA==', caption: 'look' }
  const context = { from: '15550783881', id: 'wamid.quoted', forwarded: true }
  simulator.customer(customerNumber).sends({ type: 'image', image, context })
  simulator.customer(customerNumber).sends({ type: 'hologram', hologram: {}, id: 'wamid.fixed', timestamp: '1' })
  await simulator.settled()
  const [first, second] = receiver.items()
  assert.deepEqual(
    { ...first, id: '', timestamp: '' },
    { from: customerNumber, id: '', timestamp: '', type: 'image', image, context },
  )
  assert.deepEqual([second.id, second.timestamp, second.type], ['wamid.fixed', '1', 'hologram'])
  assert.throws(() => simulator.customer(customerNumber).sends({ text: {} }), /a message has a type/)
})

test('a system message has no contacts and opens no window', async (t) => {
  const { simulator, receiver, text } = await setStage(t)
  const system = { body: 'User A changed from 1 to 2', wa_id: '12195555358', type: 'user_changed_number' }
  simulator.customer(customerNumber).sends({ type: 'system', system })
  await text()
  await simulator.settled()
  assert.equal('contacts' in receiver.received[0].body.entry[0].changes[0].value, false)
  assert.equal(receiver.items()[1].errors[0].code, 131047)
})

test('a customer with a username shows it, and the number only while it is not hidden', async (t) => {
  const { simulator, receiver, text } = await setStage(t)
  const userId = 'DE.13491208655302741918'
  const zoe = simulator.customer(customerNumber, { name: 'Zoe', username: 'zoe.b', userId })
  zoe.says('open')
  simulator.customer(customerNumber, { hidesNumber: true })
  zoe.says('hidden')
  await simulator.settled()
  const contacts = receiver.received.map(({ body }) => body.entry[0].changes[0].value.contacts[0])
  const profile = { name: 'Zoe', username: 'zoe.b' }
  assert.deepEqual(contacts, [
    { profile, wa_id: customerNumber, user_id: userId },
    { profile, user_id: userId },
  ])
  const [open, hidden] = receiver.items()
  assert.deepEqual([open.from, open.from_user_id], [customerNumber, userId])
  assert.deepEqual(['from' in hidden, hidden.from_user_id], [false, userId])
  await text({ to: undefined, recipient: userId })
  await simulator.settled()
  const sent = receiver.items().find(({ status }) => status === 'sent')!
  assert.deepEqual(['recipient_id' in sent, sent.recipient_user_id], [false, userId])
})

test('a customer of whom only the user id is known can write and be answered', async (t) => {
  const { simulator, receiver, text } = await setStage(t)
  simulator.customer('US.ENT.11815799212886844830', { username: 'nobody' }).says('hi')
  assert.equal((await text({ to: undefined, recipient: 'US.ENT.11815799212886844830' })).status, 200)
  await simulator.settled()
  assert.deepEqual(
    receiver.items().map(({ status }) => status),
    [undefined, 'sent', 'delivered'],
  )
})

test('a customer that makes no sense is refused with a sentence', async (t) => {
  const { simulator } = await setStage(t)
  assert.throws(() => simulator.customer('Zoe'), /neither a number of 5 to 15 digits nor a user id/)
  assert.throws(() => simulator.customer('442079460000', { hidesNumber: true }), /needs a user id/)
  assert.throws(() => simulator.customer('442079460000', { userId: '12' }), /12 is not a user id/)
  assert.throws(() => simulator.customer(customerNumber).says('hi', '123'), /no number has the id 123/)
})
