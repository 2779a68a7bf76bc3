// Operations that send a file: given in base64, by its address on the web, or by the id of an upload.
import Type, { type TObject, type TProperties } from 'typebox'
import type { MediaKind } from '../../model/content.ts'
import { type JsonBody, json, operation } from '../operation.ts'
import { closed, MetaId, mimeType, text, webAddress } from './schemas.ts'
import { Addressed, BUSINESS_ONLY, MessageSent, ReplyTo, SEND_FAILS } from './send-schemas.ts'

const fileData = (what: string) =>
  Type.Optional(Type.String({ format: 'byte', 'x-file': true, description: `${what} in base64` }))
const FileUrl = Type.Optional(webAddress('Fetched when the message goes out'))
const FileId = Type.Optional(MetaId)
const Caption = Type.Optional(text(1024))

/** What a file in base64 is taken for when nothing says better. */
export const USUAL_TYPES: Readonly<Record<MediaKind, string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  document: 'application/octet-stream',
  audio: 'audio/mpeg',
  sticker: 'image/webp',
}
export const USUAL_FILENAME = 'document'

const typeOf = (kind: MediaKind) =>
  Type.Optional(mimeType({ default: USUAL_TYPES[kind], description: 'Of a link: what its answer says when absent' }))

/** A body that names its file in exactly one of three ways. */
function oneFile<P extends TProperties>(ways: readonly [string, string, string], fields: P): JsonBody<TObject<P>> {
  const must = `must hold exactly one of ${ways[0]}, ${ways[1]} and ${ways[2]}`
  const body = Type.Object(fields, { ...closed, 'x-told': { oneOf: ways.map((way) => ({ required: [way] })) } })
  const check = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || ways.filter((way) => way in value).length === 1
  // To the types it is the object that it refines.
  const refined: TObject<P> = Type.Refine<TObject<P>, unknown>(body, check, () => must)
  return json(refined)
}

const DESCRIPTION = 'The file comes in exactly one of three ways: in base64, as an address, or as the id of an upload.'

export const sendMedia = {
  sendImage: operation({
    route: 'POST /api/send/image',
    tag: 'Send',
    summary: 'Send an image',
    description: DESCRIPTION,
    effect: 'sends',
    scope: 'send',
    input: {
      body: oneFile(['image_data', 'image_url', 'media_id'], {
        ...Addressed,
        caption: Caption,
        mime_type: typeOf('image'),
        image_data: fileData('The image'),
        image_url: FileUrl,
        media_id: FileId,
        reply_to: ReplyTo,
      }),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendVideo: operation({
    route: 'POST /api/send/video',
    tag: 'Send',
    summary: 'Send a video',
    description: DESCRIPTION,
    effect: 'sends',
    scope: 'send',
    input: {
      body: oneFile(['video_data', 'video_url', 'media_id'], {
        ...Addressed,
        caption: Caption,
        mime_type: typeOf('video'),
        video_data: fileData('The video'),
        video_url: FileUrl,
        media_id: FileId,
        reply_to: ReplyTo,
      }),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendDocument: operation({
    route: 'POST /api/send/document',
    tag: 'Send',
    summary: 'Send a document',
    description: DESCRIPTION,
    effect: 'sends',
    scope: 'send',
    input: {
      body: oneFile(['document_data', 'document_url', 'media_id'], {
        ...Addressed,
        caption: Caption,
        mime_type: typeOf('document'),
        filename: Type.Optional(
          Type.String({ maxLength: 240, default: USUAL_FILENAME, description: 'What the receiver sees' }),
        ),
        document_data: fileData('The document'),
        document_url: FileUrl,
        media_id: FileId,
        reply_to: ReplyTo,
      }),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendAudio: operation({
    route: 'POST /api/send/audio',
    tag: 'Send',
    summary: 'Send an audio message',
    description: DESCRIPTION,
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: oneFile(['audio_data', 'audio_url', 'media_id'], {
        ...Addressed,
        audio_data: fileData('The audio'),
        audio_url: FileUrl,
        media_id: FileId,
        mime_type: typeOf('audio'),
        voice: Type.Optional(Type.Boolean({ description: 'Shown as a voice note (Ogg with Opus)' })),
        reply_to: ReplyTo,
      }),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
  sendSticker: operation({
    route: 'POST /api/send/sticker',
    tag: 'Send',
    summary: 'Send a sticker',
    description: DESCRIPTION,
    needs: BUSINESS_ONLY,
    effect: 'sends',
    scope: 'send',
    input: {
      body: oneFile(['sticker_data', 'sticker_url', 'media_id'], {
        ...Addressed,
        sticker_data: fileData('The WebP sticker'),
        sticker_url: FileUrl,
        media_id: FileId,
        mime_type: typeOf('sticker'),
        reply_to: ReplyTo,
      }),
    },
    output: json(MessageSent),
    fails: SEND_FAILS,
  }),
}
