// What the tests of the webhook sink stand on: hooks, events, a sink, and receivers on loopback.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Sink } from '../../../src/delivery/sink.ts'
import { createHookGuard } from '../../../src/delivery/webhook/guard.ts'
import { createWebhookSink, type WebhookSinkOptions } from '../../../src/delivery/webhook/post.ts'
import { systemClock } from '../../../src/kit/clock.ts'
import { silentLog } from '../../../src/kit/log.ts'
import type { RecordedEvent } from '../../../src/model/event.ts'
import type { Hook } from '../../../src/model/hook.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const folder = new URL('../../samples/tls/', import.meta.url)
export const AUTHORITY = readFileSync(new URL('authority.pem', folder), 'utf8')

export function hookOf(url: string, more: Partial<Hook> = {}): Hook {
  return {
    id: 'orders',
    no: 1,
    name: 'Orders',
    url,
    method: 'POST',
    headers: {},
    active: true,
    events: [],
    description: '',
    allowInsecure: false,
    secret: SECRET,
    accounts: [],
    chats: [],
    order: 'chat',
    retry: null,
    raw: false,
    media: 'link',
    format: 'native',
    disabledReason: null,
    ...more,
  }
}

export function eventOf(more: Partial<RecordedEvent> = {}): RecordedEvent {
  const at = Date.UTC(2026, 7, 22, 12, 30, 15, 250)
  const data = '{"message_id":"wamid.1","text":{"body":"grüße \\u20ac 👋"}}'
  return { seq: 42, type: 'message.received', account: 'shop', chat: '15550001111', at, data, raw: null, ...more }
}

/** A sink that may reach this machine, and a receiver by the name `hook.test`; closed when the test ends. */
export function openSink(t: TestContext, more: Partial<WebhookSinkOptions> = {}): Sink {
  const guard = createHookGuard(['127.0.0.1'], async (name) => {
    if (name === 'hook.test') return [{ address: '127.0.0.1', family: 4 }]
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
  })
  const sink = createWebhookSink({ guard, version: '1.2.3', clock: systemClock, log: silentLog, ...more })
  t.after(() => sink.close())
  return sink
}

export interface Got {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Names as they were on the wire. */
  readonly names: readonly string[]
}

export interface Receiver {
  readonly url: string
  readonly port: number
  readonly got: Got[]
  readonly connections: () => number
}

async function opened(t: TestContext, server: Server): Promise<{ port: number; connections: () => number }> {
  const sockets = new Set<Socket>()
  let seen = 0
  server.on('connection', (socket: Socket) => {
    seen++
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => seen }
}

type Answer = (response: ServerResponse, got: Got, request: IncomingMessage) => void

function recorder(got: Got[], answer: Answer) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('error', () => {})
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one: Got = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        names: request.rawHeaders.filter((_, index) => index % 2 === 0),
      }
      got.push(one)
      answer(response, one, request)
    })
  }
}

/** An HTTP receiver; `answer` is called when a request has been read. */
export async function receiver(t: TestContext, answer: Answer = (response) => response.end()): Promise<Receiver> {
  const got: Got[] = []
  const { port, connections } = await opened(t, createServer(recorder(got, answer)))
  return { url: `http://127.0.0.1:${port}/in`, port, got, connections }
}

/** An HTTPS receiver with one of the certificates in test/samples/tls, known as `hook.test`. */
export async function tlsReceiver(t: TestContext, certificate: string): Promise<Receiver> {
  const got: Got[] = []
  const cert = readFileSync(new URL(`${certificate}.pem`, folder))
  const key = readFileSync(new URL('test.key', folder))
  const server = createTlsServer(
    { cert, key },
    recorder(got, (response) => response.end()),
  )
  server.on('tlsClientError', () => {})
  const { port, connections } = await opened(t, server)
  return { url: `https://hook.test:${port}/in`, port, got, connections }
}

/** A receiver that speaks bytes: `speak` is called with each connection, `read` with what came in on it. */
export async function rawReceiver(
  t: TestContext,
  speak: { onOpen?: (socket: Socket) => void; onData?: (socket: Socket, text: string) => void },
): Promise<{ url: string; connections: () => number }> {
  const server = createTcpServer((socket) => {
    speak.onOpen?.(socket)
    socket.on('data', (chunk) => speak.onData?.(socket, chunk.toString()))
  })
  const { port, connections } = await opened(t, server)
  return { url: `http://127.0.0.1:${port}/in`, connections }
}
