// The media hosts of the simulated WhatsApp, asked as clients ask: over TLS with its certificate, and with the library's own crypto.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type RequestOptions, request } from 'node:https'
import { describe, it, type TestContext } from 'node:test'
import { decryptMediaRetryData, downloadContentFromMessage, encryptMediaRetryRequest, proto } from 'baileys'
import { Agent, Dispatcher1Wrapper } from 'undici'
import {
  type MediaStoreOptions,
  mediaRetryAnswer,
  openMedia,
  sealMedia,
  startMediaStore,
} from '../../../simulator/whatsapp/media/index.ts'

async function hosts(t: TestContext, options?: MediaStoreOptions) {
  const store = await startMediaStore(options)
  t.after(() => store.close())
  // Node's own fetch, which the library uses, speaks the older handlers.
  const dispatcher = new Dispatcher1Wrapper(new Agent({ connect: { ca: store.ca } }))
  t.after(() => dispatcher.close())
  const ask = async (path: string, more: RequestOptions & { body?: Uint8Array } = {}) => {
    const asked = request(`https://${store.host}${path}`, { ca: store.ca, agent: false, ...more })
    asked.end(more.body)
    const [response] = await once(asked, 'response')
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part)
    return { status: response.statusCode as number, headers: response.headers, body: Buffer.concat(parts) }
  }
  return { store, dispatcher, ask }
}

const sha256Url = async (bytes: Uint8Array) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(bytes))).toString('base64url')

async function upload(
  { store, ask }: Awaited<ReturnType<typeof hosts>>,
  blob: Uint8Array,
  token?: string,
  auth?: string,
) {
  const name = token ?? (await sha256Url(blob))
  const path = `/mms/image/${name}?auth=${encodeURIComponent(auth ?? store.auth)}&token=${name}`
  return ask(path, { method: 'POST', body: blob })
}

async function bytesOf(stream: AsyncIterable<Uint8Array>) {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

describe('the media hosts', () => {
  it('give the library a published file, decrypted with the keys of its kind', async (t) => {
    const { store, dispatcher } = await hosts(t)
    const plain = randomBytes(200_001)
    const file = store.publish(plain, 'image')
    const host = store.host
    const options = { dispatcher } as never
    assert.deepEqual(await bytesOf(await downloadContentFromMessage(file, 'image', { host, options })), plain)
    await assert.rejects(async () => bytesOf(await downloadContentFromMessage(file, 'video', { host, options })))
  })

  it('give the library a part of a file', async (t) => {
    const { store, dispatcher } = await hosts(t)
    const plain = randomBytes(5000)
    const file = store.publish(plain, 'document')
    const options = { dispatcher } as never
    const ends = { startByte: 1000, endByte: 2500 }
    const part = await bytesOf(
      await downloadContentFromMessage(file, 'document', { host: store.host, options, ...ends }),
    )
    assert.deepEqual(part, plain.subarray(1000, 2500))
    assert.match(store.requests()[0]?.range ?? '', /^bytes=\d+-\d+$/)
  })

  it('are believed by nobody who does not have their certificate, nor under another name', async (t) => {
    const { store, ask } = await hosts(t)
    await assert.rejects(ask('/v/x', { ca: undefined }), /self-signed certificate/)
    await assert.rejects(ask('/v/x', { servername: 'mmg.whatsapp.net' }), /altnames/)
    assert.equal((await ask('/v/x')).status, 404)
    assert.equal(new URL(`https://${store.host}`).hostname, '127.0.0.1')
  })

  it('take an upload under the hash of its bytes and give it out again', async (t) => {
    const all = await hosts(t)
    const { blob, mediaKey } = sealMedia(Buffer.from('a picture'), 'image')
    const { status, body } = await upload(all, blob)
    assert.equal(status, 200)
    const { direct_path: directPath } = JSON.parse(body.toString())
    const got = await all.ask(directPath)
    assert.equal(openMedia(got.body, mediaKey, 'image').toString(), 'a picture')
    assert.deepEqual(all.store.blob(directPath), Buffer.from(blob))
  })

  it('refuse what is damaged, too big, without its token, or brought to a wrong place', async (t) => {
    const all = await hosts(t, { maxBytes: 1000 })
    const blob = randomBytes(1000)
    assert.equal((await upload(all, blob, await sha256Url(randomBytes(8)))).status, 400)
    assert.equal((await upload(all, blob, undefined, 'stolen')).status, 401)
    assert.equal((await upload(all, randomBytes(1001))).status, 413)
    assert.equal((await all.ask('/elsewhere/x', { method: 'POST', body: blob })).status, 404)
    assert.equal((await upload(all, blob)).status, 200)
  })

  it('answer ranges as the standard says', async (t) => {
    const { store, ask } = await hosts(t)
    const { directPath } = store.publishOpen(Buffer.from('0123456789'), 'image/jpeg')
    const range = async (text: string) => {
      const { status, body, headers } = await ask(directPath, { headers: { range: text } })
      return [status, body.toString(), headers['content-range']]
    }
    assert.deepEqual(await range('bytes=2-4'), [206, '234', 'bytes 2-4/10'])
    assert.deepEqual(await range('bytes=7-'), [206, '789', 'bytes 7-9/10'])
    assert.deepEqual(await range('bytes=-2'), [206, '89', 'bytes 8-9/10'])
    assert.deepEqual(await range('bytes=4-400'), [206, '456789', 'bytes 4-9/10'])
    assert.equal((await range('bytes=10-'))[0], 416)
    assert.equal((await ask(directPath)).headers['content-type'], 'image/jpeg')
  })

  it('forget files, and have them again when a phone brings them', async (t) => {
    const { store, ask } = await hosts(t)
    const { directPath } = store.publish(Buffer.from('old'), 'image')
    store.expire(directPath)
    assert.equal((await ask(directPath)).status, 410)
    store.expire(directPath, 404)
    assert.equal((await ask(directPath)).status, 404)
    assert.equal((await ask(store.renew(directPath))).status, 200)
    assert.throws(() => store.expire('/v/never'), /no file at \/v\/never/)
  })

  it('fail as often as they are told, and no more', async (t) => {
    const all = await hosts(t)
    const { store, ask } = all
    const { directPath } = store.publish(Buffer.alloc(5000), 'image')
    store.fails({ of: 'download', how: 503, times: 2 })
    store.fails({ of: 'download', how: 'cut', times: 1 })
    store.fails({ of: 'download', how: 'garble', times: 1 })
    store.fails({ of: 'upload', how: 500, times: 1 })
    assert.equal((await ask(directPath)).status, 503)
    assert.equal((await ask(directPath)).status, 503)
    await assert.rejects(ask(directPath), /aborted/)
    assert.notDeepEqual((await ask(directPath)).body, store.blob(directPath))
    assert.deepEqual((await ask(directPath)).body, store.blob(directPath))
    assert.equal((await upload(all, Buffer.from('x'))).status, 500)
    assert.equal((await upload(all, Buffer.from('x'))).status, 200)
  })
})

describe('a file that is asked for again', () => {
  const key = { id: 'ABC', remoteJid: '15551234567@s.whatsapp.net', fromMe: false }
  const me = '15550000001:1@s.whatsapp.net'

  const read = (node: ReturnType<typeof mediaRetryAnswer>, mediaKey: Uint8Array) => {
    const [encrypt] = node.content as { content: { content: Uint8Array }[] }[]
    const [ciphertext, iv] = (encrypt?.content ?? []).map((each) => each.content)
    return decryptMediaRetryData({ ciphertext: ciphertext!, iv: iv! }, mediaKey, key.id)
  }

  it('comes with its new place, in a notification that the library opens', async () => {
    const mediaKey = randomBytes(32)
    const asked = encryptMediaRetryRequest(key, mediaKey, me)
    const outcome = { directPath: '/v/new' }
    const answer = mediaRetryAnswer(asked, { from: '15550000001@s.whatsapp.net', mediaKey, outcome })
    const told = read(answer, mediaKey)
    assert.equal(told.directPath, '/v/new')
    assert.equal(told.result, proto.MediaRetryNotification.ResultType.SUCCESS)
    const gone = mediaRetryAnswer(asked, { from: me, mediaKey, outcome: { fails: 'not-found' } })
    assert.equal(read(gone, mediaKey).result, proto.MediaRetryNotification.ResultType.NOT_FOUND)
  })

  it('is refused to whom does not have its key', async () => {
    const asked = encryptMediaRetryRequest(key, randomBytes(32), me)
    for (const mediaKey of [randomBytes(32), null]) {
      const answer = mediaRetryAnswer(asked, { from: me, mediaKey, outcome: { directPath: '/v/new' } })
      const [error] = answer.content as { tag: string; attrs: object }[]
      assert.deepEqual([error?.tag, error?.attrs], ['error', { code: '2' }])
    }
  })
})
