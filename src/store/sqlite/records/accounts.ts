// Accounts in the database, their tokens sealed.
import { ACCOUNT_DEFAULTS, type Account, DEFAULT_WEB, DEFAULT_WEB_PACING } from '../../../model/account.ts'
import { Failure } from '../../../model/failure.ts'
import type { AccountStore, Sealer } from '../../store.ts'
import { overwriting } from '../shred.ts'
import { type Ask, asking } from '../threads/ports.ts'
import type { Reading, Writing } from '../working.ts'
import { shredSession } from './sessions.ts'

/** The secrets are sealed; null where there is none. */
export interface AccountRow {
  readonly id: string
  readonly json: string
  readonly accessToken: string | null
  readonly appSecret: string | null
  readonly verifyToken: string | null
  readonly proxy: string | null
}

export function accountWrites({ c }: Writing) {
  return {
    addAccount(row: AccountRow): void {
      const added = c.run(
        'INSERT OR IGNORE INTO account VALUES (?, ?, ?, ?, ?, ?)',
        ...[row.id, row.json, row.accessToken, row.appSecret, row.verifyToken, row.proxy],
      )
      if (added === 0) throw new Failure('exists', `There is already an account with the id ${row.id}`)
    },
    replaceAccount(row: AccountRow): void {
      const changed = c.run(
        'UPDATE account SET json = ?, access_token = ?, app_secret = ?, verify_token = ?, proxy = ? WHERE id = ?',
        ...[row.json, row.accessToken, row.appSecret, row.verifyToken, row.proxy, row.id],
      )
      if (changed === 0) throw new Failure('not-found', `There is no account ${row.id}`)
    },
    removeAccount(id: string): void {
      overwriting(c, () => c.run('DELETE FROM account WHERE id = ?', id))
      shredSession(c, id)
    },
  }
}

export function accountReads({ c }: Reading) {
  return {
    accounts: (_: null): AccountRow[] =>
      c.all<AccountRow>(
        `SELECT id, json, access_token AS accessToken, app_secret AS appSecret, verify_token AS verifyToken, proxy
         FROM account ORDER BY rowid`,
      ),
  }
}

export function accountStore(writer: Ask, reader: Ask, sealer: Sealer): AccountStore {
  const write = asking<ReturnType<typeof accountWrites>>(writer)
  const read = asking<ReturnType<typeof accountReads>>(reader)
  const sealed = (account: Account): AccountRow => {
    const { cloud, web, ...rest } = account
    const { accessToken = null, appSecret = null, verifyToken = null, ...open } = cloud ?? {}
    const { proxy = null, ...manners } = web ?? {}
    const seal = (plain: string | null, column: string): string | null =>
      plain === null ? null : sealer.seal(plain, `account:${account.id}:${column}`)
    return {
      id: account.id,
      json: JSON.stringify({ ...rest, web: web && manners, cloud: cloud && open }),
      accessToken: seal(accessToken, 'access_token'),
      appSecret: seal(appSecret, 'app_secret'),
      verifyToken: seal(verifyToken, 'verify_token'),
      proxy: seal(proxy, 'proxy'),
    }
  }
  const opened = (row: AccountRow): Account => {
    const json = JSON.parse(row.json)
    const account = { ...ACCOUNT_DEFAULTS, ...(json.kind === 'web' && { pacing: DEFAULT_WEB_PACING }), ...json }
    const open = (text: string | null, column: string): string | null =>
      text === null ? null : sealer.open(text, `account:${row.id}:${column}`)
    if (account.cloud) {
      account.cloud.accessToken = open(row.accessToken, 'access_token')
      account.cloud.appSecret = open(row.appSecret, 'app_secret')
      account.cloud.verifyToken = open(row.verifyToken, 'verify_token')
    }
    account.web = account.kind === 'web' ? { ...DEFAULT_WEB, ...account.web, proxy: open(row.proxy, 'proxy') } : null
    return account
  }
  return {
    all: async () => (await read('accounts', null)).map(opened),
    add: (account) => write('addAccount', sealed(account)),
    replace: (account) => write('replaceAccount', sealed(account)),
    remove: (id) => write('removeAccount', id),
  }
}
