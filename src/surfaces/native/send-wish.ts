// What the bodies of the operations that send ask for: one table, for requests and for what hooks answer alike.
import { send as said } from '../../contract/native/send.ts'
import { USUAL_FILENAME, USUAL_TYPES } from '../../contract/native/send-media.ts'
import type { Input } from '../../contract/operation.ts'
import type { SendWish } from '../../gateway/gateway.ts'
import type { Content, MediaContent, MediaKind } from '../../model/content.ts'
import { Failure } from '../../model/failure.ts'

export type Sends = typeof said
export type SendOperation = keyof Sends

/** Whether an operation is one that sends. */
export function isSend(operation: string): operation is SendOperation {
  return Object.hasOwn(said, operation)
}

/** What the mapping has to know of the file that came in a body. */
export interface SentFile {
  /** Bytes. */
  readonly size: number
  /** Hex. */
  readonly sha256: string
  /** As whoever sent it says beside the file; null: not said. */
  readonly mimeType: string | null
}

/** What every body that sends says. */
export interface Addressed {
  readonly account_id: string
  readonly to: string
  readonly reply_to?: string
}

/** Empty texts are how forms say "none". */
function noneIfEmpty(text: string | undefined): string | null {
  return text || null
}

/** How a body names its file. */
interface Ways {
  readonly data: string | undefined
  readonly url: string | undefined
  readonly id: string | undefined
  readonly mimeType: string | undefined
}

function mediaContent(
  kind: MediaKind,
  ways: Ways,
  file: SentFile | undefined,
): Pick<MediaContent, 'kind' | 'media' | 'mimeType'> {
  const mimeType = noneIfEmpty(ways.mimeType)
  if (ways.url !== undefined) return { kind, media: { from: 'link', url: ways.url }, mimeType }
  if (ways.id !== undefined) return { kind, media: { from: 'id', id: ways.id }, mimeType }
  if (!file || file.size === 0) throw new Failure('invalid', `${kind}_data: must not be empty`)
  const { size, sha256 } = file
  return {
    kind,
    media: { from: 'file', name: '', size, sha256 },
    mimeType: mimeType ?? file.mimeType ?? USUAL_TYPES[kind],
  }
}

const PLAIN = { caption: null, filename: null, voice: false } as const

type Mapping = { readonly [K in SendOperation]: (body: Input<Sends[K]>, file: SentFile | undefined) => Content }

const MEDIA: Pick<Mapping, 'sendImage' | 'sendVideo' | 'sendDocument' | 'sendAudio' | 'sendSticker'> = {
  sendImage: ({ image_data: data, image_url: url, media_id: id, mime_type: mimeType, caption }, file) => ({
    ...PLAIN,
    ...mediaContent('image', { data, url, id, mimeType }, file),
    caption: noneIfEmpty(caption),
  }),
  sendVideo: ({ video_data: data, video_url: url, media_id: id, mime_type: mimeType, caption }, file) => ({
    ...PLAIN,
    ...mediaContent('video', { data, url, id, mimeType }, file),
    caption: noneIfEmpty(caption),
  }),
  sendDocument: ({ document_data: data, document_url: url, media_id: id, mime_type: mimeType, ...body }, file) => ({
    ...PLAIN,
    ...mediaContent('document', { data, url, id, mimeType }, file),
    caption: noneIfEmpty(body.caption),
    filename: body.filename || USUAL_FILENAME,
  }),
  sendAudio: ({ audio_data: data, audio_url: url, media_id: id, mime_type: mimeType, voice }, file) => ({
    ...PLAIN,
    ...mediaContent('audio', { data, url, id, mimeType }, file),
    voice: voice ?? false,
  }),
  sendSticker: ({ sticker_data: data, sticker_url: url, media_id: id, mime_type: mimeType }, file) => ({
    ...PLAIN,
    ...mediaContent('sticker', { data, url, id, mimeType }, file),
  }),
}

const CONTENTS: Mapping = {
  ...MEDIA,
  sendMessage: ({ text, preview_url }) => ({ kind: 'text', text, previewUrl: preview_url ?? false }),
  sendLocation: ({ latitude, longitude, name, address }) => ({
    kind: 'location',
    latitude,
    longitude,
    name: noneIfEmpty(name),
    address: noneIfEmpty(address),
  }),
  sendContacts: ({ contacts }) => ({ kind: 'contacts', contacts }),
  sendInteractive: ({ interactive }) => ({ kind: 'interactive', interactive }),
  sendTemplate: ({ template }) => ({ kind: 'template', template }),
  sendFlow: (body) => ({
    kind: 'flow',
    flowId: body.flow_id,
    flowToken: body.flow_token,
    header: noneIfEmpty(body.header_text),
    body: body.body_text,
    footer: noneIfEmpty(body.footer_text),
    button: body.button_text,
    screen: noneIfEmpty(body.screen),
    data: body.flow_data ?? null,
  }),
  sendReaction: ({ message_id: messageId, emoji }) => ({ kind: 'reaction', messageId, emoji }),
  sendCatalog: (body) => ({
    kind: 'catalog',
    body: body.body_text,
    thumbnail: noneIfEmpty(body.thumbnail_product_retailer_id),
  }),
  sendSingleProduct: (body) => ({
    kind: 'product',
    catalogId: body.catalog_id,
    productId: body.product_retailer_id,
    body: body.body_text,
    footer: noneIfEmpty(body.footer_text),
  }),
  sendProductList: (body) => ({
    kind: 'product_list',
    catalogId: body.catalog_id,
    header: body.header_text,
    body: body.body_text,
    footer: noneIfEmpty(body.footer_text),
    sections: body.sections.map(({ title, product_items: items }) => ({
      title,
      productIds: items.map((item) => item.product_retailer_id ?? ''),
    })),
  }),
}

/**
 * The wish of a body that has passed the check of its operation; `file` is what its base64 field held. Fails with
 * `invalid` when that was empty.
 */
export function sendWish<K extends SendOperation>(
  operation: K,
  body: Input<Sends[K]> & Addressed,
  file?: SentFile,
): SendWish {
  const content = CONTENTS[operation](body, file)
  return { account: body.account_id, to: body.to, content, replyTo: body.reply_to }
}
