// What a message says of its file beside where it lies, as far as the file's own head and tail tell it.
import type { MediaKind } from '../../../model/content.ts'
import type { LocalFile } from '../../transport.ts'

export interface Looks {
  /** Of an Ogg file with Opus: how long it plays, whole seconds. */
  readonly seconds?: number
  /** Of a sticker: whether it moves. */
  readonly isAnimated?: boolean
}

/** Opus counts 48,000 samples a second, whatever it was made from (RFC 7845, section 4). */
const OPUS_RATE = 48_000
/** An Ogg page has 65,307 bytes at most (RFC 3533, section 6), so that the last one begins within these. */
const TAIL = 65_536
const HEAD = 64

/** Fails as reading the file fails; a file that does not say has no looks. */
export async function looksOf(kind: MediaKind, file: LocalFile): Promise<Looks> {
  if (kind === 'sticker') return stickerLooks((await edges(file)).head)
  return kind === 'audio' && isOgg(file.mimeType) ? oggLooks(await edges(file)) : {}
}

/** Whether phones show it as a voice note. */
export function isOgg(mimeType: string): boolean {
  return /^audio\/(ogg|opus)\b/i.test(mimeType)
}

/** RIFF....WEBPVP8X, then the flags: 0x02 is animation (WebP Container Specification, "Extended File Format"). */
function stickerLooks(head: Buffer): Looks {
  const isExtended = head.toString('latin1', 8, 16) === 'WEBPVP8X'
  return { isAnimated: isExtended && ((head[20] ?? 0) & 0x02) !== 0 }
}

/** The granule position of the last page, without the samples that are skipped at the beginning. */
function oggLooks({ head, tail }: { head: Buffer; tail: Buffer }): Looks {
  const opus = head.indexOf('OpusHead')
  const page = tail.lastIndexOf('OggS')
  if (opus < 0 || opus + 12 > head.length || page < 0 || page + 14 > tail.length) return {}
  const samples = Number(tail.readBigInt64LE(page + 6)) - head.readUInt16LE(opus + 10)
  const isLikely = samples > 0 && samples < OPUS_RATE * 86_400
  return isLikely ? { seconds: Math.max(1, Math.round(samples / OPUS_RATE)) } : {}
}

async function edges(file: LocalFile): Promise<{ head: Buffer; tail: Buffer }> {
  let head: Buffer = Buffer.alloc(0)
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of file.read()) {
    const bytes = Buffer.from(chunk)
    if (head.length < HEAD) head = Buffer.concat([head, bytes]).subarray(0, HEAD)
    tail = Buffer.concat([tail, bytes]).subarray(-TAIL)
  }
  return { head, tail }
}
