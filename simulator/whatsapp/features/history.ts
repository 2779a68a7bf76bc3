// What a phone tells a newly linked device of the past: chats with their messages, names, and which LID is which number.
import { deflateSync } from 'node:zlib'
import { proto } from 'baileys'
import type { MediaStore } from '../media/index.ts'
import { rememberLine } from '../phones/past.ts'
import { newMessageId, sayToOwn } from '../phones/sending.ts'
import { inTurn } from '../phones/turn.ts'
import type { Account } from '../state.ts'
import { find, type World } from '../world.ts'

/** One message of the past; seconds since the epoch. `from` in a group: whose it is, unless it is one's own. */
export type PastMessage = {
  content: string | proto.IMessage
  at: number
  id?: string
  fromMe?: boolean
  from?: Account
}

export type PastChat = {
  /** Somebody, or a group's id. */
  with: Account | string
  name?: string
  unread?: number
  messages?: readonly PastMessage[]
}

const kinds = {
  initial: proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP,
  recent: proto.HistorySync.HistorySyncType.RECENT,
  full: proto.HistorySync.HistorySyncType.FULL,
  'push-names': proto.HistorySync.HistorySyncType.PUSH_NAME,
  'on-demand': proto.HistorySync.HistorySyncType.ON_DEMAND,
} as const

export type Past = {
  kind: keyof typeof kinds
  chats?: readonly PastChat[]
  /** What people call themselves. */
  names?: readonly Account[]
  /** Whose LID and number are told to belong together, besides those of the chats. */
  people?: readonly Account[]
  /** Which part this is, from 1, and how far the whole has come, of 100. */
  chunk?: number
  progress?: number
  /** Within the message itself rather than as a file: what phones do when it is small. */
  inline?: boolean
  /** The id of the message by which a device asked for it. */
  session?: string
}

/** The phone of an account sends history to one of its devices. Resolves with the message's id. */
export function sayHistory(
  world: World,
  media: MediaStore,
  { account, device, past }: { account: Account; device: number; past: Past },
): Promise<string> {
  const sync = historyOf(account, past)
  const packed = deflateSync(proto.HistorySync.encode(proto.HistorySync.fromObject(sync)).finish())
  const { url: _, ...file } = past.inline ? { url: '' } : media.publish(packed, 'history')
  const historySyncNotification: proto.Message.IHistorySyncNotification = {
    ...file,
    ...(past.session === undefined ? {} : { peerDataRequestSessionId: past.session }),
    ...{ syncType: sync.syncType ?? null, chunkOrder: past.chunk ?? 1, progress: past.progress ?? 100 },
    ...(past.inline ? { initialHistBootstrapInlinePayload: packed } : {}),
  }
  const type = proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION
  const content = { protocolMessage: { type, historySyncNotification } }
  return inTurn(account, () => sayToOwn(world, account, { device, content }))
}

/** The history itself, as it is packed. */
export function historyOf(account: Account, past: Past): proto.IHistorySync {
  const { chats = [], names = [], people = [], chunk = 1, progress = 100 } = past
  return {
    ...{ syncType: kinds[past.kind], chunkOrder: chunk, progress },
    conversations: chats.map((chat) => conversationOf(account, chat)),
    pushnames: names.map(({ lid, name }) => ({ id: lid, pushname: name })),
    phoneNumberToLidMappings: people.map(({ pn, lid }) => ({ pnJid: pn, lidJid: lid })),
  }
}

function conversationOf(
  account: Account,
  { with: other, name, unread = 0, messages = [] }: PastChat,
): proto.IConversation {
  const id = typeof other === 'string' ? other : other.lid
  const last = messages.reduce((latest, { at }) => Math.max(latest, at), 0)
  return {
    ...{ id, unreadCount: unread, conversationTimestamp: last, lastMsgTimestamp: last },
    ...(typeof other === 'string' ? {} : { pnJid: other.pn, lidJid: other.lid }),
    ...(name === undefined ? {} : { name }),
    messages: messages.map((message) => ({ message: pastMessage(account, id, message) })),
  }
}

/** A message of the past as histories carry it. `chat` is an address. */
export function pastMessage(account: Account, chat: string, past: PastMessage): proto.IWebMessageInfo {
  const { content, at, id = newMessageId(), fromMe = false, from } = past
  const participant = fromMe ? account.lid : from?.lid
  const isGroup = chat.endsWith('@g.us')
  return {
    key: { remoteJid: chat, id, fromMe, ...(isGroup && participant ? { participant } : {}) },
    message: typeof content === 'string' ? { conversation: content } : content,
    messageTimestamp: at,
    ...(from ? { pushName: from.name } : {}),
    status: fromMe ? proto.WebMessageInfo.Status.READ : proto.WebMessageInfo.Status.DELIVERY_ACK,
  }
}

/** The phone has these messages from now on, as if it had always had them. */
export function rememberPast(account: Account, { chats = [] }: Past): void {
  for (const { with: chat, messages = [] } of chats) {
    for (const { id = newMessageId(), content, at, fromMe, from } of messages) {
      const other = from ?? (typeof chat === 'string' ? account : chat)
      const message = typeof content === 'string' ? { conversation: content } : content
      rememberLine(account, { id, chat, by: fromMe ? account : other, content: message, at })
    }
  }
}

/** Somebody's number or address for the account, or the text itself where it names a group. */
export function partner(world: World, jid: string): Account | string {
  if (jid.endsWith('@g.us')) return jid
  const account = find(world, jid)
  if (!account) throw new Error(`${jid} is not on WhatsApp`)
  return account
}
