// The contract of API keys, and of the log of who changed what.
import assert from 'node:assert/strict'
import type { ApiKey, AuditEntry } from '../../../src/model/caller.ts'
import type { OpenStore } from '../store.ts'
import { START, storeTest } from './parts.ts'

const key: ApiKey = {
  id: 'key_1',
  name: 'The CRM',
  sha256: 'ab'.repeat(32),
  scopes: ['read', 'send'],
  accounts: ['main', 'other'],
  createdAt: START,
  expiresAt: START + 1,
}
const owner: ApiKey = { ...key, id: 'key_0', scopes: ['admin'], accounts: null, expiresAt: null }
const nobody: ApiKey = { ...key, id: 'key_2', scopes: [], accounts: [] }

function entry(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: START,
    caller: 'key:key_1',
    callerName: 'The CRM',
    address: '192.0.2.7',
    operation: 'addHook',
    target: 'crm',
    account: null,
    outcome: 'ok',
    details: '{"url":"https://crm.example/hook?ü"}',
    ...change,
  }
}

const all = { operation: null, caller: null, account: null, below: null, limit: 100 }

export function keyTests(open: OpenStore): void {
  storeTest(open, 'keys are kept as they are, in the order of adding, until removed', async ({ store, reopen }) => {
    for (const one of [key, owner, nobody]) await store.keys.add(one)
    const later = (await reopen?.()) ?? store
    assert.deepEqual(await later.keys.all(), [key, owner, nobody])
    if (later !== store) await later.close()
    await store.keys.remove('key_1')
    await store.keys.remove('key_none')
    assert.deepEqual(await store.keys.all(), [owner, nobody])
  })

  storeTest(open, 'a second key of the same id is refused, and changes nothing', async ({ store }) => {
    await store.keys.add(key)
    await assert.rejects(store.keys.add({ ...owner, id: key.id }), { name: 'Failure', code: 'exists' })
    assert.deepEqual(await store.keys.all(), [key])
  })
}

export function auditTests(open: OpenStore): void {
  storeTest(open, 'entries are kept as they are, numbered, newest first', async ({ store, reopen }) => {
    const second = entry({ at: START + 1, target: null, account: 'main', outcome: 'not-found', details: '{}' })
    await store.audit.add(entry())
    await store.audit.add(second)
    const later = (await reopen?.()) ?? store
    const found = await later.audit.list(all)
    assert.deepEqual(
      found.map((row) => ({ ...row })),
      [
        { ...second, no: 2 },
        { ...entry(), no: 1 },
      ],
    )
    if (later !== store) await later.close()
  })

  storeTest(open, 'the list filters, goes on below an entry and keeps to its limit', async ({ store }) => {
    const changes: Partial<AuditEntry>[] = [
      {},
      { account: 'main' },
      { caller: 'user:ann', account: 'main' },
      { caller: 'user:ann', operation: 'removeHook', account: 'main' },
      { caller: 'user:ann', account: 'other' },
      { operation: 'removeHook' },
    ]
    for (const change of changes) await store.audit.add(entry(change))
    const list = async (query: object) => (await store.audit.list({ ...all, ...query })).map((row) => row.no)
    assert.deepEqual(await list({}), [6, 5, 4, 3, 2, 1])
    assert.deepEqual(await list({ below: 5, limit: 2 }), [4, 3])
    assert.deepEqual(await list({ operation: 'removeHook' }), [6, 4])
    assert.deepEqual(await list({ caller: 'user:ann' }), [5, 4, 3])
    assert.deepEqual(await list({ account: 'main' }), [4, 3, 2])
    assert.deepEqual(await list({ account: 'main', below: 4, limit: 1 }), [3])
    assert.deepEqual(await list({ account: 'main', caller: 'user:ann', operation: 'addHook' }), [3])
    assert.deepEqual(await list({ account: 'none' }), [])
  })

  storeTest(
    open,
    'pruning forgets the oldest entries up to its limit, and no number is given again',
    async ({ store }) => {
      for (const at of [START + 2, START, START + 1, START + 9]) await store.audit.add(entry({ at }))
      assert.equal(await store.audit.prune(START + 3, 2), 2)
      const left = async () => (await store.audit.list(all)).map((row) => row.no)
      assert.deepEqual(await left(), [4, 1])
      assert.equal(await store.audit.prune(START + 9, 10), 1)
      assert.equal(await store.audit.prune(START + 10, 10), 1)
      assert.equal(await store.audit.prune(START + 10, 10), 0)
      await store.audit.add(entry())
      assert.deepEqual(await left(), [5])
    },
  )
}
