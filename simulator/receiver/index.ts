// A small receiver of webhooks: checks signatures, keeps what came, answers as it is told.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it came. */
export interface Received {
  /** ms since epoch */
  readonly at: number
  readonly method: string
  /** With the query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  /** The bytes as text. */
  readonly body: string
  /** Null while no secret is known; else whether the Standard Webhooks signature fits, not older than five minutes. */
  readonly signed: boolean | null
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface ReceiverOptions {
  readonly port?: number
  /** What to answer; 200 with nothing by default. */
  readonly answer?: (request: Received) => Answer | Promise<Answer>
}

export interface Receiver {
  /** `http://127.0.0.1:40124/` */
  readonly url: string
  readonly received: readonly Received[]
  /** From now on signatures are checked with this secret (`whsec_...`). */
  trust(secret: string): void
  /** The first request, of those that came and those to come, that fits; rejects after `withinMs`. */
  next(fits: (request: Received) => boolean, withinMs?: number): Promise<Received>
  close(): Promise<void>
}

/** Standard Webhooks allow five minutes between sending and receiving. */
const TOLERANCE_S = 300

/** Starts it on loopback. */
export async function startReceiver({ port = 0, answer = () => ({}) }: ReceiverOptions = {}): Promise<Receiver> {
  const received: Received[] = []
  const waiting = new Set<(request: Received) => void>()
  let secret: string | null = null

  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const { method = '', url = '', headers } = incoming
    const signed = secret === null ? null : fits(secret, headers, body)
    const request: Received = { at: Date.now(), method, url, headers, body, signed }
    received.push(request)
    for (const tell of waiting) tell(request)
    const {
      status = 200,
      headers: own = {},
      body: said = '',
    } = signed === false ? { status: 401 } : await answer(request)
    outgoing.writeHead(status, own).end(said)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    trust(given) {
      secret = given
    },
    next(wanted, withinMs = 10_000) {
      const there = received.find(wanted)
      if (there) return Promise.resolve(there)
      return new Promise((resolve, reject) => {
        const tell = (request: Received) => {
          if (!wanted(request)) return
          clearTimeout(timer)
          waiting.delete(tell)
          resolve(request)
        }
        const timer = setTimeout(() => {
          waiting.delete(tell)
          reject(new Error(`nothing that fits was received within ${withinMs} ms; ${received.length} requests came`))
        }, withinMs)
        waiting.add(tell)
      })
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Whether the signature is right: Standard Webhooks, `v1,` and HMAC-SHA256 over `id.timestamp.body`. */
function fits(secret: string, headers: IncomingMessage['headers'], body: string): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    String(headers[name] ?? ''),
  )
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_S) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const right = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
  return (signatures ?? '').split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64')
    return given.length === right.length && timingSafeEqual(given, right)
  })
}
