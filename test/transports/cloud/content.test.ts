// Every kind of content, as it goes out: held to Meta's document, and taken by the simulated Meta.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Content } from '../../../src/model/content.ts'
import { fileOf, type NumberStand, numberStand } from './number-stand.ts'

let at: NumberStand
let catalogId = ''
let flowId = ''
let imageId = ''
let documentId = ''
let audioId = ''
before(async () => {
  at = await numberStand()
  catalogId = at.meta.addCatalog({
    wabaIds: [at.number.wabaId],
    products: [{ retailer_id: 'mug' }, { retailer_id: 'hat' }],
  }).id
  flowId = at.meta.addFlow({ status: 'PUBLISHED' }).id
  at.meta.addTemplate({ name: 'order_ready', language: 'en_US' })
  imageId = await at.line.upload('image', fileOf('an image', 'image/png', 'a.png'))
  documentId = await at.line.upload('document', fileOf('a document', 'application/pdf', 'a.pdf'))
  audioId = await at.line.upload('audio', fileOf('a voice', 'audio/ogg', 'a.ogg'))
})
after(() => at.close())

/** Sends it; answers what went out beside the frame that every message has, once the simulator took it. */
async function sent(content: Content): Promise<Record<string, unknown>> {
  assert.equal(at.line.cannot(content), null)
  const before = at.calls('/messages').length
  const { transportId } = await at.line.send({
    id: 'msg_01KAGR5YVGQ4T8M2ZB7N3CXWED',
    chat: '15550100301',
    replyTo: null,
    content,
  })
  assert.match(transportId, /^wamid\./)
  const [post, second] = at.calls('/messages').slice(before)
  assert.ok(post && !second)
  const body = post.body as Record<string, unknown>
  const { messaging_product, recipient_type, to, biz_opaque_callback_data, ...rest } = body
  assert.deepEqual(
    [messaging_product, recipient_type, to, biz_opaque_callback_data],
    ['whatsapp', 'individual', '+15550100301', 'msg_01KAGR5YVGQ4T8M2ZB7N3CXWED'],
  )
  return rest
}

const media = (kind: 'image' | 'video' | 'document' | 'audio' | 'sticker', id: string) =>
  ({
    kind,
    media: { from: 'id', id },
    mimeType: null,
    caption: 'look',
    filename: 'Größe.pdf',
    voice: true,
  }) as const

describe('a file', () => {
  it('goes by its id, with what its kind can carry and nothing else', async () => {
    assert.deepEqual(await sent(media('image', imageId)), { type: 'image', image: { id: imageId, caption: 'look' } })
    assert.deepEqual(await sent(media('document', documentId)), {
      type: 'document',
      document: { id: documentId, caption: 'look', filename: 'Größe.pdf' },
    })
    assert.deepEqual(await sent(media('audio', audioId)), { type: 'audio', audio: { id: audioId, voice: true } })
  })
  it('without words is its id alone', async () => {
    const bare = { caption: null, filename: null, voice: false }
    assert.deepEqual(await sent({ ...media('image', imageId), ...bare }), { type: 'image', image: { id: imageId } })
    assert.deepEqual(await sent({ ...media('audio', audioId), ...bare }), { type: 'audio', audio: { id: audioId } })
    const stickerId = await at.line.upload('sticker', fileOf('a sticker', 'image/webp'))
    assert.deepEqual(await sent(media('sticker', stickerId)), { type: 'sticker', sticker: { id: stickerId } })
    const videoId = await at.line.upload('video', fileOf('a video', 'video/mp4'))
    const video = { type: 'video', video: { id: videoId, caption: 'look' } }
    assert.deepEqual(await sent(media('video', videoId)), video)
  })
})

describe('a place and people', () => {
  it('go with what is known of them', async () => {
    const place = { latitude: -33.9, longitude: 18.4 }
    assert.deepEqual(await sent({ kind: 'location', ...place, name: 'Cape Town', address: null }), {
      type: 'location',
      location: { ...place, name: 'Cape Town' },
    })
    assert.deepEqual(await sent({ kind: 'location', ...place, name: null, address: null }), {
      type: 'location',
      location: place,
    })
  })
  it('a contact with one name only gets the part of it that Meta asks for; others stay as they are', async () => {
    const phones = [{ phone: '+15550100301', type: 'CELL' }]
    const contacts = [
      { name: { formatted_name: 'Zoë' }, phones },
      { name: { formatted_name: 'Zoë Ash', last_name: 'Ash' }, phones },
    ]
    assert.deepEqual((await sent({ kind: 'contacts', contacts })).contacts, [
      { name: { formatted_name: 'Zoë', first_name: 'Zoë' }, phones },
      contacts[1],
    ])
  })
})

describe('a reaction', () => {
  it('names its message; an empty emoji takes it back', async () => {
    const { id } = at.meta.customer('15550100301').says('hi', at.number.phoneNumberId)
    for (const emoji of ['🎉', '']) {
      assert.deepEqual(await sent({ kind: 'reaction', messageId: id, emoji }), {
        type: 'reaction',
        reaction: { message_id: id, emoji },
      })
    }
  })
})

describe('what Meta has objects of its own for', () => {
  it('passes as its owner wrote it', async () => {
    const interactive = {
      type: 'button',
      body: { text: 'Well?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Yes' } }] },
    }
    assert.deepEqual(await sent({ kind: 'interactive', interactive }), { type: 'interactive', interactive })
    const template = { name: 'order_ready', language: { code: 'en_US' } }
    assert.deepEqual(await sent({ kind: 'template', template }), { type: 'template', template })
  })
})

describe('a flow', () => {
  const flow = { kind: 'flow', flowToken: 't-1', body: 'Book', button: 'Go', header: null, footer: null } as const
  it('carries screen and data when they are given, and no empty data', async () => {
    const full = { ...flow, flowId, header: 'Hi', footer: 'Bye', screen: 'FIRST', data: { seats: 2 } }
    const parameters = {
      flow_message_version: '3',
      flow_token: 't-1',
      flow_id: flowId,
      flow_cta: 'Go',
      flow_action: 'navigate',
    }
    const payload = { screen: 'FIRST', data: { seats: 2 } }
    assert.deepEqual((await sent(full)).interactive, {
      type: 'flow',
      header: { type: 'text', text: 'Hi' },
      body: { text: 'Book' },
      footer: { text: 'Bye' },
      action: { name: 'flow', parameters: { ...parameters, flow_action_payload: payload } },
    })
    const plain = (await sent({ ...flow, flowId, screen: null, data: null })).interactive
    assert.deepEqual(plain, { type: 'flow', body: { text: 'Book' }, action: { name: 'flow', parameters } })
    const empty = await sent({ ...flow, flowId, screen: 'FIRST', data: {} })
    assert.deepEqual((empty.interactive as { action: unknown }).action, {
      name: 'flow',
      parameters: { ...parameters, flow_action_payload: { screen: 'FIRST' } },
    })
  })
})

describe('a shop', () => {
  it('shows the catalog, with or without a product on top', async () => {
    const action = { name: 'catalog_message' }
    assert.deepEqual((await sent({ kind: 'catalog', body: 'All', thumbnail: null })).interactive, {
      type: 'catalog_message',
      body: { text: 'All' },
      action,
    })
    const topped = await sent({ kind: 'catalog', body: 'All', thumbnail: 'mug' })
    assert.deepEqual(topped.interactive, {
      type: 'catalog_message',
      body: { text: 'All' },
      action: { ...action, parameters: { thumbnail_product_retailer_id: 'mug' } },
    })
  })
  it('shows one product, or lists of them', async () => {
    const one = await sent({ kind: 'product', catalogId, productId: 'mug', body: 'A mug', footer: 'Cheap' })
    assert.deepEqual(one.interactive, {
      type: 'product',
      body: { text: 'A mug' },
      footer: { text: 'Cheap' },
      action: { catalog_id: catalogId, product_retailer_id: 'mug' },
    })
    const sections = [
      { title: 'For tea', productIds: ['mug'] },
      { title: 'For rain', productIds: ['hat'] },
    ]
    const list = { kind: 'product_list', catalogId, header: 'Ours', body: 'All', footer: null, sections } as const
    assert.deepEqual((await sent(list)).interactive, {
      type: 'product_list',
      header: { type: 'text', text: 'Ours' },
      body: { text: 'All' },
      action: {
        catalog_id: catalogId,
        sections: [
          { title: 'For tea', product_items: [{ product_retailer_id: 'mug' }] },
          { title: 'For rain', product_items: [{ product_retailer_id: 'hat' }] },
        ],
      },
    })
  })
})
