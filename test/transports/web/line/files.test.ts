// Files on their way to and from WhatsApp's hosts: only from there, and only if they are what their message says.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { type MediaStore, startMediaStore } from '../../../../simulator/whatsapp/media/index.ts'
import type { LocalFile } from '../../../../src/transports/transport.ts'
import { downloadFile, placeOf } from '../../../../src/transports/web/socket/files/download.ts'
import { uploadFile } from '../../../../src/transports/web/socket/files/upload.ts'
import { createWays, isAllowed, type Ways } from '../../../../src/transports/web/socket/ways.ts'

let store: MediaStore
let ways: Ways
/** A host that nobody may be sent to; counts who comes. */
let elsewhere: Server
let visits = 0
let elsewhereHost = ''

before(async () => {
  store = await startMediaStore()
  ways = createWays({ url: 'ws://127.0.0.1:1', noiseRoot: null, mediaHosts: [store.host], mediaCa: store.ca }, null)
  elsewhere = createServer((socket) => {
    visits += 1
    socket.destroy()
  })
  elsewhere.listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  elsewhereHost = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
})
after(async () => {
  ways.close()
  elsewhere.close()
  await store.close()
})

const hostsOf = (...names: string[]) => ({
  ways,
  hosts: async () => ({ auth: store.auth, hosts: names.map((hostname) => ({ hostname })) }),
})
const fileOf = (bytes: Buffer): LocalFile => ({
  size: bytes.length,
  mimeType: 'application/octet-stream',
  filename: 'x',
  read: () => Readable.from(chunked(bytes)),
})
function* chunked(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}
async function bytesOf(all: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Readable.from(all).toArray())
}
async function read(content: Record<string, unknown>, ...hosts: string[]): Promise<Buffer> {
  return bytesOf(downloadFile(hostsOf(...hosts), content))
}

describe('a file that goes out', () => {
  for (const size of [0, 1, 15, 16, 17, 100_000]) {
    it(`of ${size} bytes arrives encrypted, and comes back as it was`, async () => {
      const bytes = randomBytes(size)
      const placed = await uploadFile(hostsOf(store.host), 'document', fileOf(bytes))
      assert.equal(placed.fileLength, size)
      assert.notDeepEqual(store.blob(placed.directPath), bytes)
      const sum = (name: 'mediaKey' | 'fileSha256' | 'fileEncSha256') => Buffer.from(placed[name], 'base64')
      const described = {
        mediaKey: sum('mediaKey'),
        fileSha256: sum('fileSha256'),
        fileEncSha256: sum('fileEncSha256'),
      }
      const content = { documentMessage: { ...described, directPath: placed.directPath, fileLength: size } }
      assert.deepEqual(await read(content, store.host), bytes)
    })
  }

  it('goes to no host but those of WhatsApp', async () => {
    const before = visits
    await assert.rejects(uploadFile(hostsOf(elsewhereHost), 'image', fileOf(randomBytes(10))), /names no host/)
    await uploadFile(hostsOf(elsewhereHost, store.host), 'image', fileOf(randomBytes(10)))
    assert.equal(visits, before)
  })

  it('fails with the status that the host refused it with', async () => {
    store.fails({ of: 'upload', how: 507, times: 2 })
    await assert.rejects(uploadFile(hostsOf(store.host), 'image', fileOf(randomBytes(10))), { status: 507 })
  })
})

describe('a file that comes in', () => {
  const plain = randomBytes(50_000)
  const published = () => store.publish(plain, 'image')

  it('is fetched by its path, and never from where its sender says', async () => {
    const before = visits
    const url = `https://${elsewhereHost}/v/t62/x`
    assert.deepEqual(await read({ imageMessage: { ...published(), url } }, store.host), plain)
    assert.equal(visits, before)
  })

  it('is found in what messages are wrapped in', async () => {
    const content = { viewOnceMessageV2: { message: { imageMessage: { ...published() } } } }
    assert.deepEqual(await read({ messageContextInfo: {}, ...content }, store.host), plain)
  })

  it('leads nowhere else by its path', async () => {
    const before = visits
    const paths = [
      `//${elsewhereHost}/x`,
      `/\\${elsewhereHost}/x`,
      `https://${elsewhereHost}/x`,
      `@${elsewhereHost}/`,
      '',
      '/',
    ]
    for (const directPath of paths)
      await assert.rejects(read({ imageMessage: { ...published(), directPath } }, store.host), /path/, directPath)
    assert.equal(visits, before)
    assert.equal(placeOf('mmg.whatsapp.net', '/v/t62/x?ccb=1'), 'https://mmg.whatsapp.net/v/t62/x?ccb=1')
  })

  it('is refused when its host may not be asked', async () => {
    const before = visits
    await assert.rejects(read({ imageMessage: published() }, elsewhereHost, 'evil.example'), /names no host/)
    assert.equal(visits, before)
  })

  it('fails when one byte is another, wherever that is', async () => {
    const wrong = {
      mediaKey: /wrong (MAC|SHA)/,
      fileEncSha256: /wrong SHA-256 of the encrypted/,
      fileSha256: /wrong SHA-256/,
    }
    for (const [name, pattern] of Object.entries(wrong))
      await assert.rejects(
        read({ imageMessage: { ...published(), [name]: randomBytes(32) } }, store.host),
        pattern,
        name,
      )
    store.fails({ of: 'download', how: 'garble', times: 1 })
    await assert.rejects(read({ imageMessage: published() }, store.host))
  })

  it('fails when it is longer than its message says, and when it is cut off', async () => {
    const short = { ...published(), fileLength: 1000 }
    await assert.rejects(read({ imageMessage: short }, store.host), /longer than its message says/)
    store.fails({ of: 'download', how: 'cut', times: 1 })
    await assert.rejects(read({ imageMessage: published() }, store.host))
  })

  it('fails with the status when it is gone', async () => {
    const gone = published()
    store.expire(gone.directPath, 404)
    await assert.rejects(read({ imageMessage: gone }, store.host), { status: 404 })
  })

  it('is not taken from a host with a certificate of somebody else', async () => {
    const strict = createWays(
      { url: 'ws://127.0.0.1:1', noiseRoot: null, mediaHosts: [store.host], mediaCa: null },
      null,
    )
    const parts = { ...hostsOf(store.host), ways: strict }
    await assert.rejects(bytesOf(downloadFile(parts, { imageMessage: published() })), /certificate/)
    strict.close()
  })
})

describe('what the library fetches by itself', () => {
  // Node's fetch takes it; its types do not say so.
  const fetching = (url: string) => fetch(url, { dispatcher: ways.fetching } as unknown as RequestInit)

  it('comes from the host for files even when it asks the one that it knows by heart', async () => {
    const { directPath } = store.publish(Buffer.from('history'), 'image')
    const answer = await fetching(`https://mmg.whatsapp.net${directPath}`)
    assert.equal(answer.status, 200)
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), store.blob(directPath))
  })

  it('comes from nowhere else', async () => {
    const before = visits
    await assert.rejects(fetching(`https://${elsewhereHost}/x`))
    await assert.rejects(fetching(`http://${elsewhereHost}/x`))
    assert.equal(visits, before)
  })
})

describe('the rule for hosts', () => {
  it('knows names under a domain, and single hosts with their port', () => {
    const allowed = (host: string) => isAllowed(['*.whatsapp.net', '127.0.0.1:443'], host)
    for (const host of ['mmg.whatsapp.net', 'media-fra3-1.cdn.whatsapp.net', 'MMG.WhatsApp.NET', '127.0.0.1:443'])
      assert.equal(allowed(host), true, host)
    for (const host of [
      'whatsapp.net',
      'evilwhatsapp.net',
      'mmg.whatsapp.net.evil.example',
      'mmg.whatsapp.net:8443',
      '127.0.0.1',
      '127.0.0.1:80',
      '',
    ])
      assert.equal(allowed(host), false, host)
  })
})
