// The bytes of a request's body as they come, and no faster than they are taken.
import { on } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Failure } from '../../model/failure.ts'

export function tooLarge(limit: number): Failure {
  return new Failure('too-large', `The body is larger than ${limit} bytes, which is the most this takes`)
}

export function endedEarly(cause?: unknown): Failure {
  return new Failure('invalid', 'The body ended early', { cause })
}

/**
 * Each chunk is asked for when the one before has been dealt with. Fails with `too-large` above `limit` bytes. What
 * nobody takes any more is read and thrown away, so that a client that is still sending sees the answer instead of a
 * broken connection.
 */
export async function* chunksOf(stream: IncomingMessage, limit: number): AsyncGenerator<Buffer, void, void> {
  if (Number(stream.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  // It may have broken off while the caller was being looked at; then no event is going to come any more.
  if (stream.destroyed) throw endedEarly()
  // Without a listener of its own for it, a connection that breaks later on would be an uncaught error.
  stream.on('error', () => {})
  let size = 0
  try {
    const events = on(stream, 'data', { close: ['end', 'close'], highWaterMark: 1, lowWaterMark: 1 })
    for await (const [chunk] of events) {
      if (!Buffer.isBuffer(chunk)) throw endedEarly()
      size += chunk.length
      if (size > limit) throw tooLarge(limit)
      yield chunk
    }
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : endedEarly(thrown)
  } finally {
    stream.resume()
  }
  if (!stream.complete) throw endedEarly()
}
