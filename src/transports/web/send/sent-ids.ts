// Which message of ours an id at WhatsApp stands for, on disk before the message goes out.
//
// The store learns that id only with the answer of a send. Receipts can be quicker than that, and for messages that are
// lost or were on their way in a crash there is no answer: they find their message here, in the session.
import type { OutMessage } from '../../../model/message.ts'
import type { Desk, SessionStoreOf } from '../../transport.ts'
import { passing } from './refusal.ts'

/** The type of our keys in the session; the library's own have other names. */
const SENT_ID = 'sent-id'
/** By then the store knows what it was told, ms. */
const SETTLED_MS = 60_000

export interface SentIds {
  /** On disk when this resolves. Fails with SendError `refused`. */
  keep(wireId: string, messageId: string): Promise<void>
  /** WhatsApp answered, so that the store will know the id by itself: forgotten with a later message. */
  settled(wireId: string): void
}

export function createSentIds(session: SessionStoreOf, now: () => number): SentIds {
  const settled: { readonly id: string; readonly at: number }[] = []
  return {
    async keep(wireId, messageId) {
      const old = settled.filter(({ at }) => now() - at >= SETTLED_MS)
      const gone = old.map(({ id }) => ({ type: SENT_ID, id, value: null }))
      try {
        await session.put({ keys: [...gone, { type: SENT_ID, id: wireId, value: messageId }] })
      } catch (cause) {
        throw passing('The id of the message could not be kept on this server; nothing was sent.', cause)
      }
      settled.splice(0, old.length)
    },
    settled: (id) => void settled.push({ id, at: now() }),
  }
}

/** The message that this server sent for the account under that id at WhatsApp; null when it knows of none. */
export async function sentMessage(
  desk: Pick<Desk, 'sentContent' | 'session' | 'outgoing'>,
  account: string,
  wireId: string,
): Promise<OutMessage | null> {
  const known = await desk.sentContent(wireId)
  if (known?.account === account) return known
  const id = (await desk.session(account).get(SENT_ID, [wireId])).get(wireId)
  const message = id === undefined ? undefined : (await desk.outgoing([id])).get(id)
  return message?.account === account ? message : null
}
