// A message of ours as it was sent, made anew from what was recorded: for receivers who ask again after a restart, and for
// quotes.
import type { Content, MediaContent } from '../../../model/content.ts'
import type { OutMessage } from '../../../model/message.ts'
import type { WireContent } from '../port.ts'
import { type MessageKey, type Said, saidOf } from './content.ts'

export interface Surroundings {
  /** Of a message that was reacted to. */
  readonly keyOf: (messageId: string) => MessageKey
  /** Seconds after which messages of the chat vanish; null: they stay. */
  readonly expiresInS: number | null
}

/** Null when what was asked for is forgotten, or was nothing that goes out. */
export function contentAgain(message: OutMessage, { keyOf, expiresInS }: Surroundings): WireContent | null {
  if (message.content === '') return null
  try {
    const { content, replyTo } = objectOf(JSON.parse(message.content))
    // It was recorded by ourselves: that there is one is all that has to be asked.
    if (!isContent(content)) return null
    const target = content.kind === 'reaction' ? keyOf(content.messageId) : null
    const said = saidOf(content, { mentions: [], target })
    const quote = typeof replyTo === 'string' ? { stanzaId: replyTo } : null
    const timer = expiresInS === null ? null : { expiration: expiresInS }
    return protocolOf(content, said, quote || timer ? { ...quote, ...timer } : null)
  } catch {
    // What could not be said is nothing to repeat.
    return null
  }
}

/** The same as WhatsApp's protocol has it. */
function protocolOf(content: Content, said: Said, contextInfo: Said | null): WireContent | null {
  const context = contextInfo && { contextInfo }
  switch (content.kind) {
    case 'text':
      return { extendedTextMessage: { text: content.text, ...context } }
    case 'image':
    case 'video':
    case 'document':
    case 'audio':
    case 'sticker':
      return { [`${content.kind}Message`]: { ...fileAgain(content, said), ...context } }
    case 'location':
      return { locationMessage: { ...objectOf(said.location), ...context } }
    case 'contacts': {
      const cards = objectOf(said.contacts)
      const [first, ...others] = Array.isArray(cards.contacts) ? cards.contacts.map(objectOf) : []
      if (!first) return null
      return others.length > 0
        ? { contactsArrayMessage: { ...cards, ...context } }
        : { contactMessage: { ...first, ...context } }
    }
    case 'reaction':
      return { reactionMessage: objectOf(said.react) }
    default:
      return null
  }
}

const BYTES = ['mediaKey', 'fileEncSha256', 'fileSha256']

function fileAgain({ kind }: MediaContent, said: Said): Said {
  const { [kind]: file, ...about } = said
  const fields = Object.entries(objectOf(file)).map(([name, value]) => [
    name,
    BYTES.includes(name) && typeof value === 'string' ? Buffer.from(value, 'base64') : value,
  ])
  return { ...Object.fromEntries(fields), ...about }
}

function isContent(value: unknown): value is Content {
  return typeof objectOf(value).kind === 'string'
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
