// How things look in the control API's answers: bytes as base64, stanzas and messages as plain JSON.
import type { Stanza } from '../wire/stanza.ts'

/** Any value as JSON can carry it; what is deeper than `levels` is left out. */
export function shown(value: unknown, levels = 40): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Map) return shown(Object.fromEntries(value), levels)
  if (value instanceof Error) return value.message
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return '…'
  if (Array.isArray(value)) return value.map((each) => shown(each, levels - 1))
  if (isLong(value)) return Number(value)
  const entries = Object.entries(value).filter(
    ([, each]) => each !== undefined && each !== null && typeof each !== 'function',
  )
  return Object.fromEntries(entries.map(([name, each]) => [name, shown(each, levels - 1)]))
}

/** `{ tag, attrs, content }`; bytes that are text are shown as text. */
export function shownStanza({ tag, attrs, content }: Stanza): unknown {
  if (content === undefined) return { tag, attrs }
  if (Array.isArray(content)) return { tag, attrs, content: content.map(shownStanza) }
  const bytes = Buffer.from(content)
  const text = bytes.toString()
  const isText = bytes.length < 2000 && /^[\x20-\x7e]*$/.test(text)
  return { tag, attrs, content: isText ? text : { base64: bytes.toString('base64') } }
}

/** Numbers of 64 bits, as the protobuf library has them. */
const isLong = (value: object): boolean => 'low' in value && 'high' in value && 'unsigned' in value
