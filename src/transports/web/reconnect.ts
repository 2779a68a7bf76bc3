// What the end of a connection means: whether and when the next one is opened, or who has to act.
import type { Closed } from './port.ts'

/** Before a connection that is opened again. */
export type Wait = 'none' | 'growing' | 'long'

/**
 * What to do after an end.
 *
 *   again       opened anew: at once, after a growing wait, or after a long one
 *   outdated    WhatsApp takes our version for too old: the one of today is asked for, once
 *   replaced    the session is used elsewhere: whoever came last keeps it
 *   logged_out  the session is worth nothing any more: wiped
 *   broken      needs its owner; the session stays. `look`: it may heal by itself, and is looked at again then: now and
 *               then, or at that time (ms since epoch); null: never, until it is disabled and enabled, or the server restarts
 */
export type Verdict =
  | { readonly is: 'again'; readonly wait: Wait; readonly reason: string }
  | { readonly is: 'outdated' | 'replaced' | 'logged_out'; readonly reason: string }
  | { readonly is: 'broken'; readonly look: 'rarely' | number | null; readonly reason: string }

/** Codes of WhatsApp's, and of the library's for what it found itself. */
const RESTART = 515
const REPLACED = 440
const LOST = 408
const OUTDATED = 405
const BANNED = 402

/** What is left to its owner when nothing else will do. */
const ANEW = 'It is not tried again until you disable and enable the account, or restart the server.'

const FINAL: Readonly<Record<number, { readonly is: 'logged_out' | 'outdated' | 'broken'; readonly says: string }>> = {
  401: { is: 'logged_out', says: 'The phone removed this device. Link it anew.' },
  406: { is: 'logged_out', says: 'WhatsApp logged this device out. Link it anew.' },
  403: {
    is: 'broken',
    says: `WhatsApp turns this number away: the phone is no longer registered, or the number is banned. See what WhatsApp says on the phone. ${ANEW}`,
  },
  [OUTDATED]: { is: 'outdated', says: 'WhatsApp takes this version of its client for too old' },
  409: { is: 'broken', says: `WhatsApp does not take this client. Update WhatsHooked. ${ANEW}` },
  411: {
    is: 'broken',
    says: `The phone does not allow linked devices of this kind. Update WhatsApp on the phone, then link it anew. ${ANEW}`,
  },
}

export interface Circumstances {
  /** Another device took the session over before, not long ago. */
  readonly isSecond: boolean
  /** ms since epoch */
  readonly now: number
}

export function verdictOf({ code, text, bannedMs }: Closed, { isSecond, now }: Circumstances): Verdict {
  if (code === RESTART) return { is: 'again', wait: 'none', reason: text }
  if (code === REPLACED) {
    const reason = 'The same session was opened somewhere else, and is used there.'
    if (isSecond) return { is: 'replaced', reason: `${reason} End it there, then disable and enable the account here.` }
    return { is: 'again', wait: 'long', reason: `${reason} It is tried once more.` }
  }
  if (code === 400) return unsafe(text)
  if (code === BANNED) return banned(bannedMs, now)
  const final = code === null ? undefined : FINAL[code]
  if (!final) return { is: 'again', wait: 'growing', reason: `The connection to WhatsApp ended: ${text}` }
  return final.is === 'broken' ? { is: 'broken', look: null, reason: final.says } : { is: final.is, reason: final.says }
}

/** `found`: what asking for the version of today came to. */
export function stillOutdated(reason: string, found: 'newer' | 'same' | 'unknown'): Verdict {
  if (found === 'unknown')
    return {
      is: 'broken',
      look: 'rarely',
      reason: `${reason}, and WhatsApp's page does not tell which one is asked for. It is tried again within two hours. Updating WhatsHooked helps at once.`,
    }
  return { is: 'broken', look: null, reason: `${reason}, and knows no newer one. Update WhatsHooked. ${ANEW}` }
}

/** Whether the library noticed by itself that nothing is heard any more. */
export function isSilence({ code, text }: Closed): boolean {
  return code === LOST && /connection was lost/i.test(text)
}

/** A network that opens TLS may be left again (a laptop, a portal that wants a click); what is wrong here stays wrong. */
function unsafe(text: string): Verdict {
  if (/noise|certificat/i.test(text))
    return {
      is: 'broken',
      look: 'rarely',
      reason: `The server did not prove that it is WhatsApp's (${text}). Something between here and WhatsApp reads along: a proxy, an antivirus, a network that opens TLS. Remove it, then disable and enable the account; without that it is tried again about once an hour.`,
    }
  return { is: 'broken', look: null, reason: `The connection is not safe: ${text}. ${ANEW}` }
}

function banned(forMs: number | undefined, now: number): Verdict {
  const says = 'WhatsApp has banned this number for a while'
  if (forMs === undefined)
    return {
      is: 'broken',
      look: null,
      reason: `${says}. Open WhatsApp on the phone: it says for how long. ${ANEW}`,
    }
  const until = now + forMs
  return {
    is: 'broken',
    look: until,
    reason: `${says}: until ${new Date(until).toISOString()}. It is tried again then; trying sooner makes it worse.`,
  }
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
