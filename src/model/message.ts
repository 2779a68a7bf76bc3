// A message that we send: its states, and the rule that a status never goes back.

export const MESSAGE_STATUSES = [
  'queued',
  'sending',
  'unknown',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
] as const
export type MessageStatus = (typeof MESSAGE_STATUSES)[number]

/**
 * queued -> sending -> sent -> delivered -> read -> played; `failed` may follow queued, sending, unknown and sent;
 * `unknown` follows sending (the answer was lost, or we were killed) and is settled by whatever status comes.
 * A later status is never overwritten by an earlier one, whatever order Meta's callbacks arrive in.
 */
const RANK: Record<MessageStatus, number> = {
  queued: 0,
  sending: 1,
  unknown: 2,
  sent: 3,
  failed: 4,
  delivered: 5,
  read: 6,
  played: 7,
}

/** Whether a message in status `from` becomes `to` when told of it. */
export function advances(from: MessageStatus, to: MessageStatus): boolean {
  return RANK[to] > RANK[from]
}

/** One line of a message's history. */
export interface Tick {
  readonly status: MessageStatus
  /** Who it is about, in a group; empty for a message to one person. */
  readonly recipient: string
  /** When, in ms since epoch: the other side's own time where it told one. */
  readonly at: number
  /** The other side's error as JSON text, when it told one. */
  readonly error: string | null
}

/** A message on its way out, as it is kept. */
export interface OutMessage {
  /** Ours, `msg_...`: valid for ever. */
  readonly id: string
  readonly account: string
  /** The chat it goes to, as the transport writes it. */
  readonly chat: string
  /** `text`, `read`, ... */
  readonly kind: string
  /** What was asked for, as JSON text; emptied when the message is pruned. */
  readonly content: string
  readonly status: MessageStatus
  /** The transport's id (`wamid...`), once known. */
  readonly transportId: string | null
  /** The id that the outside was first told: the transport's where the send's answer knew it, else ours. Null before that. */
  readonly publicId: string | null
  /** The public error as JSON text when it failed: `{ "code", "message", "facts" }`. */
  readonly error: string | null
  readonly createdAt: number
}
