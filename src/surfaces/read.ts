// Takes the values of a request apart: the bytes of its body, its query, its JSON.
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../model/failure.ts'
import { endedEarly, tooLarge } from './body/chunks.ts'
import { checkText, pathText, readJson } from './json.ts'

/**
 * The bytes of a request's body. Fails with `too-large` above `limit` bytes; the rest is read and thrown away, so that
 * a client that is still sending sees the answer instead of a broken connection.
 */
export function readBytes(stream: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(stream.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit))
  // It may have broken off while the caller was being looked at; then no event is going to come any more.
  if (stream.destroyed) return Promise.reject(endedEarly())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) {
        chunks.push(chunk)
        return
      }
      stream.removeListener('data', take)
      stream.resume()
      reject(tooLarge(limit))
    }
    stream.on('data', take)
    stream.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)))
    // Without a listener for it, a connection that breaks would be an uncaught error; `close` follows and tells.
    stream.on('error', () => {})
    stream.on('close', () => {
      if (!stream.complete) reject(endedEarly())
    })
  })
}

/** Refuses what is not of the type, in UTF-8 and as it is; the document of the API knows 400 for that, not 415. */
export function checkType(request: FastifyRequest, wanted: 'application/json' | 'multipart/form-data'): void {
  const [type, ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
  if (type?.trim() !== wanted) throw new Failure('invalid', `Content-Type: must be ${wanted}`)
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new Failure('invalid', 'Content-Type: the charset must be utf-8')
  }
  if (![undefined, '', 'identity'].includes(request.headers['content-encoding'])) {
    throw new Failure('invalid', 'Content-Encoding: must be absent; compressed bodies are not taken')
  }
}

/** Whether a request's head says that nothing follows it. */
export function hasNoBody({ headers }: FastifyRequest): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers
  return encoding === undefined && (length === undefined || length === '0')
}

/** The JSON value of a request's body, `undefined` when it has none. */
export async function readJsonBody(request: FastifyRequest, limit: number): Promise<unknown> {
  if (hasNoBody(request)) return undefined
  if (request.headers['transfer-encoding'] === undefined) checkType(request, 'application/json')
  const bytes = await readBytes(request.raw, limit)
  if (bytes.length === 0) return undefined
  checkType(request, 'application/json')
  return readJson(bytes)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new Failure('invalid', 'The query is not valid percent-encoding')
  }
}

/** The values of a request's query, each as it was written. Fails with `invalid` when one is given twice. */
export function readQuery(url: string): Map<string, string> {
  const values = new Map<string, string>()
  const mark = url.indexOf('?')
  if (mark < 0) return values
  for (const pair of url.slice(mark + 1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1))
    if (values.has(name)) throw new Failure('invalid', `${pathText([name])}: must be given only once`)
    checkText(value, [name])
    values.set(name, value)
  }
  return values
}
