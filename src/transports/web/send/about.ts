// Messages that a message is about: what it quotes, and what it reacts to, from what came in and what we sent.
import type { Lru } from '../../../kit/lru.ts'
import type { SendError } from '../../transport.ts'
import { chatOfJid, jidOfChat, kindOfChat } from '../address.ts'
import type { LineSide } from '../parts.ts'
import type { Envelope, WireContent, WireSend } from '../port.ts'
import { contentAgain } from './again.ts'
import type { MessageKey } from './content.ts'
import type { Expiry } from './expiry.ts'
import { chatOf, type Heard } from './heard.ts'
import { createRecall } from './recall.ts'
import { wrong } from './refusal.ts'

/** A message of ours as it went out. */
export interface Written {
  readonly chat: string
  readonly content: WireContent
}

export interface About {
  /** A message that came in; null when it is not remembered. */
  known(id: string): Promise<Envelope | null>
  /**
   * Null: nothing is quoted. What is not known is quoted by its id alone, where it can only be of one person. Fails with
   * SendError `refused` in a group otherwise.
   */
  quoted(replyTo: string | null, chat: string, to: string): Promise<WireSend['quoted']>
  /** Fails with SendError `refused` when the message is in another chat, or its writer in a group is not known. */
  target(id: string, chat: string, to: string): Promise<MessageKey>
  /** A message of ours, in the chat of that jid; null when it is not known, or is not in that chat. */
  ours(id: string, jid: string): Promise<WireContent | null>
}

export interface AboutDeps {
  readonly side: Pick<LineSide, 'account' | 'desk' | 'self' | 'sentIds'>
  readonly heard: Heard
  readonly expiry: Pick<Expiry, 'of'>
  readonly written: Lru<Written>
}

export function createAbout({ side, heard, expiry, written }: AboutDeps): About {
  const own = async (id: string): Promise<{ chat: string; content: WireContent | null } | null> => {
    const lately = written.get(id)
    if (lately) return lately
    const message = await side.sentIds.find(id)
    if (!message) return null
    // Who wrote what was reacted to is not recorded; within one chat it can be told.
    const keyOf = (about: string): MessageKey =>
      keyFrom(heard.envelope(about), about, jidOfChat(message.chat)) ?? keyOfUnknown(about, jidOfChat(message.chat))
    const expiresInS = kindOfChat(message.chat) === 'group' ? null : await expiry.of(message.chat)
    return { chat: message.chat, content: contentAgain(message, { keyOf, expiresInS }) }
  }
  const known = createRecall(side, heard)
  const ownEnvelope = (id: string, chat: string): Envelope => {
    const phone = side.self()?.phone
    const from = phone === undefined ? jidOfChat(chat) : jidOfChat(phone)
    return { ...NOBODY, id, chat: jidOfChat(chat), from, fromMe: true }
  }

  return {
    known,
    async quoted(replyTo, chat, to) {
      if (replyTo === null) return null
      const mine = heard.envelope(replyTo) ? null : await own(replyTo)
      const envelope = mine ? null : await known(replyTo)
      if (envelope) {
        const isHere = chatOf(envelope) === chat
        // By whichever of its names a chat came: one that is named otherwise would be shown as another chat.
        const named = isHere ? { ...envelope, chat: to } : envelope
        return { envelope: named, content: heard.content(replyTo) ?? NOTHING }
      }
      if (mine) return { envelope: ownEnvelope(replyTo, mine.chat), content: mine.content ?? NOTHING }
      if (kindOfChat(chat) === 'group') throw forgotten('reply_to', replyTo, 'to answer it in')
      return { envelope: { ...NOBODY, id: replyTo, chat: to, from: to, fromMe: false }, content: NOTHING }
    },
    async target(id, chat, to) {
      const mine = heard.envelope(id) ? null : await own(id)
      const envelope = mine ? null : await known(id)
      const where = envelope ? chatOf(envelope) : mine?.chat
      if (where !== undefined && where !== chat && kindOfChat(where) === kindOfChat(chat))
        throw wrong(`message_id: the message "${id}" is in the chat ${where}, and not in ${chat}.`)
      if (mine) return { remoteJid: to, id, fromMe: true }
      const key = keyFrom(envelope, id, to)
      if (key) return key
      if (kindOfChat(chat) !== 'group') return keyOfUnknown(id, to)
      throw forgotten('message_id', id, 'to react in')
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

function forgotten(field: string, id: string, doing: string): SendError {
  return wrong(
    `${field}: the message "${id}" is not known to this server, and ${doing} a group WhatsApp needs to know who wrote it. Messages are known from when the phone was linked, as long as they are among the last 20,000 events of this server.`,
  )
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
