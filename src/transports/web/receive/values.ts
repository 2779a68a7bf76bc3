// Reads values out of what came over a linked device, where nothing about their shape may be taken for granted.

/** An object whose fields may be anything. */
export type Wire = Readonly<Record<string, unknown>>

/** ms since epoch that WhatsApp can mean by a time: 2009, its first year, to 2100. */
const FIRST_MS = 1_230_768_000_000
const LAST_MS = 4_102_444_800_000

export function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** The object, or an empty one for anything else. */
export function asObject(value: unknown): Wire {
  return isObject(value) ? value : {}
}

/** The list, or an empty one for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A text that is not empty, else null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A number; 64-bit numbers of the wire come as `{ low, high, unsigned }` or as digits. Null for what is none. */
export function asNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') return /^-?\d{1,16}$/.test(value) ? Number(value) : null
  if (!isObject(value) || typeof value.low !== 'number' || typeof value.high !== 'number') return null
  return value.high * 2 ** 32 + (value.low >>> 0)
}

/** Bytes, also as the base64 that they may have become on their way; null when there are none. */
export function asBytes(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value.length === 0 ? null : value
  const text = asText(value)
  if (text === null || !/^[0-9A-Za-z+/]+={0,2}$/.test(text)) return null
  return Buffer.from(text, 'base64')
}

/** ms since epoch as RFC 3339; null when nothing of WhatsApp's can have that time. */
export function isoOf(ms: number | null): string | null {
  return ms !== null && ms >= FIRST_MS && ms < LAST_MS ? new Date(Math.trunc(ms)).toISOString() : null
}

/** The same of seconds. */
export function isoOfSeconds(value: unknown): string | null {
  const seconds = asNumber(value)
  return seconds === null ? null : isoOf(seconds * 1000)
}

/** What is there of an object: the fields that are neither null nor undefined. */
export function present<T extends Wire>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}
