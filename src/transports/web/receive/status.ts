// Turns receipts into news of messages that we sent: `message.delivered`, `.read`, `.played`.
import type { EventDraft } from '../../../model/event.ts'
import type { ChatRef, PersonRef, StatusData } from '../../../model/event-data.ts'
import { advances, type OutMessage } from '../../../model/message.ts'
import type { Receipt } from '../port.ts'
import { parseJid } from './jid.ts'
import { chatWith } from './people.ts'
import { copyOf } from './raw.ts'
import type { Room } from './room.ts'
import { isoOf } from './values.ts'

/** WhatsApp puts a few hundred ids into one receipt at most. */
const MAX_IDS = 1000
const TYPES: ReadonlySet<string> = new Set(['delivered', 'read', 'played'])

/** Where a receipt is of. */
interface Whose {
  readonly chat: ChatRef
  readonly recipient: PersonRef | null
}

/**
 * Records what a receipt says of messages that this server sent; what was sent on the phone is not told of. Statuses
 * never go back: the store takes care of that, and tells each once. A receipt that is quicker than WhatsApp's ack, or
 * comes when that was lost, proves that the message was sent: that is told first.
 */
export async function receiveReceipt(room: Room, receipt: Receipt): Promise<readonly string[]> {
  if (!TYPES.has(receipt.type) || !Array.isArray(receipt.ids)) return []
  const whose = await whoseIs(room, receipt)
  if (whose === null) return []
  const drafts: EventDraft[] = []
  const believed: string[] = []
  for (const id of new Set(receipt.ids.slice(0, MAX_IDS))) {
    const message = typeof id === 'string' && id.length <= 128 ? await room.sent(id) : null
    if (message === null) continue
    if (!(await isIn(room, message, whose.chat))) room.dropped.add('forged', { id, said: 'a receipt of another chat' })
    else {
      believed.push(id)
      const about = { id, message, chat: whose.chat, receipt }
      if (advances(message.status, 'sent'))
        drafts.push(statusDraft(room, { ...about, status: 'sent', recipient: null }))
      drafts.push(statusDraft(room, { ...about, status: receipt.type, recipient: whose.recipient }))
    }
  }
  if (drafts.length > 0) await room.side.desk.emit(drafts)
  return believed
}

/** Null: of nobody else, or of nothing that has receipts. */
async function whoseIs({ people, groups }: Room, { chat, participant }: Receipt): Promise<Whose | null> {
  const where = parseJid(chat)
  if (where === null || people.isSelf(participant ?? chat)) return null
  if (where.kind === 'group') {
    const who = parseJid(participant)
    return who && { chat: await groups.chat(where.text), recipient: await people.person(who.text) }
  }
  return where.kind === 'phone' || where.kind === 'lid'
    ? { chat: chatWith(await people.person(where.text)), recipient: null }
    : null
}

/** Whether a message went to that chat, as far as can be told: somebody may be known here by number and there by LID. */
async function isIn({ people }: Room, message: OutMessage, chat: ChatRef): Promise<boolean> {
  const went = parseJid(message.chat.includes('@') ? message.chat : `${message.chat}@s.whatsapp.net`)
  if (went === null || chat.is_group || went.kind === 'group') return went?.text === chat.id
  const known = await people.known(went.text)
  const phone = went.kind === 'phone' ? went.user : (known?.phone ?? null)
  const lid = went.kind === 'lid' ? went.user : (known?.lid ?? null)
  if (phone !== null && chat.phone !== null) return `+${phone}` === chat.phone
  if (lid !== null && chat.lid !== null) return `${lid}@lid` === chat.lid
  return true
}

interface Happened extends Whose {
  /** At WhatsApp. */
  readonly id: string
  readonly message: OutMessage
  readonly status: 'sent' | Receipt['type']
  readonly receipt: Receipt
}

function statusDraft({ account, side }: Room, happened: Happened): EventDraft {
  const { id, message, status, chat, recipient, receipt } = happened
  const at = isoOf(receipt.at) === null ? side.desk.clock.now() : Math.trunc(receipt.at)
  const publicId = side.desk.publicId(message, id)
  const whom = recipient?.id ?? ''
  const data: StatusData = {
    message_id: publicId,
    transport_id: id,
    chat,
    recipient,
    status,
    timestamp: new Date(at).toISOString(),
    error: null,
  }
  const raw = copyOf({
    id,
    remoteJid: receipt.chat,
    participant: receipt.participant,
    type: receipt.type,
    t: at / 1000,
  })
  return {
    type: `message.${status}`,
    account,
    chat: chat.id,
    data: JSON.stringify(data),
    raw: raw.ok ? raw.json : null,
    origin: { at, key: `s:${account}:${id}:${status}:${whom === '' ? chat.id : whom}` },
    news: { id: message.id, status, recipient: whom, at, transportId: id, publicId, error: null },
  }
}
