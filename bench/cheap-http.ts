// An HTTP server that does no more than it must, so that it takes as little as it can of what is measured beside it.
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What the server does with a request: answers with the whole answer, or holds on to `answer` and calls it later. */
export type Handler = (path: string, body: Buffer, answer: (bytes: Buffer) => void) => void

const NOTHING = Buffer.alloc(0)
const LENGTH = /\r\ncontent-length: *(\d+)/i

/** A whole answer. */
export function answerOf(status: number, body: string): Buffer {
  const type = body === '' ? '' : 'Content-Type: application/json\r\n'
  return Buffer.from(`HTTP/1.1 ${status} X\r\n${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function serve(socket: Socket, handle: Handler): void {
  let read = NOTHING
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk])
    while (read.length > 0) {
      const end = read.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = read.toString('latin1', 0, end)
      const total = end + 4 + Number(LENGTH.exec(head)?.[1] ?? 0)
      if (read.length < total) return
      const from = head.indexOf(' ') + 1
      const body = read.subarray(end + 4, total)
      read = read.length === total ? NOTHING : read.subarray(total)
      handle(head.slice(from, head.indexOf(' ', from)), body, (bytes) => void socket.write(bytes))
    }
  })
}

/** Listens on loopback, on any free port; answers where. */
export function listenCheaply(handle: Handler): Promise<string> {
  const server = createServer((socket) => serve(socket, handle))
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
