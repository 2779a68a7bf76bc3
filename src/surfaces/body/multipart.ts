// Reads a multipart/form-data body (RFC 7578): a few fields into memory, and its one file to disk as it comes.
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../../model/failure.ts'
import { checkText, pathText } from '../json.ts'
import { checkType, hasNoBody } from '../read.ts'
import { chunksOf } from './chunks.ts'
import { type Incoming, plainFilename, plainMimeType } from './incoming.ts'

/** The field that the file comes in. */
export const FILE = 'file'
const FIELDS = 20
const FIELD_BYTES = 64 * 1024
/** What a part says of itself. */
const HEADER_BYTES = 16 * 1024
const HEADERS = 32
/** RFC 2046, 5.1.1. */
const LONGEST_BOUNDARY = 70

const wrong = (sentence: string): Failure => new Failure('invalid', sentence)
const broken = (): Failure => wrong('The body is not whole multipart/form-data: it ends before its last boundary')

/**
 * The fields of a request's body, each as it was written and `file` empty; the file is among the incoming ones. Fails
 * with `invalid` and `too-large`, and `unavailable` when the disk is full.
 */
export function createMultipartReader(uploadLimit: number) {
  return async (request: FastifyRequest, incoming: Incoming): Promise<ReadonlyMap<string, string> | undefined> => {
    if (hasNoBody(request)) return undefined
    checkType(request, 'multipart/form-data')
    const form = openForm(request.headers['content-type'] ?? '', incoming)
    try {
      for await (const chunk of chunksOf(request.raw, uploadLimit)) await form.write(chunk)
      await form.end()
    } finally {
      await form.close()
    }
    if (!form.fields.has(FILE)) throw wrong(`${FILE}: is required: a part of this name with a filename`)
    return form.fields
  }
}

function checkBoundary(contentType: string): void {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain ?? ''
  if (boundary === '') throw wrong('Content-Type: the boundary is missing')
  if (boundary.length > LONGEST_BOUNDARY) {
    throw wrong(`Content-Type: the boundary must have at most ${LONGEST_BOUNDARY} characters`)
  }
}

function openParser(contentType: string): BusboyInstance {
  checkBoundary(contentType)
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      // One more of each than there may be: the limits themselves would leave the others out without a word.
      limits: {
        fields: FIELDS + 1,
        fieldSize: FIELD_BYTES,
        parts: FIELDS + 3,
        headerPairs: HEADERS,
        headerSize: HEADER_BYTES,
      },
      isPartAFile: (name, type, filename) =>
        filename !== undefined || type === 'application/octet-stream' || (name === FILE && type !== 'text/plain'),
    })
  } catch (thrown) {
    throw new Failure('invalid', 'Content-Type: must be multipart/form-data with a boundary', { cause: thrown })
  }
}

/** A form that is being read: the parser, its fields, and the file on its way to disk. */
function openForm(contentType: string, incoming: Incoming) {
  const parser = openParser(contentType)
  const fields = new Map<string, string>()
  const streams: BusboyFileStream[] = []
  const failed = Promise.withResolvers<never>()
  // It may fail while nobody waits for it; whoever waits next is told.
  failed.promise.catch(() => {})
  const finished = new Promise<void>((resolve) => parser.once('finish', resolve))
  let saved: Promise<void> = Promise.resolve()

  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (thrown) {
      failed.reject(thrown)
    }
  }
  const tooMany = (): void => failed.reject(wrong(`The body holds more than ${FIELDS} fields and a file`))
  parser.on('error', () => failed.reject(broken()))
  parser.on('partsLimit', tooMany)
  parser.on('field', (name, value, _nameCut, valueCut) => {
    guarded(() => addField(fields, { name, value, cut: valueCut }))
    if (fields.size > FIELDS + 1) tooMany()
  })
  parser.on('file', (name, stream, filename, _encoding, type) => {
    streams.push(stream)
    // Its error is the parser's as well.
    stream.on('error', () => {})
    guarded(() => {
      claimFile(fields, name)
      // Browsers write a quote so, and nothing else but line breaks (HTML, multipart/form-data encoding algorithm).
      const unquoted = plainFilename(filename?.replaceAll('%22', '"'))
      saved = save(stream, incoming, { filename: unquoted, mimeType: plainMimeType(type) })
      saved.catch((thrown) => failed.reject(thrown))
    })
  })

  return {
    fields,
    write: (chunk: Buffer): Promise<void> =>
      Promise.race([new Promise<void>((resolve) => parser.write(chunk, () => resolve())), failed.promise]),
    async end(): Promise<void> {
      parser.end()
      await Promise.race([finished.then(() => saved), failed.promise])
    },
    /** Lets go of everything; what was on its way to disk is no longer so when this resolves. */
    async close(): Promise<void> {
      for (const stream of streams) stream.destroy()
      await saved.catch(() => {})
    },
  }
}

function claimFile(fields: Map<string, string>, name: string | undefined): void {
  if (name !== FILE) throw wrong(`${pathText([name ?? ''])}: takes no file; the file comes in the field ${FILE}`)
  if (fields.has(FILE)) throw wrong(`${FILE}: must be given only once`)
  fields.set(FILE, '')
}

function addField(fields: Map<string, string>, said: { name: string | undefined; value: string; cut: boolean }): void {
  const { name, value, cut } = said
  if (name === undefined || name === '') throw wrong('The body has a part without a name')
  const path = pathText([name])
  if (name === FILE) throw wrong(`${FILE}: must be a file: a part with a filename`)
  if (name === '__proto__') throw wrong(`${path}: is not a field that can be sent`)
  if (fields.has(name)) throw wrong(`${path}: must be given only once`)
  if (cut) throw wrong(`${path}: must have at most ${FIELD_BYTES} bytes`)
  checkText(value, [name])
  fields.set(name, value)
}

async function save(
  stream: BusboyFileStream,
  incoming: Incoming,
  about: { filename: string | null; mimeType: string | null },
): Promise<void> {
  // A file of no bytes is one, too.
  await incoming.write(FILE, new Uint8Array(0))
  for await (const chunk of stream) await incoming.write(FILE, chunk)
  await incoming.end(FILE, about)
}
