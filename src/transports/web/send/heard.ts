// What came in lately, for what is said about it: quotes, reactions, and marks that it was read.
import { createLru } from '../../../kit/lru.ts'
import { chatOfJid } from '../address.ts'
import type { Arrived, Envelope, WireContent } from '../port.ts'

/** Envelopes that are remembered, and contents, which are larger. */
const ENVELOPES = 2000
const CONTENTS = 200

export interface Heard {
  keep(message: Arrived): void
  envelope(id: string): Envelope | null
  content(id: string): WireContent | null
  /** This message and those before it in its chat that were not marked as read yet, oldest first; none of our own. */
  unread(upTo: Envelope): Envelope[]
  marked(envelopes: readonly Envelope[]): void
  /** The chat of a jid, where WhatsApp told its other name lately. */
  chatOf(jid: string): string
}

export function createHeard(now: () => number): Heard {
  const envelopes = createLru<{ readonly envelope: Envelope; isRead: boolean }>({ most: ENVELOPES, now })
  const contents = createLru<WireContent>({ most: CONTENTS, now })
  const others = createLru<string>({ most: ENVELOPES, now })
  return {
    keep({ envelope, content }) {
      const before = envelopes.get(envelope.id)
      envelopes.set(envelope.id, { envelope, isRead: before?.isRead ?? false })
      if (content) contents.set(envelope.id, content)
      if (envelope.chatAlt !== null) others.set(envelope.chat, envelope.chatAlt)
    },
    envelope: (id) => envelopes.get(id)?.envelope ?? null,
    content: (id) => contents.get(id) ?? null,
    unread(upTo) {
      const chat = chatOf(upTo)
      const found: Envelope[] = []
      for (const { envelope, isRead } of envelopes.values())
        if (!isRead && !envelope.fromMe && envelope.at <= upTo.at && chatOf(envelope) === chat) found.push(envelope)
      return found.sort((a, b) => a.at - b.at)
    },
    marked(list) {
      for (const { id } of list) {
        const found = envelopes.get(id)
        if (found) found.isRead = true
      }
    },
    chatOf: (jid) => chatOfJid(jid, others.get(jid) ?? null),
  }
}

/** The chat id of a message that came in. */
export function chatOf({ chat, chatAlt }: Envelope): string {
  return chatOfJid(chat, chatAlt)
}
