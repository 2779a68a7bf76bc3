// Decodes base64 that comes in pieces, strictly: RFC 4648 with its standard and its url-safe letters, padded or not.

const NO_LETTER = 255
/** The value of each byte as a letter of either alphabet. */
const VALUES = new Uint8Array(256).fill(NO_LETTER)
for (const alphabet of ['+/', '-_']) {
  const letters = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${alphabet}`
  for (let value = 0; value < letters.length; value++) VALUES[letters.charCodeAt(value)] = value
}

export interface Base64Reader {
  /**
   * Takes letters from `at` on, and answers where it stopped: at the end of the bytes, or at the first one that is no
   * letter.
   */
  take(bytes: Uint8Array, at: number): number
  /** Takes one `=`; false when there can be none here. */
  pad(): boolean
  /** Takes the bytes that the last, unfinished group stands for; false when the text cannot end here. */
  end(): boolean
  /** What was decoded since it was asked last, good until the next `take`; null for nothing. */
  decoded(): Uint8Array | null
}

export function createBase64Reader(): Base64Reader {
  let out = new Uint8Array(0)
  let length = 0
  /** Bits that have come and fill no byte yet, and how many letters of their group of four have come. */
  let bits = 0
  let letters = 0
  let pads = 0

  function makeRoom(more: number): void {
    if (length + more <= out.length) return
    const larger = new Uint8Array(Math.max(length + more, out.length * 2))
    larger.set(out.subarray(0, length))
    out = larger
  }

  function put(byte: number): void {
    out[length] = byte
    length++
  }

  /** Takes one letter; false when it is none. */
  function takeOne(byte: number): boolean {
    const value = VALUES[byte] ?? NO_LETTER
    if (value === NO_LETTER) return false
    bits = (bits << 6) | value
    letters++
    if (letters < 4) return true
    put(bits >>> 16)
    put(bits >>> 8)
    put(bits)
    bits = 0
    letters = 0
    return true
  }

  return {
    take(bytes, start) {
      if (pads > 0) return start
      makeRoom(Math.ceil(((bytes.length - start) * 3) / 4) + 3)
      let at = start
      while (at < bytes.length && letters > 0) {
        if (!takeOne(bytes[at] ?? 0)) return at
        at++
      }
      const grouped = decodeGroups({ from: bytes, start: at, out, place: length })
      length += ((grouped - at) / 4) * 3
      at = grouped
      while (at < bytes.length && takeOne(bytes[at] ?? 0)) at++
      return at
    },
    pad() {
      pads++
      return letters >= 2 && letters + pads <= 4
    },
    end() {
      if (letters === 1 || (pads > 0 && letters + pads !== 4)) return false
      makeRoom(2)
      if (letters > 1) put(letters === 2 ? bits >>> 4 : bits >>> 10)
      if (letters > 2) put(bits >>> 2)
      letters = 0
      return true
    },
    decoded() {
      if (length === 0) return null
      const decoded = out.subarray(0, length)
      length = 0
      return decoded
    },
  }
}

/** Decodes whole groups of four, which is most of a file, to a place of `out`; answers where in `from` it stopped. */
function decodeGroups(work: { from: Uint8Array; start: number; out: Uint8Array; place: number }): number {
  const { from, out } = work
  let at = work.start
  for (let to = work.place; at + 4 <= from.length; at += 4, to += 3) {
    const first = VALUES[from[at] ?? 0] ?? NO_LETTER
    const second = VALUES[from[at + 1] ?? 0] ?? NO_LETTER
    const third = VALUES[from[at + 2] ?? 0] ?? NO_LETTER
    const fourth = VALUES[from[at + 3] ?? 0] ?? NO_LETTER
    if ((first | second | third | fourth) === NO_LETTER) break
    out[to] = (first << 2) | (second >>> 4)
    out[to + 1] = (second << 4) | (third >>> 2)
    out[to + 2] = (third << 6) | fourth
  }
  return at
}
