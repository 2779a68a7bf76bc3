// Receipts as WhatsApp writes them: the library folds those that come together into one, and loses who read when.
import type { BinaryNode } from 'baileys'
import type { Receipt } from '../port.ts'
import type { Me } from './envelope.ts'
import type { Library } from './library.ts'

/** What the type of a receipt means for a message of ours; others are among devices, or ask for something. */
const TYPES: Readonly<Record<string, Receipt['type']>> = {
  '': 'delivered',
  inactive: 'delivered',
  read: 'read',
  played: 'played',
}

/** Null: it tells nothing of a message that we sent. */
export function receiptOf(lib: Library, stanza: BinaryNode, me: Me): Receipt | null {
  const { attrs } = stanza
  const type = TYPES[attrs.type ?? '']
  if (type === undefined || !attrs.id || !attrs.from) return null
  const who = attrs.participant ?? attrs.from
  if (lib.areJidsSameUser(who, me.id) || lib.areJidsSameUser(who, me.lid)) return null
  return {
    ids: idsOf(lib, stanza),
    chat: lib.jidNormalizedUser(attrs.from),
    participant: attrs.participant ? lib.jidNormalizedUser(attrs.participant) : null,
    type,
    at: Number(attrs.t ?? 0) * 1000,
  }
}

/** The messages that a receipt is about. */
export function idsOf(lib: Library, { attrs, content }: BinaryNode): string[] {
  const first = Array.isArray(content) ? content[0] : undefined
  const more = first ? lib.getBinaryNodeChildren(first, 'item').map((item) => item.attrs.id) : []
  return [attrs.id, ...more].filter((id) => id !== undefined)
}
