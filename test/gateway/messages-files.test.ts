// Files of messages: kept before they are owed, brought to the other side once, fetched only from where that is allowed.
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { MediaContent } from '../../src/model/content.ts'
import { SendError } from '../../src/transports/transport.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'
import { type Ending, failure, guardFor, keep, media, stand, told, withFile } from './stand.ts'

const TO = { account: 'shop', to: '15550001111' }
const PIXEL = Buffer.from('not really a picture')

async function standing(t: Ending, options: Parameters<typeof stand>[2] = {}) {
  const clock = new FakeClock()
  return { ...(await stand(t, await keep(t, clock), options)), clock }
}

/** A server of files; answers its address. */
async function serving(t: Ending, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('not in time')
}

const refusedUpload = () =>
  new SendError('(#100) no such format', {
    outcome: 'refused',
    retryAfterMs: null,
    facts: { code: 100 },
    callersFault: true,
  })

describe('a file that comes with the request', () => {
  it('is with the other side before the message, which then names it there, and is kept no longer', async (t) => {
    const { messages, side, folder, file } = await standing(t)
    const caption = { caption: 'look', filename: 'a.png' }
    const answer = await messages.send({ ...TO, ...withFile(await file('bytes'), caption) })
    assert.deepEqual(answer, { messageId: 'wamid.1', state: 'sent' })
    assert.deepEqual(side.uploaded, [
      { kind: 'image', mimeType: 'image/png', filename: 'a.png', bytes: Buffer.from('bytes') },
    ])
    const out = media('image', { from: 'id', id: 'file-1' }, { mimeType: 'image/png', ...caption })
    assert.deepEqual(side.sent[0]?.content, out)
    const { message } = await messages.get('wamid.1')
    assert.deepEqual([message.kind, JSON.parse(message.content).content], ['image', out])
    assert.deepEqual(await folder.names(), [])
  })

  it('is the same to its key by what is in it, and dropped when it is not needed', async (t) => {
    const { messages, side, folder, file } = await standing(t)
    const send = async (bytes: string, idempotencyKey: string, more: Partial<MediaContent> = {}) =>
      messages.send({ ...TO, ...withFile(await file(bytes), more), idempotencyKey })
    const first = await send('bytes', 'k')
    assert.deepEqual(await send('bytes', 'k'), first)
    assert.equal((await failure(send('other bytes', 'k'))).code, 'mismatch')
    assert.equal((await failure(send('bytes', 'k', { caption: 'new' }))).code, 'mismatch')
    assert.deepEqual([side.uploaded.length, side.sent.length, await folder.names()], [1, 1, []])
    side.cannot = 'no'
    assert.equal((await failure(send('bytes', 'other'))).code, 'unsupported')
    assert.deepEqual(await folder.names(), [])
  })

  it('that the other side refuses fails the message, in its words, and again for the same key', async (t) => {
    const { messages, side, folder, file, events } = await standing(t)
    side.onUpload = () => Promise.reject(refusedUpload())
    const send = async () => messages.send({ ...TO, ...withFile(await file('bytes')), idempotencyKey: 'k' })
    const first = await failure(send())
    assert.equal(first.code, 'upstream')
    assert.match(first.message, /could not be uploaded: \(#100\) no such format/)
    assert.deepEqual(told(events)[0]?.error, first.message)
    assert.equal(events[0]?.type, 'message.failed')
    const again = await failure(send())
    assert.deepEqual([again.code, again.message, again.facts], [first.code, first.message, first.facts])
    assert.deepEqual([side.uploaded.length, side.sent.length, await folder.names()], [1, 0, []])
  })

  it('that was queued when the server was killed goes out after the next start, once', async (t) => {
    const kept = await keep(t, new FakeClock())
    const before = await stand(t, kept)
    before.side.onUpload = () => new Promise(() => {})
    void before.messages.send({ ...TO, ...withFile(await before.file('bytes')) }).catch(() => {})
    await until(() => before.side.uploaded.length === 1)
    const orphan = await before.file('of nobody')
    await orphan.keep('msg_orphan')
    const after = await stand(t, { ...kept, clock: new FakeClock() })
    await after.messages.start()
    await until(() => after.events.length === 1)
    assert.deepEqual(
      after.side.uploaded.map(({ bytes }) => bytes.toString()),
      ['bytes'],
    )
    assert.deepEqual([after.side.sent.length, await kept.folder.names()], [1, []])
  })

  it('that is gone when its message is to go out fails it with a sentence', async (t) => {
    const kept = await keep(t, new FakeClock())
    const { id, createdAt } = { id: `msg_${'0'.repeat(26)}`, createdAt: 0 }
    const content = { content: media('image', { from: 'file', name: id, size: 1, sha256: 'x' }), replyTo: null }
    const lost = { id, createdAt, account: 'shop', chat: '1', kind: 'image', content: JSON.stringify(content) }
    await kept.store.messages.begin({ ...lost, status: 'queued' }, null)
    const { messages, events, side } = await stand(t, kept)
    await messages.start()
    await until(() => events.length === 1)
    assert.match(told(events)[0]?.error ?? '', /not on this server any more/)
    assert.deepEqual([events[0]?.type, side.sent.length], ['message.failed', 0])
  })
})

describe('a file that a link names', () => {
  const link = (url: string, more: Partial<MediaContent> = {}) => ({
    ...TO,
    content: media('image', { from: 'link', url }, more),
  })

  it('is fetched and uploaded under the type that its answer names, unless the caller does', async (t) => {
    const url = await serving(t, (_request, response) => {
      response.setHeader('content-type', 'image/webp')
      response.end(PIXEL)
    })
    const { messages, side, folder } = await standing(t)
    await messages.send(link(`${url}/a/cat.webp?size=1`))
    await messages.send(link(`${url}/x`, { mimeType: 'image/png' }))
    assert.deepEqual(
      side.uploaded.map(({ mimeType, filename, bytes }) => [mimeType, filename, bytes.toString()]),
      [
        ['image/webp', 'cat.webp', PIXEL.toString()],
        ['image/png', 'image', PIXEL.toString()],
      ],
    )
    assert.deepEqual(await folder.names(), [])
  })

  it('that does not come fails the message with its field and the reason, and again for the same key', async (t) => {
    const url = await serving(t, (request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/there' }).end()
      else if (request.url === '/empty') response.end()
      else if (request.url === '/cut') response.writeHead(200, { 'content-length': '100' }).write('begun')
      else if (request.url === '/said')
        response.writeHead(200, { 'content-length': String(6 * 1024 * 1024) }).write('x')
      else if (request.url === '/large') response.end(Buffer.alloc(6 * 1024 * 1024))
      else if (request.url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
      else response.writeHead(404).end()
      if (request.url === '/cut') setImmediate(() => response.destroy())
    })
    const { messages, side, folder, events } = await standing(t)
    for (const [path, reason] of [
      ['/gone', /^image_url: answered 404$/],
      ['/moved', /^image_url: answered 302; redirects are not followed/],
      ['/empty', /^image_url: the file is empty/],
      ['/cut', /^image_url: the connection was closed before/],
      ['/said', /^image_url: the file is larger than 5 MB/],
      ['/large', /^image_url: the file is larger than 5 MB/],
      ['/packed', /^image_url: answered in the encoding "gzip"/],
    ] as const) {
      const send = () => messages.send({ ...link(url + path), idempotencyKey: path })
      const { code, message } = await failure(send())
      assert.equal(code, 'invalid')
      assert.match(message, reason)
      assert.equal((await failure(send())).message, message)
      assert.deepEqual(told(events).at(-1)?.error, message)
    }
    assert.deepEqual([side.uploaded.length, side.sent.length, await folder.names()], [0, 0, []])
    const closed = await failure(messages.send(link('http://127.0.0.1:1/x')))
    assert.match(closed.message, /^image_url: its host refuses the connection/)
  })

  it('is refused before anything is recorded when it points inside, however it is written', async (t) => {
    const guard = guardFor([], async () => [{ address: '10.0.0.7', family: 4 }])
    const { messages, events, store } = await standing(t, { guard })
    for (const url of [
      'http://127.0.0.1/x',
      'http://inside.example/x',
      'http://169.254.169.254/',
      'ftp://a.example/x',
    ]) {
      const { code, message } = await failure(messages.send(link(url)))
      assert.deepEqual([code, message.startsWith('image_url: ')], ['invalid', true])
    }
    assert.deepEqual([events, await store.messages.unsettled()], [[], []])
  })

  it('is refused at the connection when its name points inside only by then', async (t) => {
    let asked = 0
    const url = await serving(t, (_request, response) => response.end('secret'))
    const guard = guardFor([], async () => [{ address: asked++ === 0 ? '8.8.8.8' : '127.0.0.1', family: 4 }])
    const { messages, side, events } = await standing(t, { guard })
    const { port } = new URL(url)
    const { code, message } = await failure(messages.send(link(`http://rebinding.example:${port}/x`)))
    assert.equal(code, 'invalid')
    assert.match(message, /^image_url: points to a host that requests may not go to/)
    assert.deepEqual([asked, side.uploaded.length, told(events)[0]?.type], [2, 0, 'message.failed'])
  })

  it('is not waited for longer than a turn: its caller is told that the message is queued, and it goes out later', async (t) => {
    let answer = () => {}
    const url = await serving(t, (_request, response) => {
      answer = () => response.end(PIXEL)
    })
    const { messages, clock, events } = await standing(t)
    const waits = messages.send(link(`${url}/slow`))
    const asked = answer
    await until(() => answer !== asked)
    await clock.advance(20_000)
    const { messageId, state } = await waits
    assert.equal(state, 'queued')
    answer()
    await until(() => events.length === 1)
    assert.deepEqual(told(events), [{ type: 'message.sent', id: messageId, error: null }])
  })

  it('is cut off when the server stops, and its message stays queued for the next start', async (t) => {
    let open = 0
    const url = await serving(t, (request, response) => {
      open += 1
      if (open > 1) response.end(PIXEL)
      else request.on('close', () => {})
    })
    const kept = await keep(t, new FakeClock())
    const before = await stand(t, kept)
    const waits = before.messages.send(link(`${url}/x`))
    await until(() => open === 1)
    await before.messages.stop(1000)
    assert.equal((await waits).state, 'queued')
    assert.deepEqual(before.events, [])
    const after = await stand(t, kept)
    await after.messages.start()
    await until(() => after.events.length === 1)
    assert.deepEqual(told(after.events), [{ type: 'message.sent', id: (await waits).messageId, error: null }])
  })

  it('holds up what is sent to its chat after it, and nobody else', async (t) => {
    let answer = () => {}
    const url = await serving(t, (_request, response) => {
      answer = () => response.end(PIXEL)
    })
    const { messages, side } = await standing(t)
    const first = answer
    const picture = messages.send(link(`${url}/slow`))
    await until(() => answer !== first)
    const behind = messages.send({ ...TO, content: { kind: 'text', text: 'behind', previewUrl: false } })
    await messages.send({ ...TO, to: '15550002222', content: { kind: 'text', text: 'other', previewUrl: false } })
    await settle()
    assert.deepEqual(
      side.sent.map(({ content }) => content.kind),
      ['text'],
    )
    answer()
    await Promise.all([picture, behind])
    assert.deepEqual(
      side.sent.map(({ content }) => content.kind),
      ['text', 'image', 'text'],
    )
  })
})

describe('a file that is with the other side already', () => {
  it('goes out at once', async (t) => {
    const { messages, side } = await standing(t)
    await messages.send({ ...TO, content: media('audio', { from: 'id', id: '123' }, { voice: true }) })
    assert.deepEqual(side.sent[0]?.content, media('audio', { from: 'id', id: '123' }, { voice: true }))
    const { ticks } = await messages.get('wamid.1')
    assert.deepEqual(
      ticks.map(({ status }) => status),
      ['sending', 'sent'],
    )
  })
})
