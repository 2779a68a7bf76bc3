// Stanzas, WhatsApp's messages on the wire: making them, looking into them, and taking addresses apart.
import { type BinaryNode, jidDecode } from 'baileys'

/** One stanza or one part of it: a tag, attributes, and text, bytes or further stanzas. */
export type Stanza = BinaryNode

/** WhatsApp itself: an address without a user, as the wire has it. After a number it makes that user's address. */
export const SERVER = '@s.whatsapp.net'

/** An address taken apart: `15551234567:2@s.whatsapp.net` is device 2 of user 15551234567. Device 0 is the phone. */
export type Address = { user: string; server: string; device: number }

/** A stanza; attributes that are undefined are left out. */
export function stanza(
  tag: string,
  attrs: Record<string, string | undefined> = {},
  content?: Stanza['content'],
): Stanza {
  const given = Object.entries(attrs).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { tag, attrs: Object.fromEntries(given), ...(content === undefined ? {} : { content }) }
}

/** The stanzas within one, all of them or those of a tag. */
export function children(of: Stanza | undefined, tag?: string): Stanza[] {
  const all = Array.isArray(of?.content) ? of.content : []
  return tag === undefined ? all : all.filter((child) => child.tag === tag)
}

export function child(of: Stanza | undefined, tag: string): Stanza | undefined {
  return children(of, tag)[0]
}

/** What a stanza holds, as bytes; empty without content. */
export function bytesOf(of: Stanza | undefined): Buffer {
  const content = of?.content
  return Array.isArray(content) || content === undefined ? Buffer.alloc(0) : Buffer.from(content)
}

/** The bytes of a part; fails when there is no such part. */
export function bytesIn(of: Stanza | undefined, tag: string): Buffer {
  const part = child(of, tag)
  if (!part) throw new Error(`A stanza <${of?.tag ?? '?'}> has no <${tag}>`)
  return bytesOf(part)
}

/** A big-endian number of any length, as ids of keys are written. */
export function numberOf(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : Buffer.from(bytes).readUIntBE(0, bytes.length)
}

/** A number as big-endian bytes. */
export function bigEndian(value: number, length = 4): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntBE(value, 0, length)
  return bytes
}

/** Takes an address apart; fails on what is none. */
export function addressOf(jid: string): Address {
  const decoded = jidDecode(jid)
  if (!decoded) throw new Error(`${JSON.stringify(jid)} is no address`)
  return { user: decoded.user, server: decoded.server, device: decoded.device ?? 0 }
}

/** The address without a device. */
export function withoutDevice(jid: string): string {
  const { user, server } = addressOf(jid)
  return `${user}@${server}`
}

/** The address of a device of this user; the phone itself (0) is not spelled out. */
export function deviceAddress(jid: string, device: number): string {
  const { user, server } = addressOf(jid)
  return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`
}
