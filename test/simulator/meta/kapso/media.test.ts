// An independent client uploads, describes, downloads and deletes files.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { refusal, setClientStage } from './client.ts'

const bytes = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const png = (): Blob => new Blob([bytes], { type: 'image/png' })

test('a file that is uploaded is described, downloaded byte for byte, and gone when deleted', async (t) => {
  const { client, phoneNumberId } = await setClientStage(t)
  const { id } = await client.media.upload({ phoneNumberId, type: 'image', file: png(), fileName: 'cat.png' })
  const { url, ...described } = await client.media.get({ mediaId: id })
  assert.deepEqual(described, {
    messagingProduct: 'whatsapp',
    id,
    mimeType: 'image/png',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    fileSize: bytes.length,
  })
  assert.ok(URL.canParse(url))
  const copy = await client.media.download({ mediaId: id, auth: 'always' })
  assert.deepEqual(Buffer.from(copy as ArrayBuffer), bytes)
  const blob = (await client.media.download({ mediaId: id, phoneNumberId, auth: 'always', as: 'blob' })) as Blob
  assert.equal(blob.type, 'image/png')
  assert.deepEqual(await client.media.delete({ mediaId: id, phoneNumberId }), { success: true })
  const { code, category } = await refusal(client.media.get({ mediaId: id }))
  assert.deepEqual([code, category], [100, 'parameter'])
})

test('the bytes are not handed out without the token', async (t) => {
  const { client, phoneNumberId } = await setClientStage(t)
  const { id } = await client.media.upload({ phoneNumberId, type: 'image/png', file: png(), fileName: 'cat.png' })
  const answer = (await client.media.download({ mediaId: id, auth: 'never', as: 'response' })) as Response
  assert.equal(answer.status, 401)
})

test('a file that a customer sent is described and downloaded', async (t) => {
  const { client, phoneNumberId, simulator, receiver } = await setClientStage(t)
  const { id } = await client.media.upload({ phoneNumberId, type: 'image/png', file: png(), fileName: 'cat.png' })
  simulator.customer('16505551234').sends({ type: 'image', image: { id, mime_type: 'image/png' } }, phoneNumberId)
  await simulator.settled()
  const message = receiver.items().findLast(({ type }) => type === 'image') as unknown as { image: { id: string } }
  const copy = await client.media.download({ mediaId: message.image.id, auth: 'always' })
  assert.deepEqual(Buffer.from(copy as ArrayBuffer), bytes)
})

test('a file of a type that WhatsApp does not show, an empty one and one of another number are refused', async (t) => {
  const { client, phoneNumberId, simulator } = await setClientStage(t)
  const other = simulator.addNumber()
  const upload = (file: Blob, number = phoneNumberId): Promise<unknown> =>
    client.media.upload({ phoneNumberId: number, type: file.type, file, fileName: 'file' })
  const wrong = await refusal(upload(new Blob(['x'], { type: 'application/x-msdownload' })))
  assert.deepEqual([wrong.httpStatus, wrong.code, wrong.category], [400, 100, 'parameter'])
  assert.match(wrong.message, /one of the following types/)
  assert.equal((await refusal(upload(new Blob([], { type: 'image/png' })))).code, 100)
  const foreign = await refusal(upload(png(), other.phoneNumberId))
  assert.deepEqual([foreign.code, foreign.errorSubcode], [100, 33])
})
