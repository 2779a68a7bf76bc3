// The embedded store at start: what it refuses, in one sentence, and never by beginning anew.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ACCOUNT_DEFAULTS, type Account } from '../../src/model/account.ts'
import { draft, hookDraft, recordMany } from '../suites/store/parts.ts'
import { killedCopy, openFolder, tempFolder } from './folder.ts'

const FILE = 'whatshooked.db'
const refused = (message: RegExp) => ({ name: 'Failure', code: 'unavailable', message })

/** A folder with so many events, closed. */
async function closedFolder(events: number): Promise<string> {
  const folder = tempFolder()
  const store = await openFolder(folder)
  await store.events.record(
    Array.from({ length: events }, () => draft({ data: JSON.stringify({ text: 'x'.repeat(900) }) })),
  )
  await store.close()
  return folder
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/** A start is refused with such a sentence, and leaves the file as it was. */
async function assertRefused(folder: string, sentence: RegExp): Promise<void> {
  const before = digest(join(folder, FILE))
  await assert.rejects(openFolder(folder), refused(sentence))
  assert.equal(digest(join(folder, FILE)), before)
}

test('a closed store leaves one file, for its owner alone', async () => {
  const folder = await closedFolder(3)
  assert.deepEqual(readdirSync(folder).sort(), [FILE, 'whatshooked.lock'])
  for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
})

test('files beside an open database are for its owner alone too', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  await recordMany(store, 1)
  for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o077, 0, file)
  await store.close()
})

test('a folder that is in use is refused to a second store, until it is closed', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  await assert.rejects(openFolder(folder), refused(/^Another server uses the data folder/))
  await recordMany(store, 1)
  await store.close()
  const again = await openFolder(folder)
  assert.equal(await again.events.head(), 1)
  await again.close()
})

test('two clobbered pages, wherever they are, stop the start', async () => {
  const whole = await closedFolder(300)
  const bytes = readFileSync(join(whole, FILE))
  const pages = bytes.length / 4096
  for (const [index, page] of [0, 1, 2, 5, Math.floor(pages / 3), Math.floor(pages / 2), pages - 2].entries()) {
    const folder = tempFolder()
    const broken = Buffer.from(bytes)
    broken.fill(index % 2 === 0 ? 0xa5 : 0, page * 4096, Math.min(page + 2, pages) * 4096)
    writeFileSync(join(folder, FILE), broken)
    await assertRefused(folder, /is damaged \(.+\): restore a backup of it, or .+ \.recover$/)
  }
})

test('a truncated file stops the start, also when nothing is left', async () => {
  const whole = await closedFolder(300)
  for (const left of [0, 10, 4096, 100_000]) {
    const folder = tempFolder()
    copyFileSync(join(whole, FILE), join(folder, FILE))
    truncateSync(join(folder, FILE), left)
    await assertRefused(folder, /is damaged/)
  }
})

test('a file that is no database stops the start', async () => {
  const folder = tempFolder()
  writeFileSync(join(folder, FILE), 'Dear diary, today I replaced a database by a letter.')
  await assertRefused(folder, /is damaged \(it is not a database\)/)
})

test('a database of another program stops the start', async () => {
  const folder = tempFolder()
  const db = new DatabaseSync(join(folder, FILE))
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE cookies (a)')
  db.close()
  await assertRefused(folder, /is a database of another program/)
})

test('a database of a newer release stops the start', async () => {
  const folder = await closedFolder(1)
  const db = new DatabaseSync(join(folder, FILE))
  db.exec('PRAGMA user_version = 999')
  db.close()
  await assertRefused(folder, /was written by a newer release \(its schema is 999/)
})

test('a log that is missing after a kill stops the start; an empty one in its place lets it go on', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  await recordMany(store, 3)
  const killed = killedCopy(folder)
  await store.close()
  // The same file as was in use, as a kill leaves it: written into, not replaced.
  writeFileSync(join(folder, FILE), readFileSync(join(killed, FILE)))
  await assertRefused(folder, /-wal is missing/)
  writeFileSync(join(folder, `${FILE}-wal`), '')
  const later = await openFolder(folder)
  assert.equal(await later.events.head(), 0)
  await later.close()
})

test('a copy of the database file alone is taken as it is', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  const copy = tempFolder()
  copyFileSync(join(folder, FILE), join(copy, FILE))
  await store.close()
  const restored = await openFolder(copy)
  assert.equal(await restored.events.head(), 0)
  await restored.close()
})

test('a half-made file of a first start that was killed is made anew', async () => {
  const folder = tempFolder()
  writeFileSync(join(folder, `${FILE}.new`), 'half')
  const store = await openFolder(folder)
  await recordMany(store, 1)
  await store.close()
  assert.equal(existsSync(join(folder, `${FILE}.new`)), false)
})

test('another key is refused at start, with the setting to look at; the right one still opens', async () => {
  const folder = await closedFolder(1)
  const wrong = { key: { id: 'k1', key: Buffer.alloc(32, 8) } }
  await assert.rejects(openFolder(folder, wrong), refused(/WHATSHOOKED_SECRET_KEY/))
  const store = await openFolder(folder)
  assert.equal(await store.events.head(), 1)
  await store.close()
})

test('no secret is in clear in any file of the folder', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  const cloud = { phoneNumberId: '1', wabaId: null, businessAccountId: null, apiVersion: 'v23.0', webhookPath: null }
  const secrets = { accessToken: 'SECRET-access', appSecret: 'SECRET-app', verifyToken: 'SECRET-verify' }
  const account: Account = {
    id: 'main',
    kind: 'cloud',
    phoneNumber: null,
    disabled: false,
    sessionPath: null,
    showQr: false,
    ...ACCOUNT_DEFAULTS,
    web: null,
    cloud: { ...cloud, ...secrets },
  }
  await store.accounts.add(account)
  const hook = await store.hooks.add(
    hookDraft({ secret: 'whsec_SECRET-hook', headers: { 'x-api-key': 'SECRET-header' } }),
  )
  await store.hooks.replace({ ...hook, name: 'changed' })
  const look = (): void => {
    for (const file of readdirSync(folder))
      assert.equal(readFileSync(join(folder, file)).includes('SECRET'), false, file)
  }
  look()
  await store.close()
  look()
})

test('secrets that are swapped between rows do not open', async () => {
  const folder = tempFolder()
  const store = await openFolder(folder)
  await store.hooks.add(hookDraft({ id: 'a' }))
  await store.hooks.add(hookDraft({ id: 'b' }))
  await store.close()
  const db = new DatabaseSync(join(folder, FILE))
  db.exec(`UPDATE hook SET secret = (SELECT secret FROM hook other WHERE other.id <> hook.id)`)
  db.close()
  const later = await openFolder(folder)
  await assert.rejects(later.hooks.all(), { message: /cannot be opened/ })
  await later.close()
  rmSync(folder, { recursive: true })
})
