// A tiny receiver of callbacks for the tests of the simulator: records what comes, answers as it is told.
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Item, List, Payload } from './shapes.ts'

export type Received = { path: string; headers: http.IncomingHttpHeaders; rawBody: string; body: Payload }

export type Receiver = {
  url: string
  received: List<Received>
  /** Handshakes that were tried. */
  verifications: URLSearchParams[]
  /** Statuses for the next callbacks, 200 when they are used up; 0 cuts the connection. */
  statuses: number[]
  /** The token that a handshake must carry. */
  verifyToken: string
  /** Every message and every status of all callbacks, in order of arrival. */
  items(): List<Item>
  close(): Promise<void>
}

/** An empty list that will be filled before anybody looks into it. */
function none<T>(): List<T> {
  const list: T[] = []
  return list as List<T>
}

export async function startReceiver(verifyToken = 'let-me-in'): Promise<Receiver> {
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://receiver')
    if (request.method === 'GET') {
      receiver.verifications.push(url.searchParams)
      const isRight = url.searchParams.get('hub.verify_token') === receiver.verifyToken
      response.writeHead(isRight ? 200 : 403).end(isRight ? url.searchParams.get('hub.challenge') : 'no')
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const rawBody = Buffer.concat(chunks).toString('latin1')
      receiver.received.push({ path: url.pathname, headers: request.headers, rawBody, body: JSON.parse(rawBody) })
      const status = receiver.statuses.shift() ?? 200
      if (status === 0) request.socket.destroy()
      else response.writeHead(status).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    received: none<Received>(),
    verifications: [],
    statuses: [],
    verifyToken,
    items: () => {
      const changes = receiver.received.flatMap(({ body }) => body.entry.flatMap((entry) => entry.changes))
      return changes.flatMap(({ value }) => [...(value?.messages ?? []), ...(value?.statuses ?? [])]) as List<Item>
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return receiver
}
