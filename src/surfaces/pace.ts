// How long requests may take to arrive: slow clients hold connections, and what is read of them, for no longer than this.
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../kit/clock.ts'
import { answerBrokenRequest } from './broken-request.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on routes whose bodies carry files: they may take longer. */
    carriesFile?: boolean
  }
}

/** A body without a file is there this long after its head, ms. */
export const BODY_MS = 60_000
/** One with a file may go on as long as each stretch of so many ms, after a first one, brings so many bytes (16 KB a second). */
export const STRETCH_MS = 30_000
export const STRETCH_BYTES = 16 * 1024 * 30

/** Answers 408 to a request that arrives too slowly, and ends its connection; also while its body is thrown away. */
export function keepPace(request: IncomingMessage, carriesFile: boolean, clock: Clock): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (request.complete || (encoding === undefined && (length === undefined || length === '0'))) return
  const { socket } = request
  let before = 0
  let isFirst = true
  const look = () => {
    if (request.complete || socket.destroyed) return
    const came = socket.bytesRead - before
    before = socket.bytesRead
    if (carriesFile && (isFirst || came >= STRETCH_BYTES)) timer = clock.after(STRETCH_MS, look)
    else answerBrokenRequest(Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
    isFirst = false
  }
  let timer = clock.after(carriesFile ? STRETCH_MS : BODY_MS, look)
  request.once('close', () => timer.cancel())
}
