// Multipart forms for Graph, streamed: a file goes from where it lies to the socket, never whole through memory.
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { LocalFile } from '../../transport.ts'

/** One part: a text, or a file that is read when it is its turn. */
export type Part =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly file: LocalFile }

/** In the order in which they are sent. */
export type Form = readonly Part[]

/** A form on its way. */
export interface EncodedForm {
  readonly contentType: string
  /** Bytes of the whole body; Graph is told before the first one. */
  readonly length: number
  /** The body, once. `taken` is called whenever the socket took some of it. */
  body(taken: () => void): Readable
}

/** Writes a form as multipart/form-data (RFC 7578). Fails, when a file turns out shorter or longer than it said. */
export function encodeForm(form: Form): EncodedForm {
  const boundary = `form-${randomUUID()}`
  const pieces: (Buffer | LocalFile)[] = []
  for (const part of form) {
    pieces.push(Buffer.from(`--${boundary}\r\n${headOf(part)}\r\n\r\n`))
    pieces.push('file' in part ? part.file : Buffer.from(part.text), Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : piece.size), 0),
    body: (taken) => Readable.from(bytesOf(pieces, taken), { objectMode: false, highWaterMark: 64 * 1024 }),
  }
}

async function* bytesOf(pieces: readonly (Buffer | LocalFile)[], taken: () => void): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) {
      yield piece
      taken()
      continue
    }
    let size = 0
    for await (const chunk of piece.read() as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > piece.size) break
      yield chunk
      taken()
    }
    if (size !== piece.size) throw new Error('the file is not as long as it was said to be')
  }
}

function headOf(part: Part): string {
  const disposition = `Content-Disposition: form-data; name="${part.name}"`
  if ('text' in part) return disposition
  return `${disposition}; filename="${quoted(lastOf(part.file.filename))}"\r\nContent-Type: ${mediaType(part.file.mimeType)}`
}

/** A name as the other side reads it, without folders (RFC 7578, 4.2): where none is left, there would be no file. */
function lastOf(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  return /^\.{0,2}$/.test(last.trim()) ? 'file' : last
}

/** What would end the name, or the header, as browsers write it (HTML, "Multipart form data"). */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** What is no media type could be a header of its own. */
function mediaType(text: string): string {
  return /^[\w.+-]+\/[\w.+-]+[\x20-\x7e]*$/.test(text) ? text : 'application/octet-stream'
}
