// Sessions of linked devices in the database, every value sealed.
import { Failure } from '../../../model/failure.ts'
import type { Sealer, SessionKey, SessionStore } from '../../store.ts'
import type { Connection } from '../connection.ts'
import { emptyLogAfter, overwriting } from '../shred.ts'
import { type Ask, asking } from '../threads/ports.ts'
import type { Reading, Writing } from '../working.ts'

/** What changes, sealed; null credentials stay as they are. */
export interface SessionPut {
  readonly account: string
  readonly credentials: string | null
  readonly keys: readonly SessionKey[]
}

type KeyRow = SessionKey & { readonly value: string }

export function sessionWrites({ c }: Writing) {
  const put = ({ account, credentials, keys }: SessionPut): void => {
    if (credentials !== null) c.run('INSERT OR REPLACE INTO session VALUES (?, ?)', account, credentials)
    for (const { type, id, value } of keys) {
      if (value !== null) c.run('INSERT OR REPLACE INTO session_key VALUES (?, ?, ?, ?)', account, type, id, value)
      else c.run('DELETE FROM session_key WHERE account = ? AND type = ? AND id = ?', account, type, id)
    }
  }
  return {
    putSession(change: SessionPut): void {
      // A device that writes while its account is removed must not leave keys behind that nobody would ever wipe.
      if (!c.one('SELECT 1 FROM account WHERE id = ?', change.account)) throw noAccount(change.account)
      overwriting(c, () => put(change))
    },
    wipeSession: (account: string): void => shredSession(c, account),
  }
}

/** Nothing of it stays in the files of the database, sealed as it is: who gets hold of the key later finds nothing. */
export function shredSession(c: Connection, account: string): void {
  overwriting(c, () => {
    c.run('DELETE FROM session WHERE account = ?', account)
    c.run('DELETE FROM session_key WHERE account = ?', account)
  })
  emptyLogAfter(c)
}

export function sessionReads({ c }: Reading) {
  const credentials = (account: string): string | null =>
    c.one<{ credentials: string }>('SELECT credentials FROM session WHERE account = ?', account)?.credentials ?? null
  return {
    credentials,
    sessionKeys: (asked: { account: string; type: string; ids: readonly string[] }): KeyRow[] =>
      c.all<KeyRow>(
        `SELECT type, id, value FROM session_key
         WHERE account = ? AND type = ? AND id IN (SELECT value FROM json_each(?))`,
        ...[asked.account, asked.type, JSON.stringify(asked.ids)],
      ),
    session: (account: string): { credentials: string | null; keys: KeyRow[] } => ({
      credentials: credentials(account),
      keys: c.all<KeyRow>('SELECT type, id, value FROM session_key WHERE account = ?', account),
    }),
  }
}

export function sessionStore(writer: Ask, reader: Ask, sealer: Sealer): Omit<SessionStore, 'soon'> {
  const write = asking<ReturnType<typeof sessionWrites>>(writer)
  const read = asking<ReturnType<typeof sessionReads>>(reader)
  const open = (account: string, sealed: string | null): string | null =>
    sealed === null ? null : sealer.open(sealed, aboutCredentials(account))
  const opened = (account: string, row: KeyRow): KeyRow => ({
    ...row,
    value: sealer.open(row.value, aboutKey(account, row)),
  })
  return {
    credentials: async (account) => open(account, await read('credentials', account)),
    async keys(account, type, ids) {
      if (ids.length === 0) return new Map()
      const rows = await read('sessionKeys', { account, type, ids })
      return new Map(rows.map((row) => [row.id, opened(account, row).value]))
    },
    async put(account, { credentials, keys }) {
      const sealed = keys.map((key) => ({
        ...key,
        value: key.value === null ? null : sealer.seal(key.value, aboutKey(account, key)),
      }))
      const bytes = sealed.reduce((sum, { value }) => sum + (value?.length ?? 0), credentials?.length ?? 0)
      const kept = credentials === undefined ? null : sealer.seal(credentials, aboutCredentials(account))
      await write('putSession', { account, credentials: kept, keys: sealed }, bytes)
    },
    async whole(account) {
      const { credentials, keys } = await read('session', account)
      return { credentials: open(account, credentials), keys: keys.map((row) => opened(account, row)) }
    },
    wipe: (account) => write('wipeSession', account),
  }
}

function aboutCredentials(account: string): string {
  return `session:${account}:credentials`
}

/** Written as JSON, since an id may hold colons: so no two keys share one. */
function aboutKey(account: string, { type, id }: SessionKey): string {
  return `session_key:${JSON.stringify([account, type, id])}`
}

function noAccount(id: string): Failure {
  return new Failure('not-found', `There is no account ${id}`)
}
