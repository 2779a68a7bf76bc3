// What the `data` of events that are no messages holds: accounts, contacts, groups, calls, hooks, and notices of Meta's.
// Wire names, like those in event-data.ts. `value` is Meta's own object, for what the fields beside it do not say.
import type { AccountState } from './account.ts'
import type { ChatRef, ErrorRef, PersonRef } from './event-data.ts'

/** `account.connecting`, `.connected`, `.disconnected`, `.logged_out`, `.stale`, and `.error` when the other side refuses. */
export interface AccountData {
  /** `removed`: there is no such account any more. */
  readonly state: AccountState['is'] | 'removed'
  /** Why, in the other side's words and with what to do. */
  readonly reason: string | null
  /** RFC 3339 */
  readonly since: string
}

/** `account.error` as well: errors of Meta's that came in a callback, about the number and not about one message. */
export interface AccountErrorData {
  readonly reason: string | null
  readonly errors: readonly ErrorRef[]
  /** RFC 3339; null when not told. */
  readonly timestamp: string | null
}

/** `account.qr`, `account.pairing_code`: what the phone has to be shown, or asked for. */
export interface PairingData {
  /** The text of the QR code, or the code to type into the phone. */
  readonly code: string
  /** RFC 3339; a new one comes when it ends. */
  readonly expires_at: string
}

/** `presence.updated` */
export interface PresenceData {
  readonly chat: ChatRef
  readonly from: PersonRef
  /** `available`, `unavailable`, `composing`, `recording`, `paused` */
  readonly presence: string
  /** When the person was last there, RFC 3339; null when hidden. */
  readonly last_seen: string | null
}

/** `hook.disabled`, `hook.enabled` */
export interface HookData {
  readonly hook_id: string
  readonly reason: string | null
}

/** `hook.test` */
export interface HookTestData {
  readonly hook_id: string
  readonly message: string
}

/** `contact.updated` */
export interface ContactData {
  readonly contact: PersonRef
  /** `user_id`: WhatsApp's id of the person changed; `saved`, `removed`: in the address book of the business's app. */
  readonly change: 'user_id' | 'saved' | 'removed'
  /** The person's id before it changed. */
  readonly previous_lid: string | null
  readonly timestamp: string | null
  readonly value: unknown
}

/** `group.updated` */
export interface GroupData {
  readonly chat: ChatRef
  /** What happened, in WhatsApp's or Meta's word (`group_create`, `group_settings_update`, ...). */
  readonly change: string | null
  readonly subject: string | null
  readonly description: string | null
  readonly timestamp: string | null
  readonly value: unknown
}

/** `group.participants` */
export interface ParticipantsData {
  readonly chat: ChatRef
  /** `add`, `remove`, or Meta's word for anything else (join requests). */
  readonly action: string | null
  readonly participants: readonly PersonRef[]
  readonly timestamp: string | null
  readonly value: unknown
}

/** `call.received` */
export interface CallData {
  readonly call_id: string
  readonly chat: ChatRef
  readonly from: PersonRef
  readonly timestamp: string
  readonly value: unknown
}

/** What every notice about the business says. */
export interface Notice {
  readonly waba_id: string | null
  /** When Meta told it, RFC 3339; null when it did not say. */
  readonly timestamp: string | null
  readonly value: unknown
}

interface TemplateRef {
  /** A text, because it is an id. */
  readonly template_id: string | null
  readonly template_name: string | null
  readonly template_language: string | null
}

/** `template.status` */
export interface TemplateStatusData extends Notice, TemplateRef {
  /** `APPROVED`, `REJECTED`, `PAUSED`, ... */
  readonly status: string | null
  readonly reason: string | null
}

/** `template.quality`, `template.category` */
export interface TemplateChangeData extends Notice, TemplateRef {
  readonly previous: string | null
  readonly current: string | null
}

/** `phone_number.quality` */
export interface PhoneQualityData extends Notice {
  readonly phone_number: string | null
  /** `UPGRADE`, `DOWNGRADE`, `FLAGGED`, ... */
  readonly event: string | null
  readonly limit: string | null
  readonly previous_limit: string | null
}

/** `phone_number.name` */
export interface PhoneNameData extends Notice {
  readonly phone_number: string | null
  readonly name: string | null
  readonly decision: string | null
  readonly reason: string | null
}

/** `business.account` */
export interface BusinessData extends Notice {
  /** Which of Meta's fields told it: `account_update`, `account_alerts`, ... */
  readonly field: string
  readonly event: string | null
}

/** `flow.status` */
export interface FlowData extends Notice {
  readonly flow_id: string | null
  readonly event: string | null
  readonly status: string | null
  readonly previous: string | null
  readonly message: string | null
}

/** `meta.<field>`: a field, or a single item of one, that we have no event for, as Meta sent it. */
export interface MetaData {
  readonly field: string
  readonly entry_id: string | null
  readonly item: unknown
  readonly note?: string
}
