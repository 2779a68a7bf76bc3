// Reads one-bit PNG files back, strictly: what the tests of pictures look with.
import assert from 'node:assert/strict'
import { crc32, inflateSync } from 'node:zlib'

export interface Picture {
  readonly width: number
  readonly height: number
  /** True for black. */
  readonly pixels: readonly (readonly boolean[])[]
}

export function readPng(file: Buffer): Picture {
  assert.equal(file.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)), `${type}: its CRC`)
    chunks.set(type, file.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND'])
  const header = chunks.get('IHDR')!
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  assert.deepEqual([...header.subarray(8)], [1, 0, 0, 0, 0], 'one bit, gray, no interlacing')
  const stride = 1 + Math.ceil(width / 8)
  const lines = inflateSync(chunks.get('IDAT')!)
  assert.equal(lines.length, stride * height)
  const pixels = Array.from({ length: height }, (_, y) => {
    assert.equal(lines[y * stride], 0, 'no filter')
    return Array.from({ length: width }, (_, x) => ((lines[y * stride + 1 + (x >> 3)]! >> (7 - (x & 7))) & 1) === 0)
  })
  return { width, height, pixels }
}

/** The modules of a QR code in a picture: the light border is measured and cut off, and each module looked at whole. */
export function modulesIn({ width, pixels }: Picture): { border: number; scale: number; field: boolean[][] } {
  const top = pixels.findIndex((row) => row.includes(true))
  const left = pixels[top]!.indexOf(true)
  // The first row begins with the seven dark modules of a finder pattern.
  const scale = (pixels[top]!.indexOf(false, left) - left) / 7
  const size = (width - 2 * left) / scale
  assert.ok(Number.isInteger(scale) && Number.isInteger(size) && top === left)
  const field = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) => {
      const cell = pixels
        .slice(top + y * scale, top + (y + 1) * scale)
        .flatMap((row) => row.slice(left + x * scale, left + (x + 1) * scale))
      assert.equal(new Set(cell).size, 1, `the module ${x},${y} is of one colour`)
      return cell[0]!
    }),
  )
  return { border: left / scale, scale, field }
}
