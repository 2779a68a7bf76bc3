// Every kind of message that comes in over a linked device, from WhatsApp's object to our event.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { ANN, ANN_LID, AT, FILE, type Loose, MY_JID, Stand, wire } from './stand.ts'

const KEY = { remoteJid: MY_JID, id: 'TARGET', fromMe: false }
const VCARD = [
  ...['BEGIN:VCARD', 'VERSION:3.0', 'N:Lind;Bo;Q.;Dr;Jr', 'FN:Dr Bo Q. Lind\\, Jr', 'ORG:Obi Books;Sales'],
  ...['TITLE:Clerk', 'item1.TEL;waid=15550100302:+1 555 010 0302', 'item1.X-ABLabel:Mobile'],
  ...['TEL;type=WORK,VOICE:+1 555 010 0303', 'EMAIL;TYPE=home:bo@exam', ' ple.com', 'URL:https://example.com/bo'],
  ...['ADR;TYPE=HOME:;;1 Own Street;Springfield;IL;62701;USA', 'BDAY:1985-04-12', 'END:VCARD'],
].join('\r\n')

/** Each content with the type that it is told as, and what stands under that name. */
const SAMPLES: Record<string, { content: Loose; type: string; body: unknown; event?: string }> = {
  text: { content: objects.text('Grüße 🎈'), type: 'text', body: { body: 'Grüße 🎈' } },
  'a text with a link': {
    content: objects.text('see https://example.com', { link: { url: 'https://example.com', title: 'Ex' } }),
    ...{ type: 'text', body: { body: 'see https://example.com' } },
  },
  image: { content: objects.image(FILE, { caption: 'The shelf' }), type: 'image', body: { caption: 'The shelf' } },
  'an image without a caption': { content: objects.image(FILE), type: 'image', body: {} },
  video: { content: objects.video(FILE, { caption: 'x' }), type: 'video', body: { caption: 'x' } },
  GIF: { content: objects.video(FILE, { animated: true }), type: 'video', body: { gif: true } },
  'round video': { content: objects.videoNote(FILE), type: 'video', body: { note: true } },
  audio: { content: objects.audio(FILE), type: 'audio', body: { voice: false } },
  'voice note': { content: objects.voice(FILE), type: 'audio', body: { voice: true } },
  document: {
    content: objects.document(FILE, { filename: 'Rechnung März.pdf' }),
    ...{ type: 'document', body: { filename: 'Rechnung März.pdf' } },
  },
  'document with a caption': {
    content: objects.document(FILE, { filename: 'a.pdf', caption: 'As asked' }),
    ...{ type: 'document', body: { filename: 'a.pdf', caption: 'As asked' } },
  },
  sticker: { content: objects.sticker(FILE, { animated: true }), type: 'sticker', body: { animated: true } },
  location: {
    content: objects.location({ latitude: -33.918861, longitude: 18.4233, name: 'Kiosk', address: '1 Own Street' }),
    type: 'location',
    body: { latitude: -33.918861, longitude: 18.4233, name: 'Kiosk', address: '1 Own Street' },
  },
  'live location': {
    content: objects.liveLocation({ latitude: 1, longitude: 2, accuracy: 5, speed: 3, heading: 90 }, { caption: 'on' }),
    type: 'location',
    body: {
      ...{ latitude: 1, longitude: 2, live: true, accuracy_m: 5, speed_mps: 3, heading: 90, step: 1, caption: 'on' },
    },
  },
  contacts: {
    content: {
      contactsArrayMessage: {
        displayName: '2',
        contacts: [{ displayName: 'Bo', vcard: VCARD }, { displayName: 'Cy' }],
      },
    },
    type: 'contacts',
    body: [
      {
        name: {
          ...{ formatted_name: 'Dr Bo Q. Lind, Jr', first_name: 'Bo', last_name: 'Lind', middle_name: 'Q.' },
          ...{ prefix: 'Dr', suffix: 'Jr' },
        },
        phones: [
          { phone: '+1 555 010 0302', wa_id: '15550100302' },
          { phone: '+1 555 010 0303', type: 'WORK' },
        ],
        emails: [{ email: 'bo@example.com', type: 'HOME' }],
        urls: [{ url: 'https://example.com/bo' }],
        addresses: [
          { street: '1 Own Street', city: 'Springfield', state: 'IL', zip: '62701', country: 'USA', type: 'HOME' },
        ],
        org: { company: 'Obi Books', department: 'Sales', title: 'Clerk' },
        birthday: '1985-04-12',
      },
      { name: { formatted_name: 'Cy' } },
    ],
  },
  'one contact': {
    content: objects.contacts({ name: 'Cy', phone: '+1 555 010 0304' }),
    type: 'contacts',
    body: [
      {
        name: { formatted_name: 'Cy', first_name: 'Cy' },
        phones: [{ phone: '+1 555 010 0304', wa_id: '15550100304' }],
      },
    ],
  },
  reaction: {
    content: objects.reaction(KEY, '🎉'),
    ...{ type: 'reaction', body: { message_id: 'TARGET', emoji: '🎉' }, event: 'message.reaction' },
  },
  'reaction taken back': {
    content: objects.reaction(KEY, ''),
    ...{ type: 'reaction', body: { message_id: 'TARGET', emoji: '' }, event: 'message.reaction' },
  },
  'button reply': {
    content: objects.buttonReply('yes', 'Yes'),
    ...{ type: 'interactive', body: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } } },
  },
  'list reply': {
    content: objects.listReply('row-2', 'Tuesday', 'at 10'),
    type: 'interactive',
    body: { type: 'list_reply', list_reply: { id: 'row-2', title: 'Tuesday', description: 'at 10' } },
  },
  'template reply': {
    content: objects.templateReply('stop-1', 'Stop'),
    type: 'button',
    body: { payload: 'stop-1', text: 'Stop' },
  },
  'form reply': {
    content: objects.formReply('flow', 'Sent', { stars: 5 }),
    type: 'interactive',
    body: {
      type: 'nfm_reply',
      nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"stars":5}', response: { stars: 5 } },
    },
  },
  'quick reply of the newer kind': {
    content: objects.formReply('quick_reply', 'Yes', { id: 'yes' }),
    ...{ type: 'interactive', body: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } } },
  },
  buttons: {
    content: objects.buttons('Sure?', [{ id: 'y', label: 'Yes' }]),
    type: 'interactive',
    body: {
      ...{ type: 'button', body: { text: 'Sure?' } },
      action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
    },
  },
  list: {
    content: objects.list('When?', 'Choose', [{ id: 'a', label: 'Monday', description: 'at 9' }]),
    type: 'interactive',
    body: {
      ...{ type: 'list', body: { text: 'When?' } },
      action: { button: 'Choose', sections: [{ rows: [{ id: 'a', title: 'Monday', description: 'at 9' }] }] },
    },
  },
  'buttons of the newer kind': {
    content: objects.interactive('Sure?', [{ id: 'y', label: 'Yes' }]),
    type: 'interactive',
    body: {
      ...{ type: 'native_flow', body: { text: 'Sure?' } },
      action: { buttons: [{ name: 'quick_reply', parameters: { display_text: 'Yes', id: 'y' } }] },
    },
  },
  template: {
    content: {
      templateMessage: {
        hydratedTemplate: {
          ...{ hydratedTitleText: 'Order', hydratedContentText: 'It is here', hydratedFooterText: 'Obi' },
          hydratedButtons: [{ index: 0, urlButton: { displayText: 'Open', url: 'https://example.com' } }],
        },
      },
    },
    type: 'template',
    body: {
      ...{ header: 'Order', body: 'It is here', footer: 'Obi' },
      buttons: [{ type: 'url', text: 'Open', url: 'https://example.com' }],
    },
  },
  order: {
    content: objects.order({
      id: 'o-1',
      seller: MY_JID,
      items: 2,
      amount1000: 25_000,
      currency: 'EUR',
      note: 'Wrap it',
    }),
    type: 'order',
    body: {
      ...{ catalog_id: null, text: 'Wrap it', product_items: [], order_id: 'o-1', title: 'Order', item_count: 2 },
      ...{ total: 25, currency: 'EUR' },
    },
  },
  product: {
    content: objects.product({
      id: 'p-1',
      owner: MY_JID,
      title: 'Mug',
      amount1000: 12_500,
      currency: 'EUR',
      retailerId: 'mug',
    }),
    type: 'product',
    body: { product_id: 'p-1', product_retailer_id: 'mug', title: 'Mug', price: 12.5, currency: 'EUR' },
  },
  'group invite': {
    content: objects.groupInvite({
      group: '120363012345678901@g.us',
      code: 'AbC',
      expiresAt: AT / 1000,
      name: 'Night',
    }),
    type: 'group_invite',
    body: { group_id: '120363012345678901@g.us', code: 'AbC', name: 'Night', expires_at: '2026-11-22T10:00:00.000Z' },
  },
  poll: {
    content: objects.poll('Which?', ['Red', 'Blue']).message,
    ...{ type: 'poll', body: { name: 'Which?', options: ['Red', 'Blue'], selectable_count: 1 } },
  },
  event: {
    content: objects.event({ name: 'Sale', startsAt: AT / 1000, place: { latitude: 1, longitude: 2, name: 'Shop' } })
      .message,
    type: 'event',
    body: {
      ...{ name: 'Sale', location: { latitude: 1, longitude: 2, name: 'Shop' } },
      ...{ starts_at: '2026-11-22T10:00:00.000Z', canceled: false },
    },
  },
  album: { content: objects.album(3, 1), type: 'album', body: { images: 3, videos: 1 } },
  pin: { content: objects.pin(KEY, 86_400), type: 'pin', body: { message_id: 'TARGET', pinned: true } },
  'pin taken off': { content: objects.pin(KEY, 0), type: 'pin', body: { message_id: 'TARGET', pinned: false } },
  'a kind without an event': {
    content: { sendPaymentMessage: { noteMessage: { conversation: 'x' } } },
    ...{ type: 'unknown', body: { type: 'sendPaymentMessage' } },
  },
}

describe('each kind of message', () => {
  for (const [name, { content, type, body, event = 'message.received' }] of Object.entries(SAMPLES)) {
    it(`${name} is told as ${type}`, async () => {
      const told = await new Stand().one(wire(content))
      assert.equal(told.type, event)
      assert.equal(told.data.message_type, type)
      assert.deepEqual(told.data[type], body)
      assert.ok(told.raw.message, 'raw has the message as WhatsApp has it')
      const plain = JSON.stringify([told.data, told.raw])
      for (const secret of [FILE.mediaKey.toString('base64'), '"messageSecret"', '"mediaKey"'])
        assert.ok(!plain.includes(secret))
    })
  }
})

describe('a message', () => {
  it('tells who wrote, in which chat, when and what', async () => {
    const { data, chat, key } = await new Stand().one(wire(objects.text('hello')), { id: '3EB0AA', chatAlt: ANN_LID })
    const person = { id: '15551234567', phone: '+15551234567', lid: ANN_LID, name: 'Ann Obi' }
    assert.deepEqual(data, {
      ...{ message_id: '3EB0AA', chat: { ...person, is_group: false }, from: person, from_me: false },
      ...{ message_type: 'text', timestamp: '2026-11-22T10:00:00.000Z', context: null, media: null },
      text: { body: 'hello' },
    })
    assert.equal(chat, '15551234567')
    assert.equal(key, `m:shop:${ANN}:${ANN}:3EB0AA`)
  })
  it('says what it answers, how often it was forwarded, and whom it names', async () => {
    const at = new Stand()
    const quotes = { id: 'Q1', from: MY_JID, message: { conversation: 'before' } }
    const answer = await at.one(wire(objects.text('yes', { quotes, mentions: [ANN, 'rubbish'] })))
    assert.deepEqual(answer.data.context, {
      ...{ quoted_id: 'Q1', quoted_from: '15550000001', forwarded: false, frequently_forwarded: false },
    })
    assert.deepEqual(
      answer.data.mentions.map((one: Loose) => one.id),
      ['15551234567'],
    )
    const often = await at.one(wire(objects.image(FILE, { caption: 'x' })), {})
    assert.equal(often.data.context, null)
    for (const [forwarded, many] of [
      [1, false],
      [5, true],
    ] as const) {
      const { data } = await at.one(wire(objects.text('x', { forwarded })))
      assert.deepEqual(data.context, {
        ...{ quoted_id: null, quoted_from: null, forwarded: true, frequently_forwarded: many },
      })
    }
  })
  it('that disappears, or is seen once, says so, whichever way it is wrapped', async () => {
    const at = new Stand()
    const once = await at.one(wire(objects.viewOnce(objects.image(FILE))))
    assert.equal(once.data.message_type, 'image')
    assert.equal(once.data.view_once, true)
    assert.ok(!('ephemeral' in once.data))
    const wrapped = await at.one(wire(objects.ephemeral(objects.viewOnce(objects.voice(FILE)))))
    assert.deepEqual(
      [wrapped.data.view_once, wrapped.data.ephemeral, wrapped.data.audio],
      [true, true, { voice: true }],
    )
    const newer = await at.one(wire(objects.text('x', { expires: 86_400 })))
    assert.equal(newer.data.ephemeral, true)
    assert.equal(newer.data.context, null)
  })
  it('of an album names the album', async () => {
    const content = objects.image(FILE)
    const messageContextInfo = {
      messageAssociation: { associationType: 1, parentMessageKey: { remoteJid: MY_JID, id: 'ALBUM' } },
    }
    assert.equal((await new Stand().one(wire({ ...content, messageContextInfo }))).data.album_id, 'ALBUM')
  })
  it('that has the same picture once more, in high definition, names the other', async () => {
    const messageContextInfo = {
      messageAssociation: { associationType: 10, parentMessageKey: { remoteJid: MY_JID, id: 'COARSE' } },
    }
    const content = { associatedChildMessage: { message: objects.image(FILE) }, messageContextInfo }
    const { data } = await new Stand().one(wire(content))
    assert.deepEqual([data.message_type, data.hd_of, 'album_id' in data], ['image', 'COARSE', false])
  })
  it('that came by an advertisement says which, in the words of the Cloud API', async () => {
    const externalAdReply = {
      ...{ title: 'Mugs', body: 'New mugs', sourceId: '120', sourceType: 'ad', sourceUrl: 'https://fb.me/ours' },
      ...{ ctwaClid: 'Aff', mediaType: 1, thumbnailUrl: 'https://example.com/mug.jpg' },
    }
    const content = { extendedTextMessage: { text: 'Hi', contextInfo: { externalAdReply } } }
    assert.deepEqual((await new Stand().one(wire(content))).data.referral, {
      ...{ source_url: 'https://fb.me/ours', source_type: 'ad', source_id: '120', headline: 'Mugs' },
      ...{ body: 'New mugs', media_type: 'image', image_url: 'https://example.com/mug.jpg', ctwa_clid: 'Aff' },
    })
  })
  it('that could not be decrypted is told once as unsupported, with why, and as itself when it comes again', async () => {
    const at = new Stand()
    const lost = await at.one(null, { id: 'LOST' })
    assert.equal(lost.data.message_type, 'unsupported')
    assert.deepEqual(lost.data.unsupported, { type: 'undecryptable' })
    assert.match(lost.data.errors[0].message, /could not be decrypted/)
    const again = await at.one(null, { id: 'LOST' })
    assert.equal(again.key, lost.key, 'the store takes it once')
    const found = await at.one(wire(objects.text('here')), { id: 'LOST' })
    assert.equal(found.data.text.body, 'here')
    assert.notEqual(found.key, lost.key)
    assert.deepEqual(await at.told(null, { id: 'LOST' }), [], 'nor after it was read')
  })
  it('that only the phone may show is unsupported, with why', async () => {
    const { data } = await new Stand().one({ placeholderMessage: { type: 0 } })
    assert.equal(data.message_type, 'unsupported')
    assert.match(data.errors[0].message, /on the phone only/)
  })
})
