// Meta's callbacks: every path that nothing else lives at, with the bytes as they came. The busiest route of the
// server, so nothing is done here that is not needed.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { STATUSES } from '../contract/native/statuses.ts'
import type { CallbacksPart } from '../gateway/gateway.ts'
import type { Log } from '../kit/log.ts'
import { Failure } from '../model/failure.ts'
import { readBytes } from './read.ts'

/** Bytes of one callback; Meta's own limit is 3 MB. */
const BODY_LIMIT = 4 * 1024 * 1024

const NO_BODY = new Uint8Array(0)

function refuse(thrown: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const failure = Failure.from(thrown)
  if (failure.code === 'internal') {
    const { cause } = failure
    log.error('a callback failed inside', { error: cause instanceof Error ? cause.stack : cause, stack: failure.stack })
  }
  if (failure.retryAfterS !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(failure.retryAfterS)))
  return text(reply, STATUSES[failure.code], failure.message)
}

function text(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send(body)
}

function receiver(callbacks: CallbacksPart, log: Log) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { raw } = request
    const url = raw.url ?? '/'
    const mark = url.indexOf('?')
    try {
      const answer = await callbacks.receive({
        method: raw.method === 'POST' ? 'POST' : 'GET',
        path: mark < 0 ? url : url.slice(0, mark),
        query: mark < 0 ? '' : url.slice(mark + 1),
        headers: raw.headers,
        body: raw.method === 'POST' ? await readBytes(raw, BODY_LIMIT) : NO_BODY,
      })
      if (!answer) {
        reply.callNotFound()
        return reply
      }
      if (answer.retryAfterS !== undefined) reply.header('retry-after', Math.ceil(answer.retryAfterS))
      return text(reply, answer.status, answer.body)
    } catch (thrown) {
      return refuse(thrown, reply, log)
    }
  }
}

/** Mounted beside the surfaces: their routes are closer than this one's, so they win. */
export function createMetaWebhook(parts: {
  callbacks: CallbacksPart
  log: Log
}): (fastify: FastifyInstance) => Promise<void> {
  return async (fastify) => {
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))
    fastify.route({
      method: ['GET', 'POST'],
      url: '/*',
      exposeHeadRoute: false,
      // Whatever type the caller claims, and however wrongly: only the bytes count.
      onRequest: (request, _reply, done) => {
        delete request.raw.headers['content-type']
        done()
      },
      handler: receiver(parts.callbacks, parts.log),
    })
  }
}
