// Writes the event of a message, in the shape that messages of Cloud numbers have.
import type { EventDraft } from '../../../model/event.ts'
import type { ChatRef, ContextRef, ErrorRef, MediaRef, MessageData, PersonRef } from '../../../model/event-data.ts'
import type { MediaDraft } from '../../../model/media.ts'
import type { Envelope } from '../port.ts'
import { writeMediaRef } from './content/file.ts'
import type { FileSaid, MessageSaid } from './content/said.ts'
import { parseJid } from './jid.ts'
import { addressesOf, type People } from './people.ts'
import { asList, asNumber, asObject, asText, present, type Wire } from './values.ts'

/** From this score on WhatsApp shows a message as forwarded many times. */
const FREQUENTLY = 5
const MAX_MENTIONS = 256

/** Who and where, found out. */
export interface Place {
  readonly chat: ChatRef
  readonly from: PersonRef
}

export interface EventParts {
  readonly account: string
  readonly people: People
  /** Makes our id of a file that is to be fetched; null when files are left at WhatsApp. */
  readonly newFileId: (() => string) | null
}

export interface Message {
  readonly envelope: Envelope
  readonly said: MessageSaid
  readonly place: Place
  readonly raw: string
  /** More of its data, beside what it says. */
  readonly more?: Wire
}

export async function messageDraft(
  { account, people, newFileId }: EventParts,
  { envelope, said, place, raw, more }: Message,
): Promise<EventDraft> {
  const { id, at } = envelope
  const file = said.file && fileDraft(said.file, envelope, newFileId)
  const data: MessageData = {
    message_id: id,
    chat: place.chat,
    from: place.from,
    from_me: envelope.fromMe,
    message_type: said.type,
    timestamp: new Date(at).toISOString(),
    context: await contextOf(said.context, people),
    media: said.file && mediaRef(said.file, id, file),
    ...(said.body === undefined ? null : { [said.type]: said.body }),
    ...(said.targetId === null ? null : { target_id: said.targetId }),
    ...referralOf(said.context),
    ...(await mentionsOf(said.context, people)),
    ...(said.viewOnce ? { view_once: true } : null),
    ...(said.ephemeral ? { ephemeral: true } : null),
    ...(said.albumId === null ? null : { album_id: said.albumId }),
    ...(said.hdOf === null ? null : { hd_of: said.hdOf }),
    ...more,
  }
  return {
    type: said.event,
    account,
    chat: place.chat.id === '' ? null : place.chat.id,
    data: JSON.stringify(data),
    raw,
    origin: { at, key: originKey('m', account, envelope) },
    news: null,
    ...(file && { media: file }),
  }
}

/** What makes it the same message: ids are chosen by whoever writes, so they count for one writer in one chat only. */
export function originKey(kind: 'm' | 'u', account: string, { chat, from, id }: Envelope): string {
  return `${kind}:${account}:${chat}:${from}:${id}`
}

/** The errors of what cannot be told. */
export function unsupported(message: string, details: string): { errors: ErrorRef[] } {
  return { errors: [{ code: null, title: 'Message cannot be shown', message, details }] }
}

function mediaRef(said: FileSaid, messageId: string, file: MediaDraft | null): MediaRef {
  const { mimeType, size, sha256, filename, source } = said
  return {
    // WhatsApp has no id of files; a message carries one at most.
    id: messageId,
    mime_type: mimeType,
    size,
    sha256: sha256 && Buffer.from(sha256).toString('base64'),
    filename,
    file_id: file?.id ?? null,
    url: null,
    ...(source === null ? { error: 'The message does not say where its file is' } : null),
  }
}

function fileDraft(said: FileSaid, envelope: Envelope, newFileId: (() => string) | null): MediaDraft | null {
  if (newFileId === null || said.source === null) return null
  return {
    id: newFileId(),
    ref: writeMediaRef(envelope, said.source),
    mimeType: said.mimeType,
    size: said.size,
    sha256: said.sha256 && Buffer.from(said.sha256).toString('hex'),
    filename: said.filename,
  }
}

async function contextOf(context: Wire, people: People): Promise<ContextRef | null> {
  const quoted = asText(context.stanzaId)
  const score = asNumber(context.forwardingScore) ?? 0
  const forwarded = context.isForwarded === true || score > 0
  if (quoted === null && !forwarded) return null
  const whom = quoted === null ? null : await people.person(context.participant)
  return {
    quoted_id: quoted,
    quoted_from: whom?.id || null,
    forwarded,
    frequently_forwarded: score >= FREQUENTLY,
  }
}

async function mentionsOf(context: Wire, people: People): Promise<{ mentions: PersonRef[] } | null> {
  const jids = asList(context.mentionedJid).slice(0, MAX_MENTIONS)
  await people.learnAll(jids.map((jid) => addressesOf(parseJid(jid), null)))
  const mentions = await Promise.all(jids.map((jid) => people.person(jid)))
  const known = mentions.filter(({ id }) => id !== '')
  return known.length === 0 ? null : { mentions: known }
}

/** The advertisement that it came by, in the words of the Cloud API. Previews of links use the same field. */
function referralOf(context: Wire): { referral: Wire } | null {
  const ad = asObject(context.externalAdReply)
  if (asText(ad.sourceId) === null && asText(ad.ctwaClid) === null) return null
  const isVideo = ad.mediaType === 2 || ad.mediaType === 'VIDEO'
  return {
    referral: present({
      source_url: asText(ad.sourceUrl),
      source_type: asText(ad.sourceType) ?? 'ad',
      source_id: asText(ad.sourceId),
      headline: asText(ad.title),
      body: asText(ad.body),
      media_type: isVideo ? 'video' : 'image',
      image_url: isVideo ? null : (asText(ad.originalImageUrl) ?? asText(ad.thumbnailUrl)),
      video_url: isVideo ? asText(ad.mediaUrl) : null,
      ctwa_clid: asText(ad.ctwaClid),
    }),
  }
}
