// What the end of a connection means: whether and when the next one is opened, or who has to act.
import type { Closed } from './port.ts'

/**
 * What to do after an end.
 *
 *   again       opened anew: `at once`, after a growing wait, or after a long one
 *   replaced    the session is used elsewhere: whoever came last keeps it
 *   logged_out  the session is worth nothing any more: wiped
 *   broken      needs its owner; the session stays
 */
export type Verdict =
  | { readonly is: 'again'; readonly wait: 'none' | 'growing' | 'long'; readonly reason: string }
  | { readonly is: 'replaced' | 'logged_out' | 'broken'; readonly reason: string }

/** Codes of WhatsApp's, and of the library's for what it found itself. */
const RESTART = 515
const REPLACED = 440
const LOST = 408
const FINAL: Readonly<Record<number, { readonly is: 'logged_out' | 'broken'; readonly says: string }>> = {
  401: { is: 'logged_out', says: 'The phone removed this device. Link it anew.' },
  406: { is: 'logged_out', says: 'WhatsApp logged this device out. Link it anew.' },
  402: {
    is: 'broken',
    says: 'WhatsApp has banned this number for a while. Open WhatsApp on the phone: it says for how long. Then disable and enable the account.',
  },
  403: {
    is: 'broken',
    says: 'WhatsApp turns this number away: the phone is no longer registered, or the number is banned. See what WhatsApp says on the phone, then disable and enable the account.',
  },
  405: {
    is: 'broken',
    says: 'WhatsApp takes this version of its client for too old. Update WhatsHooked.',
  },
  409: { is: 'broken', says: 'WhatsApp does not take this client. Update WhatsHooked.' },
  411: {
    is: 'broken',
    says: 'The phone does not allow linked devices of this kind. Update WhatsApp on the phone, then link it anew.',
  },
}

/** `isSecond`: another device took the session over before, not long ago. */
export function verdictOf({ code, text }: Closed, isSecond: boolean): Verdict {
  if (code === RESTART) return { is: 'again', wait: 'none', reason: text }
  if (code === REPLACED) {
    const reason = 'The same session was opened somewhere else, and is used there.'
    if (isSecond) return { is: 'replaced', reason: `${reason} End it there, then disable and enable the account here.` }
    return { is: 'again', wait: 'long', reason: `${reason} It is tried once more.` }
  }
  if (code === 400) return { is: 'broken', reason: unsafe(text) }
  const final = code === null ? undefined : FINAL[code]
  if (final) return { is: final.is, reason: final.says }
  return { is: 'again', wait: 'growing', reason: `The connection to WhatsApp ended: ${text}` }
}

/** Whether the library noticed by itself that nothing is heard any more. */
export function isSilence({ code, text }: Closed): boolean {
  return code === LOST && /connection was lost/i.test(text)
}

function unsafe(text: string): string {
  if (/noise|certificat/i.test(text))
    return `The server did not prove that it is WhatsApp's (${text}). Something between here and WhatsApp reads along: a proxy, an antivirus, a network that opens TLS. Remove it, then disable and enable the account.`
  return `The connection is not safe: ${text}.`
}

/**
 * Full jitter: somewhere between the least wait and one that doubles with each failure, up to the most. `random` is in
 * [0, 1).
 */
export function backoffMs(
  failures: number,
  { leastMs, mostMs, random }: { readonly leastMs: number; readonly mostMs: number; readonly random: number },
): number {
  const highest = Math.min(mostMs, leastMs * 2 ** Math.min(Math.max(failures, 1), 30))
  return leastMs + random * (highest - leastMs)
}
