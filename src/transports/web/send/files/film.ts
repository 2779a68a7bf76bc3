// How long an MP4 file plays, and how large its picture is, from its `moov` box (ISO/IEC 14496-12), wherever that lies.
import type { Size } from './pictures.ts'

export interface FilmLooks extends Partial<Size> {
  readonly seconds?: number
}

/** Larger than it is for any film that WhatsApp takes, bytes. */
const MOST_MOOV = 4 * 1024 * 1024
const HEADER = 16
/** 24 hours. */
const LONGEST_S = 86_400

/** Fails as reading fails; what is no such file has no looks. */
export async function filmLooks(chunks: AsyncIterable<Uint8Array>): Promise<FilmLooks> {
  const moov = await moovIn(chunks)
  if (!moov) return {}
  const seconds = secondsIn(moov)
  return { ...(seconds === null ? null : { seconds }), ...pictureIn(moov) }
}

/** The content of the box. The file is read once; what is not it is passed over. */
async function moovIn(chunks: AsyncIterable<Uint8Array>): Promise<Buffer | null> {
  let held: Buffer = Buffer.alloc(0)
  let skip = 0
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk)
    if (skip >= bytes.length) {
      skip -= bytes.length
      continue
    }
    held = Buffer.concat([held, bytes.subarray(skip)])
    skip = 0
    while (held.length >= HEADER) {
      const box = boxAt(held, 0)
      if (!box || box.end === Number.POSITIVE_INFINITY) return null
      if (box.type === 'moov' && box.end > MOST_MOOV) return null
      if (box.type === 'moov' && held.length < box.end) break
      if (box.type === 'moov') return held.subarray(box.begin, box.end)
      skip = Math.max(0, box.end - held.length)
      held = held.subarray(Math.min(box.end, held.length))
    }
  }
  return null
}

interface Box {
  readonly type: string
  /** Of its content. */
  readonly begin: number
  readonly end: number
}

/** Null for what is no box. */
function boxAt(bytes: Buffer, at: number): Box | null {
  if (at + 8 > bytes.length) return null
  const type = bytes.toString('latin1', at + 4, at + 8)
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return null
  const size = bytes.readUInt32BE(at)
  if (size === 0) return { type, begin: at + 8, end: Number.POSITIVE_INFINITY }
  if (size >= 8) return { type, begin: at + 8, end: at + size }
  if (size !== 1 || at + HEADER > bytes.length) return null
  const large = Number(bytes.readBigUInt64BE(at + 8))
  return large < HEADER ? null : { type, begin: at + HEADER, end: at + large }
}

/** The contents of all boxes of that type, one level deep. */
function* boxesIn(bytes: Buffer, type: string): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const box = boxAt(bytes, at)
    if (!box) return
    if (box.type === type) yield bytes.subarray(box.begin, Math.min(box.end, bytes.length))
    at = box.end
  }
}

/** `mvhd`, 8.2.2: version 1 has longer times. */
function secondsIn(moov: Buffer): number | null {
  const [mvhd] = boxesIn(moov, 'mvhd')
  if (!mvhd || mvhd.length < 32) return null
  const isLong = mvhd[0] === 1
  const scale = mvhd.readUInt32BE(isLong ? 20 : 12)
  const units = isLong ? Number(mvhd.readBigUInt64BE(24)) : mvhd.readUInt32BE(16)
  const seconds = units / scale
  return seconds > 0 && seconds < LONGEST_S ? Math.max(1, Math.round(seconds)) : null
}

/** `tkhd`, 8.3.2, of the first track that shows something: 16.16 numbers behind the matrix, which may turn it on its side. */
function pictureIn(moov: Buffer): Size | null {
  for (const trak of boxesIn(moov, 'trak')) {
    const [tkhd] = boxesIn(trak, 'tkhd')
    if (!tkhd) continue
    const matrix = tkhd[0] === 1 ? 52 : 40
    if (tkhd.length < matrix + 44) continue
    const [across, down] = [tkhd.readUInt16BE(matrix + 36), tkhd.readUInt16BE(matrix + 40)]
    if (across === 0 || down === 0) continue
    const isOnSide = tkhd.readInt32BE(matrix) === 0 && tkhd.readInt32BE(matrix + 4) !== 0
    return isOnSide ? { width: down, height: across } : { width: across, height: down }
  }
  return null
}
