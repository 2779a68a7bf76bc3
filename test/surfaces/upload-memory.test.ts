// A hundred megabytes in one JSON body: they go to disk, and memory does not notice.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Measured } from './upload-server.ts'

const MB = 1024 * 1024
const FILE_MB = 100
const MOST_GROWTH = 32 * MB
const SERVER = fileURLToPath(new URL('./upload-server.ts', import.meta.url))

/** A megabyte that base64 writes without padding. */
const block = Buffer.alloc(3 * 349_525, 'a file of a hundred megabytes ')

async function* bodyOf(files: readonly string[]) {
  const text = block.toString('base64')
  yield Buffer.from('{"caption":"large"')
  for (const name of files) {
    yield Buffer.from(`,"${name}":"`)
    for (let sent = 0; sent < FILE_MB / files.length; sent++) yield Buffer.from(text)
    yield Buffer.from('"')
  }
  yield Buffer.from('}')
}

test('a document of 100 MB makes a server grow by far less than 64 MB', async (t) => {
  const child = fork(SERVER, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill()
    await ended
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const upload = async (files: readonly string[]) => {
    const measured = once(child, 'message') as Promise<[Measured]>
    const response = await fetch(`${url}/api/image`, {
      method: 'POST',
      headers: { 'x-api-key': 'sender', 'content-type': 'application/json' },
      body: ReadableStream.from(bodyOf(files)),
      duplex: 'half',
    })
    assert.equal(response.status, 200, await response.text())
    return (await measured)[0]
  }
  const hash = createHash('sha256')
  for (let sent = 0; sent < FILE_MB; sent++) hash.update(block)
  const one = await upload(['image_data'])
  assert.deepEqual(one.files, { image_data: { size: FILE_MB * block.length, sha256: hash.digest('hex') } })
  const two = await upload(['thumb_data', 'image_data'])
  assert.deepEqual(
    Object.values(two.files).map(({ size }) => size),
    [(FILE_MB / 2) * block.length, (FILE_MB / 2) * block.length],
  )
  for (const { growth } of [one, two]) assert.ok(growth < MOST_GROWTH, `it grew by ${(growth / MB).toFixed(1)} MB`)
  t.diagnostic(`it grew by ${[one, two].map(({ growth }) => (growth / MB).toFixed(1)).join(' and ')} MB`)
})
