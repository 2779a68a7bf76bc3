// Files that customers send: what the callback says of them, and how long they can be fetched.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, customerNumber, type Stage, setStage } from './stage.ts'
import { described, download, jpeg, sha256, upload } from './upload.ts'

type Sent = { id: string; url: string; mime_type: string; sha256: string } & Record<string, unknown>

/** The content of the last message that arrived, which is named after its type. */
function arrived({ receiver }: Stage): Sent {
  const item = receiver.items().at(-1) as unknown as Record<string, unknown> & { type: string }
  return item[item.type] as Sent
}

test('a file arrives with its id, its hash in base64 and a URL, and can be fetched both ways', async (t) => {
  const stage = await setStage(t)
  const { simulator } = stage
  simulator.customer(customerNumber).sendsMedia('image', { bytes: jpeg, mimeType: 'image/jpeg', caption: 'Look' })
  await simulator.settled()
  const { id, url, ...rest } = arrived(stage)
  assert.deepEqual(rest, { caption: 'Look', mime_type: 'image/jpeg', sha256: sha256(jpeg).toString('base64') })
  assert.deepEqual(Buffer.from(await (await download(stage, url)).arrayBuffer()), jpeg)
  const again = await described(stage, id)
  assert.deepEqual([again.sha256, again.file_size], [sha256(jpeg).toString('hex'), jpeg.length])
  assert.equal((await download(stage, again.url)).status, 200)
  assert.equal((await stage.graph(`/v21.0/${id}?phone_number_id=${stage.number.phoneNumberId}`)).status, 200)
})

test('each kind says of a file what Meta says of it', async (t) => {
  const stage = await setStage(t)
  const zoe = stage.simulator.customer(customerNumber)
  const keys = async (): Promise<Record<string, unknown>> => {
    await stage.simulator.settled()
    const { id, url, sha256: hash, ...rest } = arrived(stage)
    assert.ok(id && url && hash)
    return rest
  }
  const bytes = Buffer.from('bytes')
  zoe.sendsMedia('audio', { bytes, mimeType: 'audio/ogg; codecs=opus', voice: true })
  assert.deepEqual(await keys(), { mime_type: 'audio/ogg; codecs=opus', voice: true })
  const back = { type: 'audio', text: undefined, audio: { id: arrived(stage).id, voice: true } }
  const { id } = (await stage.text(back)).body.messages[0]
  await stage.simulator.settled()
  assert.equal(stage.simulator.messages().find((each) => each.id === id)?.status, 'delivered')
  zoe.sendsMedia('audio', { bytes, mimeType: 'audio/mpeg' })
  assert.deepEqual(await keys(), { mime_type: 'audio/mpeg', voice: false })
  zoe.sendsMedia('sticker', { bytes, mimeType: 'image/webp', animated: true })
  assert.deepEqual(await keys(), { mime_type: 'image/webp', animated: true })
  zoe.sendsMedia('document', { bytes, mimeType: 'application/zip', filename: 'a.zip', caption: 'All of it' })
  assert.deepEqual(await keys(), { mime_type: 'application/zip', filename: 'a.zip', caption: 'All of it' })
  zoe.sendsMedia('video', { bytes, mimeType: 'video/mp4' })
  assert.deepEqual(await keys(), { mime_type: 'video/mp4' })
})

test('its URL ends after five minutes, and the file after seven days', async (t) => {
  const stage = await setStage(t)
  const { simulator } = stage
  simulator.customer(customerNumber).sendsMedia('image', { bytes: jpeg, mimeType: 'image/jpeg' })
  await simulator.settled()
  const { id, url } = arrived(stage)
  simulator.advance(6 * 60_000)
  assert.equal((await download(stage, url)).status, 404)
  assert.equal((await download(stage, (await described(stage, id)).url)).status, 200)
  simulator.expireMedia(id)
  assertError(await stage.graph(`/v21.0/${id}`), { status: 400, code: 100, subcode: 33 })
  assert.throws(() => simulator.expireMedia(id), /no media has the id/)
  simulator.customer(customerNumber).sendsMedia('image', { bytes: jpeg, mimeType: 'image/jpeg' })
  await simulator.settled()
  const second = arrived(stage).id
  simulator.advance(7 * 24 * 60 * 60_000 - 1000)
  assert.equal((await stage.graph(`/v21.0/${second}`)).status, 200)
  simulator.advance(1000)
  assert.equal((await stage.graph(`/v21.0/${second}`)).status, 400)
})

test('another process sends files, ends them and makes groups over the control API', async (t) => {
  const stage = await setStage(t)
  const { simulator, number } = stage
  const control = async (path: string, body?: Record<string, unknown>) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(`${simulator.url}/_control${path}`, init)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const file = { kind: 'document', data: jpeg.toString('base64'), mimeType: 'image/jpeg', filename: 'a.jpg' }
  const said = await control(`/customers/${customerNumber}/sends-media`, { ...file, to: number.phoneNumberId })
  await simulator.settled()
  const { id, url, filename } = arrived(stage)
  assert.deepEqual([said.status, said.body.phoneNumberId, filename], [200, number.phoneNumberId, 'a.jpg'])
  assert.deepEqual(Buffer.from(await (await download(stage, url)).arrayBuffer()), jpeg)
  assert.equal((await control('/media')).body.length, 1)
  assert.equal((await control(`/media/${id}/expire`, { what: 'urls' })).status, 200)
  assert.equal((await download(stage, url)).status, 404)
  assert.match(String((await control(`/media/${id}/expire`, { what: 'all' })).body.error), /what must be id or urls/)
  const wrong = await control(`/customers/${customerNumber}/sends-media`, { ...file, kind: 'song' })
  assert.match(String(wrong.body.error), /kind must be image or video/)
  assert.deepEqual((await control('/groups', { id: 'Z3JvdXA' })).body, { id: 'Z3JvdXA' })
})

test('files are gone after a reset', async (t) => {
  const stage = await setStage(t)
  await upload(stage)
  stage.simulator.reset()
  assert.deepEqual(stage.simulator.media(), [])
})
