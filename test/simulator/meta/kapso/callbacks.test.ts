// An independent client checks the signature of callbacks and understands what is in them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalizeWebhook, verifySignature } from '@kapso/whatsapp-cloud-api/server'
import { setClientStage } from './client.ts'

test('the client accepts the signature of a callback, and no other secret or body', async (t) => {
  const { simulator, receiver, number } = await setClientStage(t)
  simulator.customer('16505551234').says('Grüße 🎈', number.phoneNumberId)
  await simulator.settled()
  const callbacks = [...receiver.received]
  assert.equal(callbacks.length, 2)
  for (const { headers, rawBody } of callbacks) {
    const signatureHeader = String(headers['x-hub-signature-256'])
    const signed = { appSecret: number.appSecret, rawBody, signatureHeader }
    assert.equal(verifySignature(signed), true)
    assert.equal(verifySignature({ ...signed, rawBody: Buffer.from(rawBody, 'latin1') }), true)
    assert.equal(verifySignature({ ...signed, appSecret: `${number.appSecret}x` }), false)
    assert.equal(
      verifySignature({ ...signed, rawBody: rawBody.replace('hello', 'Hello').replace('\\u', '\\U') }),
      false,
    )
  }
})

test('the client finds messages, customers and statuses in callbacks', async (t) => {
  const { client, simulator, receiver, number, to, phoneNumberId } = await setClientStage(t)
  simulator.customer('16505551234', { name: 'Zoë' }).says('Grüße 🎈', phoneNumberId)
  const sent = await client.messages.sendText({ phoneNumberId, to, body: 'Hello' })
  await simulator.settled()
  const events = [...receiver.received].map(({ body }) => normalizeWebhook(body))
  assert.ok(events.every((event) => event.phoneNumberId === phoneNumberId))
  assert.ok(events.every((event) => event.object === 'whatsapp_business_account'))
  const said = events.flatMap(({ messages }) => messages).at(-1)
  assert.equal(said?.from, '16505551234')
  assert.deepEqual(said?.text, { body: 'Grüße 🎈' })
  assert.equal(said?.kapso?.direction, 'inbound')
  const contacts = events.flatMap((event) => event.contacts)
  assert.ok(contacts.some((contact) => JSON.stringify(contact).includes('Zoë')))
  const statuses = events.flatMap((event) => event.statuses).filter(({ id }) => id === sent.messages[0]?.id)
  assert.deepEqual(
    statuses.map(({ status }) => status),
    ['sent', 'delivered'],
  )
  assert.ok(number.displayPhoneNumber !== '')
})
