// Every kind of content as the client library is given it, and what a linked device cannot say.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Content } from '../../../../src/model/content.ts'
import {
  arrived,
  fileOf,
  GROUP,
  isFailure,
  isSendError,
  ME,
  media,
  recorded,
  say,
  send,
  sendStand,
  WIRE_FILE,
  withStatus,
} from './stand.ts'

describe('a text', () => {
  it('goes as it is, without anything being fetched for a preview', async () => {
    const at = sendStand()
    const { to, content, quoted } = await send(at, say('see https://example.com'))
    assert.equal(to, '15551234567@s.whatsapp.net')
    assert.deepEqual(content, { text: 'see https://example.com', linkPreview: null })
    assert.equal(quoted, null)
  })

  it('that is to show a preview is refused with what to do instead', () => {
    const cannot = sendStand().sender.cannot({ kind: 'text', text: 'see https://example.com', previewUrl: true })
    assert.match(cannot ?? '', /^preview_url: .*Leave preview_url out/)
  })
})

describe('a file', () => {
  const uploaded = async (kind: Parameters<typeof media>[0], type: string, filename = 'file') => {
    const at = sendStand()
    return { at, id: await at.sender.upload(kind, fileOf('bytes', type, filename)) }
  }

  it('is brought to WhatsApp first, and named in the message by what was answered', async () => {
    const { at, id } = await uploaded('image', 'image/png')
    assert.deepEqual(at.socket.uploads, [{ kind: 'image', bytes: 'bytes' }])
    const { content } = await send(at, media('image', id, { caption: 'look' }))
    assert.deepEqual(content, { image: WIRE_FILE, mimetype: 'image/png', caption: 'look' })
  })

  it('survives a restart between being brought and being sent', async () => {
    const { at, id } = await uploaded('video', 'video/mp4')
    const { content } = await send(at.restart(), media('video', id))
    assert.deepEqual(content, { video: WIRE_FILE, mimetype: 'video/mp4' })
  })

  it('that is a document has a name: its own, or the one that the message gives', async () => {
    const { at, id } = await uploaded('document', 'application/pdf', 'terms.pdf')
    assert.deepEqual((await send(at, media('document', id))).content, {
      document: WIRE_FILE,
      mimetype: 'application/pdf',
      fileName: 'terms.pdf',
    })
    const named = await send(at, media('document', id, { filename: 'Größe.pdf', caption: 'read it' }))
    assert.equal(named.content.fileName, 'Größe.pdf')
    assert.equal(named.content.caption, 'read it')
  })

  it('that is audio is a voice note when it is Ogg, or when it is said to be one', async () => {
    const ogg = await uploaded('audio', 'audio/ogg')
    assert.deepEqual((await send(ogg.at, media('audio', ogg.id, { caption: 'no' }))).content, {
      audio: WIRE_FILE,
      mimetype: 'audio/ogg; codecs=opus',
      ptt: true,
    })
    const song = await uploaded('audio', 'audio/mpeg')
    assert.equal((await send(song.at, media('audio', song.id))).content.ptt, false)
    assert.equal((await send(song.at, media('audio', song.id, { voice: true }))).content.ptt, true)
  })

  it('that is a voice note tells how long it plays', async () => {
    const at = sendStand()
    const id = await at.sender.upload('audio', fileOf(oggOf(2.6), 'audio/ogg; codecs=opus'))
    assert.equal((await send(at, media('audio', id))).content.seconds, 3)
  })

  it('that is a sticker is WebP, and tells whether it moves', async () => {
    const { at } = await uploaded('image', 'image/png')
    for (const isAnimated of [false, true]) {
      const id = await at.sender.upload('sticker', fileOf(webpOf(isAnimated), 'image/webp'))
      const { content } = await send(at, media('sticker', id))
      assert.deepEqual(content, { sticker: WIRE_FILE, mimetype: 'image/webp', width: 1, height: 1, isAnimated })
    }
    await assert.rejects(
      at.sender.upload('sticker', fileOf('png', 'image/png')),
      isSendError({ outcome: 'refused', callersFault: true }, /A sticker is an image\/webp; the file is image\/png/),
    )
  })

  it('that WhatsApp does not take is told in its words', async () => {
    const at = sendStand()
    at.socket.fails.set('upload', withStatus('Service Unavailable', 503))
    const refused = isSendError({ outcome: 'refused', callersFault: false, retryAfterMs: 5000 }, /Service Unavailable/)
    await assert.rejects(at.sender.upload('image', fileOf('x', 'image/png')), refused)
    at.socket.fails.set('upload', withStatus('Payload Too Large', 413))
    const tooLarge = isSendError({ outcome: 'refused', callersFault: true, retryAfterMs: null }, /Too Large/)
    await assert.rejects(at.sender.upload('image', fileOf('x', 'image/png')), tooLarge)
    at.socket.fails.set('upload', Object.assign(new Error('EIO'), { syscall: 'read', code: 'EIO' }))
    const unread = isSendError({ outcome: 'refused' }, /could not be read from the disk of this server/)
    await assert.rejects(at.sender.upload('image', fileOf('x', 'image/png')), unread)
    await assert.rejects(at.sender.upload('image', fileOf('', 'image/png')), isSendError({}, /The file is empty/))
    at.connected = false
    const away = isFailure('not-connected', /not connected to WhatsApp now/, 5)
    await assert.rejects(at.sender.upload('image', fileOf('x', 'image/png')), away)
  })

  it('of somebody else is no file of ours', async () => {
    const at = sendStand()
    for (const id of ['1234567890', '{}', '{"file":{"url":1},"mimetype":"a/b","filename":"c"}', 'null'])
      await assert.rejects(
        send(at, media('image', id)),
        isSendError({ callersFault: true }, /is not one that this linked/),
      )
    assert.equal(at.socket.sent.length, 0)
  })
})

describe('other content', () => {
  it('that is a place has its name where there is one', async () => {
    const at = sendStand()
    const place = { kind: 'location', latitude: -33.9, longitude: 18.4, name: 'Shop', address: null } as const
    const location = { degreesLatitude: -33.9, degreesLongitude: 18.4, name: 'Shop' }
    assert.deepEqual((await send(at, place)).content, { location })
  })

  it('that is cards has each as a vCard', async () => {
    const at = sendStand()
    const ann = { name: { formatted_name: 'Ann' }, phones: [{ phone: '+1 555 123 4567', type: 'CELL' }] }
    const { content } = await send(at, { kind: 'contacts', contacts: [ann, { name: { formatted_name: 'Ben' } }] })
    const { contacts } = content as {
      contacts: { displayName: string; contacts: { displayName: string; vcard: string }[] }
    }
    assert.equal(contacts.displayName, '2 contacts')
    assert.deepEqual(
      contacts.contacts.map(({ displayName }) => displayName),
      ['Ann', 'Ben'],
    )
    assert.match(contacts.contacts[0]!.vcard, /TEL;type=CELL;waid=15551234567:\+1 555 123 4567/)
  })
})

describe('a reaction', () => {
  const like = (messageId: string): Content => ({ kind: 'reaction', messageId, emoji: '👍' })
  const keyOf = async (...given: Parameters<typeof send>) =>
    ((await send(...given)).content as { react: { text: string; key: unknown } }).react.key

  it('names the message by its chat, its id and whose it is', async () => {
    const at = sendStand()
    at.sender.heard(arrived('IN1'))
    assert.deepEqual(await keyOf(at, like('IN1')), {
      remoteJid: '15551234567@s.whatsapp.net',
      id: 'IN1',
      fromMe: false,
    })
    const ours = await send(at, say('hello'))
    assert.deepEqual(await keyOf(at, like(ours.id)), {
      remoteJid: '15551234567@s.whatsapp.net',
      id: ours.id,
      fromMe: true,
    })
  })

  it('to a message of ours from before a restart is known to be to ours', async () => {
    const at = sendStand()
    at.records.set('3EB0OLD', recorded(say('hello')))
    assert.equal(((await keyOf(at, like('3EB0OLD'))) as { fromMe: boolean }).fromMe, true)
  })

  it('in a group says who wrote the message, and is refused where that is not known', async () => {
    const at = sendStand()
    const from = '15551234567@s.whatsapp.net'
    at.sender.heard(arrived('G1', { chat: GROUP, from }))
    assert.deepEqual(await keyOf(at, like('G1'), { chat: GROUP }), {
      remoteJid: GROUP,
      id: 'G1',
      fromMe: false,
      participant: from,
    })
    const unknown = isSendError({ callersFault: true }, /"G2" is not known to this server/)
    await assert.rejects(send(at, like('G2'), { chat: GROUP }), unknown)
  })

  it('to a message in another chat is refused', async () => {
    const at = sendStand()
    at.sender.heard(arrived('IN1', { chat: '15557654321@s.whatsapp.net' }))
    await assert.rejects(send(at, like('IN1')), isSendError({ callersFault: true }, /is in the chat 15557654321/))
  })

  it('to a message that nobody remembers goes to the other one of the chat', async () => {
    const at = sendStand()
    assert.deepEqual(await keyOf(at, like('OLD')), {
      remoteJid: '15551234567@s.whatsapp.net',
      id: 'OLD',
      fromMe: false,
    })
  })
})

describe('what a linked device cannot say', () => {
  const cannot: [Content, RegExp][] = [
    [{ kind: 'template', template: {} }, /Templates.*\/api\/send/],
    [{ kind: 'interactive', interactive: {} }, /Buttons and lists.*numbered lines/],
    [
      {
        kind: 'flow',
        flowId: '1',
        flowToken: 't',
        header: null,
        body: 'b',
        footer: null,
        button: 'b',
        screen: null,
        data: null,
      },
      /Flows.*Ask in a text/,
    ],
    [{ kind: 'catalog', body: 'b', thumbnail: null }, /Catalogs.*link of your shop/],
    [{ kind: 'product', catalogId: '1', productId: 'p', body: 'b', footer: null }, /Products.*\/api\/send\/image/],
    [
      { kind: 'product_list', catalogId: '1', header: 'h', body: 'b', footer: null, sections: [] },
      /Products.*captions/,
    ],
    [media('image', '1234567890'), /uploaded to Meta.*Give the file itself/],
  ]

  it('is refused with a sentence that says what to send instead', () => {
    const { sender } = sendStand()
    for (const [content, words] of cannot) assert.match(sender.cannot(content) ?? '', words)
  })

  it('does not go out either when it is sent nevertheless', async () => {
    const at = sendStand()
    for (const [content] of cannot.slice(0, -1))
      await assert.rejects(send(at, content), isSendError({ outcome: 'refused', callersFault: true }, /linked device/))
    assert.equal(at.socket.sent.length, 0)
  })

  it('is nothing else', () => {
    const { sender } = sendStand()
    const file = { from: 'file', name: 'msg_1', size: 1, sha256: '' } as const
    for (const kind of ['image', 'video', 'document', 'audio', 'sticker'] as const)
      assert.equal(sender.cannot({ ...media(kind, ''), media: file }), null)
    assert.equal(sender.cannot(say('x')), null)
    assert.equal(sender.cannot({ kind: 'reaction', messageId: ME, emoji: '' }), null)
  })
})

/** An Ogg file with an Opus head, and a last page that ends after so many seconds. */
function oggOf(seconds: number): Buffer {
  const head = Buffer.alloc(47)
  head.write('OggS', 0, 'latin1')
  head.write('OpusHead', 28, 'latin1')
  head.writeUInt16LE(312, 38)
  const last = Buffer.alloc(27)
  last.write('OggS', 0, 'latin1')
  last.writeBigInt64LE(BigInt(Math.round(seconds * 48_000) + 312), 6)
  return Buffer.concat([head, Buffer.alloc(70_000, 0x55), last])
}

function webpOf(isAnimated: boolean): Buffer {
  const head = Buffer.alloc(30)
  head.write('RIFF', 0, 'latin1')
  head.write('WEBPVP8X', 8, 'latin1')
  head[20] = isAnimated ? 0x12 : 0x10
  return head
}
