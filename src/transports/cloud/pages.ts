// Reads lists of Graph's to their end, page by page (Meta, "Paginated results").
import type { GraphReply } from './graph/answer.ts'
import type { Trouble } from './graph/trouble.ts'
import { asList, asText, isObject, type Wire } from './wire.ts'

/** Items on a page; Graph gives 25 unless asked. */
const PAGE_SIZE = '100'

/** `after`: where the list goes on beyond the pages that were read; null when it was read to its end. */
export type Listing =
  | { readonly ok: true; readonly items: readonly unknown[]; readonly after: string | null }
  | { readonly ok: false; readonly trouble: Trouble }

/** All items of a list, of at most `maxPages` pages; `get` asks for one. A page that fails is the failure of all. */
export async function readPages(
  get: (query: Readonly<Record<string, string>>) => Promise<GraphReply>,
  query: Readonly<Record<string, string>>,
  maxPages: number,
): Promise<Listing> {
  const items: unknown[] = []
  let after: string | null = null
  for (let page = 0; page < maxPages; page += 1) {
    const reply = await get({ ...query, limit: PAGE_SIZE, ...(after === null ? null : { after }) })
    if (!reply.ok) return { ok: false, trouble: reply.trouble }
    for (const item of asList(reply.body.data)) items.push(item)
    const next = nextOf(reply.body)
    if (next === null || next === after) return { ok: true, items, after: null }
    after = next
  }
  return { ok: true, items, after }
}

/** The cursor of the next page. `next` itself is not used: it is a whole address, with the token in it. */
function nextOf(body: Wire): string | null {
  const paging = body.paging
  if (!isObject(paging) || paging.next === undefined) return null
  const cursors = paging.cursors
  return isObject(cursors) ? asText(cursors.after) : null
}
