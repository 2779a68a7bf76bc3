// Links to files that came with messages: /media/{id}, signed by their query and good without a key.
import { type FileHandle, open } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { STATUSES } from '../contract/native/statuses.ts'
import type { Gateway, OpenMedia } from '../gateway/gateway.ts'
import type { Log } from '../kit/log.ts'
import { tidily } from '../kit/spool.ts'
import { Failure } from '../model/failure.ts'
import { plainFilename } from './body/incoming.ts'
import { plainText } from './broken-request.ts'

/** Strangers made these files: no browser is to run them, render them as a page of ours, or tell others of the link. */
const GUARDS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cache-control': 'private',
  'referrer-policy': 'no-referrer',
  'accept-ranges': 'bytes',
}

/** Types that say what a file is and that no browser runs. */
const HARMLESS = new Set([
  'application/pdf',
  'application/zip',
  'application/msword',
  'application/rtf',
  'text/plain',
  'text/csv',
  'text/vcard',
])
const OFFICE = /^application\/vnd\.(ms-(excel|powerpoint|word)|openxmlformats-officedocument|oasis\.opendocument)\b/
/** Parameters that are kept: the codecs of voice messages. */
const PARAMETERS = /^(\s*;\s*codecs=("[\w., -]{1,60}"|[\w.-]{1,60}))?\s*$/i

/** The type that a file is answered with: its own where that is harmless, else bytes without a meaning. */
export function harmlessType(said: string): string {
  const [plain = '', ...parameters] = said.split(';')
  const type = plain.trim().toLowerCase()
  const isPlayed = /^(image|audio|video)\/[a-z0-9][a-z0-9.+-]{0,100}$/.test(type) && !/svg|xml|html/.test(type)
  if (isPlayed) {
    const rest = parameters.map((one) => `;${one}`).join('')
    return PARAMETERS.test(rest) && rest !== '' ? `${type}; ${rest.replace(/^\s*;\s*/, '').trim()}` : type
  }
  return HARMLESS.has(type) || OFFICE.test(type) ? type : 'application/octet-stream'
}

/** `attachment` under a name that a header can carry (RFC 6266; the name in full as RFC 8187 has it). */
export function disposition(said: string): string {
  const name = plainFilename(said) ?? 'file'
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const full = encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${ascii}"; filename*=UTF-8''${full}`
}

/** First and last byte, both included. */
interface Range {
  readonly start: number
  readonly end: number
}

/** The one range that is asked for; null: the whole, also for several ranges; `none`: there is nothing there (RFC 9110, 14). */
export function rangeOf(header: string | undefined, size: number): Range | 'none' | null {
  const [, first, last] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '')
    return last === '0' || size === 0 ? 'none' : { start: Math.max(0, size - Number(last)), end: size - 1 }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return null
  return start >= size ? 'none' : { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

interface Found {
  readonly media: OpenMedia
  readonly file: FileHandle
  readonly size: number
  /** A file never changes under its id. */
  readonly etag: string
}

async function answer(
  request: Pick<FastifyRequest, 'headers' | 'method'>,
  reply: FastifyReply,
  found: Found,
): Promise<FastifyReply> {
  const { media, file, size, etag } = found
  reply.headers({ ...GUARDS, etag, 'content-disposition': disposition(media.filename) })
  const { range: asked, 'if-range': condition, 'if-none-match': known } = request.headers
  if (known === etag) {
    await file.close()
    return reply.code(304).send()
  }
  const range = condition === undefined || condition === etag ? rangeOf(asked, size) : null
  if (range === 'none') {
    await file.close()
    return plainText(reply.header('content-range', `bytes */${size}`), 416, 'The file ends before that range')
  }
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
  const { start, end } = range ?? { start: 0, end: size - 1 }
  reply.header('content-type', harmlessType(media.mimeType)).header('content-length', end - start + 1)
  if (request.method === 'HEAD' || size === 0) {
    await file.close()
    return reply.send('')
  }
  return reply.send(tidily(file.createReadStream({ start, end })))
}

async function find(media: OpenMedia, id: string): Promise<Found> {
  let file: FileHandle
  try {
    file = await open(media.path, 'r')
  } catch (thrown) {
    throw new Failure('not-found', 'The file is not there any more', { cause: thrown, facts: { gone: true } })
  }
  try {
    const { size } = await file.stat()
    return { media, file, size, etag: `"${encodeURIComponent(id)}-${size}"` }
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

function refuse(thrown: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const failure = Failure.from(thrown)
  if (failure.code === 'internal') {
    const { cause } = failure
    log.error('a media link failed inside', {
      error: cause instanceof Error ? cause.stack : cause,
      stack: failure.stack,
    })
  }
  if (failure.retryAfterS !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(failure.retryAfterS)))
  const status = failure.facts.gone === true ? 410 : STATUSES[failure.code]
  return plainText(reply.header('cache-control', 'no-store'), status, failure.message)
}

/** A plugin that answers the links. The gateway says which are good; a Failure with the fact `gone` is 410. */
export function createMediaLink(parts: {
  gateway: Pick<Gateway, 'media'>
  log: Log
}): (fastify: FastifyInstance) => Promise<void> {
  const { gateway, log } = parts
  return async (fastify) => {
    fastify.route<{ Params: { id: string } }>({
      method: ['GET', 'HEAD'],
      url: '/media/:id',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const mark = request.url.indexOf('?')
        const { id } = request.params
        try {
          const media = await gateway.media.open(id, mark < 0 ? '' : request.url.slice(mark + 1))
          return await answer(request, reply, await find(media, id))
        } catch (thrown) {
          return refuse(thrown, reply, log)
        }
      },
    })
  }
}
