// The receiving side of the torture: a hook that keeps what came, can be down, and can have the server killed under it.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One arrival of one message. */
export interface Arrival {
  readonly messageId: string
  readonly eventId: string
  readonly body: string
}

export interface Hook {
  readonly url: string
  readonly arrivals: readonly Arrival[]
  /** Answered 503 from now on, or 200 again. */
  down(isDown: boolean): void
  /** Called once, at the next arrival, before it is answered. */
  atNext(call: () => void): void
  close(): Promise<void>
}

export async function startHook(): Promise<Hook> {
  const arrivals: Arrival[] = []
  let isDown = false
  let waiting: (() => void) | null = null
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const body = Buffer.concat(chunks).toString('utf8')
    const { id, type, data } = JSON.parse(body) as { id: string; type: string; data: { message_id: string } }
    if (isDown) return void response.writeHead(503).end()
    if (type === 'message.received') arrivals.push({ messageId: data.message_id, eventId: id, body })
    const call = waiting
    waiting = null
    call?.()
    response.writeHead(200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrivals,
    down(value) {
      isDown = value
    },
    atNext(call) {
      waiting = call
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
