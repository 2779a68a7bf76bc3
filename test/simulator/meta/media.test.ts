// Files at the simulated Meta: what is taken, how it is described, fetched in two hops, and forgotten.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { assertError, setStage } from './stage.ts'
import { described, download, jpeg, pdf, postForm, sha256, upload, uploaded, webp } from './upload.ts'

const minute = 60_000
const day = 24 * 60 * minute

test('a file is taken, and described with its hash in hex and its size as a number', async (t) => {
  const stage = await setStage(t)
  const answer = await upload(stage)
  assert.deepEqual([answer.status, Object.keys(answer.body)], [200, ['id']])
  assert.match(answer.body.id, /^[1-9]\d{14,}$/)
  const { url, ...rest } = await described(stage, answer.body.id)
  assert.deepEqual(rest, {
    ...{ messaging_product: 'whatsapp', mime_type: 'image/jpeg', sha256: sha256(jpeg).toString('hex') },
    ...{ file_size: jpeg.length, id: answer.body.id },
  })
  assert.ok(url.startsWith(`${stage.simulator.url}/whatsapp_business/attachments/?mid=${answer.body.id}&ext=`), url)
})

test('the bytes come from the second hop, for the token only, and without a redirect', async (t) => {
  const stage = await setStage(t)
  const { url } = await described(
    stage,
    await uploaded(stage, { bytes: pdf, type: 'application/pdf', filename: 'a "b".pdf' }),
  )
  const answer = await download(stage, url)
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), pdf)
  const headers = ['content-type', 'content-length', 'accept-ranges', 'content-disposition']
  assert.deepEqual(
    headers.map((name) => answer.headers.get(name)),
    ['application/pdf', String(pdf.length), 'bytes', 'attachment; filename="a %22b%22.pdf"'],
  )
  assert.equal((await download(stage, url, {})).status, 401)
  assert.equal((await download(stage, url, { authorization: 'Bearer nobody' })).status, 401)
  const stranger = stage.simulator.addNumber({ wabaId: '1234567890' })
  const other = stage.simulator.addToken({ wabaIds: [stranger.wabaId] })
  assert.equal((await download(stage, url, { authorization: `Bearer ${other}` })).status, 404)
  assert.equal((await download(stage, `${url}x`)).status, 404)
})

test('a caller of the second hop who does not say what it is is turned away', async (t) => {
  const stage = await setStage(t)
  const { url } = await described(stage, await uploaded(stage))
  const call = request(url, { headers: { authorization: `Bearer ${stage.number.token}` } })
  const status = new Promise((resolve, reject) => {
    call.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
  })
  call.end()
  assert.equal(await status, 400)
})

test('a part of a file can be fetched', async (t) => {
  const stage = await setStage(t)
  const bytes = Buffer.from('0123456789')
  const { url } = await described(stage, await uploaded(stage, { bytes, type: 'text/plain', filename: 'a.txt' }))
  const part = async (range: string) => {
    const answer = await download(stage, url, { authorization: `Bearer ${stage.number.token}`, range })
    return [answer.status, answer.headers.get('content-range'), await answer.text()]
  }
  assert.deepEqual(await part('bytes=2-4'), [206, 'bytes 2-4/10', '234'])
  assert.deepEqual(await part('bytes=7-'), [206, 'bytes 7-9/10', '789'])
  assert.deepEqual(await part('bytes=-2'), [206, 'bytes 8-9/10', '89'])
  assert.deepEqual(await part('bytes=8-99'), [206, 'bytes 8-9/10', '89'])
  assert.deepEqual(await part('bytes=10-'), [416, 'bytes */10', ''])
  assert.deepEqual(await part('bytes=0-1,3-4'), [200, null, '0123456789'])
  assert.deepEqual(await part('lines=1-2'), [200, null, '0123456789'])
})

test('a URL is good for five minutes, the file itself for thirty days', async (t) => {
  const stage = await setStage(t)
  const id = await uploaded(stage)
  const { url } = await described(stage, id)
  stage.simulator.advance(5 * minute - 2000)
  assert.equal((await download(stage, url)).status, 200)
  stage.simulator.advance(4000)
  assert.equal((await download(stage, url)).status, 404)
  const again = await described(stage, id)
  assert.equal((await download(stage, again.url)).status, 200)
  stage.simulator.expireMedia(id, 'urls')
  assert.equal((await download(stage, again.url)).status, 404)
  assert.equal((await download(stage, (await described(stage, id)).url)).status, 200)
  stage.simulator.advance(30 * day - 6 * minute)
  assert.equal((await stage.graph(`/v21.0/${id}`)).status, 200)
  stage.simulator.advance(6 * minute)
  assertError(await stage.graph(`/v21.0/${id}`), { status: 400, code: 100, subcode: 33 })
})

test('a file can be deleted once; what is not there cannot', async (t) => {
  const stage = await setStage(t)
  const id = await uploaded(stage)
  const { url } = await described(stage, id)
  const path = `/v21.0/${id}?phone_number_id=${stage.number.phoneNumberId}`
  assert.deepEqual((await stage.graph(path, { method: 'DELETE' })).body, { success: true })
  const gone = { status: 400, code: 100, message: /^\(#100\) Invalid post_id parameter$/ }
  assertError(await stage.graph(path, { method: 'DELETE' }), gone)
  assertError(await stage.graph(`/v21.0/${id}`), { status: 400, code: 100, subcode: 33 })
  assert.equal((await download(stage, url)).status, 404)
  assert.deepEqual(stage.simulator.media(), [])
})

test('a file belongs to the number and the account that it was uploaded for', async (t) => {
  const stage = await setStage(t)
  const id = await uploaded(stage)
  const sister = stage.simulator.addNumber({ wabaId: stage.number.wabaId })
  const stranger = stage.simulator.addNumber({ wabaId: '1234567890', token: 'EAAother' })
  assert.equal((await stage.graph(`/v21.0/${id}?phone_number_id=${stage.number.phoneNumberId}`)).status, 200)
  assertError(await stage.graph(`/v21.0/${id}?phone_number_id=${sister.phoneNumberId}`), {
    ...{ status: 400, code: 100, message: /phone_number_id is not a valid whatsapp business phone number/ },
  })
  assertError(await stage.graph(`/v21.0/${id}`, { token: stranger.token }), { status: 400, code: 100, subcode: 33 })
  const image = { type: 'image', text: undefined, image: { id } }
  assert.equal((await stage.text(image)).status, 200)
  const { text: _, ...body } = { messaging_product: 'whatsapp', to: '16505551234', ...image }
  assertError(await stage.graph(`/v21.0/${sister.phoneNumberId}/messages`, { body }), {
    ...{ status: 400, code: 100, message: /Param image\['id'\] is not a valid whatsapp business account media/ },
  })
})

const MB = 1024 * 1024
const sizes: [string, string, Buffer, number][] = [
  ['an image of 5 MB', 'image/png', Buffer.alloc(5 * MB), 200],
  ['an image of more', 'image/png', Buffer.alloc(5 * MB + 1), 400],
  ['audio of more than 16 MB', 'audio/ogg', Buffer.alloc(16 * MB + 1), 400],
  ['a still sticker of 100 KB', 'image/webp', webp(100 * 1024, false), 200],
  ['a still sticker of more', 'image/webp', webp(100 * 1024 + 1, false), 400],
  ['a moving sticker of 500 KB', 'image/webp', webp(500 * 1024, true), 200],
  ['a moving sticker of more', 'image/webp', webp(500 * 1024 + 1, true), 400],
]
for (const [what, type, bytes, status] of sizes) {
  test(`${what} is ${status === 200 ? 'taken' : 'refused'}`, async (t) => {
    const stage = await setStage(t)
    const answer = await upload(stage, { bytes, type })
    assert.equal(answer.status, status, JSON.stringify(answer.body))
    if (status === 400) assertError(answer, { status, code: 100, message: /Param file is too large/ })
    assert.equal(stage.simulator.media().length, status === 200 ? 1 : 0)
  })
}

test('a big document goes to disk and comes back whole, and the log keeps 64 KB of it', async (t) => {
  const stage = await setStage(t)
  const bytes = Buffer.alloc(32 * MB, 'whats hooked?')
  const id = await uploaded(stage, { bytes, type: 'application/pdf', filename: 'big.pdf' })
  const logged = stage.simulator.requests()[0]!
  assert.ok(logged.rawBody.length <= 65_536 && (logged.rawBodyBytes ?? 0) > bytes.length)
  assert.deepEqual(logged.body, {
    ...{ messaging_product: 'whatsapp', type: 'application/pdf' },
    file: { filename: 'big.pdf', type: 'application/pdf', size: bytes.length, sha256: sha256(bytes).toString('hex') },
  })
  const { url } = await described(stage, id)
  const answer = await download(stage, url)
  assert.deepEqual(sha256(new Uint8Array(await answer.arrayBuffer())), sha256(bytes))
  assert.equal(stage.simulator.requests().at(-1)?.answer, `(application/pdf, ${bytes.length} bytes)`)
})

test('what is no file, or of no type that Meta takes, is refused with 100', async (t) => {
  const stage = await setStage(t)
  const refused = async (answer: ReturnType<typeof upload>, message: RegExp) =>
    assertError(await answer, { status: 400, code: 100, message })
  const listed =
    /file with one of the following types: audio\/aac, .*video\/3gpp\. Received file of type 'application\/zip'/
  await refused(upload(stage, { type: 'application/zip' }), listed)
  await refused(upload(stage, { bytes: Buffer.alloc(0) }), /Param file must not be empty/)
  await refused(upload(stage, { fields: { messaging_product: 'sms' } }), /messaging_product must be one of/)
  const form = (fields: Record<string, string>): FormData => {
    const made = new FormData()
    for (const [name, value] of Object.entries(fields)) made.append(name, value)
    return made
  }
  await refused(postForm(stage, form({ file: 'x' })), /messaging_product is required/)
  await refused(postForm(stage, form({ messaging_product: 'whatsapp' })), /The parameter file is required/)
  await refused(
    postForm(stage, form({ messaging_product: 'whatsapp', file: '@photo.jpg' })),
    /Param file must be a file/,
  )
  await refused(upload(stage, { fields: { type: '' } }), /Param type must be a string/)
  assertError(await stage.graph(`/v21.0/${stage.number.phoneNumberId}/media`), { status: 400, code: 100 })
  assert.deepEqual(stage.simulator.media(), [])
})

test('faults strike uploads, descriptions and downloads like any other call', async (t) => {
  const stage = await setStage(t)
  const { simulator } = stage
  const id = await uploaded(stage)
  const { url } = await described(stage, id)
  simulator.faults.add({ match: 'POST /*/media', action: { kind: 'error', code: 131000 }, when: { next: 1 } })
  assertError(await upload(stage), { status: 500, code: 131000 })
  simulator.faults.add({ match: `GET /${id}`, action: { kind: 'throttle', retryAfter: 1 }, when: { next: 1 } })
  assert.equal((await stage.graph(`/v21.0/${id}`)).status, 429)
  const match = 'GET /whatsapp_business/attachments'
  simulator.faults.add({ match, action: { kind: 'error', code: 100, status: 404 }, when: { next: 2 } })
  const statuses = [await download(stage, url), await download(stage, url), await download(stage, url)]
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [404, 404, 200],
  )
  simulator.faults.clear()
  simulator.faults.add({ match, action: { kind: 'truncated' } })
  const cut = await download(stage, url)
  assert.equal(cut.headers.get('content-length'), String(jpeg.length))
  await assert.rejects(cut.arrayBuffer())
})
