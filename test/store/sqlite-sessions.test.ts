// What the embedded store does for sessions beside the contract: sealing, and not starting a second thread for them.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ACCOUNT_DEFAULTS, type Account, DEFAULT_WEB } from '../../src/model/account.ts'
import { openFolder, tempFolder } from './folder.ts'

const FILE = 'whatshooked.db'
const account: Account = {
  ...{ id: 'phone', kind: 'web', phoneNumber: null, disabled: false, sessionPath: null, showQr: false },
  ...{ ...ACCOUNT_DEFAULTS, web: { ...DEFAULT_WEB, proxy: 'http://user:SECRET@proxy.example' }, cloud: null },
}
const SESSION = {
  credentials: 'SECRET-identity',
  keys: [
    { type: 'session', id: '1', value: 'SECRET-one' },
    { type: 'session', id: '2', value: 'SECRET-two' },
  ],
}

async function withSession(): Promise<string> {
  const folder = tempFolder()
  const store = await openFolder(folder)
  await store.accounts.add(account)
  await store.sessions.put('phone', SESSION)
  assert.deepEqual((await store.accounts.all())[0], account)
  for (const file of readdirSync(folder)) assert.equal(readFileSync(join(folder, file)).includes('SECRET'), false, file)
  await store.close()
  return folder
}

test('neither a session nor the proxy of its account is in clear in any file of the folder', async () => {
  const folder = await withSession()
  for (const file of readdirSync(folder)) assert.equal(readFileSync(join(folder, file)).includes('SECRET'), false, file)
})

test('keys that are swapped between rows, and credentials of another account, do not open', async () => {
  const folder = await withSession()
  const db = new DatabaseSync(join(folder, FILE))
  db.exec(`UPDATE session_key SET value = (SELECT value FROM session_key other WHERE other.id <> session_key.id)`)
  db.exec(`INSERT INTO session SELECT 'other', credentials FROM session`)
  db.close()
  const store = await openFolder(folder)
  await assert.rejects(store.sessions.keys('phone', 'session', ['1']), { message: /cannot be opened/ })
  await assert.rejects(store.sessions.credentials('other'), { message: /cannot be opened/ })
  assert.equal(await store.sessions.credentials('phone'), SESSION.credentials)
  await store.close()
})

test('what a linked device reads and writes at every message starts no second thread', async () => {
  const store = await openFolder(await withSession())
  const before = threads()
  await store.sessions.credentials('phone')
  await store.sessions.keys('phone', 'session', ['1', '2'])
  await store.sessions.put('phone', SESSION)
  assert.equal(threads(), before)
  // Which this would show: a list starts the reader.
  await store.events.page(0, 1)
  assert.equal(threads(), before + 1)
  await store.close()
})

function threads(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length
}

test('after a session is wiped, and after its account is removed, nothing of it is in the files, sealed or not', async () => {
  for (const end of ['wipe', 'remove'] as const) {
    const folder = tempFolder()
    const store = await openFolder(folder)
    await store.accounts.add(account)
    const sealed = new Set<string>()
    const found = () => {
      const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'))
      return [...sealed].filter((blob) => texts.some((text) => text.includes(blob)))
    }
    // Small ones that share a page, large ones that take several, and each written more than once.
    for (const [round, size] of [20, 9000, 300, 20_000].entries()) {
      const keys = Array.from({ length: 40 }, (_, n) => ({
        type: 'session',
        id: `${n}`,
        value: `${round}`.repeat(size),
      }))
      await store.sessions.put('phone', { credentials: `${round}`.repeat(5000), keys })
      for (const blob of sealedIn(folder)) sealed.add(blob)
    }
    assert.ok(found().length > 40, `${found().length}`)
    if (end === 'wipe') await store.sessions.wipe('phone')
    else await store.accounts.remove('phone')
    assert.deepEqual(found(), [], end)
    await store.close()
  }
})

/** The middle of every value of the session, as the database has it. */
function sealedIn(folder: string): string[] {
  const db = new DatabaseSync(join(folder, FILE), { readOnly: true })
  const rows = db.prepare('SELECT value FROM session_key UNION SELECT credentials FROM session').all()
  db.close()
  return rows.map(({ value }) => String(value).slice(20, 60))
}
