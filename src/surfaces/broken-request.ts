// Answers what never became a request of any surface: broken HTTP, heads that are too large, bodies that are too slow.
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'

const SENTENCES: Record<string, readonly [status: string, sentence: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are larger than 16 KB'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive'],
}

/** Writes an answer straight to the connection and closes it; says nothing where an answer has begun already. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  // Node keeps the answer that is being written on its socket under this name; it tells nobody else of it.
  const answer = Reflect.get(socket, '_httpMessage')
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent === true) {
    socket.destroy()
    return
  }
  const [status, sentence] = SENTENCES[error.code ?? ''] ?? ['400 Bad Request', 'That is not HTTP']
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(sentence)}`,
    'Connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${sentence}`)
  socket.destroySoon()
}

/** A sentence as an answer of the server itself. */
export function plainText(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send(sentence)
}
