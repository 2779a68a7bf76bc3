// What a message says of its file beside where it lies, as far as the file tells it without being decoded. Thumbnails and
// the waves of voice notes would take that: phones show these files without.
import type { MediaKind } from '../../../../model/content.ts'
import type { LocalFile } from '../../../transport.ts'
import { filmLooks } from './film.ts'
import { pictureSize } from './pictures.ts'

export interface Looks {
  /** Of an Ogg file with Opus, and of MP4: how long it plays, whole seconds. */
  readonly seconds?: number
  /** Of pictures, stickers and MP4: pixels. */
  readonly width?: number
  readonly height?: number
  /** Of a sticker: whether it moves. */
  readonly isAnimated?: boolean
}

/** Opus counts 48,000 samples a second, whatever it was made from (RFC 7845, section 4). */
const OPUS_RATE = 48_000
/** An Ogg page has 65,307 bytes at most (RFC 3533, section 6), so that the last one begins within these. */
const TAIL = 65_536
/** Colour profiles and thumbnails come before what a JPEG says of itself. */
const HEAD = 256 * 1024

/** Fails as reading the file fails; a file that does not say has no looks. */
export async function looksOf(kind: MediaKind, file: LocalFile): Promise<Looks> {
  switch (kind) {
    case 'image':
      return { ...pictureSize((await edges(file)).head) }
    case 'sticker': {
      const { head } = await edges(file)
      return { ...pictureSize(head), ...stickerLooks(head) }
    }
    case 'video':
      return filmLooks(file.read())
    case 'audio':
      if (isOgg(file.mimeType)) return oggLooks(await edges(file))
      return /^audio\/(mp4|m4a|x-m4a|aac)\b/i.test(file.mimeType) ? secondsOf(await filmLooks(file.read())) : {}
    case 'document':
      return {}
  }
}

function secondsOf({ seconds }: Looks): Looks {
  return seconds === undefined ? {} : { seconds }
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
