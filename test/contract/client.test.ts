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

test('the contract and the client import nothing that a browser does not have', async () => {
  const { readdir, readFile } = await import('node:fs/promises')
  const root = new URL('../../src/contract/', import.meta.url)
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.ts'))
  assert.ok(files.length > 10)
  for (const file of files) {
    const text = await readFile(new URL(file, root), 'utf8')
    const imports = [...text.matchAll(/from '([^']+)'/g)].map(([, from]) => String(from))
    for (const from of imports) {
      assert.match(from, /^(typebox|\.{1,2}\/.*)$/, file)
      if (!from.startsWith('.')) continue
      const target = new URL(from, new URL(file, root)).pathname
      assert.match(target, /\/src\/(contract\/|model\/(account|delivery|failure|message)\.ts$)/, file)
    }
  }
})
