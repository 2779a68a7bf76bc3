// Reads a multipart/form-data body: fields as texts, files into the spool, and only the head of the body into memory.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import type { Spool } from '../spool.ts'

/** A file that came with a request. It lies in the spool until the call is answered, longer once it is `kept`. */
export type UploadedFile = {
  /** As the part names it; absent when the part names none. */
  filename?: string
  /** Content-Type of the part in lower case, without parameters; `text/plain` when it names none. */
  type: string
  /** Bytes. */
  size: number
  /** Hex. */
  sha256: string
  /** Where its bytes lie. */
  path: string
  /** Set by who takes the file over: it is then not removed with the request. */
  kept?: boolean
}

/** What a multipart body held; a part that comes twice counts as it came last. */
export type Multipart = { fields: Record<string, string>; files: Record<string, UploadedFile> }

/** The head of a body, and how long all of it was. */
export type ReadBody = { head: Buffer; bytes: number; multipart: Multipart | undefined }

/** How much of a multipart body is kept as it came, in bytes. */
export const keptOfMultipart = 65_536

/** True for a content type of multipart/form-data. */
export function isMultipart(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'multipart/form-data'
}

/**
 * Reads such a body to its end. `multipart` is undefined when it breaks off, has no boundary or is no multipart body
 * at all. Rejects only when the caller goes away.
 */
export async function readMultipart(request: IncomingMessage, spool: Spool): Promise<ReadBody> {
  const head: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    if (bytes < keptOfMultipart) head.push(Buffer.from(chunk.subarray(0, keptOfMultipart - bytes)))
    bytes += chunk.length
  })
  const end = endOf(request)
  const multipart = await parse(request, end, spool)
  // A parser that is done or gave up leaves the rest unread, which has to come in before an answer can go out.
  request.resume()
  await end
  return { head: Buffer.concat(head), bytes, multipart }
}

/** The bytes of an uploaded file, for those that are small enough to be looked into. */
export function readUpload(file: UploadedFile): Promise<Buffer> {
  return readFile(file.path)
}

async function parse(request: IncomingMessage, end: Promise<void>, spool: Spool): Promise<Multipart | undefined> {
  const parser = openParser(request.headers['content-type'] ?? '')
  if (!parser) return undefined
  const fields = new Map<string, string>()
  const parts: { name: string; stream: BusboyFileStream; saved: Promise<UploadedFile> }[] = []
  parser.on('field', (name, value) => fields.set(name, value))
  parser.on('file', (name, stream, filename, _encoding, type) => {
    const saved = save(stream, spool).then((stored) => ({ ...(filename ? { filename } : {}), type, ...stored }))
    saved.catch(() => undefined)
    parts.push({ name, stream, saved })
  })
  request.pipe(parser)
  const isWhole = await finished(parser, end)
  request.unpipe(parser)
  if (!isWhole) for (const { stream } of parts) stream.destroy(new Error('the body breaks off'))
  const files = new Map<string, UploadedFile>()
  const superfluous: UploadedFile[] = []
  for (const { name, saved } of parts) {
    const file = isWhole ? await saved : await saved.catch(() => undefined)
    const earlier = files.get(name)
    if (earlier) superfluous.push(earlier)
    if (file) files.set(name, file)
  }
  if (!isWhole) superfluous.push(...files.values())
  await Promise.all(superfluous.map((file) => spool.drop(file.path)))
  return isWhole ? { fields: Object.fromEntries(fields), files: Object.fromEntries(files) } : undefined
}

function openParser(contentType: string): BusboyInstance | undefined {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits: { fieldSize: 1_048_576 } })
  } catch {
    return undefined
  }
}

/** True when the parser came to its end, false when it gave up or the caller left. */
function finished(parser: BusboyInstance, end: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    parser.once('finish', () => resolve(true))
    parser.on('error', () => resolve(false))
    end.catch(() => resolve(false))
  })
}

/** Resolves when all of a body is in; rejects when the caller goes away before. */
function endOf(request: IncomingMessage): Promise<void> {
  const end = new Promise<void>((resolve, reject) => {
    request.once('end', resolve)
    request.once('close', () => reject(new Error('the caller went away')))
  })
  end.catch(() => undefined)
  return end
}

async function save(from: BusboyFileStream, spool: Spool): Promise<{ size: number; sha256: string; path: string }> {
  const hash = createHash('sha256')
  let size = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  const file = spool.open()
  try {
    await pipeline(from, measure, file.stream)
  } catch (error) {
    await spool.drop(file.path)
    throw error
  }
  return { size, sha256: hash.digest('hex'), path: file.path }
}
