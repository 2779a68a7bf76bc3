// Files of messages that come in over a linked device: what is told of them, and what is kept for fetching them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { readMediaRef } from '../../../../src/transports/web/receive/content/file.ts'
import { ANN, ANN_LID, FILE, Stand, wire } from './stand.ts'

describe('a file', () => {
  it('is told with its hash and size, under the id of its message', async () => {
    const { data, draft } = await new Stand().one(wire(objects.document(FILE, { filename: 'a.pdf' })), { id: 'DOC' })
    assert.deepEqual(data.media, {
      ...{ id: 'DOC', mime_type: 'application/pdf', size: 48_213, sha256: FILE.fileSha256.toString('base64') },
      ...{ filename: 'a.pdf', file_id: null, url: null },
    })
    assert.equal(draft.media, undefined, 'it is left at WhatsApp')
  })

  it('is to be fetched when the account has files fetched, by all that this needs and nothing else', async () => {
    const at = new Stand({ download: true })
    const { data, draft } = await at.one(wire(objects.image(FILE)), { id: 'IMG', chatAlt: ANN_LID })
    assert.match(data.media.file_id, /^med_[0-9A-Z]{26}$/)
    const { media } = draft
    assert.ok(media)
    assert.equal(media.id, data.media.file_id)
    assert.equal(media.sha256, FILE.fileSha256.toString('hex'))
    assert.deepEqual([media.mimeType, media.size, media.filename], ['image/jpeg', 48_213, null])
    const found = readMediaRef(media.ref)
    assert.ok(found)
    assert.deepEqual([found.envelope.id, found.envelope.chat, found.envelope.chatAlt], ['IMG', ANN, ANN_LID])
    const { url, ...needed } = FILE
    assert.deepEqual(found.content, {
      imageMessage: {
        ...needed,
        mimetype: 'image/jpeg',
        mediaKey: new Uint8Array(FILE.mediaKey),
        fileSha256: new Uint8Array(FILE.fileSha256),
        fileEncSha256: new Uint8Array(FILE.fileEncSha256),
      },
    })
    assert.ok(!media.ref.includes(url), 'the host that the sender names is never dialled')
    assert.ok(!draft.data.includes(FILE.mediaKey.toString('base64')))
    assert.ok(!String(draft.raw).includes(FILE.mediaKey.toString('base64')))
  })

  it('that is quoted keeps its key to itself, too', async () => {
    const quotes = { id: 'Q', from: ANN, message: objects.image(FILE) }
    const { draft } = await new Stand().one(wire(objects.text('this one', { quotes })))
    assert.ok(!String(draft.raw).includes(FILE.mediaKey.toString('base64')))
    assert.ok(String(draft.raw).includes('quotedMessage'))
  })

  it('whose place could be another host is not fetched, and says so', async () => {
    const at = new Stand({ download: true })
    for (const directPath of [
      '@evil.example/x',
      '//evil.example/x',
      '/\\evil',
      'https://evil.example/',
      '',
      'x',
      '/a b',
    ]) {
      const { data, draft } = await at.one(wire({ imageMessage: { ...FILE, directPath, mimetype: 'image/jpeg' } }))
      assert.equal(draft.media, undefined, directPath)
      assert.equal(data.media.file_id, null)
      assert.match(data.media.error, /does not say where/)
    }
  })

  it('without a key, or with half of one, cannot be fetched', async () => {
    const at = new Stand({ download: true })
    for (const mediaKey of [Buffer.alloc(31), Buffer.alloc(0)]) {
      const { draft } = await at.one(wire({ imageMessage: { ...FILE, mediaKey } }))
      assert.equal(draft.media, undefined)
    }
  })

  it('of a reference that is none of ours is not found', () => {
    for (const ref of ['', '{}', '[]', 'null', '{"v":1}', '{"v":2,"envelope":{},"content":{}}', '810000000000001'])
      assert.equal(readMediaRef(ref), null)
  })
})
