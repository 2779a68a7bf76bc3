// Reads off a stanza whose message it is, and makes plain objects of what the library holds as protocol messages.
import type { BinaryNode, WAMessage } from 'baileys'
import type { Envelope, Self, WireContent } from '../port.ts'
import type { Library } from './library.ts'

/** This device's two names, as the credentials have them: with the device. */
export interface Me {
  readonly id: string
  readonly lid: string
}

/** Fails with an Error for a stanza that is no message of anybody. */
export function envelopeOf(lib: Library, stanza: BinaryNode, me: Me): Envelope {
  const { fullMessage, author } = lib.decodeMessageNode(stanza, me.id, me.lid)
  const { key } = fullMessage
  const { attrs } = stanza
  const bare = (jid: string | null | undefined) => (jid ? lib.jidNormalizedUser(jid) || null : null)
  const fromMe = key.fromMe === true
  const isAmongMany = key.participant !== undefined && key.participant !== null
  const senderAlt = bare(lib.extractAddressingContext(stanza).senderAlt)
  // Of a message that our phone sent, the stanza's sender is ourselves: the chat's other name stands elsewhere.
  const recipientAlt = bare(
    attrs.peer_recipient_pn ?? attrs.recipient_pn ?? attrs.peer_recipient_lid ?? attrs.recipient_lid,
  )
  const from = bare(author) ?? ''
  const ownAlt = from === bare(me.id) ? bare(me.lid) : bare(me.id)
  return {
    id: key.id ?? '',
    chat: bare(key.remoteJid) ?? '',
    chatAlt: isAmongMany ? null : fromMe ? recipientAlt : senderAlt,
    from,
    fromAlt: fromMe ? ownAlt : senderAlt,
    fromMe,
    pushName: attrs.notify ?? null,
    at: Number(attrs.t ?? 0) * 1000,
    category: attrs.category ?? null,
  }
}

/** The same, of a message that the phone handed on by itself. */
export function envelopeOfKey(lib: Library, { key, messageTimestamp, pushName }: WAMessage, me: Me): Envelope {
  const bare = (jid: string | null | undefined) => (jid ? lib.jidNormalizedUser(jid) || null : null)
  const chat = bare(key.remoteJid) ?? ''
  const alone = key.fromMe ? bare(me.id) : chat
  return {
    id: key.id ?? '',
    chat,
    chatAlt: bare(key.remoteJidAlt),
    from: bare(key.participant) ?? alone ?? '',
    fromAlt: bare(key.participantAlt ?? key.remoteJidAlt),
    fromMe: key.fromMe === true,
    pushName: pushName ?? null,
    at: Number(messageTimestamp ?? 0) * 1000,
    category: null,
  }
}

/** The key that the library goes by. */
export function keyOf(envelope: Envelope) {
  const isAmongMany = envelope.chat !== envelope.from && !/@(s\.whatsapp\.net|lid)$/.test(envelope.chat)
  return {
    remoteJid: envelope.chat,
    id: envelope.id,
    fromMe: envelope.fromMe,
    ...(isAmongMany ? { participant: envelope.from } : null),
  }
}

/** Who this device is; null before it is linked. */
export function selfOf(me: { readonly id: string; readonly lid?: string | null; readonly name?: string | null }): Self {
  const lid = me.lid?.split('@')[0]?.split(':')[0]
  return {
    phone: me.id.split('@')[0]?.split(':')[0] ?? '',
    lid: lid ? `${lid}@lid` : null,
    name: me.name && me.name !== '~' ? me.name : null,
  }
}

/** Null for bytes that are no message. */
export function parsed(lib: Library, bytes: Uint8Array): WireContent | null {
  try {
    return plainContent(lib, lib.proto.Message.decode(bytes))
  } catch {
    return null
  }
}

/** A message as a plain object: numbers as numbers, bytes as they are. */
export function plainContent(lib: Library, message: InstanceType<Library['proto']['Message']>): WireContent {
  return lib.proto.Message.toObject(message, { longs: Number })
}
