// Kept-alive connections that write whole requests and read whole answers, as cheaply as it can be done.
import { connect, type Socket } from 'node:net'

export interface Connection {
  /** Writes a request; `done` gets the status of its answer, 0 when the connection broke. One at a time. */
  exchange(request: Buffer, done: (status: number) => void): void
  close(): void
}

const NOTHING = Buffer.alloc(0)
const LENGTH = /\r\ncontent-length: *(\d+)/i

/** The bytes of the answer at the start of `bytes`; 0 while it is not whole. Answers carry a Content-Length. */
function answerLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const length = Number(LENGTH.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0)
  return bytes.length >= end + 4 + length ? end + 4 + length : 0
}

function openConnection(url: URL): Promise<Connection> {
  let read = NOTHING
  let waiting: ((status: number) => void) | null = null
  const socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
  const finish = (status: number) => {
    const done = waiting
    waiting = null
    done?.(status)
  }
  socket.on('data', (chunk) => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk])
    const length = answerLength(read)
    if (length === 0) return
    const status = Number(read.toString('latin1', 9, 12))
    read = read.length === length ? NOTHING : read.subarray(length)
    finish(status)
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => finish(0))
  const connection: Connection = {
    exchange(request, done) {
      waiting = done
      if (socket.destroyed) finish(0)
      else socket.write(request)
    },
    close: () => void socket.destroy(),
  }
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(connection))
    socket.once('error', reject)
  })
}

export function openConnections(url: URL, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(url)))
}
