// How many chats a number begins: those that write to many strangers are banned.
//
// Chats that were written to or from, and when new ones were begun, are kept in the session of the linked device: they
// outlast a restart, and go with the session when the phone removes the device. Groups are not counted.
import { createLru } from '../../../kit/lru.ts'
import { Failure } from '../../../model/failure.ts'
import type { SessionStoreOf } from '../../transport.ts'
import { AGAIN_MS, refused } from './refusal.ts'

const DAY_MS = 24 * 3600_000
const REMEMBERED = 10_000
/** Types of keys of ours in the session; the library's own have other names. */
const CHAT = 'known-chat'
const BEGUN = 'begun-chats'

export interface NewChats {
  /** Counts a chat when it is new. Fails with Failure `rate-limited` when there were too many in the last 24 hours. */
  begin(chat: string, most: number): Promise<void>
  /** Somebody wrote in it: it is no chat of strangers. Never fails. */
  met(chat: string): void
}

export function createNewChats(session: SessionStoreOf, now: () => number): NewChats {
  const known = createLru<true>({ most: REMEMBERED, now })

  const isKnown = async (chat: string): Promise<boolean> => {
    if (known.get(chat)) return true
    if (!(await session.get(CHAT, [chat])).has(chat)) return false
    known.set(chat, true)
    return true
  }

  const keepMet = async (chat: string): Promise<void> => {
    if (await isKnown(chat)) return
    known.set(chat, true)
    await session.put({ keys: [{ type: CHAT, id: chat, value: String(now()) }] })
  }

  return {
    async begin(chat, most) {
      try {
        if (await isKnown(chat)) return
        const times = timesOf((await session.get(BEGUN, [BEGUN])).get(BEGUN)).filter((at) => now() - at < DAY_MS)
        const first = most > 0 ? times.at(-most) : undefined
        if (times.length >= most) throw tooMany(most, first === undefined ? null : first + DAY_MS - now())
        const begun = JSON.stringify([...times, now()])
        await session.put({
          keys: [
            { type: CHAT, id: chat, value: String(now()) },
            { type: BEGUN, id: BEGUN, value: begun },
          ],
        })
        known.set(chat, true)
      } catch (thrown) {
        throw asRefusal(thrown)
      }
    },
    met(chat) {
      // Known now; what could not be kept is learned again from the next message.
      if (!known.get(chat)) keepMet(chat).catch(() => {})
    },
  }
}

function timesOf(kept: string | undefined): number[] {
  const read: unknown = kept === undefined ? [] : JSON.parse(kept)
  return Array.isArray(read) ? read.filter((at) => typeof at === 'number') : []
}

function tooMany(most: number, retryAfterMs: number | null): Error {
  const begun = most === 1 ? 'one new chat' : `${most} new chats`
  const limit = most === 0 ? 'may begin no new chats' : `has begun ${begun} in the last 24 hours, and may begin no more`
  const retryAfter = retryAfterMs === null ? {} : { retryAfterS: Math.ceil(retryAfterMs / 1000) }
  return new Failure(
    'rate-limited',
    `This account ${limit}: numbers that write to many strangers are banned. It still answers in chats that it knows, and "web": {"new_chats_a_day": …} of the account raises the number. Nothing was sent.`,
    { ...retryAfter, facts: { new_chats_a_day: most } },
  )
}

function asRefusal(thrown: unknown): Error {
  if (thrown instanceof Failure) return thrown
  return refused('Whether the chat is a new one could not be looked up on this server.', {
    retryAfterMs: AGAIN_MS,
    cause: thrown,
  })
}
