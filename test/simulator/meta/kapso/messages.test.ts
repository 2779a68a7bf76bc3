// An independent client sends every type of message that it knows, but the interactive ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildTemplatePayload } from '@kapso/whatsapp-cloud-api'
import { type ClientStage, setClientStage } from './client.ts'

/** Bytes that no simulator needs to look into. */
const bytes = (type: string): Blob => new Blob(['not really a file of this type'], { type })

async function upload({ client, phoneNumberId }: ClientStage, type: string): Promise<string> {
  const { id } = await client.media.upload({ phoneNumberId, type, file: bytes(type), fileName: 'file' })
  return id
}

/** The body that the last message was sent with. */
function lastBody({ simulator }: ClientStage): Record<string, unknown> {
  const post = simulator.requests().findLast(({ method, path }) => method === 'POST' && path.endsWith('/messages'))
  return post?.body as Record<string, unknown>
}

/** Statuses of a message, as callbacks told them. */
async function statusesOf({ simulator, receiver }: ClientStage, id: string): Promise<(string | undefined)[]> {
  await simulator.settled()
  return receiver.items().flatMap((item) => (item.id === id ? [item.status] : []))
}

test('a text is taken, delivered, and its opaque data come back with the statuses', async (t) => {
  const stage = await setClientStage(t)
  const { client, to, phoneNumberId } = stage
  const sent = await client.messages.sendText({
    ...{ phoneNumberId, to, body: 'Your order is ready', previewUrl: true },
    bizOpaqueCallbackData: 'order-7',
  })
  assert.equal(sent.messagingProduct, 'whatsapp')
  assert.deepEqual(sent.contacts, [{ input: to, waId: '16505551234' }])
  const id = sent.messages[0]?.id ?? ''
  assert.deepEqual(await statusesOf(stage, id), ['sent', 'delivered'])
  const status = stage.receiver.items().find((item) => item.id === id)
  assert.equal(status?.biz_opaque_callback_data, 'order-7')
})

test('a reply names the message that it answers; a read and a typing sign are a success', async (t) => {
  const stage = await setClientStage(t)
  const { client, to, phoneNumberId, simulator } = stage
  const { id } = simulator.customer('16505551234').says('how long?', phoneNumberId)
  await client.messages.sendText({ phoneNumberId, to, body: 'An hour', contextMessageId: id })
  assert.deepEqual(lastBody(stage).context, { message_id: id })
  assert.deepEqual(await client.messages.markRead({ phoneNumberId, messageId: id }), { success: true })
  const typing = { phoneNumberId, messageId: id, typingIndicator: { type: 'text' as const } }
  assert.deepEqual(await client.messages.markRead(typing), { success: true })
})

test('a customer without a number is written to by user id', async (t) => {
  const { client, phoneNumberId, simulator } = await setClientStage(t)
  const recipient = 'US.13491208655302741918'
  simulator.customer(recipient).says('hello', phoneNumberId)
  const sent = await client.messages.sendText({ phoneNumberId, recipient, body: 'Hello' })
  assert.equal(sent.messages.length, 1)
})

test('files are sent by the ids of uploads', async (t) => {
  const stage = await setClientStage(t)
  const { client, to, phoneNumberId } = stage
  const base = { phoneNumberId, to }
  const ids = [
    await client.messages.sendImage({ ...base, image: { id: await upload(stage, 'image/png'), caption: 'A cat' } }),
    await client.messages.sendAudio({ ...base, audio: { id: await upload(stage, 'audio/ogg'), voice: true } }),
    await client.messages.sendVideo({ ...base, video: { id: await upload(stage, 'video/mp4'), caption: 'A dog' } }),
    await client.messages.sendSticker({ ...base, sticker: { id: await upload(stage, 'image/webp') } }),
    await client.messages.sendDocument({
      ...base,
      document: { id: await upload(stage, 'application/pdf'), caption: 'Yours', filename: 'bill.pdf' },
    }),
  ].map(({ messages }) => messages[0]?.id ?? '')
  for (const id of ids) assert.deepEqual(await statusesOf(stage, id), ['sent', 'delivered'])
})

test('files are sent by link', async (t) => {
  const { client, to, phoneNumberId } = await setClientStage(t)
  const base = { phoneNumberId, to }
  const link = 'https://example.com/file'
  for (const sent of [
    await client.messages.sendImage({ ...base, image: { link } }),
    await client.messages.sendAudio({ ...base, audio: { link } }),
    await client.messages.sendVideo({ ...base, video: { link } }),
    await client.messages.sendSticker({ ...base, sticker: { link } }),
    await client.messages.sendDocument({ ...base, document: { link, filename: 'bill.pdf' } }),
  ])
    assert.match(sent.messages[0]?.id ?? '', /^wamid\./)
})

test('a place, a contact and a reaction are taken', async (t) => {
  const stage = await setClientStage(t)
  const { client, to, phoneNumberId, simulator } = stage
  const place = { latitude: 52.52, longitude: 13.405, name: 'Alex', address: 'Berlin' }
  await client.messages.sendLocation({ phoneNumberId, to, location: place })
  assert.deepEqual(lastBody(stage).location, place)
  const contact = {
    name: { formattedName: 'Zoë Berg', firstName: 'Zoë' },
    phones: [{ phone: '+16505551234', waId: '16505551234', type: 'WORK' }],
    emails: [{ email: 'zoe@example.com', type: 'HOME' }],
    addresses: [{ street: 'Street 1', city: 'Berlin', countryCode: 'de', type: 'HOME' }],
    urls: [{ url: 'https://example.com', type: 'WORK' }],
    org: { company: 'Berg', department: 'Sales', title: 'Head' },
    birthday: '1990-01-31',
  }
  await client.messages.sendContacts({ phoneNumberId, to, contacts: [contact] })
  const { id } = simulator.customer('16505551234').says('thanks', phoneNumberId)
  await client.messages.sendReaction({ phoneNumberId, to, reaction: { messageId: id, emoji: '👍' } })
  await client.messages.sendReaction({ phoneNumberId, to, reaction: { messageId: id, emoji: '' } })
  assert.deepEqual(lastBody(stage).reaction, { message_id: id, emoji: '' })
})

test('an approved template is sent with the parameters that it has', async (t) => {
  const stage = await setClientStage(t)
  const { client, to, phoneNumberId, wabaId, simulator } = stage
  const created = await client.templates.create({
    ...{ businessAccountId: wabaId, name: 'order_ready', language: 'en_US', category: 'UTILITY' },
    components: [{ type: 'BODY', text: 'Hello {{1}}, it is ready', example: { bodyText: [['Zoë']] } }],
  })
  simulator.changeTemplate(created.id, { status: 'APPROVED' })
  const components = [{ type: 'body' as const, parameters: [{ type: 'text', text: 'Zoë' }] }]
  const built = buildTemplatePayload({ name: 'order_ready', language: 'en_US', components })
  const template = { ...built, components: (built.components ?? []).map((each) => ({ ...each })) }
  const sent = await client.messages.sendTemplate({ phoneNumberId, to, template })
  assert.deepEqual(await statusesOf(stage, sent.messages[0]?.id ?? ''), ['sent', 'delivered'])
  assert.equal(sent.messages[0]?.messageStatus, 'accepted')
})
