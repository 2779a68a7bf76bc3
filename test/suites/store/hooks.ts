// The contract of hooks, accounts and settings.
import assert from 'node:assert/strict'
import { ACCOUNT_DEFAULTS, type Account } from '../../../src/model/account.ts'
import type { OpenStore } from '../store.ts'
import { delivered, hookDraft, recordMany, storeTest, toRetry } from './parts.ts'

const cloud: Account = {
  id: 'main',
  kind: 'cloud',
  phoneNumber: '+15550000000',
  disabled: false,
  sessionPath: null,
  showQr: false,
  pacing: { perSecond: 10, pairBurst: 5, pairEveryS: 3 },
  media: { download: true, maxBytes: 1_000_000, mimeTypes: ['image/*'] },
  web: null,
  cloud: {
    phoneNumberId: '106540352242922',
    wabaId: null,
    businessAccountId: '102290129340398',
    apiVersion: 'v23.0',
    webhookPath: null,
    accessToken: 'EAA-access',
    appSecret: 'app-secret',
    verifyToken: 'verify-me',
  },
}
const web: Account = {
  ...{ ...cloud, ...ACCOUNT_DEFAULTS, id: 'phone', kind: 'web', cloud: null },
  web: {
    proxy: 'socks5://user:password@proxy.example:1080',
    broadcasts: true,
    typing: false,
    newChatsADay: 7,
    jitterMs: 50,
  },
}
const fails = (code: string) => ({ name: 'Failure', code })

export function hookTests(open: OpenStore): void {
  storeTest(open, 'a hook is kept as it is, under a number of its own', async ({ store, reopen }) => {
    const draft = hookDraft({
      media: 'both',
      retry: { delaysS: [1, 2], giveUpAfterS: 9 },
      disabledReason: 'It answered 410',
    })
    const hook = await store.hooks.add(draft)
    assert.deepEqual(hook, { ...draft, no: hook.no })
    const later = (await reopen?.()) ?? store
    assert.deepEqual(await later.hooks.all(), [hook])
    if (later !== store) await later.close()
  })

  storeTest(open, 'a second hook of the same id is refused, also by renaming', async ({ store }) => {
    await store.hooks.add(hookDraft())
    await assert.rejects(store.hooks.add(hookDraft()), fails('exists'))
    const other = await store.hooks.add(hookDraft({ id: 'other' }))
    await assert.rejects(store.hooks.replace({ ...other, id: 'crm' }), fails('exists'))
    await store.hooks.replace({ ...other, id: 'renamed', secret: 'whsec_bmV3' })
    const [, renamed] = await store.hooks.all()
    assert.deepEqual([renamed?.id, renamed?.secret, renamed?.no], ['renamed', 'whsec_bmV3', other.no])
  })

  storeTest(
    open,
    'the number of a removed hook is never used again, and its deliveries are gone',
    async ({ store }) => {
      const first = await store.hooks.add(hookDraft())
      await recordMany(store, 2)
      await store.deliveries.settle([delivered(first.no, 1), toRetry(first.no, 2)], [[first.no, 3]])
      await store.hooks.remove(first.no)
      assert.deepEqual(await store.hooks.all(), [])
      assert.deepEqual(await store.deliveries.attempts(first.no, 1), [])
      assert.equal(await store.deliveries.nextDueAt(first.no, 0), null)
      assert.deepEqual({ ...(await store.deliveries.count(first)) }, { waiting: 0, dead: 0 })
      const second = await store.hooks.add(hookDraft())
      assert.notEqual(second.no, first.no)
      assert.deepEqual({ ...(await store.deliveries.count(second)) }, { waiting: 0, dead: 0 })
    },
  )

  storeTest(open, 'a hook that was off gets what waited before, and not what came in between', async ({ store }) => {
    const hook = await store.hooks.add(hookDraft())
    await recordMany(store, 4)
    await store.deliveries.settle([delivered(hook.no, 1)], [[hook.no, 2]])
    await store.hooks.replace({ ...hook, active: false })
    assert.equal((await store.deliveries.count(hook)).waiting, 3)
    await recordMany(store, 3)
    assert.equal((await store.deliveries.count(hook)).waiting, 3)
    await store.hooks.replace({ ...hook, active: true })
    await recordMany(store, 1)
    const progress = await store.deliveries.progress(hook.no)
    assert.deepEqual([progress.cursor, progress.gaps], [2, [[5, 7]]])
    const query = { hooks: [hook], accounts: null, state: 'waiting', seq: null, below: null, limit: 10 } as const
    const listed = await store.deliveries.list(query)
    assert.deepEqual(
      listed.map((entry) => entry.event.seq),
      [8, 4, 3, 2],
    )
    assert.equal((await store.deliveries.count(hook)).waiting, 4)
    assert.equal((await store.cache.stats([hook], null)).total, 4)
  })

  storeTest(
    open,
    'a hook that is changed while off, or switched twice, sleeps through each time apart',
    async ({ store }) => {
      const hook = await store.hooks.add(hookDraft())
      for (let round = 0; round < 2; round += 1) {
        await recordMany(store, 1)
        await store.hooks.replace({ ...hook, active: false })
        await recordMany(store, 1)
        await store.hooks.replace({ ...hook, active: false, name: 'Renamed' })
        await recordMany(store, 1)
        await store.hooks.replace({ ...hook, active: true })
      }
      assert.deepEqual((await store.deliveries.progress(hook.no)).gaps, [
        [2, 3],
        [5, 6],
      ])
      await store.deliveries.settle([], [[hook.no, 4]])
      assert.deepEqual((await store.deliveries.progress(hook.no)).gaps, [[5, 6]])
    },
  )

  storeTest(open, 'a hook that is switched off and on with nothing in between has no gap', async ({ store }) => {
    const hook = await store.hooks.add(hookDraft())
    await recordMany(store, 2)
    await store.hooks.replace({ ...hook, active: false })
    await store.hooks.replace({ ...hook, active: true })
    assert.deepEqual((await store.deliveries.progress(hook.no)).gaps, [])
  })

  storeTest(open, 'a hook that is added switched off begins when it is switched on', async ({ store }) => {
    const hook = await store.hooks.add(hookDraft({ active: false }))
    await recordMany(store, 2)
    assert.equal((await store.deliveries.count(hook)).waiting, 0)
    await store.hooks.replace({ ...hook, active: true })
    await recordMany(store, 1)
    assert.equal((await store.deliveries.count(hook)).waiting, 1)
  })

  storeTest(
    open,
    "an event recorded with a hook that is switched on is the hook's or before it, never lost",
    async ({ store }) => {
      const hook = await store.hooks.add(hookDraft({ active: false }))
      const [before, , after] = await Promise.all([
        recordMany(store, 5),
        store.hooks.replace({ ...hook, active: true }),
        recordMany(store, 5),
      ])
      const { gaps, cursor } = await store.deliveries.progress(hook.no)
      const slept = gaps.at(-1)?.[1] ?? cursor - 1
      assert.equal(slept, before.at(-1))
      assert.equal((await store.deliveries.count(hook)).waiting, after.length)
    },
  )

  storeTest(
    open,
    'accounts are kept as they are, with and without secrets, in the order of adding',
    async ({ store, reopen }) => {
      await store.accounts.add(cloud)
      await store.accounts.add(web)
      await assert.rejects(store.accounts.add(web), fails('exists'))
      const later = (await reopen?.()) ?? store
      assert.deepEqual(await later.accounts.all(), [cloud, web])
      if (later !== store) await later.close()
      const changed = { ...cloud, cloud: cloud.cloud && { ...cloud.cloud, appSecret: null, accessToken: 'EAA-new' } }
      await store.accounts.replace(changed)
      await store.accounts.remove('phone')
      assert.deepEqual(await store.accounts.all(), [changed])
      await assert.rejects(store.accounts.replace(web), fails('not-found'))
    },
  )

  storeTest(open, 'a setting is what it was last set to', async ({ store, reopen }) => {
    assert.equal(await store.settings.get('key'), null)
    await store.settings.set('key', 'one')
    await store.settings.set('key', 'two')
    const later = (await reopen?.()) ?? store
    assert.equal(await later.settings.get('key'), 'two')
    if (later !== store) await later.close()
  })

  storeTest(open, 'a store at rest is healthy and has nothing waiting', async ({ store }) => {
    await recordMany(store, 3)
    assert.deepEqual(store.health(), { ok: true, reason: null, waiting: 0, waitingMs: 0 })
  })
}
