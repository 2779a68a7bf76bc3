// Makes ids: random ones, and the sortable base-32 text that event ids are built of.
import { randomBytes } from 'node:crypto'

/** Crockford's base 32: sortable, and without the letters that people misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** `value` (a whole number from 0 to 2^53-1) in base 32, at least `width` characters, sortable as text at equal width. */
export function base32(value: number, width: number): string {
  let text = ''
  for (let rest = value; rest > 0 || text.length < width; rest = Math.floor(rest / 32)) {
    text = ALPHABET.charAt(rest % 32) + text
  }
  return text
}

/** The number that `base32` wrote, or null when the text is not of its making. */
export function fromBase32(text: string): number | null {
  let value = 0
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter)
    if (digit < 0) return null
    value = value * 32 + digit
  }
  return Number.isSafeInteger(value) ? value : null
}

/** `<prefix>_` and 26 characters: 48 bits of time (ms since epoch), then 80 random bits, like a ULID. */
export function newId(prefix: string, now: number): string {
  let text = `${prefix}_${base32(now, 10)}`
  for (const byte of randomBytes(16)) text += ALPHABET.charAt(byte % 32)
  return text
}
