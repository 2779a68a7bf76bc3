// The contract of the cache for callers that see some accounts only.
import assert from 'node:assert/strict'
import type { Hook } from '../../../src/model/hook.ts'
import type { Store } from '../../../src/store/store.ts'
import type { OpenStore } from '../store.ts'
import { dead, delivered, draft, held, hookDraft, recordMany, START, storeTest, toRetry } from './parts.ts'

/**
 * Odd events are of `main`, even ones of `other`; two hooks for all accounts. For the first: 1 and 2 to be retried, 3 and
 * 4 dead, 5 and 6 delivered, 7 and 8 held, 9 and 10 unwanted calls, 11 and 12 wait, 13 and 14 are delivered above the
 * cursor. The second has got everything but 11 to 14, which wait, and 9 and 10, which it does not want.
 */
async function mixed(store: Store): Promise<[Hook, Hook]> {
  const hooks = [hookDraft({ events: ['message.*'] }), hookDraft({ id: 'second', events: ['message.*'] })] as const
  const first = await store.hooks.add(hooks[0])
  const second = await store.hooks.add(hooks[1])
  const pairs = async (count: number, change: object = {}): Promise<void> => {
    for (let pair = 0; pair < count; pair += 1)
      await store.events.record([draft(change), draft({ ...change, account: 'other' })])
  }
  await pairs(4)
  await pairs(1, { type: 'call.received', wanted: false })
  await pairs(2)
  const { no } = first
  await store.deliveries.settle(
    [
      ...[toRetry(no, 1), toRetry(no, 2), dead(no, 3), dead(no, 4), delivered(no, 5), delivered(no, 6)],
      ...[held(no, 7), held(no, 8), delivered(no, 13), delivered(no, 14)],
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((seq) => delivered(second.no, seq)),
    ],
    [
      [no, 11],
      [second.no, 9],
    ],
  )
  return [first, second]
}

const whole = { type: null, below: null, limit: 100 }

async function viewed(store: Store, hooks: readonly Hook[], accounts: readonly string[] | null): Promise<number[]> {
  const seqs = (await store.cache.list(hooks, { ...whole, accounts })).map((event) => event.seq)
  const { total, byType } = await store.cache.stats(hooks, accounts)
  assert.equal(total, seqs.length, 'the count agrees with the list')
  assert.equal(
    Object.values(byType).reduce((sum, count) => sum + count, 0),
    total,
  )
  return seqs
}

export function cacheAccountsTests(open: OpenStore): void {
  storeTest(open, 'the view is cut to the accounts that are asked for', async ({ store }) => {
    const hooks = await mixed(store)
    assert.deepEqual(await viewed(store, hooks, ['main']), [13, 11, 9, 7, 3, 1])
    assert.deepEqual(await viewed(store, hooks, ['other', 'none']), [14, 12, 10, 8, 4, 2])
    assert.deepEqual(await viewed(store, hooks, ['main', 'other']), await viewed(store, hooks, null))
    for (const accounts of [[], ['none']]) assert.deepEqual(await viewed(store, hooks, accounts), [])
    const { byType } = await store.cache.stats(hooks, ['main'])
    assert.deepEqual({ ...byType }, { 'message.received': 5, 'call.received': 1 })
    const calls = await store.cache.list(hooks, { ...whole, accounts: ['other'], type: 'call.received' })
    assert.deepEqual(
      calls.map((event) => event.seq),
      [10],
    )
    const page = await store.cache.list(hooks, { ...whole, accounts: ['main'], below: 9, limit: 2 })
    assert.deepEqual(
      page.map((event) => event.seq),
      [7, 3],
    )
  })

  storeTest(
    open,
    'clearing an account takes out its events and no others, and leaves the cursors',
    async ({ store }) => {
      const hooks = await mixed(store)
      const [first, second] = hooks
      const cursors = () => Promise.all(hooks.map(async ({ no }) => (await store.deliveries.progress(no)).cursor))
      assert.equal(await store.cache.clear(hooks, ['main']), 6)
      assert.deepEqual(await viewed(store, hooks, null), [14, 12, 10, 8, 4, 2])
      assert.deepEqual(await cursors(), [11, 9])
      assert.equal(await store.cache.clear(hooks, ['main']), 0)
      const list = async (hook: Hook, state: 'dropped' | 'delivered') => {
        const query = { hooks: [hook], accounts: null, state, seq: null, below: null, limit: 100 }
        return (await store.deliveries.list(query)).map((entry) => entry.event.seq)
      }
      assert.deepEqual(await list(first, 'dropped'), [11, 7, 3, 1])
      assert.deepEqual(await list(second, 'dropped'), [13, 11])
      assert.deepEqual(await list(first, 'delivered'), [14, 13, 6, 5])
    },
  )

  storeTest(open, 'what was cleared is not delivered any more, and what comes after is', async ({ store, reopen }) => {
    const hooks = await mixed(store)
    const [first, second] = hooks
    await store.cache.clear(hooks, ['main'])
    const later = (await reopen?.()) ?? store
    const { finished, blocked } = await later.deliveries.progress(first.no)
    assert.deepEqual(finished, [11, 13, 14], 'cursor 11: 12 is still to be read')
    assert.deepEqual((await later.deliveries.progress(second.no)).finished, [11, 13])
    assert.deepEqual(blocked, [{ chat: 'anna', head: true, held: true }])
    const due = await later.deliveries.due(first.no, START * 2, 10)
    assert.deepEqual(
      due.map(({ row }) => row.seq),
      [2],
    )
    await later.deliveries.settle([toRetry(second.no, 11), held(first.no, 11)], [])
    assert.deepEqual({ ...(await later.deliveries.count(second)) }, { waiting: 2, dead: 0 })
    await recordMany(later, 1)
    assert.deepEqual(await viewed(later, hooks, ['main']), [15])
    if (later !== store) await later.close()
  })

  storeTest(open, 'an account of many events is cleared whole', async ({ store }) => {
    const many = 9000
    const hook = await store.hooks.add(hookDraft({ events: ['message.*'] }))
    const record = (account: string, index: number) =>
      draft({
        account,
        chat: `c${index % 7}`,
        type: index % 3 === 0 ? 'call.received' : 'message.received',
        wanted: index % 3 !== 0,
      })
    await store.events.record(
      Array.from({ length: many }, (_, index) => record(index % 10 === 0 ? 'other' : 'main', index)),
    )
    assert.equal(await store.cache.clear([hook], ['main']), many * 0.9)
    const { total } = await store.cache.stats([hook], null)
    assert.equal(total, many / 10)
    assert.deepEqual(await viewed(store, [hook], ['main']), [])
  })

  storeTest(open, 'clearing goes by the hooks that are given: another keeps what waits for it', async ({ store }) => {
    const [first, second] = await mixed(store)
    assert.equal(await store.cache.clear([second], ['main']), 3, '9, 11 and 13')
    assert.deepEqual(await viewed(store, [first], ['main']), [11, 7, 3, 1])
    assert.equal((await store.deliveries.count(first)).waiting, 6)
  })

  storeTest(open, 'requeueing touches the accounts that are asked for', async ({ store }) => {
    const hooks = await mixed(store)
    const query = { accounts: ['other'], from: 0, limit: 4, now: START + 99 }
    const first = await store.cache.requeue(hooks, query)
    assert.deepEqual(
      first.touched.map((one) => one.seq),
      [2, 4, 8, 10],
    )
    assert.equal(first.next, 11)
    const rest = await store.cache.requeue(hooks, { ...query, from: 11 })
    assert.deepEqual([rest.touched.map((one) => one.seq), rest.next], [[12, 14], null])
    const due = await store.deliveries.due(hooks[0].no, START + 99, 10)
    assert.deepEqual(
      due.map(({ row }) => row.seq),
      [2, 4],
    )
  })
}
