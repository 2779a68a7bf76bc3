// How the simulated Meta reads multipart bodies, and what it writes down of them.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { assertError, customerNumber, type Stage, setStage } from './stage.ts'

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function post(stage: Stage, body: string | Buffer, type = 'multipart/form-data; boundary=XX') {
  const { simulator, number } = stage
  const headers = { authorization: `Bearer ${number.token}`, 'content-type': type }
  const response = await fetch(`${simulator.url}/v21.0/${number.phoneNumberId}/messages`, {
    ...{ method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body) },
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as never }
}

const part = (head: string, body: string): string =>
  `--XX\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`
const message =
  part('name="messaging_product"', 'whatsapp') +
  part('name="to"', customerNumber) +
  part('name="text"', '{"body":"Grüße"}')

test('fields of a multipart body are parameters, JSON among them counts as what it says', async (t) => {
  const stage = await setStage(t)
  assert.equal((await post(stage, `${message}--XX--\r\n`)).status, 200)
  const [sent] = stage.simulator.messages()
  assert.deepEqual(sent?.message.text, { body: 'Grüße' })
  assert.deepEqual(stage.simulator.requests()[0]?.body, {
    ...{ messaging_product: 'whatsapp', to: customerNumber, text: { body: 'Grüße' } },
  })
})

test('the log names a file by name, type, size and hash, and keeps 64 KB of the body', async (t) => {
  const stage = await setStage(t)
  const content = 'x'.repeat(100_000)
  const file = part('name="file"; filename="a b.json"\r\nContent-Type: application/json; charset=utf-8', content)
  const body = `${message}${file}--XX--\r\n`
  await post(stage, body)
  const logged = stage.simulator.requests()[0]!
  assert.deepEqual((logged.body as Record<string, unknown>).file, {
    ...{ filename: 'a b.json', type: 'application/json', size: 100_000, sha256: sha256(content) },
  })
  assert.deepEqual([Buffer.byteLength(logged.rawBody), logged.rawBodyBytes], [65_536, Buffer.byteLength(body)])
})

test('a part that comes twice counts as it came last, and what follows the end counts for nothing', async (t) => {
  const stage = await setStage(t)
  const [one, two] = ['one', 'two'].map((each) => part(`name="file"; filename="${each}.txt"`, each))
  const answer = await post(stage, `${message}${one}${two}--XX--\r\n${'after'.repeat(100_000)}`)
  assertError(answer, { status: 400, code: 100, message: /Unexpected key "file"/ })
  const logged = stage.simulator.requests()[0]!.body as Record<string, unknown>
  assert.deepEqual(logged.file, { filename: 'two.txt', type: 'text/plain', size: 3, sha256: sha256('two') })
})

test('a multipart body that breaks off, or has no boundary, counts as none', async (t) => {
  const stage = await setStage(t)
  const refusal = { status: 400, code: 100, message: /messaging_product is required/ }
  const file = part('name="file"; filename="a.bin"\r\nContent-Type: image/png', 'y'.repeat(200_000))
  for (const body of [message, `${message}${file.slice(0, -2)}`, `${message}--XX\r\nContent-Disp`, 'nothing']) {
    assertError(await post(stage, body), refusal)
  }
  assertError(await post(stage, `${message}--XX--\r\n`, 'multipart/form-data'), refusal)
  assert.ok(stage.simulator.requests().every(({ body, rawBodyBytes }) => body === undefined && rawBodyBytes))
})

test('a caller who leaves in the middle of a file holds nothing up', async (t) => {
  const stage = await setStage(t)
  const { simulator, number } = stage
  const call = httpRequest(`${simulator.url}/v21.0/${number.phoneNumberId}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=XX', 'content-length': '1000000' },
  })
  call.on('error', () => undefined)
  const written = Promise.withResolvers<void>()
  call.write(`${message}${part('name="file"; filename="a.bin"', 'z'.repeat(1000))}`, () => written.resolve())
  await written.promise
  call.destroy()
  assert.equal((await stage.text()).status, 200)
})
