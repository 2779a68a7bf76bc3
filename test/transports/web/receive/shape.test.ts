// The same conversation over a linked device and over the Cloud API is the same JSON, but for ids and what only one of
// the two tells.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { account, type Stand as CloudStand, stand as cloudStand, envelope, messages } from '../../cloud/stand.ts'
import { ANN, FILE, type Loose, MY_JID, Stand, wire } from './stand.ts'

const FROM = '15551234567'
const SECONDS = 1_795_341_600
const SHA256 = FILE.fileSha256.toString('base64')
const file = (mime: string, more: object = {}): object => ({ id: 'MEDIA', mime_type: mime, sha256: SHA256, ...more })

/** What was said: as a Cloud number is told of it, and as a phone sends it to a linked device. */
const CONVERSATION: Record<string, { cloud: Loose; web: Loose }> = {
  text: { cloud: { type: 'text', text: { body: 'hello' } }, web: objects.text('hello') },
  answer: {
    cloud: { type: 'text', text: { body: 'yes' }, context: { id: 'QUOTED', from: '15550000001' } },
    web: objects.text('yes', { quotes: { id: 'QUOTED', from: MY_JID, message: { conversation: 'sure?' } } }),
  },
  forwarded: {
    cloud: { type: 'text', text: { body: 'x' }, context: { frequently_forwarded: true } },
    web: objects.text('x', { forwarded: 7 }),
  },
  image: {
    cloud: { type: 'image', image: file('image/jpeg', { caption: 'The shelf' }) },
    web: objects.image(FILE, { caption: 'The shelf' }),
  },
  video: { cloud: { type: 'video', video: file('video/mp4') }, web: objects.video(FILE) },
  voice: {
    cloud: { type: 'audio', audio: file('audio/ogg; codecs=opus', { voice: true }) },
    web: objects.voice(FILE),
  },
  document: {
    cloud: { type: 'document', document: file('application/pdf', { filename: 'a.pdf', caption: 'As asked' }) },
    web: objects.document(FILE, { filename: 'a.pdf', caption: 'As asked' }),
  },
  sticker: {
    cloud: { type: 'sticker', sticker: file('image/webp', { animated: true }) },
    web: objects.sticker(FILE, { animated: true }),
  },
  location: {
    cloud: { type: 'location', location: { latitude: 1.5, longitude: 2.5, name: 'Kiosk', address: '1 Own Street' } },
    web: objects.location({ latitude: 1.5, longitude: 2.5, name: 'Kiosk', address: '1 Own Street' }),
  },
  contacts: {
    cloud: {
      type: 'contacts',
      contacts: [
        {
          name: { formatted_name: 'Bo', first_name: 'Bo' },
          phones: [{ phone: '+1 555 010 0302', wa_id: '15550100302' }],
        },
      ],
    },
    web: objects.contacts({ name: 'Bo', phone: '+1 555 010 0302' }),
  },
  reaction: {
    cloud: { type: 'reaction', reaction: { message_id: 'TARGET', emoji: '🎉' } },
    web: objects.reaction({ remoteJid: MY_JID, id: 'TARGET', fromMe: false }, '🎉'),
  },
  'reaction taken back': {
    cloud: { type: 'reaction', reaction: { message_id: 'TARGET' } },
    web: objects.reaction({ remoteJid: MY_JID, id: 'TARGET', fromMe: false }, ''),
  },
  edit: {
    cloud: { type: 'edit', edit: { original_message_id: 'TARGET', message: { type: 'text', text: { body: 'new' } } } },
    web: objects.edit({ remoteJid: MY_JID, id: 'TARGET', fromMe: true }, objects.text('new')),
  },
  revoke: {
    cloud: { type: 'revoke', revoke: { original_message_id: 'TARGET' } },
    web: objects.revoke({ remoteJid: MY_JID, id: 'TARGET', fromMe: true }),
  },
  'button reply': {
    cloud: { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } } },
    web: objects.buttonReply('yes', 'Yes'),
  },
  'list reply': {
    cloud: {
      type: 'interactive',
      interactive: { type: 'list_reply', list_reply: { id: 'r', title: 'Tuesday', description: 'at 10' } },
    },
    web: objects.listReply('r', 'Tuesday', 'at 10'),
  },
  'template reply': {
    cloud: { type: 'button', button: { payload: 'stop', text: 'Stop' } },
    web: objects.templateReply('stop', 'Stop'),
  },
  'flow reply': {
    cloud: {
      type: 'interactive',
      interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"stars":5}' } },
    },
    web: objects.formReply('flow', 'Sent', { stars: 5 }),
  },
}

let cloud: CloudStand
before(() => {
  cloud = cloudStand()
  cloud.run(account('shop'))
})
after(() => cloud.close())

async function overCloud(message: Loose): Promise<Loose> {
  const value = {
    contacts: [{ wa_id: FROM, profile: { name: 'Ann Obi' } }],
    messages: [{ from: FROM, id: 'ID', timestamp: String(SECONDS), ...message }],
  }
  await cloud.post(envelope(messages(value)))
  const [draft] = cloud.desk.batches.at(-1) ?? []
  return { ...draft, data: JSON.parse(draft?.data ?? 'null') }
}

/** The size of a file is told by linked devices only, and a file has an id of its own on the Cloud API only. */
function comparable({ type, chat, data }: Loose): Loose {
  return { type, chat, data: { ...data, media: data.media && { ...data.media, id: 'FILE', size: null } } }
}

describe('the same conversation over both kinds of numbers', () => {
  for (const [name, said] of Object.entries(CONVERSATION)) {
    it(`is the same JSON: ${name}`, async () => {
      const web = await new Stand().one(wire(said.web), { id: 'ID', chat: ANN, at: SECONDS * 1000 })
      assert.deepEqual(comparable(web), comparable(await overCloud(said.cloud)))
    })
  }

  it('is the same JSON: an echo of what the phone wrote', async () => {
    const sent = {
      from: '15550100200',
      to: FROM,
      id: 'ID',
      timestamp: String(SECONDS),
      type: 'text',
      text: { body: 'hi' },
    }
    const value = messages({ contacts: [{ wa_id: FROM }], message_echoes: [sent] })
    await cloud.post(envelope({ ...value, field: 'smb_message_echoes' }))
    const [draft] = cloud.desk.batches.at(-1) ?? []
    const echo = JSON.parse(draft?.data ?? 'null')
    const own = { id: 'ID', from: MY_JID, fromMe: true, at: SECONDS * 1000 }
    const { type, chat, data } = await new Stand().one(wire(objects.text('hi')), own)
    assert.deepEqual([type, chat], [draft?.type, draft?.chat])
    assert.deepEqual({ ...data, from: null }, { ...echo, from: null })
    assert.deepEqual(Object.keys(data.from), Object.keys(echo.from))
  })

  it('is the same JSON: receipts', async () => {
    const status = { id: 'OUT1', status: 'read', timestamp: String(SECONDS), recipient_id: FROM }
    await cloud.post(envelope(messages({ statuses: [status] })))
    const [draft] = cloud.desk.batches.at(-1) ?? []
    const at = new Stand()
    at.sent('OUT1', FROM)
    const [told] = await at.receipt({ type: 'read', at: SECONDS * 1000 })
    assert.equal(told?.type, draft?.type)
    assert.deepEqual(told?.data, JSON.parse(draft?.data ?? 'null'))
  })
})
