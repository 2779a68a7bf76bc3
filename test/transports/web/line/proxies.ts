// Proxies that count: one by HTTP's CONNECT, one by SOCKS5 (RFC 1928), both on loopback.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface CountingProxy {
  readonly url: string
  /** `host:port` of every connection that was asked for. */
  readonly asked: string[]
  /** Connections to this port, as far as they came through here. */
  through(port: number): number
  /** Writes bytes of its own to every client, as one who sits in the middle can. */
  inject(bytes: Buffer): void
  close(): Promise<void>
}

export async function httpProxy(): Promise<CountingProxy> {
  const asked: string[] = []
  const server = createHttpServer((_, response) => response.writeHead(405).end())
  server.on('connect', (request, client: Socket, head: Buffer) => {
    asked.push(request.url ?? '')
    const { hostname, port } = new URL(`http://${request.url}`)
    join(client, { host: hostname, port: Number(port || 80), ready: 'HTTP/1.1 200 OK\r\n\r\n', rest: head })
  })
  return started(server, asked, 'http')
}

export async function socksProxy(): Promise<CountingProxy> {
  const asked: string[] = []
  const server = createServer(async (client) => {
    client.on('error', () => {})
    const hello = await chunkOf(client)
    if (!hello) return
    client.write(Buffer.from([5, 0]))
    const wish = await chunkOf(client)
    if (!wish) return
    const [host, end] = hostIn(wish)
    const port = wish.readUInt16BE(end)
    asked.push(`${host}:${port}`)
    const ready = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    join(client, { host, port, ready, rest: wish.subarray(end + 2) })
  })
  return started(server, asked, 'socks5')
}

function hostIn(wish: Buffer): readonly [host: string, end: number] {
  const length = wish[4] ?? 0
  if (wish[3] === 3) return [wish.toString('latin1', 5, 5 + length), 5 + length]
  return [[...wish.subarray(4, 8)].join('.'), 8]
}

async function chunkOf(client: Socket): Promise<Buffer | null> {
  const [chunk] = await Promise.race([once(client, 'data'), once(client, 'close')])
  return chunk instanceof Buffer ? chunk : null
}

interface Far {
  readonly host: string
  readonly port: number
  readonly ready: string | Buffer
  readonly rest: Buffer
}

function join(client: Socket, { host, port, ready, rest }: Far): void {
  const far = connect(port, host, () => {
    client.write(ready)
    far.write(rest)
    far.pipe(client)
    client.pipe(far)
  })
  far.on('error', () => client.destroy())
  client.on('error', () => far.destroy())
  far.on('close', () => client.destroy())
  client.on('close', () => far.destroy())
}

async function started(server: Server, asked: string[], scheme: string): Promise<CountingProxy> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    asked,
    inject(bytes) {
      for (const socket of open) socket.write(bytes)
    },
    through: (wanted) => asked.filter((host) => host.endsWith(`:${wanted}`)).length,
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
