// What the operations that send ask the gateway for, over a real socket.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import type { Content } from '../../../src/model/content.ts'
import { KEY, startServer } from '../start.ts'

const TO = { account_id: 'shop', to: '+15550000001' }
const BYTES = Buffer.from('not really a picture')
const DATA = BYTES.toString('base64')
const SHA256 = createHash('sha256').update(BYTES).digest('hex')
const FILE = { from: 'file', name: '', size: BYTES.length, sha256: SHA256 } as const
const PLAIN = { caption: null, filename: null, voice: false } as const

async function start(t: Parameters<typeof startServer>[0]) {
  const { url, inside } = await startServer(t)
  const client = createClient(native, { baseUrl: url, key: KEY })
  /** What the call made the gateway send. */
  const contentOf = async (call: Promise<unknown>): Promise<Content | undefined> => {
    await call
    return inside.sent.at(-1)?.content
  }
  return { url, inside, client, contentOf }
}

test('a file in base64 reaches the gateway as bytes on disk, with what is known of it', async (t) => {
  const { client, inside, contentOf } = await start(t)
  const image = await contentOf(client.sendImage({ ...TO, image_data: DATA, caption: 'look', reply_to: 'wamid.0' }))
  assert.deepEqual(image, { ...PLAIN, kind: 'image', media: FILE, mimeType: 'image/jpeg', caption: 'look' })
  assert.equal(inside.sent.at(-1)?.replyTo, 'wamid.0')
  const voice = await contentOf(client.sendAudio({ ...TO, audio_data: DATA, mime_type: 'audio/ogg', voice: true }))
  assert.deepEqual(voice, { ...PLAIN, kind: 'audio', media: FILE, mimeType: 'audio/ogg', voice: true })
  const url = await contentOf(client.sendSticker({ ...TO, sticker_data: `data:image/png;base64,${DATA}` }))
  assert.deepEqual(url, { ...PLAIN, kind: 'sticker', media: FILE, mimeType: 'image/png' })
  const document = await contentOf(client.sendDocument({ ...TO, document_data: DATA, caption: '' }))
  const usual = { mimeType: 'application/octet-stream', filename: 'document' }
  assert.deepEqual(document, { ...PLAIN, ...usual, kind: 'document', media: FILE })
  assert.deepEqual(inside.files, [BYTES, BYTES, BYTES, BYTES])
})

test('a link keeps the type that its answer will say, an id needs none', async (t) => {
  const { client, inside, contentOf } = await start(t)
  const url = 'https://example.com/a.mp4'
  const link = { ...PLAIN, kind: 'video', media: { from: 'link', url }, mimeType: null } as const
  assert.deepEqual(await contentOf(client.sendVideo({ ...TO, video_url: url })), link)
  const typed = await contentOf(client.sendVideo({ ...TO, video_url: url, mime_type: 'video/3gpp' }))
  assert.deepEqual(typed, { ...link, mimeType: 'video/3gpp' })
  const id = await contentOf(client.sendDocument({ ...TO, media_id: '4711', filename: 'a.pdf' }))
  const media = { from: 'id', id: '4711' } as const
  assert.deepEqual(id, { ...PLAIN, kind: 'document', media, mimeType: null, filename: 'a.pdf' })
  assert.deepEqual(inside.files, [])
})

test('a file that comes in none of the three ways, in two, or empty, is refused in a sentence that names them', async (t) => {
  const { client, inside } = await start(t)
  const one = 'must hold exactly one of image_data, image_url and media_id'
  await assert.rejects(client.sendImage(TO), { code: 'invalid', message: `the body: ${one}` })
  await assert.rejects(client.sendImage({ ...TO, image_data: DATA, media_id: '1' }), { message: `the body: ${one}` })
  await assert.rejects(client.sendImage({ ...TO, image_data: '' }), { message: 'image_data: must not be empty' })
  await assert.rejects(client.sendImage({ ...TO, image_url: 'ftp://example.com/a' }), {
    message: /^image_url: must be/,
  })
  await assert.rejects(client.sendAudio({ ...TO, audio_data: 'no base64!' }), { message: /^audio_data: is not base64/ })
  await assert.rejects(client.sendImage({ ...TO, image_data: DATA, mime_type: 'jpeg' }), { message: /^mime_type: / })
  assert.deepEqual(inside.sent, [])
})

test('an answer says whether the other side took the message or whether it waits', async (t) => {
  const { client } = await start(t)
  const sent = { status: 'ok', message_id: 'wamid.1', message_status: 'sent' }
  assert.deepEqual(await client.sendMessage({ ...TO, text: 'hello' }), sent)
  const queued = await client.sendVideo({ ...TO, media_id: '1' })
  assert.deepEqual(queued, { ...sent, message_status: 'queued' })
})

test('texts, places, cards and reactions say what their bodies say', async (t) => {
  const { client, contentOf } = await start(t)
  const text = await contentOf(client.sendMessage({ ...TO, text: 'hi', preview_url: true }))
  assert.deepEqual(text, { kind: 'text', text: 'hi', previewUrl: true })
  const place = await contentOf(
    client.sendLocation({ ...TO, latitude: -90, longitude: 12.5, name: 'Here', address: '' }),
  )
  assert.deepEqual(place, { kind: 'location', latitude: -90, longitude: 12.5, name: 'Here', address: null })
  const contacts = [{ name: { formatted_name: 'Ana', prefix: 'Dr' }, emails: [{ email: 'ana@example.com' }] }]
  assert.deepEqual(await contentOf(client.sendContacts({ ...TO, contacts })), { kind: 'contacts', contacts })
  const reaction = await contentOf(client.sendReaction({ ...TO, message_id: 'wamid.0', emoji: '' }))
  assert.deepEqual(reaction, { kind: 'reaction', messageId: 'wamid.0', emoji: '' })
})

test("Meta's objects go on as they came, down to fields that nobody here knows", async (t) => {
  const { client, contentOf } = await start(t)
  const action = { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' }, newer: [1] }] }
  const interactive = { type: 'button' as const, body: { text: 'Well?' }, action, newer: { still: true } }
  assert.deepEqual(await contentOf(client.sendInteractive({ ...TO, interactive })), {
    kind: 'interactive',
    interactive,
  })
  const components = [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }], index: '0' }]
  const template = { name: 'hello', language: { code: 'en_US', policy: 'deterministic' }, components }
  assert.deepEqual(await contentOf(client.sendTemplate({ ...TO, template })), { kind: 'template', template })
})

test('flows and products say what their bodies say', async (t) => {
  const { client, contentOf } = await start(t)
  const flow = { flow_id: '1', flow_token: 't', body_text: 'b', button_text: 'Go' }
  const bare = {
    kind: 'flow',
    flowId: '1',
    flowToken: 't',
    body: 'b',
    button: 'Go',
    header: null,
    footer: null,
  } as const
  assert.deepEqual(await contentOf(client.sendFlow({ ...TO, ...flow })), { ...bare, screen: null, data: null })
  const more = { header_text: 'h', footer_text: 'f', screen: 'FIRST', flow_data: { a: [1] } }
  const whole = { ...bare, header: 'h', footer: 'f', screen: 'FIRST', data: { a: [1] } }
  assert.deepEqual(await contentOf(client.sendFlow({ ...TO, ...flow, ...more })), whole)
  const catalog = await contentOf(client.sendCatalog({ ...TO, body_text: 'b', thumbnail_product_retailer_id: 'p' }))
  assert.deepEqual(catalog, { kind: 'catalog', body: 'b', thumbnail: 'p' })
  const one = { catalog_id: '1', product_retailer_id: 'p', body_text: 'b' }
  const product = { kind: 'product', catalogId: '1', productId: 'p', body: 'b', footer: null }
  assert.deepEqual(await contentOf(client.sendSingleProduct({ ...TO, ...one })), product)
})

test('a list of products takes ten sections and thirty products, each with its id', async (t) => {
  const { client, contentOf } = await start(t)
  const list = { ...TO, catalog_id: '1', header_text: 'h', body_text: 'b' }
  const section = (products: number) => ({
    title: 't',
    product_items: Array.from({ length: products }, (_, at) => ({ product_retailer_id: `p${at}` })),
  })
  const content = await contentOf(client.sendProductList({ ...list, sections: [section(2)] }))
  const sections = [{ title: 't', productIds: ['p0', 'p1'] }]
  const plain = { kind: 'product_list', catalogId: '1', header: 'h', body: 'b', footer: null }
  assert.deepEqual(content, { ...plain, sections })
  await client.sendProductList({ ...list, sections: [section(29), section(1)] })
  const refused: [Parameters<typeof client.sendProductList>[0]['sections'], RegExp][] = [
    [[section(29), section(2)], /^sections: must hold at most 30 products together$/],
    [Array.from({ length: 11 }, () => section(1)), /^sections: must hold at most 10 entries$/],
    [[section(0)], /^sections\.0\.product_items: must hold products/],
    [[{ title: 't', product_items: [{}] }], /^sections\.0\.product_items: must hold products/],
    [[], /^sections: must hold at least 1 entry$/],
  ]
  for (const [wrong, message] of refused) {
    await assert.rejects(client.sendProductList({ ...list, sections: wrong }), { code: 'invalid', message })
  }
})
