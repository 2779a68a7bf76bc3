// The contract of the cache: the view of what some active hook has not got, or that none wanted.
import assert from 'node:assert/strict'
import type { Hook } from '../../../src/model/hook.ts'
import type { Store } from '../../../src/store/store.ts'
import type { OpenStore } from '../store.ts'
import { dead, delivered, draft, held, hookDraft, recordMany, START, storeTest, toRetry } from './parts.ts'

/**
 * Eight events and one hook: 1 delivered, 2 to be retried, 3 dead, 4 held, 5 unwanted, 6 delivered above the cursor,
 * 7 and 8 waiting. In the view are 2, 3, 4, 5, 7 and 8.
 */
async function mixed(store: Store): Promise<Hook> {
  const hook = await store.hooks.add(hookDraft({ events: ['message.*'] }))
  const { no } = hook
  await recordMany(store, 4)
  await store.events.record([draft({ type: 'call.received', wanted: false, at: START + 5 })])
  await recordMany(store, 3)
  await store.deliveries.settle(
    [delivered(no, 1), toRetry(no, 2), dead(no, 3), held(no, 4), delivered(no, 6)],
    [[no, 5]],
  )
  return hook
}

const all = { accounts: null, type: null, below: null, limit: 100 }

async function viewed(store: Store, hooks: readonly Hook[]): Promise<number[]> {
  const seqs = (await store.cache.list(hooks, all)).map((event) => event.seq)
  assert.equal((await store.cache.stats(hooks, null)).total, seqs.length, 'the count agrees with the list')
  for (let seq = 1; seq <= (await store.events.head()); seq += 1)
    assert.equal(await store.cache.has(hooks, seq), seqs.includes(seq), `event ${seq}`)
  return seqs
}

export function cacheTests(open: OpenStore): void {
  storeTest(
    open,
    'the view is what waits, is held, is retried, is dead or was not wanted; newest first',
    async ({ store }) => {
      const hook = await mixed(store)
      assert.deepEqual(await viewed(store, [hook]), [8, 7, 5, 4, 3, 2])
      const stats = await store.cache.stats([hook], null)
      assert.deepEqual({ ...stats.byType }, { 'message.received': 5, 'call.received': 1 })
    },
  )

  storeTest(open, 'without an active hook the view is what nobody wanted', async ({ store }) => {
    await mixed(store)
    assert.deepEqual(await viewed(store, []), [5])
  })

  storeTest(open, 'an event that several hooks have not got is one event', async ({ store }) => {
    const hook = await mixed(store)
    const second = await store.hooks.add(hookDraft({ id: 'second' }))
    const third = await store.hooks.add(hookDraft({ id: 'third', chats: ['bert'] }))
    await store.events.record([draft({ chat: 'bert' }), draft({ chat: 'anna' })])
    await store.deliveries.settle([delivered(second.no, 9), dead(third.no, 9)], [])
    assert.deepEqual(await viewed(store, [hook, second, third]), [10, 9, 8, 7, 5, 4, 3, 2])
    assert.deepEqual(await viewed(store, [second, third]), [10, 9, 5])
  })

  storeTest(open, 'the list takes a type, goes on below an event and keeps to its limit', async ({ store }) => {
    const hook = await mixed(store)
    const list = async (query: object) =>
      (await store.cache.list([hook], { ...all, ...query })).map((event) => event.seq)
    assert.deepEqual(await list({ type: 'call.received' }), [5])
    assert.deepEqual(await list({ type: 'message.received', below: 8, limit: 2 }), [7, 4])
    assert.deepEqual(await list({ type: 'message.sent' }), [])
    assert.deepEqual(await list({ limit: 3 }), [8, 7, 5])
    assert.deepEqual(await list({ below: 4 }), [3, 2])
  })

  storeTest(open, 'an event that is taken out is not delivered any more', async ({ store }) => {
    const hook = await mixed(store)
    assert.equal(await store.cache.drop([hook], 1), false)
    assert.equal(await store.cache.drop([hook], 99), false)
    for (const seq of [2, 3, 4, 5, 7]) assert.equal(await store.cache.drop([hook], seq), true, `event ${seq}`)
    assert.equal(await store.cache.drop([hook], 7), false)
    assert.deepEqual(await viewed(store, [hook]), [8])
    assert.deepEqual(await store.deliveries.due(hook.no, START * 2, 10), [])
    const progress = await store.deliveries.progress(hook.no)
    assert.deepEqual([progress.blocked, progress.nextDueAt], [[], null])
    assert.deepEqual(progress.finished, [6, 7])
  })

  storeTest(open, 'an attempt that ends after its event was taken out does not bring it back', async ({ store }) => {
    const hook = await mixed(store)
    await store.cache.drop([hook], 7)
    await store.deliveries.settle([toRetry(hook.no, 7)], [])
    assert.equal(await store.cache.has([hook], 7), false)
    await store.cache.clear([hook], null)
    await store.deliveries.settle([toRetry(hook.no, 8), toRetry(hook.no, 2)], [])
    assert.deepEqual(await viewed(store, [hook]), [])
    assert.equal(await store.deliveries.nextDueAt(hook.no, 0), null)
  })

  storeTest(open, 'clearing takes all out and moves the cursors behind the head', async ({ store }) => {
    const hook = await mixed(store)
    assert.equal(await store.cache.clear([hook], null), 6)
    assert.deepEqual(await viewed(store, [hook]), [])
    assert.equal((await store.deliveries.progress(hook.no)).cursor, 9)
    assert.deepEqual({ ...(await store.deliveries.count(hook)) }, { waiting: 0, dead: 0 })
    await recordMany(store, 1)
    assert.deepEqual(await viewed(store, [hook]), [9])
  })

  storeTest(open, 'requeueing makes due what is in the view, oldest first, and says for whom', async ({ store }) => {
    const hook = await mixed(store)
    const { no } = hook
    const query = { accounts: null, from: 0, limit: 4, now: START + 99 }
    const first = await store.cache.requeue([hook], query)
    assert.deepEqual(JSON.parse(JSON.stringify(first)), {
      touched: [
        { seq: 2, hooks: [no] },
        { seq: 3, hooks: [no] },
        { seq: 4, hooks: [no] },
        { seq: 5, hooks: [] },
      ],
      next: 6,
    })
    const rest = await store.cache.requeue([hook], { ...query, from: 6 })
    assert.deepEqual(
      rest.touched.map((one) => one.seq),
      [7, 8],
    )
    assert.equal(rest.next, null)
    const due = (await store.deliveries.due(no, START + 99, 10)).map(({ row }) => [row.seq, row.released])
    assert.deepEqual(due, [
      [2, false],
      [3, true],
    ])
    assert.deepEqual(await viewed(store, [hook]), [8, 7, 5, 4, 3, 2])
  })

  storeTest(
    open,
    'an unwanted event is requeued for a hook that wants it now, and leaves the view when delivered',
    async ({ store }) => {
      const hook = await mixed(store)
      const calls = await store.hooks.add(hookDraft({ id: 'calls', events: ['call.received'] }))
      const hooks = [hook, calls]
      const { touched } = await store.cache.requeue(hooks, { accounts: null, from: 5, limit: 1, now: START })
      assert.deepEqual(touched[0]?.hooks, [calls.no])
      assert.deepEqual(await viewed(store, hooks), [8, 7, 5, 4, 3, 2])
      await store.deliveries.settle([delivered(calls.no, 5)], [])
      assert.deepEqual(await viewed(store, hooks), [8, 7, 4, 3, 2])
    },
  )

  storeTest(open, 'a hook that has got an event does not get it again by requeueing', async ({ store }) => {
    const hook = await mixed(store)
    const second = await store.hooks.add(hookDraft({ id: 'second' }))
    await store.events.record([draft()])
    await store.deliveries.settle([dead(hook.no, 9), delivered(second.no, 9)], [])
    const { touched } = await store.cache.requeue([hook, second], { accounts: null, from: 9, limit: 1, now: START })
    assert.deepEqual(touched[0]?.hooks, [hook.no])
  })

  storeTest(open, 'trimming forgets by age only what is dead or unwanted', async ({ store }) => {
    const hook = await mixed(store)
    assert.equal(await store.cache.trim([hook], START, 100), 0)
    assert.equal(await store.cache.trim([hook], START + 1, 100), 1)
    assert.deepEqual(await viewed(store, [hook]), [8, 7, 5, 4, 2])
    assert.equal(await store.cache.trim([hook], START + 6, 100), 1)
    assert.deepEqual(await viewed(store, [hook]), [8, 7, 4, 2])
  })

  storeTest(open, 'trimming forgets by number the oldest of what is dead or unwanted', async ({ store }) => {
    const hook = await mixed(store)
    await store.events.record([draft({ wanted: false, type: 'call.received' })])
    assert.equal(await store.cache.trim([hook], 0, 1), 2)
    assert.deepEqual(await viewed(store, [hook]), [9, 8, 7, 4, 2])
  })

  storeTest(open, 'a dead event that another hook still waits for is not trimmed', async ({ store }) => {
    const hook = await mixed(store)
    const second = await store.hooks.add(hookDraft({ id: 'second' }))
    await store.events.record([draft()])
    await store.deliveries.settle([dead(hook.no, 9)], [])
    await store.cache.trim([hook, second], START + 100, 0)
    assert.equal(await store.cache.has([hook, second], 9), true)
  })

  storeTest(open, 'what is trimmed or taken out may be pruned, what is in the view may not', async ({ store }) => {
    const hook = await mixed(store)
    await store.cache.drop([hook], 3)
    assert.equal(await store.events.prune(START + 100, 0, 100), 3)
    assert.deepEqual(await viewed(store, [hook]), [8, 7, 5, 4, 2])
  })
}
