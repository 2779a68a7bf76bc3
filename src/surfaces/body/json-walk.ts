// Walks JSON text as it comes in: texts of file fields at its top level are decoded and left out, all else is collected.
import { Failure } from '../../model/failure.ts'
import { createFileText, type FileText } from './file-text.ts'

/** News of a file field: bytes of its file, or its end. */
export interface FilePiece {
  readonly field: string
  /** Good until the next `push`; null for none. */
  readonly bytes: Uint8Array | null
  /** Set with the last piece of a field. */
  readonly ended: { readonly mimeType: string | null } | null
}

/**
 * The walk checks no grammar: leaving out what is between the quotes of one string makes wrong text no better and right
 * text no worse, so whoever parses the rest judges the whole.
 */
export interface JsonWalk {
  push(chunk: Uint8Array): FilePiece[]
  /** The text with every file's text left empty. */
  rest(): Uint8Array
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]
/** Bytes of a key, escapes and all, beyond which it is no field of ours. */
const LONGEST_KEY = 1024

/**
 * Fails with `too-large` above `limit` bytes beside the files, and with `invalid` for a file field that comes twice or
 * is not base64.
 */
export function createJsonWalk(fields: readonly string[], limit: number): JsonWalk {
  const text = createText(limit)
  const outline = createOutline(fields)
  let file: { readonly field: string; readonly text: FileText } | null = null
  return {
    push(chunk) {
      const pieces: FilePiece[] = []
      for (let at = 0; at < chunk.length; ) {
        if (!file) {
          const start = at
          let field: string | null = null
          while (at < chunk.length && field === null) field = outline.take(chunk[at++] ?? 0)
          text.add(chunk, start, at)
          if (field !== null) file = { field, text: createFileText(field) }
        } else {
          at = file.text.take(chunk, at)
          const { field, text: told } = file
          // The closing quote is left where it is: it belongs to the rest.
          const closed = at < chunk.length
          if (closed) {
            told.end()
            outline.closed()
            file = null
            text.add(chunk, at, ++at)
          }
          pieces.push({ field, bytes: told.decoded(), ended: closed ? { mimeType: told.mimeType } : null })
        }
      }
      return pieces
    },
    rest: () => text.all(),
  }
}

/** Follows strings and brackets, as far as it takes to know the keys of the outermost object. */
function createOutline(fields: readonly string[]) {
  const seen = new Set<string>()
  let depth = 0
  let inObject = false
  let place: 'between' | 'string' | 'key' = 'between'
  let escaped = false
  let keyComes = false
  let key: number[] = []
  /** The file field whose key has just been read, and whether its colon has come. */
  let waiting: { field: string; colon: boolean } | null = null

  function read(raw: readonly number[]): { field: string; colon: boolean } | null {
    const field = readKey(raw)
    if (field === null || !fields.includes(field)) return null
    if (seen.has(field)) throw new Failure('invalid', `${field}: must be given only once`)
    seen.add(field)
    return { field, colon: false }
  }

  function within(byte: number): void {
    const closes = byte === QUOTE && !escaped
    if (place === 'key' && !closes && key.length <= LONGEST_KEY) key.push(byte)
    escaped = byte === BACKSLASH && !escaped
    if (!closes) return
    if (place === 'key') waiting = read(key)
    place = 'between'
  }

  /** A quote that opens; answers the field whose file begins with it. */
  function open(): string | null {
    const field = waiting?.colon ? waiting.field : null
    place = keyComes ? 'key' : 'string'
    key = []
    keyComes = false
    waiting = null
    return field
  }

  function bracketOrComma(byte: number): void {
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth++
      if (depth === 1) inObject = byte === OPEN_OBJECT
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
    keyComes = depth === 1 && inObject && (byte === OPEN_OBJECT || byte === COMMA)
    waiting = null
  }

  return {
    /** Takes the next byte; the field whose file begins behind it, else null. */
    take(byte: number): string | null {
      if (place !== 'between') within(byte)
      else if (byte === QUOTE) return open()
      else if (byte === COLON && waiting?.colon === false) waiting.colon = true
      else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) bracketOrComma(byte)
      return null
    },
    /** The file's text is closed. */
    closed(): void {
      place = 'between'
    },
  }
}

/** What a key's raw text stands for; null when it is too long, or no text of JSON. */
function readKey(raw: readonly number[]): string | null {
  if (raw.length > LONGEST_KEY) return null
  try {
    return String(JSON.parse(`"${Buffer.from(raw).toString('utf8')}"`))
  } catch {
    return null
  }
}

/** Bytes that grow, however small the pieces are in which they come. */
function createText(limit: number) {
  let held = Buffer.alloc(0)
  let length = 0
  return {
    add(chunk: Uint8Array, start: number, end: number): void {
      const needed = length + end - start
      if (needed > limit) {
        const sentence = `The body is larger than ${limit} bytes without its files, which is the most this takes`
        throw new Failure('too-large', sentence)
      }
      if (needed > held.length) {
        const larger = Buffer.alloc(Math.min(limit, Math.max(needed, held.length * 2, 4096)))
        held.copy(larger, 0, 0, length)
        held = larger
      }
      held.set(chunk.subarray(start, end), length)
      length = needed
    },
    all: (): Uint8Array => held.subarray(0, length),
  }
}
