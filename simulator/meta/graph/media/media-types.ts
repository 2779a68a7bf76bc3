// Which files Meta takes, of which kind and how big, and what it says of those that it does not.
import { open } from 'node:fs/promises'

/** Kinds of messages that carry a file. */
export type MediaKind = 'image' | 'video' | 'audio' | 'document' | 'sticker'

const MB = 1024 * 1024
const office = 'application/vnd.openxmlformats-officedocument'

/** Types that can be uploaded, in the order in which Meta's refusal lists them, with the largest size in bytes. */
const uploadable: Record<string, number> = {
  'audio/aac': 16 * MB,
  'audio/mp4': 16 * MB,
  'audio/mpeg': 16 * MB,
  'audio/amr': 16 * MB,
  'audio/ogg': 16 * MB,
  'audio/opus': 16 * MB,
  'application/vnd.ms-powerpoint': 100 * MB,
  'application/msword': 100 * MB,
  [`${office}.wordprocessingml.document`]: 100 * MB,
  [`${office}.presentationml.presentation`]: 100 * MB,
  [`${office}.spreadsheetml.sheet`]: 100 * MB,
  'application/pdf': 100 * MB,
  'text/plain': 100 * MB,
  'application/vnd.ms-excel': 100 * MB,
  'image/jpeg': 5 * MB,
  'image/png': 5 * MB,
  'image/webp': 500 * 1024,
  'video/mp4': 16 * MB,
  'video/3gpp': 16 * MB,
}

/** What a kind of message shows; a document may be any file. */
const shown: Record<MediaKind, readonly string[] | undefined> = {
  image: ['image/jpeg', 'image/png'],
  video: ['video/mp4', 'video/3gpp'],
  audio: ['audio/aac', 'audio/mp4', 'audio/mpeg', 'audio/amr', 'audio/ogg', 'audio/opus'],
  sticker: ['image/webp'],
  document: undefined,
}

const staticSticker = 100 * 1024

/** What Meta has against a file with this type, or undefined. */
export function typeProblem(type: string): string | undefined {
  if (Object.hasOwn(uploadable, type)) return undefined
  const known = Object.keys(uploadable).join(', ')
  return `Param file must be a file with one of the following types: ${known}. Received file of type '${type}'.`
}

/** The largest size of a file in bytes; of an image/webp it depends on whether it moves. */
export async function maxSize(file: { type: string; path: string }): Promise<number> {
  if (file.type === 'image/webp' && !(await isAnimated(file.path))) return staticSticker
  return uploadable[file.type] ?? 0
}

/** Why a message of this kind cannot show a file of this type, as the failed status says it; undefined when it can. */
export function mismatch(kind: MediaKind, type: string): string | undefined {
  const types = shown[kind]
  // Files of customers may say more of their type, such as audio/ogg; codecs=opus.
  if (types === undefined || types.includes(type.split(';')[0]?.trim() ?? '')) return undefined
  const name = kind.slice(0, 1).toUpperCase() + kind.slice(1)
  return `Unsupported ${name} mime type ${type}. Please use one of ${types.join(', ')}.`
}

/** True for a WebP file with the animation flag of its extended header (RFC 9649, 2.7). */
async function isAnimated(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(21), 0, 21, 0)
    return bytesRead === 21 && buffer.toString('latin1', 12, 16) === 'VP8X' && ((buffer[20] ?? 0) & 0x02) !== 0
  } finally {
    await file.close()
  }
}
