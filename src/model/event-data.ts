// What an event's `data` holds: one shape for numbers on WhatsApp Web and on Meta's Cloud API.
// These are wire names, because an event's data is written once and delivered as it is.

/** A chat: with one person, or a group. */
export interface ChatRef {
  /** The phone number's digits where known, else the person's id at WhatsApp (BSUID or LID), else the group's id. */
  readonly id: string
  /** `+15550000000`, null when WhatsApp does not tell. */
  readonly phone: string | null
  /** WhatsApp's own id of the person, independent of the number; null when not told. */
  readonly lid: string | null
  readonly name: string | null
  readonly is_group: boolean
}

/** Who wrote. */
export type PersonRef = Omit<ChatRef, 'is_group'>

/** A file that came with a message. */
export interface MediaRef {
  readonly id: string
  readonly mime_type: string | null
  /** Bytes; null when not told. */
  readonly size: number | null
  /** Base64, as WhatsApp tells it. */
  readonly sha256: string | null
  readonly filename: string | null
  /** Ours, `med_...`, when the account has files fetched; null when it is left at Meta or WhatsApp. */
  readonly file_id: string | null
  /** Where to fetch it from this server, signed and for a time; null when it is not kept, or the hook wants no link. */
  readonly url: string | null
  /** The file in base64, for hooks that ask for it. */
  readonly data?: string
  /** Why it is not there, in a sentence; `media.ready` follows when that changes. */
  readonly error?: string
}

/** What a message answers or came by. */
export interface ContextRef {
  readonly quoted_id: string | null
  readonly quoted_from: string | null
  readonly forwarded: boolean
  readonly frequently_forwarded: boolean
  /** The product it asks about, as Meta tells it. */
  readonly referred_product?: unknown
}

/** `message.received`, `message.reaction`, `message.edited`, `message.revoked`. One more field is named after `message_type`. */
export interface MessageData {
  readonly message_id: string
  readonly chat: ChatRef
  readonly from: PersonRef
  readonly from_me: boolean
  /** `text`, `image`, `location`, `interactive`, ... or `unknown`. */
  readonly message_type: string
  /** When it was written, RFC 3339. */
  readonly timestamp: string
  readonly context: ContextRef | null
  readonly media: MediaRef | null
  /** The message that an edit, a reaction, a revoke or a vote is about. */
  readonly target_id?: string
  /** The people whom its text names with an @; absent when there are none, or when WhatsApp does not tell. */
  readonly mentions?: readonly PersonRef[]
  /** It is shown once and then gone. */
  readonly view_once?: true
  /** It disappears by itself after a time that the chat was given. */
  readonly ephemeral?: true
  /** The album that its file belongs to: the `message_id` of the message of type `album`. */
  readonly album_id?: string
  /** It is the same picture or film in high definition: the `message_id` of the message that has it in standard. */
  readonly hd_of?: string
  /** Why there is nothing to see in a message of type `unsupported`. */
  readonly errors?: readonly ErrorRef[]
  /** The advertisement that it came by, in Meta's words. */
  readonly referral?: unknown
  readonly [kind: string]: unknown
}

/** `media.ready`: the file of a message whose event went out without it. */
export interface MediaReadyData {
  readonly message_id: string
  readonly chat: ChatRef
  readonly message_type: string
  readonly media: MediaRef
}

/** The other side's error, in its own words. */
export interface ErrorRef {
  readonly code: number | null
  readonly title: string | null
  readonly message: string | null
  readonly details: string | null
}

/** `message.sent`, `.delivered`, `.read`, `.played`, `.failed`, `.unknown`: news of a message from us. */
export interface StatusData {
  /** The id that the send answered; the transport's id for messages that were not sent through this server. */
  readonly message_id: string
  /** The transport's id; null while unknown. */
  readonly transport_id: string | null
  readonly chat: ChatRef
  /** In a group, whose status it is. */
  readonly recipient: PersonRef | null
  readonly status: 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'unknown'
  /** RFC 3339. */
  readonly timestamp: string
  readonly error: ErrorRef | null
  /** What Meta charges, as it tells it. */
  readonly pricing?: unknown
  readonly conversation?: unknown
}
