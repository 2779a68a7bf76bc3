// What is known of a call when the connection itself breaks: judged by bare TCP servers that misbehave to the byte.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { type Outgoing, SendError } from '../../../src/transports/transport.ts'
import { account, NOWHERE, stand } from './stand.ts'

const MESSAGE: Outgoing = {
  id: 'msg_01KAGR5YVGQ4T8M2ZB7N3CXWED',
  chat: '15550100301',
  content: { kind: 'text', text: 'hello', previewUrl: false },
  replyTo: null,
}
const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

/** A server that hands over each connection once the whole request is there, and counts them. */
async function server(answer: (socket: Socket, count: number) => void): Promise<{ url: string; count(): number }> {
  let count = 0
  const made = createServer((socket) => {
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      // The first byte of a TLS handshake: this server speaks none.
      if (chunk[0] === 0x16) return socket.destroy()
      text += chunk.toString()
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      const body = text.indexOf('\r\n\r\n') + 4
      if (body < 4 || text.length < body + length) return
      text = text.slice(body + length)
      count += 1
      answer(socket, count)
    })
  })
  servers.push(made)
  made.listen(0, '127.0.0.1')
  await once(made, 'listening')
  return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, count: () => count }
}

const json = (body: string, status = '200 OK', headers = ''): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`
const ACCEPTED = json('{"messages":[{"id":"wamid.ok"}]}')

/** Sends one message to that server, without the checks of a started line. */
async function outcome(url: string): Promise<{ sent?: string; error?: SendError }> {
  const at = stand({ graphUrl: url, timeoutMs: 500 })
  const line = at.kind.open(account('shop'))
  try {
    return { sent: (await line.send(MESSAGE)).transportId }
  } catch (error) {
    assert.ok(error instanceof SendError, String(error))
    return { error }
  } finally {
    await at.close()
  }
}

describe('a call whose outcome nobody knows', () => {
  const breaks: Record<string, (socket: Socket) => void> = {
    'reset after the body': (socket) => socket.resetAndDestroy(),
    'closed after the body': (socket) => socket.end(),
    'half a head': (socket) => socket.end('HTTP/1.1 200 O'),
    'half a body': (socket) => socket.end(ACCEPTED.slice(0, -4)),
    'a body that is not JSON': (socket) => void socket.write(json('<html>')),
    'JSON without a message': (socket) => void socket.write(json('{"messages":[]}')),
    'JSON that is no object': (socket) => void socket.write(json('[1]')),
    'no HTTP at all': (socket) => socket.end('SSH-2.0-x\r\n\r\n'),
    'a 504 of a proxy': (socket) => void socket.write(json('late', '504 Gateway Timeout')),
    'no answer in time': () => {},
    'an answer that drips': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
      const drip = setInterval(() => socket.write(' '), 20)
      socket.on('close', () => clearInterval(drip))
    },
  }
  for (const [name, end] of Object.entries(breaks)) {
    it(`(${name}) is lost, and made once`, async () => {
      const { url, count } = await server(end)
      const { error } = await outcome(url)
      assert.deepEqual([error?.outcome, error?.retryAfterMs, count()], ['lost', null, 1])
      assert.match(error?.message ?? '', /answer of Graph was lost/)
    })
  }
})

describe('a call that surely had no effect', () => {
  it('because nobody listens is refused, after a few tries', async () => {
    const { error } = await outcome(NOWHERE)
    assert.equal(error?.outcome, 'refused')
    assert.ok((error?.retryAfterMs ?? 0) > 0)
    assert.match(error?.message ?? '', /could not be reached.*ECONNREFUSED/)
  })
  it('because TLS cannot be agreed on is refused', async () => {
    const { url } = await server((socket) => socket.end())
    const { error } = await outcome(url.replace('http:', 'https:'))
    assert.equal(error?.outcome, 'refused')
    assert.match(error?.message ?? '', /could not be reached/)
  })
  it('because of a redirect is refused, and the redirect is not followed', async () => {
    const target = await server((socket) => socket.end(ACCEPTED))
    const { url } = await server(
      (socket) => void socket.write(json('', '307 Temporary Redirect', `location: ${target.url}/\r\n`)),
    )
    const { error } = await outcome(url)
    assert.equal(error?.outcome, 'refused')
    assert.match(error?.message ?? '', /redirect \(307\)/)
    assert.equal(target.count(), 0)
  })
  it('because Graph says that it is busy goes through at the second try, on the same connection', async () => {
    const busy = json(
      '{"error":{"code":2,"message":"Service temporarily unavailable","is_transient":true}}',
      '500 Oops',
    )
    const { url, count } = await server((socket, nth) => void socket.write(nth === 1 ? busy : ACCEPTED))
    assert.deepEqual([await outcome(url), count()], [{ sent: 'wamid.ok' }, 2])
  })
})
