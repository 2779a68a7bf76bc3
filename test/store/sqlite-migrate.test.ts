// A database that an earlier release wrote opens whole, and has become one of this release.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ACCOUNT_DEFAULTS, DEFAULT_WEB, DEFAULT_WEB_PACING } from '../../src/model/account.ts'
import { createSealer } from '../../src/store/sealer.ts'
import { first } from '../../src/store/sqlite/migrations/0001-first.ts'
import { draft, hookDraft, mediaDraft, news, START } from '../suites/store/parts.ts'
import { KEY, openFolder, tempFolder } from './folder.ts'

const FILE = 'whatshooked.db'
const { seal } = createSealer([KEY])

const cloud = { phoneNumberId: '106', wabaId: null, businessAccountId: null, apiVersion: 'v23.0', webhookPath: null }
const secrets = { accessToken: 'EAA-access', appSecret: 'app-secret', verifyToken: 'verify-me' }
const account = { kind: 'cloud', phoneNumber: '+15550000000', disabled: false, sessionPath: null, showQr: false }
const HEADERS = { authorization: 'Bearer key-of-the-crm' }

/** The settings of a hook as schema 1 wrote them: nothing said how files are told. */
const hookJson = (id: string, active: boolean) => {
  const { media: _, headers: __, secret: ___, ...rest } = hookDraft({ id, active })
  return JSON.stringify(rest)
}

const sealedOf = (id: string, headers: object, secret: string) => [
  seal(JSON.stringify(headers), `hook:${id}:headers`),
  seal(secret, `hook:${id}:secret`),
]
const SEALED_TOKENS = [
  seal(secrets.accessToken, 'account:main:access_token'),
  seal(secrets.appSecret, 'account:main:app_secret'),
  seal(secrets.verifyToken, 'account:main:verify_token'),
]

/** What `INSERT INTO table VALUES (...)` takes, in the order of schema 1. */
const ROWS: Record<string, readonly (readonly (string | number | bigint | null)[])[]> = {
  setting: [
    ['store.canary', seal('whatshooked', 'setting:store.canary:value')],
    ['store.head', '7'],
    ['app.key', 'hash of the key'],
  ],
  kind: [
    [1, 'message.received', 'main'],
    [2, 'call.received', 'phone'],
  ],
  event: [
    [2, 1, 'anna', START, 1],
    [3, 1, 'anna', START + 1, 1],
    [4, 1, 'bert', START + 2, 1],
    [5, 2, null, START + 3, 0],
    [6, 1, 'anna', START + 4, 1],
  ],
  payload: [2, 3, 4, 5, 6].map((seq) => [seq, `{"text":"ü ${seq}"}`, seq === 3 ? '{"from":"meta"}' : null]),
  dedupe: [[Math.floor(START / 1000), hash('sha256', 'm:106:wamid.A', 'buffer').readBigInt64BE(0)]],
  dedupe_hour: [[Math.floor(START / 3_600_000), START + 3_600_000]],
  hook: [
    [3, 'crm', hookJson('crm', true), ...sealedOf('crm', HEADERS, 'whsec_c2VjcmV0'), 1, 4, null, '[]'],
    [4, 'off', hookJson('off', false), ...sealedOf('off', {}, 'whsec_b2Zm'), 0, 6, 5, '[[2,3]]'],
  ],
  attempt: [
    [3, 2, 1, START + 10, 12, 200, null],
    [3, 3, 1, START + 11, 13, 500, 'The hook answered 500'],
  ],
  delivery: [[3, 3, 'anna', 'retry', 1, START + 5000, START + 11, 0]],
  account: [
    ['main', JSON.stringify({ id: 'main', ...account, cloud }), ...SEALED_TOKENS],
    ['phone', JSON.stringify({ id: 'phone', ...account, kind: 'web', cloud: null }), null, null, null],
  ],
  message: [
    ['msg_1', 'main', 'anna', 'text', '{"text":"hi"}', 'delivered', 'wamid.1', 'wamid.1', null, START],
    ['msg_2', 'main', 'bert', 'text', '{"text":"ho"}', 'queued', null, null, null, START + 1],
  ],
  tick: [
    ['msg_1', 'sending', '', START, null],
    ['msg_1', 'sent', '', START + 1, null],
    ['msg_1', 'delivered', '', START + 2, null],
    ['msg_2', 'queued', '', START + 1, null],
  ],
  idempotency: [['k', 'f1', 'msg_1', START]],
}

/** A data folder as the release with schema 1 left it. */
function folderOfSchema1(): string {
  const folder = tempFolder()
  const db = new DatabaseSync(join(folder, FILE))
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(`BEGIN; ${first}; PRAGMA application_id = ${0x57_68_6b_44}; PRAGMA user_version = 1; COMMIT`)
  for (const [table, rows] of Object.entries(ROWS))
    for (const row of rows) db.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?')})`).run(...row)
  db.close()
  return folder
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('a database of schema 1 is read whole: hooks, accounts, messages and settings', async () => {
  const store = await openFolder(folderOfSchema1())
  const hook = { ...hookDraft(), no: 3, media: 'link', headers: HEADERS }
  const off = { ...hookDraft({ id: 'off', active: false }), no: 4, secret: 'whsec_b2Zm', headers: {} }
  assert.deepEqual(await store.hooks.all(), [hook, off])
  assert.deepEqual(await store.accounts.all(), [
    { id: 'main', ...account, ...ACCOUNT_DEFAULTS, web: null, cloud: { ...cloud, ...secrets } },
    {
      id: 'phone',
      ...account,
      ...ACCOUNT_DEFAULTS,
      kind: 'web',
      pacing: DEFAULT_WEB_PACING,
      web: DEFAULT_WEB,
      cloud: null,
    },
  ])
  assert.equal(await store.settings.get('key'), 'hash of the key')
  const sent = await store.messages.get('wamid.1')
  assert.deepEqual(
    [sent?.message.content, sent?.ticks.map((tick) => tick.status)],
    ['{"text":"hi"}', ['sending', 'sent', 'delivered']],
  )
  assert.deepEqual(
    (await store.messages.unsettled()).map((message) => message.id),
    ['msg_2'],
  )
  const again = { id: 'msg_3', account: 'main', chat: 'anna', kind: 'text', content: '{}', createdAt: START } as const
  const begun = await store.messages.begin({ ...again, status: 'queued' }, { key: 'k', fingerprint: 'f1' })
  assert.deepEqual([begun.message.id, begun.fresh, begun.sameBody], ['msg_1', false, true])
  await store.close()
})

test('a database of schema 1 is read whole: the log, its deliveries and what is in the cache', async () => {
  const store = await openFolder(folderOfSchema1())
  const [hook, off] = await store.hooks.all()
  const page = plain(await store.events.page(0, 10))
  const event = { type: 'message.received', account: 'main', chat: 'anna', raw: null }
  assert.deepEqual(page, [
    { ...event, seq: 2, at: START, data: '{"text":"ü 2"}' },
    { ...event, seq: 3, at: START + 1, data: '{"text":"ü 3"}', raw: '{"from":"meta"}' },
    { ...event, seq: 4, at: START + 2, chat: 'bert', data: '{"text":"ü 4"}' },
    { ...event, seq: 5, at: START + 3, type: 'call.received', account: 'phone', chat: null, data: '{"text":"ü 5"}' },
    { ...event, seq: 6, at: START + 4, data: '{"text":"ü 6"}' },
  ])
  assert.deepEqual(await store.deliveries.progress(3), {
    cursor: 4,
    gaps: [],
    finished: [],
    blocked: [{ chat: 'anna', head: true, held: false }],
    nextDueAt: START + 5000,
  })
  const query = { hooks: [hook!], accounts: null, state: null, seq: null, below: null, limit: 10 }
  const listed = await store.deliveries.list(query)
  assert.deepEqual(
    listed.map((entry) => [entry.event.seq, entry.state]),
    [6, 5, 4]
      .map((seq) => [seq, 'waiting'])
      .concat([
        [3, 'retry'],
        [2, 'delivered'],
      ]),
  )
  assert.deepEqual(plain(await store.deliveries.count(off!)), { waiting: 0, dead: 0 })
  assert.deepEqual(plain(await store.cache.stats([hook!], null)), {
    total: 4,
    byType: { 'message.received': 3, 'call.received': 1 },
  })
  await store.close()
})

test('a database of schema 1 goes on where it was, with what schema 2 has more', async () => {
  const folder = folderOfSchema1()
  const store = await openFolder(folder)
  const known = draft({ origin: { at: START, key: 'm:106:wamid.A' } })
  const late = draft({ news: news({ status: 'delivered' }) })
  assert.deepEqual(await store.events.record([known, late, draft({ media: mediaDraft() })]), [0, 0, 8])
  await store.media.change('med_1', { state: 'ready', dueAt: null, readyAt: START })
  const [account] = await store.accounts.all()
  const pacing = { perSecond: 20, pairBurst: 1, pairEveryS: 1 }
  await store.accounts.replace({ ...account!, pacing })
  await store.close()
  const later = await openFolder(folder)
  assert.deepEqual((await later.accounts.all())[0], { ...account, pacing })
  assert.equal((await later.media.ofEvent(8))?.state, 'ready')
  assert.deepEqual([await later.keys.all(), await later.messages.unsettled().then((all) => all.length)], [[], 1])
  await later.close()
})

test('a database that was brought to a schema is the same as one made with it', async () => {
  const schemaOf = (folder: string) => {
    const db = new DatabaseSync(join(folder, FILE), { readOnly: true })
    const found = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all()
    const version = db.prepare('PRAGMA user_version').get()
    db.close()
    return plain([found, version])
  }
  const [old, made] = [folderOfSchema1(), tempFolder()]
  const before = schemaOf(old)
  for (const folder of [old, made]) await (await openFolder(folder)).close()
  assert.notDeepEqual(schemaOf(old), before)
  assert.deepEqual(schemaOf(old), schemaOf(made))
})
