// Files of messages that come in: what is recorded of them, for accounts that want them fetched and for those that do not.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { EventDraft } from '../../../src/model/event.ts'
import type { MessageData } from '../../../src/model/event-data.ts'
import { DEFAULT_MEDIA } from '../../../src/model/media.ts'
import { account, envelope, type Loose, messages, type Stand, sample, stand } from './stand.ts'

let at: Stand
before(() => {
  at = stand()
  at.run({ ...account('shop'), media: { ...DEFAULT_MEDIA, download: true } })
})
after(() => at.close())

async function draftOf(body: unknown): Promise<{ draft: EventDraft; data: MessageData }> {
  at.desk.batches.length = 0
  assert.equal((await at.post(body))?.status, 200)
  const [draft, second] = at.desk.drafts
  assert.ok(draft && !second)
  return { draft, data: JSON.parse(draft.data) as MessageData }
}

describe('a message with a file, on an account that fetches them', () => {
  it('carries what is to be fetched, under an id that its data names', async () => {
    const { draft, data } = await draftOf(sample('message-image'))
    assert.match(draft.media?.id ?? '', /^med_[0-9A-HJKMNP-TV-Z]{26}$/)
    assert.deepEqual(draft.media, {
      id: draft.media?.id,
      ref: '810000000000001',
      mimeType: 'image/jpeg',
      size: null,
      sha256: Buffer.from('8JYkqC7GgXO0d2l5o0K7fGAzvQG1dU0o6h8mVZ6Vw3E=', 'base64').toString('hex'),
      filename: null,
    })
    assert.equal(data.media?.file_id, draft.media?.id)
    assert.deepEqual([data.media?.url, data.media?.sha256], [null, '8JYkqC7GgXO0d2l5o0K7fGAzvQG1dU0o6h8mVZ6Vw3E='])
  })
  it('keeps the file’s name, and its size where that is told', async () => {
    const body = sample('message-document')
    const document = body.entry[0]?.changes[0]?.value.messages[0].document as Loose
    const { draft } = await draftOf({ ...body, ...Object.assign(document, { file_size: 4711 }) })
    assert.deepEqual([draft.media?.filename, draft.media?.size], ['Rechnung März.pdf', 4711])
  })
  it('told twice has two ids and one origin, so that it is recorded once', async () => {
    const [one, two] = [await draftOf(sample('message-video')), await draftOf(sample('message-video'))]
    assert.notEqual(one.draft.media?.id, two.draft.media?.id)
    assert.deepEqual(one.draft.origin, two.draft.origin)
  })
  it('that was edited carries the new file', async () => {
    const { draft, data } = await draftOf(sample('message-edit'))
    assert.equal(draft.type, 'message.edited')
    assert.equal(data.media?.file_id, draft.media?.id)
    assert.ok(draft.media)
  })
  it('whose hash is none is fetched without one', async () => {
    const image = { id: '1', mime_type: 'image/png', sha256: 'short' }
    const message = { from: '15550100301', id: 'wamid.odd', timestamp: '1763630100', type: 'image', image }
    const { draft } = await draftOf(envelope(messages({ messages: [message] })))
    assert.equal(draft.media?.sha256, null)
  })
  it('without an id of Meta’s has nothing to fetch', async () => {
    const message = { from: '15550100301', id: 'wamid.bare', timestamp: '1763630100', type: 'image', image: {} }
    const { draft, data } = await draftOf(envelope(messages({ messages: [message] })))
    assert.deepEqual([draft.media, data.media], [undefined, null])
  })
  it('is told beside texts, which carry none', async () => {
    assert.ok(!('media' in (await draftOf(sample('message-text'))).draft))
  })
})

describe('a message with a file, on an account that leaves them at Meta', () => {
  it('names no file of ours', async () => {
    const other = stand()
    other.run(account('shop'))
    await other.post(sample('message-image'))
    await other.close()
    const [draft] = other.desk.drafts
    assert.ok(draft && !('media' in draft))
    assert.equal((JSON.parse(draft.data) as MessageData).media?.file_id, null)
  })
})
