// Whether a number is on WhatsApp: asked before the first message to it, since writing to numbers that are not gets a
// number restricted.
import { createLru } from '../../../kit/lru.ts'
import type { Socket } from '../port.ts'
import { passing, refused, statusOf, wordsOf, wrong } from './refusal.ts'

const REMEMBERED = 10_000
const HOUR_MS = 3600_000
const HOLDS_MS = 24 * HOUR_MS
/** Somebody who is not on WhatsApp may be soon. */
const ABSENT_MS = HOUR_MS

export interface Numbers {
  /** The jid of a number. Fails with SendError `refused` when it is not on WhatsApp. */
  jidOf(socket: Socket, digits: string): Promise<string>
  /** Somebody wrote from this number, so that it is on WhatsApp. */
  met(digits: string): void
}

export function createNumbers(now: () => number): Numbers {
  const present = createLru<string>({ most: REMEMBERED, holdsMs: HOLDS_MS, now })
  const absent = createLru<true>({ most: REMEMBERED, holdsMs: ABSENT_MS, now })
  return {
    async jidOf(socket, digits) {
      const known = present.get(digits)
      if (known !== undefined) return known
      if (absent.get(digits)) throw notThere(digits)
      const jid = (await ask(socket, digits)).get(digits)
      if (jid === undefined) {
        absent.set(digits, true)
        throw notThere(digits)
      }
      present.set(digits, jid)
      return jid
    },
    met(digits) {
      absent.forget(digits)
      if (present.get(digits) === undefined) present.set(digits, `${digits}@s.whatsapp.net`)
    },
  }
}

async function ask(socket: Socket, digits: string): Promise<ReadonlyMap<string, string>> {
  try {
    return await socket.onWhatsApp([digits])
  } catch (thrown) {
    const sentence = `WhatsApp did not say whether +${digits} is on WhatsApp: ${wordsOf(thrown)}.`
    if (statusOf(thrown) === 429) throw refused(sentence, { retryAfterMs: 60_000, facts: { code: 429 }, cause: thrown })
    throw passing(sentence, thrown)
  }
}

function notThere(digits: string): Error {
  return wrong(`to: +${digits} is not on WhatsApp. Nothing was sent.`)
}
