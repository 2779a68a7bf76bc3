// Reads a JSON body whose file fields go to disk as they come: no more of it is in memory than its other fields.
import type { FastifyRequest } from 'fastify'
import { readJson } from '../json.ts'
import { checkType, hasNoBody } from '../read.ts'
import { chunksOf } from './chunks.ts'
import type { Incoming } from './incoming.ts'
import { createJsonWalk } from './json-walk.ts'

export interface JsonFilesLimits {
  /** Bytes of the whole body. */
  readonly upload: number
  /** Bytes of it without its files. */
  readonly body: number
}

/**
 * The value of a request's body, where each of `fields` that is a text is empty and its file is among the incoming ones;
 * an empty text is no file. `undefined` without a body. Fails with `invalid` and `too-large`, and `unavailable` when the
 * disk is full.
 */
export function createJsonFilesReader(fields: readonly string[], limits: JsonFilesLimits) {
  return async (request: FastifyRequest, incoming: Incoming): Promise<unknown> => {
    if (hasNoBody(request)) return undefined
    checkType(request, 'application/json')
    const walk = createJsonWalk(fields, limits.body)
    for await (const chunk of chunksOf(request.raw, limits.upload)) {
      for (const { field, bytes, ended } of walk.push(chunk)) {
        if (bytes) await incoming.write(field, bytes)
        if (ended) await incoming.end(field, { filename: null, ...ended })
      }
      release(chunk)
    }
    const rest = walk.rest()
    return rest.length === 0 ? undefined : readJson(rest)
  }
}

/**
 * Gives a chunk's memory back at once, where it shares it with nobody. The collector counts such memory late: a large
 * file would leave some 50 MB behind before it looks.
 */
function release({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
