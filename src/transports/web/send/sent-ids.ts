// Which message of ours an id at WhatsApp stands for.
//
// The store learns that id only with the answer of a send. Receipts can be quicker than that, and for messages that are
// lost, or were on their way in a crash, there is no answer. But ids are derived from our own (wire-id.ts), and ours are
// on disk before anything goes out: so those that are open are known, and after a start they are reckoned anew.
import type { Desk } from '../../transport.ts'
import type { SentIds } from '../parts.ts'
import { wireIdOf } from './wire-id.ts'

/** By then the store knows what it was told, ms. */
const SETTLED_MS = 60_000

export type SentIdsDeps = Pick<Desk, 'sentContent' | 'outgoing' | 'lost' | 'clock'>

export function createSentIds(desk: SentIdsDeps, account: string): SentIds {
  const open = new Map<string, string>()
  const settled: { readonly wireId: string; readonly at: number }[] = []
  let earlier: Promise<ReadonlyMap<string, string>> | null = null
  /** What was open when the line was made. */
  const before = () => {
    earlier ??= desk.lost(account).then((list) => new Map(list.map(({ id }) => [wireIdOf(account, id), id])))
    earlier.catch(() => {
      earlier = null
    })
    return earlier
  }
  const forgetOld = () => {
    const now = desk.clock.now()
    while (settled[0] && now - settled[0].at >= SETTLED_MS) open.delete(settled.shift()?.wireId ?? '')
  }
  return {
    begin(wireId, messageId) {
      forgetOld()
      open.set(wireId, messageId)
    },
    settled: (wireId) => void settled.push({ wireId, at: desk.clock.now() }),
    async find(wireId) {
      const known = await desk.sentContent(wireId)
      if (known?.account === account) return known
      const id = open.get(wireId) ?? (await before()).get(wireId)
      const message = id === undefined ? undefined : (await desk.outgoing([id])).get(id)
      return message?.account === account ? message : null
    },
  }
}
