// What Meta refuses in messages with a file: images, videos, audio, documents, stickers, and files in headers.
import { parameterError } from '../graph-error.ts'
import { type MediaKind, mismatch } from '../media/media-types.ts'
import { findMedia } from '../media/stored.ts'
import {
  checkFlag,
  contentOf,
  isAbsent,
  missing,
  onlyKeys,
  optionalText,
  type Place,
  pathOf,
  textIn,
  wrongValue,
} from './params.ts'
import type { Doom, Sender } from './sender.ts'

const caption = { max: 1024 }
const keys: Record<MediaKind, readonly string[]> = {
  image: ['id', 'link', 'caption'],
  video: ['id', 'link', 'caption'],
  audio: ['id', 'link', 'voice'],
  document: ['id', 'link', 'caption', 'filename'],
  sticker: ['id', 'link'],
}

/** `{ id or link, caption?, filename?, voice? }`, each only where the kind has it. */
export function checkMedia(kind: MediaKind, content: unknown, sender: Sender): Doom | undefined {
  const media = contentOf(kind, content)
  onlyKeys(media, keys[kind])
  optionalText(media, 'caption', caption)
  optionalText(media, 'filename', { max: 255 })
  checkFlag(media, 'voice')
  return checkSource(kind, media, sender)
}

/** A file in a header: `{ id or link, filename? }`. */
export function checkHeaderMedia(kind: MediaKind, media: Place, sender: Sender): Doom | undefined {
  onlyKeys(media, kind === 'document' ? ['id', 'link', 'filename', 'provider'] : ['id', 'link', 'provider'])
  optionalText(media, 'filename', { max: 255 })
  return checkSource(kind, media, sender)
}

/**
 * Where the bytes are. An id must be known, not expired and of this number, else 100; whether the kind can show its
 * type comes out only later (131053). A link is not fetched.
 */
function checkSource(kind: MediaKind, media: Place, { world, number }: Sender): Doom | undefined {
  const { id, link } = media.value
  if (isAbsent(id) && isAbsent(link)) {
    throw missing(`One of the parameters ${pathOf(media, 'id')} and ${pathOf(media, 'link')} is required.`)
  }
  if (!isAbsent(id) && !isAbsent(link)) {
    throw wrongValue(`Only one of the parameters ${pathOf(media, 'id')} and ${pathOf(media, 'link')} can be given.`)
  }
  if (isAbsent(id)) {
    checkLink(textIn(media, 'link'), pathOf(media, 'link'))
    return undefined
  }
  const known = typeof id === 'string' || typeof id === 'number' ? findMedia(world, String(id)) : undefined
  if (known?.phoneNumberId !== number.id) {
    throw parameterError(`Param ${pathOf(media, 'id')} is not a valid whatsapp business account media attachment ID`)
  }
  const details = mismatch(kind, known.mimeType)
  return details === undefined ? undefined : { code: 131053, details }
}

/** Refuses what is not an http or https URL. */
export function checkLink(link: string, path: string): void {
  const url = URL.canParse(link) ? new URL(link) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return
  throw parameterError(`Param ${path} must be a valid URI.`)
}
