// Requests as attackers make them: from an address of their choice, with heads that no polite client would send.
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'

export interface Knock {
  readonly method?: string
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array | undefined
  /** The address that it comes from; any of 127.0.0.0/8. */
  readonly from?: string
}

export interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly tookMs: number
}

const agents = new Map<string, Agent>()

function agentOf(from: string): Agent {
  const known = agents.get(from)
  if (known) return known
  const agent = new Agent({ keepAlive: true, maxSockets: 8, localAddress: from })
  agents.set(from, agent)
  return agent
}

/** Closes all connections that were kept. */
export function leave(): void {
  for (const agent of agents.values()) agent.destroy()
  agents.clear()
}

/** The path goes out as it is written, dots and all. */
export function knock(
  url: string,
  { method = 'GET', path, headers = {}, body, from = '127.0.0.1' }: Knock,
): Promise<Told> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const asking = request({ hostname, port, method, path, headers: { ...length, ...headers }, agent: agentOf(from) })
    asking.on('error', reject)
    asking.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const { statusCode: status = 0, headers: told } = response
        resolve({ status, headers: told, text, tookMs: performance.now() - began })
      })
    })
    asking.end(body)
  })
}

/** Addresses of this machine that nobody has knocked from yet. */
export function createAddresses(): () => string {
  let count = 0
  return () => {
    count += 1
    return `127.${10 + Math.floor(count / 62_500)}.${Math.floor(count / 250) % 250}.${1 + (count % 250)}`
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
