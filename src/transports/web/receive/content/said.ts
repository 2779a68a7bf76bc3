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
  /** A poll or an event that is voted on and answered to with this secret. */
  readonly ballot: { readonly secret: Uint8Array; readonly options: readonly string[] } | null
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

/** A vote in a poll, or an answer to an invitation; encrypted once more. */
export interface BallotSaid {
  readonly is: 'vote' | 'answer'
  readonly targetId: string
  /** Who made the poll, as the voter tells it. */
  readonly author: string | null
  readonly payload: Uint8Array | null
  readonly iv: Uint8Array | null
}

export type Said =
  | MessageSaid
  | ChangeSaid
  | BallotSaid
  /** Of no interest to anybody outside: keys, settings, history. */
  | { readonly is: 'nothing' }
  /** Only our own phone may send that; `what` it is. */
  | { readonly is: 'order'; readonly what: string }

/** The parts of a message that a reader of one type answers. */
export type Told = Pick<MessageSaid, 'type' | 'body'> &
  Partial<Pick<MessageSaid, 'event' | 'file' | 'targetId' | 'ballot' | 'context'>>
