// A message as WhatsApp has it, as JSON for hooks that ask for it: bounded, and without any key.
import type { Envelope } from '../port.ts'
import { isObject } from './values.ts'

/** Nothing that people send is near to this: files travel beside the message. Bytes. */
export const MAX_CONTENT = 1024 * 1024
/** Quotes of quotes of quotes are cut off there. */
const MAX_DEPTH = 40

/** Whoever has one of these can read a file or a vote, or speak in somebody's name. */
const SECRETS: ReadonlySet<string> = new Set([
  ...['mediaKey', 'encKey', 'messageSecret', 'botMessageSecret', 'ephemeralSharedSecret', 'callKey', 'paddingBytes'],
  ...['senderKeyDistributionMessage', 'fastRatchetKeySenderKeyDistributionMessage', 'appStateSyncKeyShare'],
])

export type Copy =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly why: 'oversized' | 'malformed' }

/** JSON of any plain object; bytes become base64, 64-bit numbers their digits. */
export function copyOf(value: unknown): Copy {
  const budget = { left: MAX_CONTENT }
  try {
    const json = JSON.stringify(plain(value, budget, 0)) ?? 'null'
    return { ok: true, json }
  } catch {
    return { ok: false, why: budget.left < 0 ? 'oversized' : 'malformed' }
  }
}

/** The whole message; `message` is null when it could not be read. */
export function rawOf(envelope: Envelope, content: unknown): Copy {
  const { id, chat, chatAlt, from, fromAlt, fromMe, pushName, at, category } = envelope
  const key = { id, remoteJid: chat, remoteJidAlt: chatAlt, fromMe, participant: from, participantAlt: fromAlt }
  return copyOf({ key, messageTimestamp: Math.trunc(at / 1000), pushName, category, message: content })
}

/** A Failure to write is thrown: the budget says whether the size was why. */
function plain(value: unknown, budget: { left: number }, depth: number): unknown {
  budget.left -= sizeOf(value)
  if (budget.left < 0) throw new RangeError('too large')
  if (depth > MAX_DEPTH) return null
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (Array.isArray(value)) return value.map((item) => plain(item, budget, depth + 1))
  if (!isObject(value)) return leaf(value)
  if (isLong(value)) return String((BigInt(value.high) << 32n) | BigInt(value.low >>> 0))
  const entries = Object.entries(value).filter(
    ([key, field]) => field !== undefined && field !== null && !SECRETS.has(key) && typeof field !== 'function',
  )
  return Object.fromEntries(
    entries.map(([key, field]) => {
      budget.left -= key.length
      return [key, plain(field, budget, depth + 1)]
    }),
  )
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  return ArrayBuffer.isView(value) ? value.byteLength : 2
}

function leaf(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'symbol' || typeof value === 'function' ? null : value
}

function isLong(value: unknown): value is { low: number; high: number } {
  return isObject(value) && Number.isInteger(value.low) && Number.isInteger(value.high) && 'unsigned' in value
}
