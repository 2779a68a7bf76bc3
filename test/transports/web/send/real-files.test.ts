// Files and groups over the real client library: what phones get, and what comes back from WhatsApp's media hosts.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openMedia } from '../../../../simulator/whatsapp/media/index.ts'
import type { Content, MediaContent, MediaKind } from '../../../../src/model/content.ts'
import type { FileSink, LocalFile } from '../../../../src/transports/transport.ts'
import { writeMediaRef } from '../../../../src/transports/web/receive/content/file.ts'
import { ANN, BEN, OWN, type RealStand, realStand } from './real-stand.ts'
import { fileOf, isFetchError, isSendError, media, say } from './stand.ts'

let at: RealStand
let group = ''
before(async () => {
  at = await realStand()
  group = at.sim.groups.create({ subject: 'Shop', creator: OWN, members: [ANN, BEN] }).id
})
after(() => at.close())

interface WireMedia {
  readonly directPath: string
  readonly mediaKey: Uint8Array
  readonly [field: string]: unknown
}

/** Sends a file; answers what Ann's phone makes of it. */
async function sendFile(
  kind: MediaKind,
  file: LocalFile,
  { chat = ANN, ...more }: Partial<MediaContent> & { chat?: string } = {},
): Promise<{ bytes: string; about: WireMedia }> {
  const uploaded = await at.sender.upload(kind, file)
  const id = await at.send(media(kind, uploaded, more), { chat })
  const { content } = await at.at(at.ann, id)
  const about = (content as unknown as Record<string, WireMedia>)[`${kind}Message`]
  assert.ok(about, `a ${kind} came`)
  const blob = at.sim.media.blob(about.directPath)
  assert.ok(blob)
  return { bytes: openMedia(blob, about.mediaKey, kind).toString(), about }
}

describe('a file that is sent', () => {
  it('is an image with its caption', async () => {
    const gif = 'GIF89a\x02\0\x03\0 and the rest of an image'
    const { bytes, about } = await sendFile('image', fileOf(gif, 'image/gif'), { caption: 'look' })
    assert.equal(bytes, gif)
    const { mimetype, caption, width, height } = about
    assert.deepEqual([mimetype, caption, width, height], ['image/gif', 'look', 2, 3])
  })

  it('is a video, a document by its name, and a sticker', async () => {
    assert.equal((await sendFile('video', fileOf('a video', 'video/mp4'))).bytes, 'a video')
    const document = await sendFile('document', fileOf('a document', 'application/pdf', 'a.pdf'), {
      filename: 'Größe.pdf',
    })
    assert.deepEqual([document.bytes, document.about.fileName], ['a document', 'Größe.pdf'])
    const sticker = await sendFile('sticker', fileOf('RIFF a sticker', 'image/webp'))
    assert.deepEqual([sticker.bytes, sticker.about.mimetype], ['RIFF a sticker', 'image/webp'])
  })

  it('is a voice note when it is Ogg, and a song when it is not', async () => {
    const { about } = await sendFile('audio', fileOf('a voice', 'audio/ogg'))
    assert.deepEqual([about.ptt, about.mimetype], [true, 'audio/ogg; codecs=opus'])
    assert.equal((await sendFile('audio', fileOf('a song', 'audio/mpeg'))).about.ptt, false)
  })

  it('is brought in one piece however large it is, and to groups as well', async () => {
    const large = 'a large document '.repeat(60_000)
    const { bytes } = await sendFile('document', fileOf(large, 'text/plain', 'large.txt'), { chat: group })
    assert.equal(bytes, large)
  })

  it('may lie at WhatsApp over a restart', async () => {
    const uploaded = await at.sender.upload('image', fileOf('early', 'image/png'))
    await at.restart()
    const id = await at.send(media('image', uploaded))
    const { imageMessage } = (await at.at(at.ann, id)).content as unknown as { imageMessage: WireMedia }
    const blob = at.sim.media.blob(imageMessage.directPath)
    assert.equal(blob && openMedia(blob, imageMessage.mediaKey, 'image').toString(), 'early')
  })
})

describe('a group', () => {
  it('reads a text, with those named whom it names', async () => {
    const id = await at.send(say(`hello @${BEN}`), { chat: group })
    const { content, cipher } = await at.at(at.ben, id)
    const { text, contextInfo } = content.extendedTextMessage ?? {}
    assert.equal(text, `hello @${BEN}`)
    assert.deepEqual(contextInfo?.mentionedJid, [at.ben.pn])
    assert.equal(cipher, 'skmsg')
    assert.equal((await at.at(at.ann, id)).to, group)
  })

  it('whose messages vanish gets one that does', async () => {
    const { id } = at.sim.groups.create({ subject: 'Secrets', creator: OWN, members: [ANN] })
    at.sim.groups.change(id, OWN, { is: 'ephemeral', seconds: 604_800 })
    const { content } = await at.at(at.ann, await at.send(say('hush'), { chat: id }))
    assert.equal(content.extendedTextMessage?.contextInfo?.expiration, 604_800)
  })

  it('sees what is answered, and what is reacted to', async () => {
    const asked = await at.ben.says(group, 'who is there?')
    await at.came(asked)
    const reply = await at.at(at.ann, await at.send(say('me'), { chat: group, replyTo: asked }))
    const context = reply.content.extendedTextMessage?.contextInfo
    assert.equal(context?.stanzaId, asked)
    assert.equal(context?.quotedMessage?.conversation, 'who is there?')
    const like: Content = { kind: 'reaction', messageId: asked, emoji: '👍' }
    const reaction = (await at.at(at.ann, await at.send(like, { chat: group }))).content.reactionMessage
    assert.deepEqual([reaction?.key?.id, reaction?.key?.remoteJid, reaction?.text], [asked, group, '👍'])
    assert.match(String(reaction?.key?.participant), new RegExp(`^(${at.ben.pn}|${at.ben.lid})$`))
  })

  it('that this number is not in, or that there is not, is not written to', async () => {
    const theirs = at.sim.groups.create({ subject: 'Others', creator: ANN, members: [BEN] }).id
    await assert.rejects(at.send(say('x'), { chat: theirs }), isSendError({ callersFault: true }, /not a member/))
    const none = at.send(say('x'), { chat: '120363999999999999@g.us' })
    await assert.rejects(
      none,
      isSendError({ callersFault: true }, /^to: (there is no group|this number is not a member)/),
    )
  })

  it('is not written to any more once the number was removed from it', async () => {
    const left = at.sim.groups.create({ subject: 'Short', creator: ANN, members: [OWN, BEN] }).id
    await at.send(say('hello'), { chat: left })
    at.sim.groups.change(left, ANN, { is: 'remove', who: [OWN] })
    const deadline = Date.now() + 5000
    for (;;) {
      // The notice is on its way; until it is here the group is as it was known, and WhatsApp refuses the message itself.
      const failed = await at.send(say('x'), { chat: left }).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      if (failed && isSendError({ outcome: 'refused' }, /./)(failed) && /not a member/.test(String(failed))) break
      assert.ok(Date.now() < deadline, 'the removal was noticed')
    }
  })
})

describe('a file that came in', () => {
  class Keeping implements FileSink {
    bytes = Buffer.alloc(0)
    mimeType: string | null = null
    begin({ mimeType }: { mimeType: string | null }): void {
      this.mimeType = mimeType
    }
    async write(chunk: Uint8Array): Promise<void> {
      this.bytes = Buffer.concat([this.bytes, chunk])
    }
  }

  /** Ann sends a picture; answers what it is fetched by, and where it lies. */
  async function came(text: string): Promise<{ ref: string; directPath: string }> {
    const published = at.sim.media.publish(Buffer.from(text), 'image')
    const id = await at.ann.says(OWN, { imageMessage: { ...published, mimetype: 'image/jpeg' } })
    await at.came(id)
    const { envelope, content } = at.arrivals.find((one) => one.envelope.id === id) ?? assert.fail()
    const { imageMessage } = content as { imageMessage: Record<string, unknown> }
    return { ref: writeMediaRef(envelope, { imageMessage }), directPath: published.directPath }
  }

  it('is fetched', async () => {
    const { ref } = await came('a picture')
    const sink = new Keeping()
    await at.sender.fetchMedia(ref, sink)
    assert.deepEqual([sink.bytes.toString(), sink.mimeType], ['a picture', 'image/jpeg'])
  })

  for (const status of [404, 410] as const)
    it(`and is gone (${status}) is brought again by the phone, and fetched`, async () => {
      const { ref, directPath } = await came(`an old picture ${status}`)
      at.sim.media.expire(directPath, status)
      const sink = new Keeping()
      await at.sender.fetchMedia(ref, sink)
      assert.equal(sink.bytes.toString(), `an old picture ${status}`)
    })

  it('and that the phone has no more is given up on', async () => {
    const { ref, directPath } = await came('a lost picture')
    at.sim.media.expire(directPath)
    at.sim.reuploads('not-found')
    await assert.rejects(at.sender.fetchMedia(ref, new Keeping()), isFetchError(false, /did not bring it again/))
  })
})
