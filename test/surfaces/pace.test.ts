// How long a request may take to arrive: slow clients are told so, and hold nothing for long.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { FakeClock } from '../suites/fake-clock.ts'
import { startSmall } from './small-surface.ts'

interface Client {
  readonly socket: Socket
  heard: string
  closed: boolean
}

/** Sends the head of a request and some of its body. */
async function begin(url: string, path: string, body: string, key = 'admin'): Promise<Client> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const client: Client = { socket, heard: '', closed: false }
  socket.setEncoding('utf8')
  socket.on('data', (part) => (client.heard += part))
  socket.on('error', () => {})
  socket.on('close', () => (client.closed = true))
  await once(socket, 'connect')
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\nContent-Type: application/json\r\n`
  const length = path === '/api/image' ? 4_000_000 : 40_000
  socket.write(`${head}Content-Length: ${length}\r\n\r\n${body}`)
  return client
}

async function until(so: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000
  while (!so()) {
    assert.ok(performance.now() < deadline, what)
    await setImmediate()
  }
}

test('a body without a file that is not there after a minute is 408', async (t) => {
  const clock = new FakeClock()
  const { url } = await startSmall(t, { clock })
  const client = await begin(url, '/api/things/shop', '{"thing_id":')
  await until(() => clock.timers === 1, 'its time runs')
  await clock.advance(59_000)
  assert.equal(client.heard, '')
  await clock.advance(1_000)
  await until(() => client.closed, 'it is closed')
  assert.match(client.heard, /^HTTP\/1\.1 408 .*The request took too long to arrive$/s)
})

test('a body with a file goes on as long as enough of it comes, and leaves nothing when it does not', async (t) => {
  const clock = new FakeClock()
  const { url, left, size } = await startSmall(t, { clock })
  const client = await begin(url, '/api/image', '{"image_data":"')
  for (let stretch = 1; stretch <= 5; stretch++) {
    client.socket.write('QUJD'.repeat(stretch === 1 ? 1000 : 125_000))
    await until(() => size() === 3000 + (stretch - 1) * 375_000, 'it has come')
    await clock.advance(29_000)
    assert.equal(client.heard, '')
    await clock.advance(1_000)
  }
  client.socket.write('QUJD'.repeat(10_000))
  await clock.advance(60_000)
  await until(() => client.closed, 'it is closed')
  assert.match(client.heard, /^HTTP\/1\.1 408 /)
  await until(() => left().length === 0, 'nothing is left')
})

test('what is sent on after a refusal is held to the same time', async (t) => {
  const clock = new FakeClock()
  const { url } = await startSmall(t, { clock })
  const client = await begin(url, '/api/things/shop', '{"thing_id":', 'nobody')
  await until(() => client.heard.startsWith('HTTP/1.1 401'), 'it is refused')
  assert.equal(client.closed, false)
  await clock.advance(60_000)
  await until(() => client.closed, 'it is closed')
})

test('requests that are there cost no timer, and those that were end theirs', async (t) => {
  const clock = new FakeClock()
  const { url, post } = await startSmall(t, { clock })
  assert.equal((await fetch(`${url}/api/things`, { headers: { 'x-api-key': 'reader' } })).status, 200)
  assert.equal((await post('/api/things/shop', '{"thing_id":"t1"}')).status, 200)
  assert.equal((await post('/api/image', '{"image_data":"QUJD"}')).status, 200)
  await until(() => clock.timers === 0, 'no timer is left')
})
