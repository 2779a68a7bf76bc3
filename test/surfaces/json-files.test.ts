// Files in JSON bodies over real sockets: they reach their handler whole, and nobody who fails leaves one behind.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { startSmall } from './small-surface.ts'

const MB = 1024 * 1024

/** Until it is so; fails after 5 s. */
async function until(so: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000
  while (!so()) {
    assert.ok(performance.now() < deadline, what)
    await setImmediate()
  }
}

test('files reach the handler as they were, with what a data URL says, and are gone after the call', async (t) => {
  const { post, seen, left } = await startSmall(t)
  const image = randomBytes(3 * MB + 1)
  const thumb = randomBytes(100)
  const body = JSON.stringify({
    image_data: image.toString('base64'),
    caption: 'Grüße "x"\n',
    thumb_data: `data:image/JPEG;base64,${thumb.toString('base64url')}`,
    nested: { image_data: 'is no file' },
  })
  const response = await post('/api/image', body)
  assert.equal(response.status, 200, await response.text())
  const input = { image_data: '', caption: 'Grüße "x"\n', thumb_data: '', nested: { image_data: 'is no file' } }
  assert.deepEqual(seen[0]?.input, input)
  const of = (bytes: Buffer, mimeType: string | null) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { bytes, size: bytes.length, sha256, filename: null, mimeType }
  }
  assert.deepEqual(seen[0]?.files, { image_data: of(image, null), thumb_data: of(thumb, 'image/jpeg') })
  assert.deepEqual(left(), [])
})

test('a body without a file, and one whose file is empty, are like all others', async (t) => {
  const { post, seen } = await startSmall(t)
  for (const body of ['{"caption":"a"}', '{"image_data":""}', '{"image_data":"data:image/png;base64,"}']) {
    assert.equal((await post('/api/image', body)).status, 200, body)
  }
  assert.deepEqual(
    seen.map(({ input, files }) => [input, files]),
    [
      [{ caption: 'a' }, {}],
      [{ image_data: '' }, {}],
      [{ image_data: '' }, {}],
    ],
  )
})

test('what the handler keeps stays, also when it fails afterwards', async (t) => {
  const act = async (call: Parameters<NonNullable<Parameters<typeof startSmall>[1]>['act'] & object>[0]) => {
    await call.files.get('image_data')?.file.keep('kept')
    throw new Error('a fault of ours')
  }
  const { post, left } = await startSmall(t, { act })
  const response = await post('/api/image', '{"image_data":"QUJD","thumb_data":"QUJD"}')
  assert.equal(response.status, 500)
  assert.deepEqual(left(), ['kept'])
})

test('what is wrong is refused in a sentence, and leaves nothing on disk', async (t) => {
  const { post, seen, left } = await startSmall(t)
  const file = `"image_data":"${randomBytes(300_000).toString('base64')}"`
  const gzip = { 'content-encoding': 'gzip' }
  for (const [body, status, sentence, headers] of [
    [`{${file},"thumb_data":"?"}`, 400, 'thumb_data: is not base64'],
    [`{${file.slice(0, -1)}\\n"}`, 400, 'image_data: is not base64'],
    [`{${file},${file}}`, 400, 'image_data: must be given only once'],
    [`{${file},"\\u0069mage_data":null}`, 400, 'image_data: must be given only once'],
    [`{${file}`, 400, 'The body is not valid JSON'],
    [`{${file.slice(0, 100_000)}`, 400, 'The body is not valid JSON'],
    [`{${file}}{}`, 400, 'The body is not valid JSON'],
    [`{${file},"caption":"${'x'.repeat(101)}"}`, 400, 'caption: must have at most 100 characters'],
    [`{${file},"no_such_field":1}`, 400, 'no_such_field: is an unknown field'],
    [`{${file},"__proto__":{}}`, 400, '__proto__: is not a field that can be sent'],
    [`{${file},"nested":${'['.repeat(70)}${']'.repeat(70)}}`, 400, 'nested: is nested deeper than 64 levels'],
    ['{"image_data":17}', 400, 'image_data: must be a text'],
    [`{${file},"caption":"${'x'.repeat(70_000)}"}`, 413, 'larger than 65536 bytes without its files'],
    [`{${file}}`, 400, 'Content-Type: must be application/json', { 'content-type': 'text/plain' }],
    [`{${file}}`, 400, 'Content-Encoding: must be absent', gzip],
    ['', 400, 'The body is empty'],
    ['[]', 400, 'the body: must be an object'],
    [Buffer.from('{"caption":"\xff"}', 'latin1'), 400, 'The body is not valid UTF-8'],
  ] as const) {
    const response = await post('/api/image', body, headers)
    const text = await response.text()
    assert.equal(response.status, status, text)
    assert.ok(text.includes(sentence), `${sentence}: ${text}`)
    assert.deepEqual(left(), [], sentence)
  }
  assert.deepEqual(seen, [])
})

test('a body above the limit of uploads is 413, whether its length was told or not', async (t) => {
  const { post, left } = await startSmall(t, { uploadLimit: 2 * MB })
  const large = new Blob([`{"image_data":"${'QUJD'.repeat(MB)}"}`])
  for (const body of [large, large.stream()]) {
    const response = await post('/api/image', body)
    assert.equal(response.status, 413)
    assert.match(await response.text(), /larger than 2097152 bytes/)
    assert.deepEqual(left(), [])
  }
})

/** A request whose body breaks off: the socket, after `body` went out. */
async function begin(url: string, body: string, key = 'sender'): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const head = `POST /api/image HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\nContent-Type: application/json\r\n`
  socket.write(`${head}Content-Length: 4000000\r\n\r\n${body}`)
  await once(socket, 'connect')
  return socket
}

test('an upload that breaks off leaves nothing on disk', async (t) => {
  const { url, left, seen } = await startSmall(t)
  for (const end of ['destroy', 'resetAndDestroy'] as const) {
    const socket = await begin(url, `{"image_data":"${'QUJD'.repeat(200_000)}`)
    await until(() => left().length === 1, 'it is being written')
    assert.match(left()[0] ?? '', /\.part$/)
    socket[end]()
    await until(() => left().length === 0, `nothing is left after ${end}`)
  }
  assert.deepEqual(seen, [])
})

test('who may not send is told so before any of the body was read', async (t) => {
  const { url, left } = await startSmall(t)
  for (const [key, status] of [
    ['reader', '403'],
    ['nobody', '401'],
  ] as const) {
    const socket = await begin(url, '{"image_data":"', key)
    const [heard] = await once(socket, 'data')
    assert.match(String(heard), new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.deepEqual(left(), [])
    socket.destroy()
  }
})
