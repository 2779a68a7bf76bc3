// What people say: text, files, places, cards.
import { proto } from 'baileys'
import type { Published } from '../media/index.ts'
import { type Context, contextInfoOf, type MessageObject, withContext } from './context.ts'

/** Text as a phone sends it: bare, or with a context, or with the card of its link. */
export function text(
  body: string,
  more: Context & { link?: { url: string; title: string; description?: string } } = {},
): MessageObject {
  const { link, ...context } = more
  if (!link) return withContext({ conversation: body }, context)
  const { url, title, description = '' } = link
  const contextInfo = contextInfoOf(context)
  return { extendedTextMessage: { text: body, matchedText: url, title, description, contextInfo } }
}

/** How a file is told of; `seconds` for sound and film, pixels for pictures, `pages` for documents. */
export type FileFacts = {
  mimeType?: string
  caption?: string
  filename?: string
  seconds?: number
  width?: number
  height?: number
  pages?: number
  /** A JPEG. */
  thumbnail?: Uint8Array
  /** A sticker that moves, a film that is a GIF. */
  animated?: boolean
}

const dressed = ({ width, height, caption, thumbnail }: FileFacts) => ({
  ...(width === undefined ? {} : { width }),
  ...(height === undefined ? {} : { height }),
  ...(caption === undefined ? {} : { caption }),
  ...(thumbnail === undefined ? {} : { jpegThumbnail: thumbnail }),
})

export const image = (file: Published, facts: FileFacts = {}): MessageObject => ({
  imageMessage: { ...file, mimetype: facts.mimeType ?? 'image/jpeg', ...dressed(facts) },
})

export const video = (file: Published, facts: FileFacts = {}): MessageObject => ({
  videoMessage: {
    ...{ ...file, mimetype: facts.mimeType ?? 'video/mp4', seconds: facts.seconds ?? 1, ...dressed(facts) },
    ...(facts.animated ? { gifPlayback: true } : {}),
  },
})

/** A round film that was recorded in the chat. */
export const videoNote = (file: Published, facts: FileFacts = {}): MessageObject => ({
  ptvMessage: { ...file, mimetype: 'video/mp4', seconds: facts.seconds ?? 1, ...dressed(facts) },
})

export const audio = (file: Published, facts: FileFacts = {}): MessageObject => ({
  audioMessage: { ...file, mimetype: facts.mimeType ?? 'audio/mpeg', seconds: facts.seconds ?? 1, ptt: false },
})

/** Recorded in the chat; always Opus in Ogg, and with its loudness in 64 steps. */
export const voice = (file: Published, facts: FileFacts = {}): MessageObject => ({
  audioMessage: {
    ...{ ...file, mimetype: 'audio/ogg; codecs=opus', seconds: facts.seconds ?? 1, ptt: true },
    waveform: Buffer.from(Array.from({ length: 64 }, (_, at) => (at * 7) % 100)),
  },
})

/** With a caption it is wrapped once more. */
export function document(file: Published, facts: FileFacts = {}): MessageObject {
  const { filename = 'document.pdf', mimeType = 'application/pdf', pages } = facts
  const documentMessage = {
    ...{ ...file, mimetype: mimeType, fileName: filename, title: filename, ...dressed(facts) },
    ...(pages === undefined ? {} : { pageCount: pages }),
  }
  return facts.caption === undefined
    ? { documentMessage }
    : { documentWithCaptionMessage: { message: { documentMessage } } }
}

export const sticker = (file: Published, facts: FileFacts = {}): MessageObject => ({
  stickerMessage: {
    ...{ ...file, mimetype: facts.mimeType ?? 'image/webp', isAnimated: facts.animated ?? false },
    ...{ width: facts.width ?? 512, height: facts.height ?? 512 },
  },
})

/** Comes before the pictures of an album, and says how many there are. */
export const album = (images: number, videos: number): MessageObject => ({
  albumMessage: { expectedImageCount: images, expectedVideoCount: videos },
})

/** Degrees. */
export type Place = { latitude: number; longitude: number; name?: string; address?: string; url?: string }

export const location = ({ latitude, longitude, ...more }: Place): MessageObject => ({
  locationMessage: { degreesLatitude: latitude, degreesLongitude: longitude, ...more },
})

/** `sequence` counts the positions that were told. Meters, meters a second, degrees. */
export const liveLocation = (
  place: Pick<Place, 'latitude' | 'longitude'> & { accuracy?: number; speed?: number; heading?: number },
  more: { caption?: string; sequence?: number } = {},
): MessageObject => ({
  liveLocationMessage: {
    ...{ degreesLatitude: place.latitude, degreesLongitude: place.longitude, accuracyInMeters: place.accuracy ?? 10 },
    ...{ speedInMps: place.speed ?? 0, degreesClockwiseFromMagneticNorth: place.heading ?? 0 },
    ...{ sequenceNumber: more.sequence ?? 1, ...(more.caption === undefined ? {} : { caption: more.caption }) },
  },
})

/** `phone` as it is shown, `+1 555 123 4567`. */
export type Card = { name: string; phone: string; organization?: string }

/** One card, or several under a common heading. */
export function contacts(...cards: readonly Card[]): MessageObject {
  const entries = cards.map((card) => ({ displayName: card.name, vcard: vcardOf(card) }))
  const [first] = entries
  if (entries.length === 1 && first) return { contactMessage: first }
  return { contactsArrayMessage: { displayName: `${entries.length} contacts`, contacts: entries } }
}

function vcardOf({ name, phone, organization }: Card): string {
  const lines = ['BEGIN:VCARD', 'VERSION:3.0', `N:;${name};;;`, `FN:${name}`]
  if (organization !== undefined) lines.push(`ORG:${organization};`)
  lines.push(`item1.TEL;waid=${phone.replaceAll(/\D/g, '')}:${phone}`, 'item1.X-ABLabel:Mobile', 'END:VCARD')
  return lines.join('\n')
}

/** An invitation to a group that says its code; seconds since the epoch. */
export const groupInvite = (invite: {
  group: string
  code: string
  expiresAt: number
  name: string
  caption?: string
}): MessageObject => ({
  groupInviteMessage: {
    ...{ groupJid: invite.group, inviteCode: invite.code, inviteExpiration: invite.expiresAt },
    ...{ groupName: invite.name, ...(invite.caption === undefined ? {} : { caption: invite.caption }) },
    groupType: proto.Message.GroupInviteMessage.GroupType.DEFAULT,
  },
})
