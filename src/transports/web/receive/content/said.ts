// What one message says, before it is known who and where everybody is.
import type { Wire } from '../values.ts'

/** A file beside a message: what is told of it, and what fetching it needs. */
export interface FileSaid {
  readonly mimeType: string | null
  /** Bytes. */
  readonly size: number | null
  /** Of the file itself, 32 bytes. */
  readonly sha256: Uint8Array | null
  readonly filename: string | null
  /** The part of the content that fetching needs, with the file's key; null when there is nowhere to fetch it from. */
  readonly source: Wire | null
}

/** A message that says something. `body` stands in the event's data under the name of `type`. */
export interface MessageSaid {
  readonly is: 'message'
  readonly event: 'message.received' | 'message.reaction' | 'message.edited' | 'message.revoked'
  readonly type: string
  readonly body: unknown
  readonly file: FileSaid | null
  /** WhatsApp's `contextInfo`: quotes, mentions, forwards. */
  readonly context: Wire
  readonly targetId: string | null
  readonly viewOnce: boolean
  readonly ephemeral: boolean
  readonly albumId: string | null
  readonly hdOf: string | null
  /** What is said of the message later (votes, edits, reactions) is encrypted with it. */
  readonly secret: Uint8Array | null
}

/** A change of another message, which only some may make. */
export interface ChangeSaid {
  readonly is: 'revoke' | 'edit'
  readonly targetId: string
  /** As its sender sees it. */
  readonly targetFromMe: boolean
  /** What an edit makes of it. */
  readonly now: MessageSaid | null
}

/** What is said of another message, encrypted with that message's secret. */
export interface Sealed {
  readonly targetId: string
  /** Who wrote that message, as the speaker tells it. */
  readonly author: string | null
  readonly payload: Uint8Array | null
  readonly iv: Uint8Array | null
}

/** A vote in a poll, or an answer to an invitation. */
export interface BallotSaid extends Sealed {
  readonly is: 'vote' | 'answer'
}

export interface SealedSaid extends Sealed {
  readonly is: 'sealed'
  readonly what: 'edit' | 'event edit' | 'reaction' | 'comment'
  /** What WhatsApp calls it. */
  readonly field: string
  readonly ephemeral: boolean
}

export type Said =
  | MessageSaid
  | ChangeSaid
  | BallotSaid
  | SealedSaid
  /** Of no interest to anybody outside: keys, settings, history. */
  | { readonly is: 'nothing' }
  /** Only our own phone may send that; `what` it is. */
  | { readonly is: 'order'; readonly what: string }
  /** Nothing that a phone would send. */
  | { readonly is: 'malformed' }

/** The parts of a message that a reader of one type answers. */
export type Told = Pick<MessageSaid, 'type' | 'body'> &
  Partial<Pick<MessageSaid, 'event' | 'file' | 'targetId' | 'context'>>

/** A message that says just that. */
export function saying(type: string, body: Wire, targetId: string | null): MessageSaid {
  return {
    ...{ is: 'message', event: 'message.received', type, body, file: null, context: {}, targetId },
    ...{ viewOnce: false, ephemeral: false, albumId: null, hdOf: null, secret: null },
  }
}
