// Reads an undamaged QR code back (ISO/IEC 18004): versions 1 to 10, levels L and M, bytes; the error correction is skipped.
import assert from 'node:assert/strict'

type Field = readonly (readonly boolean[])[]

const TOTAL = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346]
/** Codewords of error correction in a block, and the number of blocks, by version. */
const LEVELS = {
  L: { ecc: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18], blocks: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4] },
  M: { ecc: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26], blocks: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5] },
} as const
const ALIGNMENT = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]
const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

export function readQr(field: Field): string {
  const version = (field.length - 17) / 4
  assert.ok(Number.isInteger(version) && version >= 1 && version <= 10, `version ${version}`)
  const { level, mask } = formatOf(field)
  return textOf(dataOf(codewordsOf(field, version, mask), version, level), version)
}

/** Beside the upper left finder pattern, masked with 101010000010010. */
function formatOf(field: Field): { level: 'L' | 'M'; mask: number } {
  const places = [0, 1, 2, 3, 4].map((x) => field[8]![x]!)
  const bits = places.reduce((sum, bit) => sum * 2 + Number(bit), 0) ^ 0b10101
  const level = ({ 1: 'L', 0: 'M' } as const)[bits >> 3]
  assert.ok(level, 'only L and M are read here')
  return { level, mask: bits & 7 }
}

function isFunction(x: number, y: number, version: number): boolean {
  const size = version * 4 + 17
  if (x === 6 || y === 6) return true
  const low = (at: number): boolean => at < 9
  const high = (at: number): boolean => at >= size - 8
  if ((low(x) && low(y)) || (high(x) && low(y)) || (low(x) && high(y))) return true
  if (version >= 7 && ((x >= size - 11 && y < 6) || (y >= size - 11 && x < 6))) return true
  const centres = ALIGNMENT[version - 1]!
  const corners = [`6,6`, `6,${size - 7}`, `${size - 7},6`]
  return centres.some((cx) =>
    centres.some((cy) => !corners.includes(`${cx},${cy}`) && Math.abs(cx - x) <= 2 && Math.abs(cy - y) <= 2),
  )
}

/** In columns of two from the right, up and down in turn; the column of the timing pattern is left out. */
function codewordsOf(field: Field, version: number, mask: number): number[] {
  const size = field.length
  const bits: boolean[] = []
  let isUp = true
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step += 1) {
      const y = isUp ? size - 1 - step : step
      for (const x of [right, right - 1])
        if (!isFunction(x, y, version)) bits.push(field[y]![x]! !== MASKS[mask]!(x, y))
    }
    isUp = !isUp
  }
  return Array.from({ length: TOTAL[version - 1]! }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((sum, bit) => sum * 2 + Number(bit), 0),
  )
}

/** Blocks lie interleaved; the later ones may be one longer. */
function dataOf(codewords: readonly number[], version: number, level: 'L' | 'M'): number[] {
  const count = LEVELS[level].blocks[version - 1]!
  const data = TOTAL[version - 1]! - count * LEVELS[level].ecc[version - 1]!
  const short = Math.floor(data / count)
  const longFrom = count - (data % count)
  const blocks: number[][] = Array.from({ length: count }, () => [])
  let at = 0
  for (let round = 0; round <= short; round += 1)
    for (let block = round === short ? longFrom : 0; block < count; block += 1) blocks[block]!.push(codewords[at++]!)
  return blocks.flat()
}

function textOf(data: readonly number[], version: number): string {
  const bits = data.map((one) => one.toString(2).padStart(8, '0')).join('')
  assert.equal(bits.slice(0, 4), '0100', 'bytes')
  const start = 4 + (version < 10 ? 8 : 16)
  const length = Number.parseInt(bits.slice(4, start), 2)
  const bytes = Array.from({ length }, (_, at) => Number.parseInt(bits.slice(start + at * 8, start + at * 8 + 8), 2))
  return Buffer.from(bytes).toString('utf8')
}
