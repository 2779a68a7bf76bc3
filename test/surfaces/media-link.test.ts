// Links to files: their bytes and ranges of them, and nothing that a browser would run.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import Fastify from 'fastify'
import type { MediaPart, OpenMedia } from '../../src/gateway/gateway.ts'
import { silentLog } from '../../src/kit/log.ts'
import { Failure } from '../../src/model/failure.ts'
import { createMediaLink, disposition, harmlessType, rangeOf } from '../../src/surfaces/media-link.ts'

const TEXT = Buffer.from('0123456789')

async function serve(t: TestContext, about: Partial<OpenMedia> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-link-'))
  const path = join(folder, 'med_1')
  writeFileSync(path, TEXT)
  const asked: string[] = []
  const open: MediaPart['open'] = async (id, query) => {
    asked.push(`${id}?${query}`)
    if (id === 'med_old') throw new Failure('not-found', 'It was deleted', { facts: { gone: true } })
    if (id === 'med_busy') throw new Failure('unavailable', 'Later', { retryAfterS: 1.5 })
    if (id === 'med_broken') throw new Error('S3CRET of ours')
    if (id === 'med_lost') return { path: join(folder, 'lost'), mimeType: 'a/b', filename: 'x', size: 1 }
    if (id !== 'med_1') throw new Failure('not-found', 'There is no such file')
    return { path, mimeType: 'image/png', filename: 'a.png', size: TEXT.length, ...about }
  }
  const fastify = Fastify({ logger: false, forceCloseConnections: true })
  const media = { open, receive: assert.fail, upload: assert.fail }
  fastify.register(createMediaLink({ gateway: { media }, log: silentLog }))
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  t.after(async () => {
    await fastify.close()
    rmSync(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${(fastify.server.address() as AddressInfo).port}`
  const get = (id: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${url}/media/${id}`, { headers, method })
  return { get, path, asked }
}

test('a link gives the file, as a download that no browser runs or tells of', async (t) => {
  const { get, asked } = await serve(t)
  const response = await get('med_1?e=1&s=a%2Fb')
  assert.deepEqual(asked, ['med_1?e=1&s=a%2Fb'])
  assert.equal(response.status, 200)
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), TEXT)
  for (const [name, value] of Object.entries({
    'content-type': 'image/png',
    'content-length': '10',
    'content-disposition': `attachment; filename="a.png"; filename*=UTF-8''a.png`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': 'private',
    'referrer-policy': 'no-referrer',
    'accept-ranges': 'bytes',
  })) {
    assert.equal(response.headers.get(name), value, name)
  }
  const head = await get('med_1', {}, 'HEAD')
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '10', ''])
})

test('ranges are answered as they are asked for', async (t) => {
  const { get } = await serve(t)
  const ranged = async (range: string, headers: Record<string, string> = {}) => {
    const response = await get('med_1', { range, ...headers })
    return [response.status, response.headers.get('content-range'), await response.text()]
  }
  assert.deepEqual(await ranged('bytes=2-4'), [206, 'bytes 2-4/10', '234'])
  assert.deepEqual(await ranged('bytes=8-'), [206, 'bytes 8-9/10', '89'])
  assert.deepEqual(await ranged('bytes=-3'), [206, 'bytes 7-9/10', '789'])
  assert.deepEqual(await ranged('bytes=9-100'), [206, 'bytes 9-9/10', '9'])
  assert.deepEqual(await ranged('bytes=10-'), [416, 'bytes */10', 'The file ends before that range'])
  for (const all of ['bytes=5-2', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=-', 'bytes=a-b', `bytes=${'9'.repeat(400)}-`]) {
    assert.deepEqual(await ranged(all), [200, null, '0123456789'], all)
  }
  const etag = (await get('med_1')).headers.get('etag') ?? ''
  assert.deepEqual(await ranged('bytes=2-4', { 'if-range': etag }), [206, 'bytes 2-4/10', '234'])
  assert.deepEqual(await ranged('bytes=2-4', { 'if-range': '"other"' }), [200, null, '0123456789'])
  const known = await get('med_1', { 'if-none-match': etag })
  assert.deepEqual([known.status, await known.text()], [304, ''])
})

test('an empty file is one, too', async (t) => {
  const { get, path } = await serve(t)
  writeFileSync(path, '')
  for (const [range, status] of [
    ['x', 200],
    ['bytes=0-', 416],
    ['bytes=-5', 416],
  ] as const) {
    const response = await get('med_1', { range })
    assert.equal(response.status, status, range)
    if (status === 200) assert.deepEqual([response.headers.get('content-length'), await response.text()], ['0', ''])
  }
})

test('what is not there is said in plain text, and nothing of ours with it', async (t) => {
  const { get } = await serve(t)
  for (const [id, status, sentence] of [
    ['nobody', 404, 'There is no such file'],
    ['..%2f..%2fetc%2fpasswd', 404, 'There is no such file'],
    ['med_old', 410, 'It was deleted'],
    ['med_lost', 410, 'The file is not there any more'],
    ['med_busy', 503, 'Later'],
    ['med_broken', 500, 'Internal error'],
  ] as const) {
    const response = await get(id)
    assert.equal(response.status, status, id)
    assert.equal(await response.text(), sentence)
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('cache-control'), 'no-store')
  }
  assert.equal((await get('med_busy')).headers.get('retry-after'), '2')
})

test('hostile names and types reach nobody’s headers', async (t) => {
  const filename = '../\r\nSet-Cookie: x=1\r\n\r\n<script>"\u202egnp\0.exe'
  const { get } = await serve(t, { filename, mimeType: 'text/html\r\nSet-Cookie: x=1' })
  const response = await get('med_1')
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('set-cookie'), null)
  assert.equal(response.headers.get('content-type'), 'application/octet-stream')
  assert.equal(
    response.headers.get('content-disposition'),
    `attachment; filename="Set-Cookie: x=1<script>_gnp.exe"; filename*=UTF-8''Set-Cookie%3A%20x%3D1%3Cscript%3E%22gnp.exe`,
  )
})

test('any name and any type make headers that can be sent', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('\ud800', '"', '\\', '%', "'()*"))
  fc.assert(
    fc.property(text, (said) => {
      const name = disposition(said)
      assert.match(name, /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''[A-Za-z0-9._~!$&+^`|%-]+$/)
      assert.equal(name.split('"').length, 3)
      assert.match(harmlessType(said), /^[\x21-\x7e]+$/)
    }),
  )
})

test('only types that are harmless are told', () => {
  for (const type of [
    ...['image/png', 'image/webp', 'audio/ogg; codecs=opus', 'video/mp4', 'application/pdf', 'text/plain', 'text/csv'],
    ...['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.ms-excel'],
  ]) {
    assert.equal(harmlessType(type), type)
  }
  assert.equal(harmlessType('IMAGE/JPEG;charset=x'), 'image/jpeg')
  assert.equal(harmlessType('audio/ogg;codecs="opus"'), 'audio/ogg; codecs="opus"')
  for (const type of [
    ...['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml', 'application/javascript', 'text/ecmascript'],
    ...['application/x-shockwave-flash', 'multipart/x-mixed-replace', 'message/rfc822', 'application/octet-stream'],
    ...['', 'image', 'image/', '/png', 'image/png\n', 'image/p ng', 'text/css', 'application/json', 'IMAGE/SVG+XML'],
  ]) {
    if (type === 'image/png\n') assert.equal(harmlessType(type), 'image/png')
    else assert.equal(harmlessType(type), 'application/octet-stream', type)
  }
})

test('a range is never outside of its file', () => {
  const number = fc.oneof(fc.constant(''), fc.nat(30).map(String))
  fc.assert(
    fc.property(number, number, fc.nat(20), (first, last, size) => {
      const range = rangeOf(`bytes=${first}-${last}`, size)
      if (range === null || range === 'none') return
      assert.ok(0 <= range.start && range.start <= range.end && range.end < size)
    }),
  )
})
