// What a message says, in the client library's words for it (`text`, `image`, `react`, ...).
import type { Content, MediaContent } from '../../../model/content.ts'
import type { WireSend } from '../port.ts'
import { whyNot } from './cannot.ts'
import { isOgg } from './files/looks.ts'
import { type Uploaded, uploadedOf } from './files/uploaded.ts'
import { wrong } from './refusal.ts'
import { vcardOf } from './vcard.ts'

export type Said = WireSend['content']

/** The name of a message: its chat's jid, its id, and who wrote it, which only groups need to be told. */
export interface MessageKey {
  readonly remoteJid: string
  readonly id: string
  readonly fromMe: boolean
  readonly participant?: string
}

export interface Around {
  /** Jids of those who are named in the text. */
  readonly mentions: readonly string[]
  /** Of the message that a reaction is for. */
  readonly target: MessageKey | null
}

/** Fails with SendError `refused` for what cannot be said. */
export function saidOf(content: Content, { mentions, target }: Around): Said {
  const named = mentions.length === 0 ? null : { mentions }
  switch (content.kind) {
    case 'text':
      // Null: none. Undefined would have the library fetch the page itself, past the guard of the inside.
      return { text: content.text, linkPreview: null, ...named }
    case 'image':
    case 'video':
    case 'document':
    case 'audio':
    case 'sticker':
      return { ...fileOf(content), ...named }
    case 'location':
      return { location: placeOf(content) }
    case 'contacts':
      return { contacts: { displayName: cardsName(content.contacts.length), contacts: content.contacts.map(vcardOf) } }
    case 'reaction':
      return { react: { text: content.emoji, key: target } }
    default:
      throw wrong(whyNot(content) ?? 'A linked device cannot send that.')
  }
}

function fileOf(content: MediaContent): Said {
  const { kind, media } = content
  if (media.from !== 'id') throw new Error('a file goes to WhatsApp before its message')
  const uploaded = uploadedOf(media.id)
  return { [kind]: uploaded.file, ...aboutFile(content, uploaded) }
}

/** Only what the kind has. */
function aboutFile({ kind, caption, filename, voice }: MediaContent, uploaded: Uploaded): Said {
  const { mimetype, seconds, width, height, isAnimated } = uploaded
  const lasting = seconds === undefined ? null : { seconds }
  const sized = width === undefined || height === undefined ? null : { width, height }
  const captioned = caption === null || caption === '' ? null : { caption }
  switch (kind) {
    case 'image':
      return { mimetype, ...sized, ...captioned }
    case 'video':
      return { mimetype, ...sized, ...lasting, ...captioned }
    case 'document':
      return { mimetype, fileName: filename || uploaded.filename, ...captioned }
    case 'audio':
      return {
        // Without its codec phones do not play it.
        mimetype: isOgg(mimetype) ? 'audio/ogg; codecs=opus' : mimetype,
        ptt: voice || isOgg(mimetype),
        ...lasting,
      }
    case 'sticker':
      return { mimetype: 'image/webp', ...sized, isAnimated: isAnimated === true }
  }
}

export function placeOf({ latitude, longitude, name, address }: Extract<Content, { kind: 'location' }>): Said {
  return {
    degreesLatitude: latitude,
    degreesLongitude: longitude,
    ...(name === null ? null : { name }),
    ...(address === null ? null : { address }),
  }
}

/** What phones show above more than one card. */
function cardsName(count: number): string {
  return `${count} contacts`
}

/** What is typed of a message, and where people may be named. */
export function textOf(content: Content): string {
  switch (content.kind) {
    case 'text':
      return content.text
    case 'image':
    case 'video':
    case 'document':
      return content.caption ?? ''
    default:
      return ''
  }
}
