// What a line has to remember over a restart: that WhatsApp restricts the number, and that its session is used elsewhere.
import { LINE_MARKS, type SessionStoreOf } from '../transport.ts'

/** A restriction that holds until then, ms since epoch. */
export interface Restricted {
  readonly reason: string
  readonly until: number
}

export interface Marks {
  restricted(): Promise<Restricted | null>
  restrict(held: Restricted | null): Promise<void>
  /** Why the session is left to somebody else, in a sentence. */
  replaced(): Promise<string | null>
  replace(reason: string): Promise<void>
}

/** They lie among the keys of the session, and are wiped with it. */
export function marksOf(session: SessionStoreOf): Marks {
  const read = async (id: string) => (await session.get(LINE_MARKS.type, [id])).get(id) ?? null
  const write = (id: string, value: string | null) => session.put({ keys: [{ type: LINE_MARKS.type, id, value }] })
  return {
    restricted: async () => restrictedFrom(await read(LINE_MARKS.restricted)),
    restrict: (held) => write(LINE_MARKS.restricted, held && JSON.stringify(held)),
    replaced: () => read(LINE_MARKS.replaced),
    replace: (reason) => write(LINE_MARKS.replaced, reason),
  }
}

function restrictedFrom(text: string | null): Restricted | null {
  const told: Partial<Restricted> = text === null ? {} : JSON.parse(text)
  const { reason, until } = told
  return typeof reason === 'string' && typeof until === 'number' ? { reason, until } : null
}
