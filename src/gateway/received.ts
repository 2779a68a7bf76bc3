// Finds a message that came in by the transport's id, in the newest part of the log: there is no index on these ids.
import type { Store } from '../store/store.ts'

/** Events that are looked through, and how many at a time, so that nobody waits long behind it. */
const MOST = 20_000
const AT_ONCE = 500

/** The `raw` of its event; null when it is not among the newest. */
export async function rawReceived(
  { events }: Pick<Store, 'events'>,
  { account, transportId }: { readonly account: string; readonly transportId: string },
): Promise<string | null> {
  const written = JSON.stringify(transportId)
  const head = await events.head()
  for (let to = head; to > Math.max(0, head - MOST); to -= AT_ONCE) {
    const from = Math.max(1, to - AT_ONCE + 1)
    const page = await events.page(from, to - from + 1)
    // Its id stands at the beginning of what tells of it; quotes and reactions name it further on.
    const found = page.findLast(
      ({ account: of, raw, seq }) => seq <= to && of === account && raw !== null && keyIn(raw) === written,
    )
    if (found) return found.raw
  }
  return null
}

/** The id of the message that a linked device's raw object tells of, as it is written there. */
function keyIn(raw: string): string | null {
  return /^\{"key":\{"id":("(?:[^"\\]|\\.){0,256}")/.exec(raw)?.[1] ?? null
}
