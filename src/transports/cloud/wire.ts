// Reads values out of what Meta sent, where nothing about their shape may be taken for granted.

/** A JSON object whose fields may be anything. */
export type Wire = Readonly<Record<string, unknown>>

/** Seconds since epoch that Meta can mean by a timestamp: 2009 (WhatsApp's first year) to 2100. */
const FIRST_SECOND = 1_230_768_000
const LAST_SECOND = 4_102_444_800

export function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The list, or an empty one for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A text that is not empty; whole numbers as their digits, because some ids of Meta's come as numbers; else null. */
export function asText(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null
}

/** Unix seconds (text or number) as ms since epoch, or null when no message of WhatsApp's can have that time. */
export function timeOf(value: unknown): number | null {
  if (value === null || value === '' || (typeof value !== 'string' && typeof value !== 'number')) return null
  const seconds = Number(value)
  if (!(seconds >= FIRST_SECOND && seconds < LAST_SECOND)) return null
  return Math.trunc(seconds) * 1000
}

/** JSON text, or null when it cannot be written (nested deeper than the stack). */
export function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    return null
  }
}
