// Reads the text of one file field as it comes: base64, alone or as a data URL (RFC 2397), which many a client sends.
import { Failure } from '../../model/failure.ts'
import { createBase64Reader } from './base64.ts'
import { plainMimeType } from './incoming.ts'

export interface FileText {
  /**
   * Takes bytes of the JSON string from `at` on, escapes and all, and answers where it stopped: at the end of the bytes,
   * or at the quote that closes the string.
   */
  take(bytes: Uint8Array, at: number): number
  /** The text is over. */
  end(): void
  /** What was decoded since it was asked last, good until the next `take`; null for nothing. */
  decoded(): Uint8Array | null
  /** What a data URL says; null: it says none, or it was none. */
  readonly mimeType: string | null
}

const [QUOTE, BACKSLASH, SLASH, SMALL_U] = [0x22, 0x5c, 0x2f, 0x75]
const [EQUALS, COMMA] = [0x3d, 0x2c]
const SCHEME = 'data:'
/** A code that no digit behind it makes ASCII again. */
const BEYOND = 0x10000
/** Characters before the comma of a data URL. */
const LONGEST_HEAD = 256

/** Every method fails with `invalid`, naming the field, when the text is not base64. */
export function createFileText(field: string): FileText {
  const wrong = (): Failure => new Failure('invalid', `${field}: is not base64`)
  const text = createDataText(wrong)
  const single = new Uint8Array(1)
  const escaped = createEscape()

  return {
    take(bytes, start) {
      let at = start
      while (at < bytes.length) {
        const byte = bytes[at] ?? 0
        if (escaped.begun) {
          const meant = escaped.take(byte)
          if (meant !== null) {
            single[0] = meant
            text.take(single, 0)
          }
          at++
        } else if (byte === QUOTE) return at
        else if (byte === BACKSLASH) {
          escaped.begin()
          at++
        } else at = text.take(bytes, at)
      }
      return at
    },
    end: () => text.end(),
    decoded: () => text.decoded(),
    get mimeType() {
      return text.mimeType
    },
  }
}

/** Reads escapes of JSON, as far as base64 has use for them. */
function createEscape() {
  /** Digits that are still to come behind `\\u`; 0: the character behind the backslash is. */
  let digits = 0
  let begun = false
  let code = 0
  return {
    get begun() {
      return begun
    },
    begin(): void {
      begun = true
      digits = 0
      code = 0
    },
    /**
     * Takes the next character; null while more have to come. Of all that is no base64, and of what is no escape, it makes
     * NUL, which is refused.
     */
    take(byte: number): number | null {
      if (digits === 0 && byte === SMALL_U) {
        digits = 4
        return null
      }
      begun = digits > 1
      if (digits === 0) return byte === SLASH ? SLASH : 0
      digits--
      const value = hexValue(byte)
      // Beyond ASCII once, it stays there.
      code = value === null ? BEYOND : code * 16 + value
      if (digits > 0) return null
      return code < 128 ? code : 0
    },
  }
}

function hexValue(byte: number): number | null {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : null
}

/** The same without escapes: `take` takes one byte at least, as many as it can, and fails at what does not belong there. */
function createDataText(wrong: () => Failure): FileText {
  const base64 = createBase64Reader()
  let stage: 'undecided' | 'head' | 'base64' = 'undecided'
  /** What came of a head; while it is undecided whether it is one, its letters are letters of base64 as well. */
  let head = ''
  let mimeType: string | null = null

  function release(): void {
    stage = 'base64'
    base64.take(Buffer.from(head), 0)
  }

  /** Takes a byte of what may be, or is, a head; false when it belongs to the base64 text. */
  function takeHead(byte: number): boolean {
    const letter = String.fromCharCode(byte)
    if (stage === 'undecided' && letter.toLowerCase() !== SCHEME[head.length]) {
      release()
      return false
    }
    if (stage === 'head' && byte === COMMA) {
      if (!/;\s*base64$/i.test(head)) throw wrong()
      mimeType = plainMimeType(head.slice(SCHEME.length))
      stage = 'base64'
      return true
    }
    head += letter
    if (head.length > LONGEST_HEAD || byte < 0x20 || byte > 0x7e) throw wrong()
    if (head.length === SCHEME.length) stage = 'head'
    return true
  }

  return {
    take(bytes, start) {
      if (stage !== 'base64' && takeHead(bytes[start] ?? 0)) return start + 1
      let at = base64.take(bytes, start)
      for (; at < bytes.length && bytes[at] === EQUALS; at++) if (!base64.pad()) throw wrong()
      if (at === start) throw wrong()
      return at
    },
    end() {
      if (stage === 'undecided') release()
      if (stage === 'head' || !base64.end()) throw wrong()
    },
    decoded: () => base64.decoded(),
    get mimeType() {
      return mimeType
    },
  }
}
