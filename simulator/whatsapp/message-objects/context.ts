// What goes around a message's content: quotes, mentions, forwards, disappearing, view once.
import { proto } from 'baileys'

export type MessageObject = proto.IMessage
/** Which message is meant, as its sender sees it; `participant` in groups. */
export type MessageKey = { remoteJid: string; id: string; fromMe: boolean; participant?: string }

export type Context = {
  /** The message that is answered; `from` is the jid of who wrote it, `chat` where it was when that is another chat. */
  quotes?: { id: string; from: string; message: MessageObject; chat?: string }
  /** Jids of those who are mentioned; the text has them as `@<number>`. */
  mentions?: readonly string[]
  /** How often it was forwarded; from 5 on it is shown as forwarded many times. */
  forwarded?: number
  /** Seconds after which it disappears, as the chat is set. */
  expires?: number
}

type ContentKey = keyof MessageObject

/** The same content with a context; plain text becomes the extended text that can carry one. */
export function withContext(message: MessageObject, context: Context): MessageObject {
  const contextInfo = contextInfoOf(context)
  if (Object.keys(contextInfo).length === 0) return message
  const { conversation, ...rest } = message
  if (conversation) return { ...rest, extendedTextMessage: { text: conversation, contextInfo } }
  const [name, content] = contentOf(message)
  if (name === 'documentWithCaptionMessage') {
    const inner = message.documentWithCaptionMessage?.message ?? {}
    return { ...message, documentWithCaptionMessage: { message: withContext(inner, context) } }
  }
  return { ...message, [name]: { ...content, contextInfo: { ...contextInChat(content), ...contextInfo } } }
}

/** The fields of a message of kind `ContextInfo`; empty when there is nothing to be said. */
export function contextInfoOf({ quotes, mentions, forwarded, expires }: Context): proto.IContextInfo {
  return {
    ...(quotes && { stanzaId: quotes.id, participant: quotes.from, quotedMessage: quotes.message }),
    ...(quotes?.chat !== undefined && { remoteJid: quotes.chat }),
    ...(mentions && mentions.length > 0 && { mentionedJid: [...mentions] }),
    ...(forwarded !== undefined && forwarded > 0 && { isForwarded: true, forwardingScore: forwarded }),
    ...(expires !== undefined && { expiration: expires }),
  }
}

/** In a chat with disappearing messages: wrapped, as older phones do; newer ones only say `expires`. */
export const ephemeral = (message: MessageObject): MessageObject => ({ ephemeralMessage: { message } })

/** To be seen once: image, video or voice. WhatsApp sends companions a mere notice of it, see `unavailable` of stanzas. */
export function viewOnce(message: MessageObject): MessageObject {
  const [name, content] = contentOf(message)
  const inner = { [name]: { ...content, viewOnce: true } }
  if (name === 'audioMessage') return { viewOnceMessageV2Extension: { message: inner } }
  return { viewOnceMessageV2: { message: inner } }
}

/** The chat's messages disappear from now on after so many seconds; 0: they stay. */
export const ephemeralSetting = (seconds: number, chat: string): MessageObject => ({
  protocolMessage: {
    type: proto.Message.ProtocolMessage.Type.EPHEMERAL_SETTING,
    key: { remoteJid: chat, fromMe: true, id: '' },
    ephemeralExpiration: seconds,
  },
})

/** The field that is the content of a message, and its value. Fails with a sentence for a message without one. */
export function contentOf(message: MessageObject): [ContentKey, object] {
  for (const [name, value] of Object.entries(message)) {
    if (name === 'messageContextInfo' || typeof value !== 'object' || value === null) continue
    return [name as ContentKey, value]
  }
  throw new Error('the message has no content that could carry it')
}

function contextInChat(content: object): proto.IContextInfo {
  const { contextInfo } = content as { contextInfo?: proto.IContextInfo }
  return contextInfo ?? {}
}
