// After how long messages of a chat vanish: what is written into a chat with a timer must say so, or it stays there.
//
// The timer of a chat with one person is known from the change of it, and from what is written there; it is kept in the
// session. Groups tell theirs with their members.
import { createLru } from '../../../kit/lru.ts'
import type { SessionStoreOf } from '../../transport.ts'
import { kindOfChat } from '../address.ts'
import type { Arrived } from '../port.ts'
import { unwrap } from '../receive/content/unwrap.ts'
import { asNumber, asObject } from '../receive/values.ts'
import { chatOf } from './heard.ts'

const REMEMBERED = 10_000
/** The type of our keys in the session. */
const EXPIRY = 'chat-expiry'
/** WhatsApp's number of the protocol message that sets a chat's timer. */
const SETTING = 3

export interface Expiry {
  /** What a message says of the timer of its chat. Never fails. */
  heard(message: Arrived): void
  /** Seconds; null: messages stay there, as far as is known. Fails as the session does. */
  of(chat: string): Promise<number | null>
}

interface Known {
  readonly seconds: number
  /** Of the message that told so, ms since epoch. */
  readonly at: number
}

export function createExpiry(session: SessionStoreOf, now: () => number): Expiry {
  const known = createLru<Known | null>({ most: REMEMBERED, now })

  const knownOf = async (chat: string): Promise<Known | null> => {
    const found = known.get(chat)
    if (found !== undefined) return found
    const kept = knownFrom((await session.get(EXPIRY, [chat])).get(chat))
    // Something may have been heard meanwhile, and that is newer.
    const newer = known.get(chat)
    if (newer !== undefined) return newer
    known.set(chat, kept)
    return kept
  }
  const learn = async (chat: string, told: Known): Promise<void> => {
    await knownOf(chat)
    // As it is now: another message of the chat may have told more while this one looked.
    const before = known.get(chat)
    if (before ? before.at > told.at : told.seconds === 0) return
    known.set(chat, told)
    if (before?.seconds === told.seconds) return
    await session.put({ keys: [{ type: EXPIRY, id: chat, value: JSON.stringify(told) }] })
  }

  return {
    heard({ envelope, content }) {
      const chat = chatOf(envelope)
      if (!content || kindOfChat(chat) === 'group' || /@(broadcast|newsletter)$/.test(chat)) return
      const seconds = timerIn(content)
      // What could not be kept is told again with the next message.
      if (seconds !== null) learn(chat, { seconds, at: envelope.at }).catch(() => {})
    },
    of: async (chat) => (await knownOf(chat))?.seconds || null,
  }
}

/** 0: it was switched off. Null: nothing is said of it, as in reactions and by programs that know no timers. */
function timerIn(content: Readonly<Record<string, unknown>>): number | null {
  const { key, value } = unwrap(content)
  const body = asObject(value)
  if (key !== 'protocolMessage') return asNumber(asObject(body.contextInfo).expiration) || null
  return body.type === SETTING ? (asNumber(body.ephemeralExpiration) ?? 0) : null
}

function knownFrom(kept: string | undefined): Known | null {
  const read = kept === undefined ? {} : asObject(JSON.parse(kept))
  const [seconds, at] = [asNumber(read.seconds), asNumber(read.at)]
  return seconds === null || at === null ? null : { seconds, at }
}
