// A disk that is full, on the whole product: nothing is taken that could be lost, all can be read, and it goes on by itself.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startMetaSimulator } from '../../simulator/meta/index.ts'
import { startReceiver } from '../../simulator/receiver/index.ts'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import { messagesBody, sign, text } from './callback.ts'
import { startChild } from './child.ts'
import { idsAt, until } from './conditions.ts'
import { settingsOf } from './stage.ts'

const KEY = 'wh_process_9Lq2xTr8VbNc5Wz3Km7Yd4Fs'
const SIZE = '12m'

/** A small disk of its own, in memory; null, with a reason told, where that is not permitted. */
function smallDisk(t: TestContext): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder], { encoding: 'utf8' })
  t.after(() => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder])
    rmdirSync(folder)
  })
  if (mounted.status === 0) return folder
  t.skip(`a small disk cannot be mounted here: ${mounted.error?.message ?? mounted.stderr.trim()}`)
  return null
}

/** Takes all the room that is left. */
function fill(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (let size = 1 << 20; size >= 512; size /= 2)
      try {
        for (let written = 0; written < 1000; written += 1) writeSync(file, Buffer.alloc(size, 1))
      } catch (thrown) {
        assert.equal((thrown as NodeJS.ErrnoException).code, 'ENOSPC')
      }
  } finally {
    closeSync(file)
  }
}

test('a full disk refuses what comes in with 503, answers what is asked, and goes on when there is room', async (t) => {
  const disk = smallDisk(t)
  if (disk === null) return
  const meta = await startMetaSimulator()
  const receiver = await startReceiver()
  t.after(async () => {
    await meta.close()
    await receiver.close()
  })
  const settings = { data: join(disk, 'data'), api_key: KEY, graph_url: meta.url, allowed_hook_hosts: '127.0.0.1' }
  const child = await startChild(t, settings)
  const api = createClient(native, { baseUrl: child.url, key: KEY })
  const number = meta.addNumber({ callbackUrl: `${child.url}/webhooks/whatsapp/shop` })
  await api.addAccount({ id: 'shop', type: 'business-api', business_api: settingsOf(number) })
  const events = ['message.received']
  const { secret } = await api.addHook({ id: 'crm', name: 'CRM', url: receiver.url, active: true, events })
  receiver.trust(secret)
  const acknowledged: string[] = []
  const says = async (id: string) => {
    const body = messagesBody(number, [text(id, 'x'.repeat(4000))])
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': sign(body, number.appSecret) }
    const response = await fetch(`${child.url}/webhooks/whatsapp/shop`, { method: 'POST', headers, body })
    const sentence = await response.text()
    if (response.status === 200) acknowledged.push(id)
    return { status: response.status, retryAfter: response.headers.get('retry-after'), sentence }
  }
  assert.equal((await says('before')).status, 200)
  await until(() => idsAt(receiver).length === 1, 'the first arrives')

  fill(join(disk, 'filler'))
  let refused = await says('full-0')
  // What fits into the space that the database has already may still be taken.
  for (let n = 1; n < 3000 && refused.status === 200; n += 1) refused = await says(`full-${n}`)
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.retryAfter) >= 1, String(refused.retryAfter))
  const ready = await fetch(`${child.url}/ready`)
  assert.equal(ready.status, 503)
  assert.match(await ready.text(), /no space left/i)
  assert.equal((await fetch(`${child.url}/health`)).status, 200)
  assert.equal((await api.listHooks()).length, 1)
  assert.equal((await api.getAccountStatus({ id: 'shop' })).state, 'connected')
  assert.ok((await api.listDeliveries({ hook: 'crm' })).deliveries.length >= 1)
  await api.getCachedEvents({ limit: 1 })
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
  const message = JSON.stringify({ account_id: 'shop', to: '+15550001111', text: 'hi' })
  const send = await fetch(`${child.url}/api/send`, { method: 'POST', headers, body: message })
  assert.equal(send.status, 503)
  assert.ok(Number(send.headers.get('retry-after')) >= 1)
  assert.equal(meta.messages().length, 0, 'nothing went out')

  rmSync(join(disk, 'filler'))
  const freed = performance.now()
  await until(async () => (await fetch(`${child.url}/ready`)).ok, 'it is ready again by itself', 15_000)
  assert.ok(performance.now() - freed < 10_000)
  assert.equal((await says('after')).status, 200)
  await until(() => new Set(idsAt(receiver)).size >= acknowledged.length, 'all that was acknowledged arrives', 20_000)
  const arrived = new Set(idsAt(receiver))
  assert.deepEqual(
    acknowledged.filter((id) => !arrived.has(id)),
    [],
  )
  assert.equal((await child.end()).code, 0)
  const again = await startChild(t, settings)
  assert.equal((await fetch(`${again.url}/ready`)).status, 200)
  assert.equal((await again.end()).code, 0)
})
