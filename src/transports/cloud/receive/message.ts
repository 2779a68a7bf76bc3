// Turns a message of Meta's into `message.received`, `.reaction`, `.edited` or `.revoked`.
import type { ChatRef, ContextRef, ErrorRef, MediaRef, MessageData, PersonRef } from '../../../model/event-data.ts'
import type { MediaDraft } from '../../../model/media.ts'
import { hexOf } from '../media/digest.ts'
import { asList, asText, isObject, jsonOf, timeOf, type Wire } from '../wire.ts'
import { type Change, errorRefOf } from './change.ts'
import { chatWith, groupChat, type People, personOfNumber } from './person.ts'

/** Types with a file behind them; what they hold is split into `media` and the rest. */
const WITH_FILE: ReadonlySet<string> = new Set(['image', 'video', 'audio', 'document', 'sticker'])

/** What `media` tells already, and a link of Meta's that works for five minutes and with our token only. */
const FILE_FIELDS: ReadonlySet<string> = new Set(['id', 'mime_type', 'sha256', 'url'])

/** Fields of MessageData that a message type of tomorrow must not overwrite by its name. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['message_id', 'chat', 'from', 'from_me', 'message_type', 'timestamp', 'context', 'media', 'target_id'],
  ...['transport_id', 'errors', 'referral', 'raw'],
])

export interface MessageSetting {
  readonly people: People
  /** Written in the business's own app and echoed to us: from us, to the chat. */
  readonly echo: boolean
  /** Errors that the change tells beside its messages. */
  readonly errors: readonly unknown[]
}

/** What a type says beyond the common fields. */
interface Content {
  readonly event: string
  readonly type: string
  readonly body: unknown
  readonly media: MediaRef | null
  readonly context: unknown
  readonly targetId: string | null
}

/** Adds the event of one message; false when it has no id or no possible time, so that it can only be kept raw. */
export function addMessage(change: Change, message: Wire, setting: MessageSetting): boolean {
  const id = asText(message.id)
  const at = timeOf(message.timestamp)
  if (id === null || at === null) return false
  const { chat, from } = whoseIs(change, message, setting)
  const content = contentOf(message)
  const file = content.media && fileDraft(content.media, change.receiver.newFileId)
  const data: MessageData = {
    message_id: id,
    chat,
    from,
    from_me: setting.echo,
    message_type: content.type,
    timestamp: new Date(at).toISOString(),
    context: contextOf(content.context),
    media: content.media && { ...content.media, file_id: file?.id ?? null },
    ...(content.body === undefined ? null : { [content.type]: content.body }),
    ...(content.targetId === null ? null : { target_id: content.targetId }),
    ...(message.referral === undefined ? null : { referral: message.referral }),
    ...errorsOf(message.errors, setting.errors),
  }
  const json = jsonOf(data)
  const raw = jsonOf(message)
  if (json === null || raw === null) return false
  change.drafts.push({
    type: content.event,
    account: change.receiver.account,
    chat: chat.id === '' ? null : chat.id,
    data: json,
    raw,
    origin: { at, key: `m:${change.receiver.phoneNumberId}:${id}` },
    news: null,
    ...(file && { media: file }),
  })
  return true
}

function whoseIs(change: Change, message: Wire, setting: MessageSetting): { chat: ChatRef; from: PersonRef } {
  const groupId = asText(message.group_id)
  if (setting.echo) {
    const to = setting.people.person(message.to, message.to_user_id ?? message.recipient_user_id)
    const from = personOfNumber(change.receiver.phoneNumber ?? asText(message.from))
    return { from, chat: groupId === null ? chatWith(to) : groupChat(groupId) }
  }
  const from = setting.people.person(...senderOf(message))
  return { from, chat: groupId === null ? chatWith(from) : groupChat(groupId) }
}

/** System messages about a changed user id may name the person in `system` only. */
function senderOf(message: Wire): [unknown, unknown] {
  const { from, from_user_id: userId, system } = message
  if (asText(from) !== null || asText(userId) !== null || !isObject(system)) return [from, userId]
  return [system.wa_id, system.user_id]
}

function contentOf(message: Wire): Content {
  const type = typeOf(message.type)
  const body = message[type]
  const plain: Content = {
    event: 'message.received',
    type,
    body,
    media: null,
    context: message.context,
    targetId: null,
  }
  if (type === 'text') return plain
  if (WITH_FILE.has(type)) return { ...plain, ...fileOf(body) }
  if (!isObject(body)) return plain
  switch (type) {
    case 'reaction':
      return {
        ...plain,
        event: 'message.reaction',
        targetId: asText(body.message_id),
        body: { ...body, emoji: asText(body.emoji) ?? '' },
      }
    case 'revoke':
      return { ...plain, event: 'message.revoked', targetId: asText(body.original_message_id) }
    case 'edit':
      return editOf(plain, body)
    case 'interactive':
      return { ...plain, body: withResponse(body) }
    default:
      return plain
  }
}

/** An edit is told as what the message is now: its new type and content. */
function editOf(plain: Content, edit: Wire): Content {
  const edited = { ...plain, event: 'message.edited', targetId: asText(edit.original_message_id) }
  const now = edit.message
  if (!isObject(now) || typeof now.type !== 'string' || now.type === 'edit') return edited
  const { type, body, media } = contentOf(now)
  return { ...edited, type, body, media, context: now.context ?? plain.context }
}

/** The answers of a flow come as JSON within JSON; they are put beside it, read, when they can be. */
function withResponse(interactive: Wire): Wire {
  const reply = interactive.nfm_reply
  if (!isObject(reply) || typeof reply.response_json !== 'string') return interactive
  try {
    return { ...interactive, nfm_reply: { ...reply, response: JSON.parse(reply.response_json) as unknown } }
  } catch {
    return interactive
  }
}

function fileOf(body: unknown): Pick<Content, 'body' | 'media'> {
  if (!isObject(body)) return { body, media: null }
  const id = asText(body.id)
  if (id === null) return { body, media: null }
  const rest = Object.fromEntries(Object.entries(body).filter(([key]) => !FILE_FIELDS.has(key)))
  const size = Number(body.file_size)
  const media: MediaRef = {
    id,
    mime_type: asText(body.mime_type),
    size: body.file_size !== undefined && Number.isSafeInteger(size) ? size : null,
    sha256: asText(body.sha256),
    filename: asText(body.filename),
    file_id: null,
    url: null,
  }
  return { body: rest, media }
}

/** The file as it is to be fetched, under a new id of ours; null when files are left at Meta. */
function fileDraft(media: MediaRef, newFileId: (() => string) | null): MediaDraft | null {
  if (newFileId === null) return null
  const { id: ref, mime_type: mimeType, size, sha256, filename } = media
  return { id: newFileId(), ref, mimeType, size, sha256: sha256 === null ? null : hexOf(sha256), filename }
}

function contextOf(context: unknown): ContextRef | null {
  if (!isObject(context)) return null
  const product = context.referred_product
  return {
    quoted_id: asText(context.id),
    quoted_from: asText(context.from) ?? asText(context.from_user_id),
    forwarded: context.forwarded === true || context.frequently_forwarded === true,
    frequently_forwarded: context.frequently_forwarded === true,
    ...(product === undefined ? null : { referred_product: product }),
  }
}

function errorsOf(own: unknown, beside: readonly unknown[]): { errors: ErrorRef[] } | null {
  const list = [...asList(own), ...beside]
  return list.length === 0 ? null : { errors: list.map(errorRefOf).filter((error) => error !== null) }
}

function typeOf(type: unknown): string {
  if (type === 'text') return type
  return typeof type === 'string' && !TAKEN.has(type) && /^[a-z][a-z0-9_]{0,63}$/.test(type) ? type : 'unknown'
}
