// What a message that we send says: one shape for every surface that takes it and every transport that sends it.

/** A JSON object of the other side's own making, passed on as its owner wrote it. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Kinds of messages that carry a file. */
export const MEDIA_KINDS = ['image', 'video', 'document', 'audio', 'sticker'] as const
export type MediaKind = (typeof MEDIA_KINDS)[number]

/**
 * The file of a message. `file`: kept by us under this name until the message is settled. `link`: fetched by us, through
 * the egress guard, before the message goes out. `id`: uploaded to the other side before.
 */
export type OutMedia =
  | { readonly from: 'file'; readonly name: string; readonly size: number; readonly sha256: string }
  | { readonly from: 'link'; readonly url: string }
  | { readonly from: 'id'; readonly id: string }

export interface MediaContent {
  readonly kind: MediaKind
  readonly media: OutMedia
  /** Null: as the link's answer says it; an `id` needs none. */
  readonly mimeType: string | null
  /** Images, videos and documents. */
  readonly caption: string | null
  /** Documents. */
  readonly filename: string | null
  /** Audio: shown as a voice note. */
  readonly voice: boolean
}

export interface ContactCard {
  readonly name: JsonObject & { readonly formatted_name: string }
  readonly phones?: readonly JsonObject[]
  readonly [field: string]: unknown
}

/** Everything that can be said. Limits of length are the contract's; what a transport cannot say it refuses. */
export type Content =
  | { readonly kind: 'text'; readonly text: string; readonly previewUrl: boolean }
  | MediaContent
  | {
      readonly kind: 'location'
      readonly latitude: number
      readonly longitude: number
      readonly name: string | null
      readonly address: string | null
    }
  | { readonly kind: 'contacts'; readonly contacts: readonly ContactCard[] }
  /** Meta's `interactive` object as it is. */
  | { readonly kind: 'interactive'; readonly interactive: JsonObject }
  /** Meta's `template` object as it is. */
  | { readonly kind: 'template'; readonly template: JsonObject }
  | {
      readonly kind: 'flow'
      readonly flowId: string
      readonly flowToken: string
      readonly header: string | null
      readonly body: string
      readonly footer: string | null
      readonly button: string
      /** Null: the flow begins by itself. */
      readonly screen: string | null
      readonly data: JsonObject | null
    }
  /** An empty emoji takes the reaction back. `messageId` is the transport's or ours. */
  | { readonly kind: 'reaction'; readonly messageId: string; readonly emoji: string }
  | { readonly kind: 'catalog'; readonly body: string; readonly thumbnail: string | null }
  | {
      readonly kind: 'product'
      readonly catalogId: string
      readonly productId: string
      readonly body: string
      readonly footer: string | null
    }
  | {
      readonly kind: 'product_list'
      readonly catalogId: string
      readonly header: string
      readonly body: string
      readonly footer: string | null
      readonly sections: readonly { readonly title: string; readonly productIds: readonly string[] }[]
    }

export type ContentKind = Content['kind']

/** Whether a message carries a file. */
export function isMedia(content: Content): content is MediaContent {
  return (MEDIA_KINDS as readonly string[]).includes(content.kind)
}
