// How large a file Meta takes (Meta, "Media: supported media types").
import type { MediaKind } from '../../../model/content.ts'

const MB = 1024 * 1024

const MAX_BYTES: Readonly<Record<MediaKind, number>> = {
  image: 5 * MB,
  video: 16 * MB,
  audio: 16 * MB,
  document: 100 * MB,
  // Of a sticker that moves; one that does not move has 100 KB, which only Meta can tell apart.
  sticker: 500 * 1024,
}

/** Why Meta would surely refuse a file of that size; null: it may take it. */
export function tooLarge(kind: MediaKind, size: number): string | null {
  const most = MAX_BYTES[kind]
  if (size <= most) return null
  const name = kind === 'sticker' ? '500 KB' : `${most / MB} MB`
  const article = kind === 'image' || kind === 'audio' ? 'an' : 'a'
  return `The file has ${size} bytes; Meta takes at most ${name} (${most} bytes) as ${article} ${kind}.`
}
