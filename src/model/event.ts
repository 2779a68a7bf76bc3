// What an event is, as it is recorded; the catalogue of types is in event-types.ts, what their data holds in event-data.ts.
import { base32, fromBase32 } from '../kit/id.ts'
import type { MediaDraft } from './media.ts'

/** An event as the store keeps it and as hooks are told of it. */
export interface RecordedEvent {
  /** Its place in the order of recording: 1, 2, 3, ... */
  readonly seq: number
  /** One of EVENT_TYPES, or `meta.<field>`. */
  readonly type: string
  readonly account: string
  /** The chat it belongs to; events of one chat are delivered in order. Null: none. */
  readonly chat: string | null
  /** When it was recorded, ms since epoch. */
  readonly at: number
  /** Its `data` as JSON text. Never changes, so that the body is the same bytes at every attempt. */
  readonly data: string
  /** The other side's own object as JSON text, for hooks that ask for it. */
  readonly raw: string | null
}

/** Which callback or frame this event came of, so that the same thing told twice is recorded once. */
export interface Origin {
  /** When the thing happened by the other side's own clock, ms since epoch; repeated tellings repeat it. */
  readonly at: number
  /** What makes it the same thing, for example `m:<phone number id>:<wamid>`. */
  readonly key: string
}

/** News about a message that we sent, recorded together with its event. */
export interface MessageNews {
  /** Our id, `msg_...` */
  readonly id: string
  readonly status: 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'unknown'
  /** In a group, whom it is about; else empty. */
  readonly recipient: string
  readonly at: number
  readonly transportId: string | null
  /** The id that the outside is told with this news; kept as the message's public id if it had none. */
  readonly publicId: string
  /** JSON text. */
  readonly error: string | null
}

/** An event that is about to be recorded. */
export interface EventDraft {
  readonly type: string
  readonly account: string
  readonly chat: string | null
  readonly data: string
  readonly raw: string | null
  /** Null: cannot be told twice. */
  readonly origin: Origin | null
  /** When set and the message is known: the event is recorded only if this status of it was not told before. */
  readonly news: MessageNews | null
  /** A file that came with it and is to be fetched; recorded in the same unit. */
  readonly media?: MediaDraft
}

/** `evt_`, ten characters of time, then the place in the order: sortable, unique, and readable back by `seqOfEventId`. */
export function eventId(event: { readonly at: number; readonly seq: number }): string {
  return `evt_${base32(event.at, 10)}${base32(event.seq, 10)}`
}

/** The place in the order that an event id stands for, or null when the text is no event id. */
export function seqOfEventId(id: string): number | null {
  const found = /^evt_[0-9A-HJKMNP-TV-Z]{10}([0-9A-HJKMNP-TV-Z]{10,11})$/.exec(id)
  return found?.[1] ? fromBase32(found[1]) : null
}
