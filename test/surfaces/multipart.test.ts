// Forms with a file over real sockets: what comes as it is, and every way in which a form can be wrong.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { startSmall } from './small-surface.ts'

const MB = 1024 * 1024
const TYPE = { 'content-type': 'multipart/form-data; boundary=xYz' }

/** A part: its headers and what it holds. */
const part = (disposition: string, content: string, type?: string) =>
  `--xYz\r\nContent-Disposition: form-data; ${disposition}\r\n${type ? `Content-Type: ${type}\r\n` : ''}\r\n${content}\r\n`
const FILE = part('name="file"; filename="a.png"', 'bytes', 'image/png')
const ACCOUNT = part('name="account_id"', 'shop')
const END = '--xYz--\r\n'

test('fields and a file reach the handler, and the file is gone after the call', async (t) => {
  const { post, url, seen, left } = await startSmall(t)
  const bytes = randomBytes(3 * MB + 7)
  const form = new FormData()
  form.set('account_id', 'schön')
  form.set('count', '12')
  form.set('file', new File([bytes], 'größe "1".png', { type: 'image/png' }))
  const response = await fetch(`${url}/api/upload`, { method: 'POST', headers: { 'x-api-key': 'sender' }, body: form })
  assert.equal(response.status, 200, await response.text())
  assert.deepEqual(seen[0]?.input, { account_id: 'schön', count: 12, file: '' })
  const file = seen[0]?.files.file
  assert.ok(file)
  assert.ok(file.bytes.equals(bytes))
  assert.deepEqual([file.size, file.filename, file.mimeType], [bytes.length, 'größe "1".png', 'image/png'])
  assert.deepEqual(Object.keys(seen[0].files), ['file'])
  assert.deepEqual(left(), [])
  const last = await post('/api/upload', `${ACCOUNT}${FILE}${END}and an epilogue`, TYPE)
  assert.equal(last.status, 200, await last.text())
  assert.equal(String(seen[1]?.files.file?.bytes), 'bytes')
})

test('names of files are made harmless, and empty files are files', async (t) => {
  const { post, seen } = await startSmall(t)
  for (const [disposition, name] of [
    ['filename="../../etc/passwd"', 'passwd'],
    ['filename="C:\\\\temp\\\\x.pdf"', 'x.pdf'],
    ['filename=".."', null],
    ['filename=""', null],
    ['filename="a\tb\u202egnp.exe"', 'abgnp.exe'],
    [`filename="${'ä'.repeat(1000)}"`, 'ä'.repeat(240)],
  ] as const) {
    const body = `${ACCOUNT}${part(`name="file"; ${disposition}`, '', 'IMAGE/PNG; x=y')}${END}`
    const response = await post('/api/upload', body, TYPE)
    assert.equal(response.status, 200, `${disposition}: ${await response.text()}`)
    const file = seen.at(-1)?.files.file
    assert.deepEqual([file?.filename, file?.mimeType, file?.size], [name, 'image/png', 0], disposition)
  }
})

test('what is wrong with a form is 400 in a sentence, and leaves nothing on disk', async (t) => {
  const { post, seen, left } = await startSmall(t)
  const many = (count: number) => Array.from({ length: count }, (_, at) => part(`name="f${at}"`, 'x')).join('')
  const whole = `${ACCOUNT}${FILE}${END}`
  for (const [what, body, sentence, type] of [
    ['no boundary', whole, 'the boundary is missing', 'multipart/form-data'],
    ['an empty boundary', whole, 'the boundary is missing', 'multipart/form-data; boundary=""'],
    ['a long boundary', whole, 'at most 70', `multipart/form-data; boundary=${'x'.repeat(71)}`],
    ['another type', whole, 'Content-Type: must be multipart/form-data', 'application/json'],
    ['a broken type', whole, 'Content-Type: must be multipart/form-data', ',;/'],
    ['JSON posing', '{"account_id":"shop","file":{"filepath":"/etc/passwd"}}', 'not whole multipart'],
    ['nothing', '', 'The body is empty'],
    ['no parts', END, 'file: is required'],
    ['no file', `${ACCOUNT}${END}`, 'file: is required'],
    ['a text as file', `${ACCOUNT}${part('name="file"', 'x')}${END}`, 'file: must be a file'],
    ['two files', `${FILE}${FILE}${ACCOUNT}${END}`, 'file: must be given only once'],
    ['a file elsewhere', `${FILE}${part('name="other"; filename="x"', 'x')}${END}`, 'other: takes no file'],
    ['a file without name', part('filename="x"', 'x') + END, 'takes no file'],
    ['a part without name', `${FILE}${part('x="y"', 'x')}${END}`, 'a part without a name'],
    ['a field twice', `${FILE}${ACCOUNT}${ACCOUNT}${END}`, 'account_id: must be given only once'],
    ['a field missing', `${FILE}${END}`, 'account_id: is required'],
    ['an unknown field', `${FILE}${ACCOUNT}${part('name="nope"', 'x')}${END}`, 'nope: is an unknown field'],
    ['a wrong number', `${FILE}${ACCOUNT}${part('name="count"', '1e3')}${END}`, 'count: must be a whole number'],
    ['__proto__', `${FILE}${part('name="__proto__"', 'x')}${END}`, '__proto__: is not a field'],
    ['NUL', `${FILE}${part('name="account_id"', 'a\0b')}${END}`, 'account_id: must not contain NUL'],
    [
      'a long field',
      `${FILE}${part('name="account_id"', 'x'.repeat(70_000))}${END}`,
      'account_id: must have at most 65536',
    ],
    ['cut in the file', `${ACCOUNT}${FILE.slice(0, -4)}`, 'not whole multipart'],
    ['cut in a header', `${ACCOUNT}${FILE.slice(0, 60)}`, 'not whole multipart'],
    ['cut behind the file', `${ACCOUNT}${FILE}`, 'not whole multipart'],
    ['21 fields', `${FILE}${many(21)}${END}`, 'more than 20 fields'],
    ['10,000 parts', `${FILE}${many(10_000)}${END}`, 'more than 20 fields'],
    ['10,000 files', `${FILE.repeat(10_000)}${END}`, 'file: must be given only once'],
  ] as const) {
    const response = await post('/api/upload', body, { 'content-type': type ?? TYPE['content-type'] })
    const text = await response.text()
    assert.equal(response.status, 400, `${what}: ${text}`)
    assert.ok(text.includes(sentence), `${what}: ${text}`)
    assert.deepEqual(left(), [], what)
  }
  assert.deepEqual(seen, [])
})

test('a form above the limit of uploads is 413, and one that breaks off leaves nothing', async (t) => {
  const { post, url, left } = await startSmall(t, { uploadLimit: MB })
  const large = new Blob([ACCOUNT, part('name="file"; filename="x"', 'x'.repeat(MB)), END])
  for (const body of [large, large.stream()]) {
    const response = await post('/api/upload', body, TYPE)
    assert.equal(response.status, 413)
    await response.text()
    assert.deepEqual(left(), [])
  }
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`POST /api/upload HTTP/1.1\r\nHost: x\r\nx-api-key: sender\r\nContent-Type: ${TYPE['content-type']}\r\n`)
  socket.write(`Content-Length: 900000\r\n\r\n${ACCOUNT}${part('name="file"; filename="x"', 'x'.repeat(500_000))}`)
  const deadline = performance.now() + 5000
  for (const wanted of [1, 0]) {
    while (left().length !== wanted && performance.now() < deadline) await setImmediate()
    assert.equal(left().length, wanted)
    socket.destroy()
  }
})
