// The session of a linked device in memory, as the store would keep it.
import type { SessionStoreOf } from '../../../src/transports/transport.ts'

export interface SessionInMemory extends SessionStoreOf {
  /** By `type/id`. */
  readonly rows: Map<string, string>
  credentialsNow: string | null
}

/** `check` throws when nothing can be read or written at the moment. */
export function sessionInMemory({
  rows = new Map<string, string>(),
  check = () => {},
}: {
  readonly rows?: Map<string, string>
  readonly check?: () => void
} = {}): SessionInMemory {
  const write: SessionStoreOf['soon'] = (keys) => {
    for (const { type, id, value } of keys) {
      if (value === null) rows.delete(`${type}/${id}`)
      else rows.set(`${type}/${id}`, value)
    }
  }
  const session: SessionInMemory = {
    rows,
    credentialsNow: null,
    credentials: async () => session.credentialsNow,
    async get(type, ids) {
      check()
      const found = ids.map((id) => [id, rows.get(`${type}/${id}`)] as const)
      return new Map(found.filter((row): row is readonly [string, string] => row[1] !== undefined))
    },
    async put({ credentials, keys }) {
      check()
      session.credentialsNow = credentials ?? session.credentialsNow
      write(keys)
    },
    soon: write,
    async wipe() {
      session.credentialsNow = null
      rows.clear()
    },
  }
  return session
}
