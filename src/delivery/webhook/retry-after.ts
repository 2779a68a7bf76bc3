// Reads what a receiver asks us to wait.

/** Longest wait that is honoured, ms. */
const MAX_WAIT_MS = 8 * 3600 * 1000

/** The three forms of an HTTP-date (RFC 9110, 5.6.7); the last one names no zone and is in GMT as well. */
const IMF = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const RFC850 = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

function dateOf(text: string): number {
  if (IMF.test(text) || RFC850.test(text)) return Date.parse(text)
  return ASCTIME.test(text) ? Date.parse(`${text} GMT`) : Number.NaN
}

/** `Retry-After` (RFC 9110, 10.2.3) as ms from `now`, at most 8 h; null when absent, in the past, negative or junk. */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  const text = value?.trim() ?? ''
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : dateOf(text) - now
  return wait >= 0 ? Math.min(wait, MAX_WAIT_MS) : null
}
