// What came in lately, for what is said about it: quotes, reactions, and marks that it was read.
import { createLru } from '../../../kit/lru.ts'
import { chatOfJid } from '../address.ts'
import type { Arrived, Envelope, WireContent } from '../port.ts'

/** Envelopes that are remembered, and contents, which are larger. */
const ENVELOPES = 2000
const CONTENTS = 200
/** Of one content with what it holds in memory, bytes: anybody may send more than is worth keeping for a quote. */
const LARGEST = 64 * 1024

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
      // Ids are chosen by whoever writes: who uses one again does not put himself in the place of who had it first.
      if (before && !isSameWriter(before.envelope, envelope)) return
      envelopes.set(envelope.id, { envelope, isRead: before?.isRead ?? false })
      if (content && !isLarge(content)) contents.set(envelope.id, content)
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

function isSameWriter(one: Envelope, other: Envelope): boolean {
  const names = [one.from, one.fromAlt]
  return names.includes(other.from) || (other.fromAlt !== null && names.includes(other.fromAlt))
}

/** Bytes that were read out of a message hold all of it. */
function isLarge(content: WireContent): boolean {
  const held = new Set<unknown>()
  const left: unknown[] = [content]
  let size = 0
  while (left.length > 0) {
    const value = left.pop()
    if (ArrayBuffer.isView(value)) {
      if (!held.has(value.buffer)) size += value.buffer.byteLength
      held.add(value.buffer)
    } else if (typeof value === 'object' && value !== null) left.push(...Object.values(value))
    size += typeof value === 'string' ? value.length : 8
    if (size > LARGEST) return true
  }
  return false
}
