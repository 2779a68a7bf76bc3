// API keys in the database.
import type { ApiKey, Scope } from '../../../model/caller.ts'
import { Failure } from '../../../model/failure.ts'
import type { KeyStore } from '../../store.ts'
import { type Ask, asking } from '../threads/ports.ts'
import type { Reading, Writing } from '../working.ts'

/** A key as it lies in its row: its lists are JSON. */
type KeyRow = Omit<ApiKey, 'scopes' | 'accounts'> & { readonly scopes: string; readonly accounts: string | null }

export function keyWrites({ c }: Writing) {
  return {
    addKey({ id, name, sha256, scopes, accounts, createdAt, expiresAt }: ApiKey): void {
      const added = c.run(
        'INSERT OR IGNORE INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[id, name, sha256, JSON.stringify(scopes), accounts && JSON.stringify(accounts), createdAt, expiresAt],
      )
      if (added === 0) throw new Failure('exists', `There is already a key with the id ${id}`)
    },
    removeKey(id: string): void {
      c.run('DELETE FROM api_key WHERE id = ?', id)
    },
  }
}

export function keyReads({ c }: Reading) {
  return {
    keys: (_: null): ApiKey[] =>
      c
        .all<KeyRow>(
          `SELECT id, name, sha256, scopes, accounts, created_at AS createdAt, expires_at AS expiresAt
           FROM api_key ORDER BY rowid`,
        )
        .map((row) => {
          const scopes: Scope[] = JSON.parse(row.scopes)
          const accounts: string[] | null = row.accounts === null ? null : JSON.parse(row.accounts)
          return { ...row, scopes, accounts }
        }),
  }
}

export function keyStore(writer: Ask, reader: Ask): KeyStore {
  const write = asking<ReturnType<typeof keyWrites>>(writer)
  const read = asking<ReturnType<typeof keyReads>>(reader)
  return {
    all: () => read('keys', null),
    add: (key) => write('addKey', key),
    remove: (id) => write('removeKey', id),
  }
}
