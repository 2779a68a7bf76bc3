// Messages that a message is about: what it quotes, and what it reacts to, from what came in lately and what we sent.
import type { Lru } from '../../../kit/lru.ts'
import { chatOfJid, jidOfChat, kindOfChat } from '../address.ts'
import type { LineSide } from '../parts.ts'
import type { Envelope, WireContent, WireSend } from '../port.ts'
import { contentAgain } from './again.ts'
import type { MessageKey } from './content.ts'
import { chatOf, type Heard } from './heard.ts'
import { wrong } from './refusal.ts'
import { sentMessage } from './sent-ids.ts'

/** A message of ours as it went out. */
export interface Written {
  readonly chat: string
  readonly content: WireContent
}

export interface About {
  /** Null: nothing is quoted. What is not known is quoted by its id alone. */
  quoted(replyTo: string | null, chat: string, to: string): Promise<WireSend['quoted']>
  /** Fails with SendError `refused` when the message is in another chat, or its writer in a group is not known. */
  target(id: string, chat: string, to: string): Promise<MessageKey>
  /** A message of ours, in the chat of that jid; null when it is not known, or is not in that chat. */
  ours(id: string, jid: string): Promise<WireContent | null>
}

export interface AboutDeps {
  readonly side: Pick<LineSide, 'account' | 'desk' | 'self'>
  readonly heard: Heard
  readonly written: Lru<Written>
}

export function createAbout({ side, heard, written }: AboutDeps): About {
  const own = async (id: string): Promise<{ chat: string; content: WireContent | null } | null> => {
    const lately = written.get(id)
    if (lately) return lately
    const message = await sentMessage(side.desk, side.account.id, id)
    if (!message) return null
    // Who wrote what was reacted to is not recorded; within one chat it can be told.
    const keyOf = (about: string): MessageKey =>
      keyFrom(heard.envelope(about), about, jidOfChat(message.chat)) ?? keyOfUnknown(about, jidOfChat(message.chat))
    return { chat: message.chat, content: contentAgain(message, keyOf) }
  }
  const ownEnvelope = (id: string, chat: string): Envelope => {
    const phone = side.self()?.phone
    const from = phone === undefined ? jidOfChat(chat) : jidOfChat(phone)
    return { ...NOBODY, id, chat: jidOfChat(chat), from, fromMe: true }
  }

  return {
    async quoted(replyTo, chat, to) {
      if (replyTo === null) return null
      const envelope = heard.envelope(replyTo)
      if (envelope) {
        const isHere = chatOf(envelope) === chat
        // By whichever of its names a chat came: one that is named otherwise would be shown as another chat.
        const named = isHere ? { ...envelope, chat: to } : envelope
        return { envelope: named, content: heard.content(replyTo) ?? NOTHING }
      }
      const mine = await own(replyTo)
      if (mine) return { envelope: ownEnvelope(replyTo, mine.chat), content: mine.content ?? NOTHING }
      return { envelope: { ...NOBODY, id: replyTo, chat: to, from: to, fromMe: false }, content: NOTHING }
    },
    async target(id, chat, to) {
      const envelope = heard.envelope(id)
      const mine = envelope ? null : await own(id)
      const where = envelope ? chatOf(envelope) : mine?.chat
      if (where !== undefined && where !== chat && kindOfChat(where) === kindOfChat(chat))
        throw wrong(`message_id: the message "${id}" is in the chat ${where}, and not in ${chat}.`)
      if (mine) return { remoteJid: to, id, fromMe: true }
      const key = keyFrom(envelope, id, to)
      if (key) return key
      if (kindOfChat(chat) !== 'group') return keyOfUnknown(id, to)
      throw wrong(
        `message_id: the message "${id}" is not remembered, and to react in a group WhatsApp needs to know who wrote it. It remembers the last 2,000 messages since its start.`,
      )
    },
    async ours(id, jid) {
      const mine = await own(id)
      if (!mine) return null
      const chat = heard.chatOf(jid)
      const isSame = mine.chat === chat || (kindOfChat(mine.chat) !== 'group' && isOtherName(mine.chat, chat))
      return isSame ? mine.content : null
    },
  }
}

const NOTHING: WireContent = { conversation: '' }
const NOBODY = { chatAlt: null, fromAlt: null, pushName: null, at: 0, category: null }

function keyFrom(envelope: Envelope | null, id: string, to: string): MessageKey | null {
  if (!envelope) return null
  const isOthers = kindOfChat(chatOfJid(to)) === 'group' && !envelope.fromMe
  return { remoteJid: to, id, fromMe: envelope.fromMe, ...(isOthers ? { participant: envelope.from } : null) }
}

/** In a chat with one person it is theirs, when it is none that we know to be ours. */
function keyOfUnknown(id: string, to: string): MessageKey {
  return { remoteJid: to, id, fromMe: false }
}

/** One is a number and the other a LID: they may well be the same person, and only WhatsApp knows. */
function isOtherName(one: string, other: string): boolean {
  const kinds = [kindOfChat(one), kindOfChat(other)]
  return kinds.includes('person') && kinds.includes('lid')
}
