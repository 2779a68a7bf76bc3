// A hundred megabytes in and out of the whole product, in a process of its own: they go by way of the disk.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { startMetaSimulator } from '../../simulator/meta/index.ts'
import { startReceiver } from '../../simulator/receiver/index.ts'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import { startChild, throwAway } from './child.ts'
import { nextEvent } from './events.ts'
import { KEY, settingsOf } from './stage.ts'

const MB = 1_000_000
const FILE_MB = 100
const MOST_GROWTH = 64 * MB
/** Base64 of it needs no padding, so that pieces of it can be put one behind the other. */
const BLOCK = Buffer.alloc(999_999, 'a hundred megabytes of not very much ')
const ZOE = '15550001111'

async function* bodyOf(blocks: number) {
  yield Buffer.from(
    `{"account_id":"shop","to":"${ZOE}","mime_type":"application/pdf","filename":"big.pdf","document_data":"`,
  )
  const text = Buffer.from(BLOCK.toString('base64'))
  for (let sent = 0; sent < blocks; sent++) yield text
  yield Buffer.from('"}')
}

function hashOf(blocks: number): string {
  const hash = createHash('sha256')
  for (let at = 0; at < blocks; at++) hash.update(BLOCK)
  return hash.digest('hex')
}

it('a document of 100 MB goes out and comes in while the server grows by less than 64 MB', async (t) => {
  const meta = await startMetaSimulator()
  const receiver = await startReceiver()
  t.after(() => Promise.all([meta.close(), receiver.close()]))
  meta.limits({ window: false })
  const folder = throwAway(t)
  const child = await startChild(t, {
    ...{ data: folder, api_key: KEY, graph_url: meta.url },
    ...{ allowed_hook_hosts: '127.0.0.1', log_level: 'warn' },
  })
  const api = createClient(native, { baseUrl: child.url, key: KEY })
  const number = meta.addNumber({ callbackUrl: `${child.url}/webhooks/whatsapp/shop` })
  await api.addAccount({ id: 'shop', type: 'cloud', business_api: settingsOf(number), media: { download: true } })
  await api.addHook({ id: 'crm', name: 'CRM', url: receiver.url, active: true, events: ['message.received'] })
  const peak = watchMemory(() => api.getMetrics())
  t.after(() => peak.stop())

  const send = async (blocks: number) => {
    const response = await fetch(`${child.url}/api/send/document`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
      body: ReadableStream.from(bodyOf(blocks)),
      duplex: 'half',
    })
    assert.equal(response.status, 200, await response.text())
  }
  const receive = async (blocks: number) => {
    const bytes = Buffer.concat(Array.from({ length: blocks }, () => BLOCK))
    const said = meta.customer(ZOE).sendsMedia('document', { bytes, mimeType: 'application/pdf', filename: 'big.pdf' })
    const { data } = await nextEvent(receiver, (event) => event.data.message_id === said.id)
    const url = data.media.url ?? assert.fail(`it was not there in time: ${data.media.error}`)
    const hash = createHash('sha256')
    for await (const chunk of (await fetch(url)).body ?? []) hash.update(chunk)
    return hash.digest('hex')
  }
  // What a first file costs (code that is loaded, connections) is not what this is about.
  await send(2)
  await receive(2)
  const before = await peak.restart()

  await send(FILE_MB)
  const [upload] = meta.media().filter(({ size }) => size > 10 * MB)
  assert.deepEqual([upload?.size, upload?.sha256], [FILE_MB * BLOCK.length, hashOf(FILE_MB)])
  assert.equal(await receive(FILE_MB), hashOf(FILE_MB))
  const growth = peak.most() - before
  t.diagnostic(`it grew by ${(growth / MB).toFixed(1)} MB`)
  assert.ok(growth < MOST_GROWTH, `it grew by ${(growth / MB).toFixed(1)} MB`)
})

/** Asks a server for its memory again and again. */
function watchMemory(metrics: () => Promise<string>) {
  const seen = { most: 0, over: false }
  const look = async (): Promise<number> => {
    const rss = Number(/^process_resident_memory_bytes (\S+)/m.exec(await metrics())?.[1])
    seen.most = Math.max(seen.most, rss)
    return rss
  }
  const ended = (async () => {
    while (!seen.over) {
      await look().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
  })()
  return {
    most: () => seen.most,
    async restart() {
      seen.most = 0
      return look()
    },
    async stop() {
      seen.over = true
      await ended
    },
  }
}
