// Callbacks: every path that nothing else lives at, with the bytes as they came.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './start.ts'

test('a callback reaches the gateway byte by byte, whatever type it claims, at its own path and at any other', async (t) => {
  const { url, inside } = await startServer(t)
  const body = Buffer.from([0x7b, 0x22, 0xff, 0x00, 0x0a, 0x7d])
  const types = [undefined, 'application/json', 'text/plain', ',;broken', 'multipart/form-data', '']
  for (const type of types) {
    const response = await fetch(`${url}/webhooks/whatsapp/a%20b?x=1&x=%zz`, {
      method: 'POST',
      body,
      headers: { 'x-hub-signature-256': 'sha256=00', ...(type !== undefined && { 'content-type': type }) },
    })
    assert.equal(response.status, 200, type)
    assert.equal(await response.text(), 'ok')
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    const seen = inside.callbacks.at(-1)
    assert.deepEqual(
      { ...seen, headers: seen?.headers['x-hub-signature-256'], body: Buffer.from(seen?.body ?? []) },
      {
        method: 'POST',
        path: '/webhooks/whatsapp/a%20b',
        query: 'x=1&x=%zz',
        headers: 'sha256=00',
        body,
      },
    )
  }
  assert.equal((await fetch(`${url}/own/path?hub.mode=subscribe`)).status, 200)
  const { method, query, body: none } = inside.callbacks.at(-1) ?? {}
  assert.deepEqual({ method, query, size: none?.length }, { method: 'GET', query: 'hub.mode=subscribe', size: 0 })
})

test('a path where nobody lives is 404, other methods never reach the gateway, and the API keeps its own paths', async (t) => {
  const { url, inside } = await startServer(t)
  assert.equal((await fetch(`${url}/nowhere`, { method: 'POST', body: 'x' })).status, 404)
  assert.equal(inside.callbacks.length, 1)
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
    assert.equal((await fetch(`${url}/own/path`, { method })).status, 404, method)
  }
  assert.equal((await fetch(`${url}/api/webhooks/x`, { method: 'POST', body: 'x' })).status, 404)
  assert.equal((await fetch(`${url}/health`, { method: 'POST', body: 'x' })).status, 405)
  assert.equal(inside.callbacks.length, 1)
})

test('a callback above 4 MB is 413, told or streamed, and a refusal carries its wait', async (t) => {
  const { url, inside } = await startServer(t)
  const large = 'x'.repeat(4 * 1024 * 1024 + 1)
  assert.equal((await fetch(`${url}/webhooks/a`, { method: 'POST', body: large })).status, 413)
  const streamed = await fetch(`${url}/webhooks/a`, {
    method: 'POST',
    body: new Blob([large]).stream(),
    duplex: 'half',
  })
  assert.equal(streamed.status, 413)
  assert.equal(inside.callbacks.length, 0)
  const exact = await fetch(`${url}/webhooks/a`, { method: 'POST', body: large.slice(1) })
  assert.equal(exact.status, 200)
  const full = await fetch(`${url}/webhooks/full`, { method: 'POST', body: '{}' })
  assert.equal(full.status, 503)
  assert.equal(full.headers.get('retry-after'), '5')
})
