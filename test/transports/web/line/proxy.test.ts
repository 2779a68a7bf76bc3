// With a proxy nothing of an account goes out beside it: neither its connection nor its files.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { startWhatsAppSimulator } from '../../../../simulator/whatsapp/index.ts'
import { type MediaStore, startMediaStore } from '../../../../simulator/whatsapp/media/index.ts'
import { createHookGuard } from '../../../../src/delivery/webhook/guard.ts'
import { silentLog } from '../../../../src/kit/log.ts'
import { downloadFile } from '../../../../src/transports/web/socket/files/download.ts'
import { uploadFile } from '../../../../src/transports/web/socket/files/upload.ts'
import { createWays } from '../../../../src/transports/web/socket/ways.ts'
import { createVersions } from '../../../../src/transports/web/socket.ts'
import { type CountingProxy, httpProxy, socksProxy } from './proxies.ts'
import { createStand, type Stand } from './stand.ts'

async function bytesOf(all: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Readable.from(all).toArray())
}

for (const [kind, make] of [
  ['http', httpProxy],
  ['socks5', socksProxy],
] as const) {
  describe(`an account behind a proxy (${kind})`, () => {
    let proxy: CountingProxy
    let store: MediaStore
    before(async () => {
      proxy = await make()
      store = await startMediaStore()
    })
    after(async () => {
      await store.close()
      await proxy.close()
    })

    it('brings and fetches files through it, by names that only the proxy resolves', async () => {
      const mediaHosts = [store.host]
      const endpoint = { url: 'ws://127.0.0.1:1', noiseRoot: null, mediaHosts, mediaCa: store.ca }
      const ways = createWays(endpoint, { url: proxy.url, lookup: null })
      const hosts = async () => ({ auth: store.auth, hosts: [{ hostname: store.host }] })
      const bytes = Buffer.from('through the proxy')
      const file = { size: bytes.length, mimeType: 'text/plain', filename: 'x', read: () => Readable.from([bytes]) }
      const { directPath } = await uploadFile({ ways, hosts }, 'document', file)
      assert.ok(store.blob(directPath))
      const port = Number(store.host.split(':')[1])
      assert.equal(proxy.through(port) > 0, true)
      const before = proxy.asked.length
      const other = createWays(endpoint, { url: proxy.url, lookup: null })
      const content = { imageMessage: store.publish(bytes, 'image') }
      const read = await bytesOf(downloadFile({ ways: other, hosts }, content))
      assert.deepEqual(read, bytes)
      assert.ok(proxy.asked.length > before)
      ways.close()
      other.close()
    })

    it("is the way to WhatsApp's page, too, which names the version of today", async () => {
      const sim = await startWhatsAppSimulator()
      try {
        sim.server.letsIn(1050000002)
        const versions = createVersions(sim)
        const way = { refused: 1043857760, proxy: { url: proxy.url, lookup: null }, log: silentLog }
        assert.equal(await versions.renew(way), 'newer')
        assert.deepEqual(versions.current(), [2, 3000, 1050000002])
        assert.equal(proxy.through(sim.port), 1)
        assert.equal(await versions.renew(way), 'newer', 'which is asked for once')
        assert.equal(proxy.through(sim.port), 1)
        assert.equal(await versions.renew({ ...way, refused: 1050000002 }), 'same')
        assert.equal(proxy.through(sim.port), 2)
        const elsewhere = createVersions({ url: `ws://127.0.0.1:${sim.port}/none` })
        const gone = {
          refused: undefined,
          proxy: { url: proxy.url.replace(/:\d+$/, ':1'), lookup: null },
          log: silentLog,
        }
        assert.equal(await elsewhere.renew(gone), 'unknown')
      } finally {
        await sim.close()
      }
    })

    it('is not dialled when its name leads to where it may not go', async () => {
      const guard = createHookGuard([], async () => [{ address: '127.0.0.1', family: 4 }])
      const url = proxy.url.replace('127.0.0.1', 'proxy.example')
      await assert.rejects(guard.checkProxy(url), /The proxy is at a host/)
      // As if the name had led elsewhere when it was set.
      const lookup = createHookGuard([], async () => [{ address: '127.0.0.1', family: 4 }]).lookup
      const before = proxy.asked.length
      const page = createVersions({ url: 'ws://127.0.0.1:1/ws/chat' })
      assert.equal(await page.renew({ refused: undefined, proxy: { url, lookup }, log: silentLog }), 'unknown')
      const mediaHosts = [store.host]
      const ways = createWays(
        { url: 'ws://127.0.0.1:1', noiseRoot: null, mediaHosts, mediaCa: store.ca },
        { url, lookup },
      )
      const hosts = async () => ({ auth: store.auth, hosts: [{ hostname: store.host }] })
      const content = { imageMessage: store.publish(Buffer.from('x'), 'image') }
      await assert.rejects(bytesOf(downloadFile({ ways, hosts }, content)))
      const dialled = new Promise((resolve, reject) => {
        const agent = ways.agent as unknown as { connect(request: unknown, to: unknown): Promise<unknown> }
        agent.connect(new EventEmitter(), { host: 'x.example', port: 443, secureEndpoint: false }).then(resolve, reject)
      })
      await assert.rejects(dialled, /not allowed/)
      ways.close()
      assert.equal(proxy.asked.length, before)
    })

    it('goes nowhere when the proxy is gone', async () => {
      const gone = await make()
      await gone.close()
      const ways = createWays(
        { url: 'ws://127.0.0.1:1', noiseRoot: null, mediaHosts: [store.host], mediaCa: store.ca },
        { url: gone.url, lookup: null },
      )
      const before = store.requests().length
      const hosts = async () => ({ auth: store.auth, hosts: [{ hostname: store.host }] })
      const content = { imageMessage: store.publish(Buffer.from('x'), 'image') }
      await assert.rejects(bytesOf(downloadFile({ ways, hosts }, content)))
      assert.equal(store.requests().length, before)
      ways.close()
    })
  })
}

describe('a line behind a proxy', () => {
  let proxy: CountingProxy
  let at: Stand
  before(async () => {
    proxy = await socksProxy()
    at = await createStand({ proxy: proxy.url })
  })
  after(async () => {
    await at.close()
    await proxy.close()
  })

  it('is linked, logs in and hears through it', async () => {
    let opened = 0
    const done = at.sim.server.on('opened', () => {
      opened += 1
    })
    await at.linked()
    await at.ann.says(at.own.number, 'through the wall')
    await at.until('the message', () => at.drafts.find(({ data }) => data.includes('through the wall')))
    assert.equal(opened, 2)
    assert.equal(proxy.through(at.sim.port), opened)
    done()
  })

  it('is connected anew when somebody in between writes bytes of his own, and nothing else happens', async () => {
    const [line] = at.lines
    assert.ok(line)
    at.states.length = 0
    // A whole frame of the WebSocket, with a whole frame of WhatsApp's in it that nobody has the key for.
    proxy.inject(Buffer.from([0x82, 8, 0, 0, 5, 1, 2, 3, 4, 5]))
    await at.until('the end', () => at.states[0]?.is === 'retrying')
    await at.is(line, 'connected')
  })
})
