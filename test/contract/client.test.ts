// The typed client against a real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import { Failure } from '../../src/model/failure.ts'
import { KEY, startServer } from '../surfaces/start.ts'

test('a call puts values where the operation wants them, and answers what the server said', async (t) => {
  const { url, inside } = await startServer(t)
  const client = createClient(native, { baseUrl: `${url}/`, key: KEY })
  const hook = { id: 'a@b:c', name: 'n', url: 'https://example.com', active: true }
  assert.equal((await client.addHook(hook)).hook_id, 'a@b:c')
  assert.equal((await client.getHook({ id: 'a@b:c' })).name, 'n')
  assert.equal((await client.listDeliveries({ state: 'dead', limit: 1 })).deliveries.length, 1)
  assert.equal((await client.listDeliveries({ state: 'held' })).deliveries.length, 0)
  assert.match(await client.getMetrics(), /^# HELP/)
  await client.sendMessage({ account_id: 'shop', to: '1', text: 'x' }, { idempotencyKey: 'one' })
  assert.match(String(inside.sent[0]?.idempotencyKey), /:sendMessage:one$/)
})

test('a refusal is the Failure that the server threw, with its facts and its wait', async (t) => {
  const { url, inside } = await startServer(t)
  const client = createClient(native, { baseUrl: url, key: KEY })
  inside.sendFails = new Failure('lost-answer', 'Nobody knows', { facts: { message_id: 'msg_1' }, retryAfterS: 7 })
  await assert.rejects(client.sendMessage({ account_id: 'shop', to: '1', text: 'x' }), (thrown) => {
    assert.ok(thrown instanceof Failure)
    const { code, message, retryAfterS, facts } = thrown
    assert.deepEqual(
      { code, message, retryAfterS, facts },
      { code: 'lost-answer', message: 'Nobody knows', retryAfterS: 7, facts: { message_id: 'msg_1', status: 502 } },
    )
    return true
  })
})

test('an answer that is no problem document fails with its text and its status', async () => {
  const client = createClient(native, {
    baseUrl: 'http://127.0.0.1:1',
    fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
  })
  await assert.rejects(client.healthCheck(), { message: '<h1>Bad gateway</h1>', facts: { status: 502 } })
})

test('a form carries its fields and its file, with the name and the type that the file has', async (t) => {
  const { url, inside } = await startServer(t)
  const client = createClient(native, { baseUrl: url, key: KEY })
  const file = new File(['the bytes'], 'holiday.png', { type: 'image/png' })
  assert.deepEqual(await client.uploadMedia({ account_id: 'shop', file }), { id: '4711' })
  await client.uploadMedia({ account_id: 'shop', file: new Blob(['more']), type: 'audio/ogg; codecs=opus' })
  assert.deepEqual(inside.files.map(String), ['the bytes', 'more'])
  assert.deepEqual(inside.asked, [
    ['shop', 'upload', { filename: 'holiday.png', mimeType: 'image/png' }],
    ['shop', 'upload', { filename: 'blob', mimeType: 'audio/ogg; codecs=opus' }],
  ])
  const nobody = { account_id: 'nobody', file }
  await assert.rejects(client.uploadMedia(nobody), { code: 'not-found', message: 'There is no account nobody' })
})

test('the fields of a form go before its file, whatever their order was', async () => {
  const forms: unknown[] = []
  const client = createClient(native, {
    baseUrl: 'http://127.0.0.1:1',
    async fetch(_url, { body, headers }) {
      assert.ok(body instanceof FormData)
      assert.equal('content-type' in Object(headers), false, 'fetch draws the boundary, so it says the type')
      forms.push([...body.keys()])
      return Response.json({ id: '1' })
    },
  })
  await client.uploadMedia({ file: new Blob(['x']), account_id: 'shop', type: 'image/png' })
  assert.deepEqual(forms, [['account_id', 'type', 'file']])
})

test('the contract and the client import nothing that a browser does not have', async () => {
  const { readFile } = await import('node:fs/promises')
  const source = new URL('../../src/', import.meta.url)
  const waiting = [
    'contract/client.ts',
    'contract/openapi.ts',
    'contract/native/index.ts',
    'contract/native/statuses.ts',
  ]
  const seen = new Set<string>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    assert.match(path, /^(contract|model)\//)
    const text = await readFile(new URL(path, source), 'utf8')
    // What is imported as a type only is gone before a browser sees it.
    for (const [, from = ''] of text.matchAll(/^(?:import (?!type )|export .*)[^']*from '([^']+)'/gm)) {
      if (from.startsWith('.'))
        waiting.push(new URL(from, new URL(path, source)).pathname.slice(source.pathname.length))
      else assert.equal(from, 'typebox', path)
    }
  }
  assert.ok(seen.size > 20)
})
