// Turns a status of Meta's into news of a message that we sent: `message.sent`, `.delivered`, `.read`, `.played`, `.failed`.
import type { MessageNews } from '../../../model/event.ts'
import type { ChatRef, PersonRef, StatusData } from '../../../model/event-data.ts'
import type { OutMessage } from '../../../model/message.ts'
import { asList, asText, jsonOf, timeOf, type Wire } from '../wire.ts'
import { type Change, errorRefOf } from './change.ts'
import { chatWith, groupChat, type People } from './person.ts'

type Told = MessageNews['status'] & StatusData['status']

const STATUSES: Readonly<Record<string, Told>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'played',
  failed: 'failed',
}

/** Our id of the message that a status is about, when it was sent through this server; it travels with the message. */
export function ownIdOf(status: Wire): string | null {
  const id = status.biz_opaque_callback_data
  return typeof id === 'string' && /^msg_[0-9A-Z]{26}$/.test(id) ? id : null
}

/** Adds the event of one status; false for what is no status that we know, so that it can only be kept raw. */
export function addStatus(change: Change, status: Wire, people: People): boolean {
  const id = asText(status.id)
  const at = timeOf(status.timestamp)
  const told =
    typeof status.status === 'string' && Object.hasOwn(STATUSES, status.status) ? STATUSES[status.status] : undefined
  if (id === null || at === null || told === undefined) return false
  const { chat, recipient } = whoseIs(status, people)
  const error = errorRefOf(asList(status.errors)[0])
  const message = messageOf(change, status)
  const publicId = message ? change.known.publicId(message, id) : id
  const data = jsonOf({
    message_id: publicId,
    transport_id: id,
    chat,
    recipient,
    status: told,
    timestamp: new Date(at).toISOString(),
    error,
    ...(status.pricing === undefined ? null : { pricing: status.pricing }),
    ...(status.conversation === undefined ? null : { conversation: status.conversation }),
  } satisfies StatusData)
  const raw = jsonOf(status)
  if (data === null || raw === null) return false
  const whom = recipient?.id ?? ''
  const key = `s:${change.receiver.phoneNumberId}:${id}:${told}:${whom === '' ? chat.id : whom}:${status.timestamp}`
  const news = message && {
    id: message.id,
    status: told,
    recipient: whom,
    at,
    transportId: id,
    publicId,
    error: error && jsonOf(error),
  }
  change.drafts.push({
    type: `message.${told}`,
    account: change.receiver.account,
    chat: chat.id === '' ? null : chat.id,
    data,
    raw,
    origin: { at, key },
    news,
  })
  return true
}

/** Only a message of this account: the text that names it was once ours, but anybody could have sent it along. */
function messageOf(change: Change, status: Wire): OutMessage | null {
  const id = ownIdOf(status)
  const message = id === null ? undefined : change.known.outgoing.get(id)
  return message && message.account === change.receiver.account ? message : null
}

/** In a group, `recipient_id` is the group and the participant is told beside it. */
function whoseIs(status: Wire, people: People): { chat: ChatRef; recipient: PersonRef | null } {
  const groupId = status.recipient_type === 'group' ? asText(status.recipient_id) : null
  if (groupId === null)
    return { chat: chatWith(people.person(status.recipient_id, status.recipient_user_id)), recipient: null }
  const person = people.person(
    status.recipient_participant_id,
    status.recipient_participant_user_id ?? status.recipient_user_id,
  )
  return { chat: groupChat(groupId), recipient: person.id === '' ? null : person }
}
