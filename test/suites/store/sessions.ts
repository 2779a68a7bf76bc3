// The contract of sessions: what a linked device is, whole or not at all.
import assert from 'node:assert/strict'
import { ACCOUNT_DEFAULTS, type Account, DEFAULT_WEB } from '../../../src/model/account.ts'
import type { Store } from '../../../src/store/store.ts'
import type { OpenStore } from '../store.ts'
import { storeTest } from './parts.ts'

const account = (id: string): Account => ({
  ...{ id, kind: 'web', phoneNumber: null, disabled: false, sessionPath: null, showQr: false },
  ...{ ...ACCOUNT_DEFAULTS, web: DEFAULT_WEB, cloud: null },
})

/** Keys as `type/id`. */
const keys = (values: Record<string, string | null>) =>
  Object.entries(values).map(([name, value]) => {
    const [type = '', id = ''] = name.split(/\/(.*)/s)
    return { type, id, value }
  })

async function wholeOf(store: Store, id: string) {
  const { credentials, keys: found } = await store.sessions.whole(id)
  return { credentials, keys: Object.fromEntries(found.map((key) => [`${key.type}/${key.id}`, key.value])) }
}

export function sessionTests(open: OpenStore): void {
  storeTest(open, 'a session is empty until something is put, and then is kept as it is', async ({ store, reopen }) => {
    await store.accounts.add(account('phone'))
    assert.equal(await store.sessions.credentials('phone'), null)
    assert.deepEqual(await wholeOf(store, 'phone'), { credentials: null, keys: {} })
    const put = { 'pre-key/1': '{"ü":1}', 'session/27821234567.0': 'ratchet', 'session/a:b/c"d': '' }
    await store.sessions.put('phone', { credentials: 'me', keys: keys(put) })
    const later = (await reopen?.()) ?? store
    assert.equal(await later.sessions.credentials('phone'), 'me')
    assert.deepEqual(await wholeOf(later, 'phone'), { credentials: 'me', keys: put })
    if (later !== store) await later.close()
  })

  storeTest(open, 'many keys of a type are asked for at once, and those that are there answer', async ({ store }) => {
    await store.accounts.add(account('phone'))
    await store.sessions.put('phone', { keys: keys({ 'pre-key/1': 'a', 'pre-key/2': 'b', 'session/1': 'c' }) })
    const found = await store.sessions.keys('phone', 'pre-key', ['2', '1', '9', '2'])
    assert.deepEqual(Object.fromEntries(found), { 1: 'a', 2: 'b' })
    assert.equal((await store.sessions.keys('phone', 'pre-key', [])).size, 0)
    assert.equal((await store.sessions.keys('phone', 'sender-key', ['1'])).size, 0)
    const many = Array.from({ length: 900 }, (_, at) => String(at))
    await store.sessions.put('phone', { keys: many.map((id) => ({ type: 'lid', id, value: id })) })
    assert.equal((await store.sessions.keys('phone', 'lid', many)).size, 900)
  })

  storeTest(open, 'a put replaces, deletes and leaves as they are what it does not name', async ({ store }) => {
    await store.accounts.add(account('phone'))
    await store.sessions.put('phone', { credentials: 'one', keys: keys({ 'a/1': 'x', 'a/2': 'y', 'b/1': 'z' }) })
    await store.sessions.put('phone', { keys: keys({ 'a/1': 'new', 'a/2': null, 'a/none': null }) })
    assert.deepEqual(await wholeOf(store, 'phone'), { credentials: 'one', keys: { 'a/1': 'new', 'b/1': 'z' } })
    await store.sessions.put('phone', { credentials: 'two', keys: [] })
    assert.equal(await store.sessions.credentials('phone'), 'two')
    assert.deepEqual(Object.keys((await wholeOf(store, 'phone')).keys), ['a/1', 'b/1'])
  })

  storeTest(open, 'what may wait is found at once, and is on disk with the next put', async ({ store, reopen }) => {
    await store.accounts.add(account('phone'))
    await store.sessions.put('phone', { keys: keys({ 'a/1': 'old', 'a/2': 'old', 'a/3': 'old' }) })
    store.sessions.soon('phone', keys({ 'a/1': 'soon', 'a/3': null }))
    store.sessions.soon('phone', keys({ 'a/4': 'soon' }))
    const found = await store.sessions.keys('phone', 'a', ['1', '2', '3', '4', '5'])
    assert.deepEqual(Object.fromEntries(found), { 1: 'soon', 2: 'old', 4: 'soon' })
    await store.sessions.put('phone', { keys: keys({ 'a/4': 'put' }) })
    const later = (await reopen?.()) ?? store
    assert.deepEqual((await wholeOf(later, 'phone')).keys, { 'a/1': 'soon', 'a/2': 'old', 'a/4': 'put' })
    if (later !== store) await later.close()
  })

  storeTest(open, 'what waits is on disk when the store is closed', async ({ store, reopen }) => {
    await store.accounts.add(account('phone'))
    store.sessions.soon('phone', keys({ 'a/1': 'soon' }))
    await store.close()
    const later = (await reopen?.()) ?? store
    assert.deepEqual((await wholeOf(later, 'phone')).keys, { 'a/1': 'soon' })
    if (later !== store) await later.close()
  })

  storeTest(open, 'what waits is gone with a wipe, and with its account', async ({ store }) => {
    await store.accounts.add(account('phone'))
    store.sessions.soon('phone', keys({ 'a/1': 'soon' }))
    await store.sessions.wipe('phone')
    assert.deepEqual((await wholeOf(store, 'phone')).keys, {})
    store.sessions.soon('phone', keys({ 'a/2': 'soon' }))
    await store.accounts.remove('phone')
    await store.accounts.add(account('phone'))
    assert.deepEqual((await wholeOf(store, 'phone')).keys, {})
  })

  storeTest(open, 'puts at the same time are each whole, and the last one stays', async ({ store }) => {
    await store.accounts.add(account('phone'))
    const numbers = Array.from({ length: 60 }, (_, at) => String(at))
    await Promise.all(
      numbers.map((n) => store.sessions.put('phone', { credentials: n, keys: keys({ 'a/1': n, 'a/2': n }) })),
    )
    assert.deepEqual(await wholeOf(store, 'phone'), { credentials: '59', keys: { 'a/1': '59', 'a/2': '59' } })
  })

  storeTest(open, 'two accounts share nothing, and a wipe leaves the other one alone', async ({ store }) => {
    for (const id of ['phone', 'phone2']) {
      await store.accounts.add(account(id))
      await store.sessions.put(id, { credentials: id, keys: keys({ 'a/1': id }) })
    }
    await store.sessions.wipe('phone')
    assert.deepEqual(await wholeOf(store, 'phone'), { credentials: null, keys: {} })
    assert.deepEqual(await wholeOf(store, 'phone2'), { credentials: 'phone2', keys: { 'a/1': 'phone2' } })
  })

  storeTest(
    open,
    'a session goes with its account, and none can be put where there is no account',
    async ({ store }) => {
      await store.accounts.add(account('phone'))
      await store.sessions.put('phone', { credentials: 'me', keys: keys({ 'a/1': 'x' }) })
      await store.accounts.remove('phone')
      const late = store.sessions.put('phone', { credentials: 'me', keys: keys({ 'a/1': 'x' }) })
      await assert.rejects(late, { name: 'Failure', code: 'not-found' })
      await store.accounts.add(account('phone'))
      assert.deepEqual(await wholeOf(store, 'phone'), { credentials: null, keys: {} })
    },
  )
}
