// Reads the log in pages that several hooks share, so that many hooks that catch up read each page once.
import type { RecordedEvent } from '../model/event.ts'
import type { Store } from '../store/store.ts'

/** Events a page. */
const SIZE = 256
/** Pages kept: about 5 MB of events of common size. */
const KEPT = 16
/** A page of more characters than this is not kept: a few of them would fill the memory. */
const MOST_CHARS = 1_000_000

export interface Pages {
  /**
   * Events from `from` on, ascending, up to the end of a page; and where the next page begins. `settled` is the place
   * up to which the log cannot change any more: only pages below it are kept.
   */
  read(from: number, settled: number): Promise<{ events: RecordedEvent[]; next: number }>
}

export function createPages(store: Pick<Store, 'events'>): Pages {
  const kept = new Map<number, Promise<RecordedEvent[]>>()

  const load = async (first: number): Promise<RecordedEvent[]> => {
    const events = await store.events.page(first, SIZE)
    return events.filter((event) => event.seq < first + SIZE)
  }

  const keep = (first: number): Promise<RecordedEvent[]> => {
    const known = kept.get(first)
    const page = known ?? load(first)
    kept.delete(first)
    kept.set(first, page)
    if (known) return page
    const forget = () => kept.get(first) === page && kept.delete(first)
    page.then((events) => charsOf(events) > MOST_CHARS && forget(), forget)
    const oldest = kept.size > KEPT ? kept.keys().next() : null
    if (oldest && !oldest.done) kept.delete(oldest.value)
    return page
  }

  return {
    async read(from, settled) {
      const first = from - (from % SIZE)
      const whole = first + SIZE <= settled
      const events = await (whole ? keep(first) : load(first))
      return { events: events.filter((event) => event.seq >= from), next: first + SIZE }
    },
  }
}

function charsOf(events: readonly RecordedEvent[]): number {
  return events.reduce((sum, { data, raw }) => sum + data.length + (raw?.length ?? 0), 0)
}
