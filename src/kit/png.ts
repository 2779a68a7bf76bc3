// Pictures of two colours as PNG files (W3C Portable Network Graphics, 3rd edition): black on white, one bit a pixel.
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const ONE_BIT = 1
const GRAYSCALE = 0

export interface PngOptions {
  /** Pixels to one cell, in both directions. */
  readonly scale: number
  /** White cells on every side. */
  readonly border: number
}

/** A square field of cells, true for black. */
export function pngOf(cells: readonly (readonly boolean[])[], { scale, border }: PngOptions): Buffer {
  const size = (cells.length + 2 * border) * scale
  const stride = 1 + Math.ceil(size / 8)
  // Each line begins with its filter, 0 for none; a bit that is set is white.
  const lines = Buffer.alloc(stride * size, 0xff)
  for (let y = 0; y < size; y += 1) {
    lines[y * stride] = 0
    for (let x = 0; x < size; x += 1) {
      if (!cells[Math.floor(y / scale) - border]?.[Math.floor(x / scale) - border]) continue
      const at = y * stride + 1 + (x >> 3)
      lines[at] = (lines[at] ?? 0) & ~(0x80 >> (x & 7))
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([ONE_BIT, GRAYSCALE, 0, 0, 0], 8)
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND')])
}

function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const whole = Buffer.alloc(data.length + 12)
  whole.writeUInt32BE(data.length, 0)
  whole.write(type, 4, 'latin1')
  whole.set(data, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length)
  return whole
}
