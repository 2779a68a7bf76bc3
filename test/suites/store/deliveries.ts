// The contract of deliveries.
import assert from 'node:assert/strict'
import type { Settlement, Store } from '../../../src/store/store.ts'
import type { OpenStore } from '../store.ts'
import {
  attempt,
  dead,
  delivered,
  draft,
  failed,
  HOUR,
  held,
  hookDraft,
  recordMany,
  START,
  storeTest,
  toRetry,
} from './parts.ts'

async function withHook(store: Store, events: number): Promise<number> {
  const { no } = await store.hooks.add(hookDraft())
  await recordMany(store, events)
  return no
}

const seqs = (found: readonly { row: { seq: number } }[]): number[] => found.map(({ row }) => row.seq)

export function deliveryTests(open: OpenStore): void {
  storeTest(open, 'a new hook stands behind what was recorded before it', async ({ store }) => {
    await recordMany(store, 3)
    const { no } = await store.hooks.add(hookDraft())
    assert.deepEqual(await store.deliveries.progress(no), {
      cursor: 4,
      gaps: [],
      finished: [],
      blocked: [],
      nextDueAt: null,
    })
  })

  storeTest(
    open,
    'progress tells what is finished above the cursor, so that a restart repeats only what was in flight',
    async ({ store, reopen }) => {
      const no = await withHook(store, 6)
      await store.deliveries.settle([delivered(no, 1), delivered(no, 3), toRetry(no, 4), delivered(no, 6)], [[no, 2]])
      const later = (await reopen?.()) ?? store
      const progress = await later.deliveries.progress(no)
      assert.equal(progress.cursor, 2)
      assert.deepEqual(progress.finished, [3, 4, 6])
      assert.equal(progress.nextDueAt, START + 5000)
      if (later !== store) await later.close()
    },
  )

  storeTest(open, 'a failed attempt alone does not finish an event', async ({ store }) => {
    const no = await withHook(store, 2)
    await store.deliveries.settle([toRetry(no, 1)], [])
    await store.deliveries.settle([delivered(no, 1, 2)], [])
    await store.deliveries.settle([toRetry(no, 2)], [])
    assert.deepEqual((await store.deliveries.progress(no)).finished, [1, 2])
    assert.equal((await store.deliveries.count({ ...hookDraft(), no })).waiting, 1)
  })

  storeTest(open, 'a cursor never moves back', async ({ store }) => {
    const no = await withHook(store, 6)
    await store.deliveries.settle([], [[no, 5]])
    await store.deliveries.settle([], [[no, 3]])
    assert.equal((await store.deliveries.progress(no)).cursor, 5)
  })

  storeTest(open, 'a chat is blocked by what is held and by a retry that is not released', async ({ store }) => {
    const no = await withHook(store, 6)
    const chat = (name: string) => ({ chat: name })
    await store.deliveries.settle(
      [
        toRetry(no, 1, chat('anna')),
        held(no, 2, 'anna'),
        toRetry(no, 3, { chat: 'bert', released: true }),
        toRetry(no, 4, chat('carl')),
        toRetry(no, 5, { chat: 'dora', released: true }),
        held(no, 6, 'dora'),
      ],
      [[no, 7]],
    )
    const { blocked } = await store.deliveries.progress(no)
    assert.deepEqual(
      blocked.toSorted((a, b) => a.chat.localeCompare(b.chat)),
      [
        { chat: 'anna', head: true, held: true },
        { chat: 'carl', head: true, held: false },
        { chat: 'dora', head: false, held: true },
      ],
    )
  })

  storeTest(open, 'due rows come when they are due, earliest event first, with their events', async ({ store }) => {
    const no = await withHook(store, 4)
    const due = (seq: number, dueAt: number) => toRetry(no, seq, { dueAt })
    await store.deliveries.settle(
      [due(3, START + 1), due(1, START + 2), due(2, START + 3), due(4, START + 9)],
      [[no, 5]],
    )
    assert.deepEqual(seqs(await store.deliveries.due(no, START, 10)), [])
    const found = await store.deliveries.due(no, START + 3, 10)
    assert.deepEqual(seqs(found), [1, 2, 3])
    assert.equal(found[0]?.event.data, draft().data)
    assert.deepEqual(
      { ...found[0]?.row },
      {
        hook: no,
        seq: 1,
        chat: 'anna',
        state: 'retry',
        attempts: 1,
        dueAt: START + 2,
        firstAt: START,
        released: false,
      },
    )
    assert.deepEqual(seqs(await store.deliveries.due(no, START + 9, 2)), [1, 2])
    assert.equal(await store.deliveries.nextDueAt(no, 0), START + 1)
    assert.equal(await store.deliveries.nextDueAt(no, START + 3), START + 9)
    assert.equal(await store.deliveries.nextDueAt(no, START + 9), null)
  })

  storeTest(open, 'many rows that are due at once come in the order of their events', async ({ store }) => {
    const no = await withHook(store, 1500)
    const all = Array.from({ length: 1500 }, (_, index) => toRetry(no, index + 1, { dueAt: START + 5000 - index }))
    await store.deliveries.settle(all, [[no, 1501]])
    assert.deepEqual(seqs(await store.deliveries.due(no, START + 6000, 4)), [1, 2, 3, 4])
  })

  storeTest(open, 'held rows of a chat come in the order of recording', async ({ store }) => {
    const no = await withHook(store, 4)
    await store.deliveries.settle([held(no, 3), held(no, 2), held(no, 4, 'bert'), toRetry(no, 1)], [[no, 5]])
    assert.deepEqual(seqs(await store.deliveries.held(no, 'anna', 10)), [2, 3])
    assert.deepEqual(seqs(await store.deliveries.held(no, 'anna', 1)), [2])
  })

  storeTest(open, 'waking makes every retry due now, and nothing else', async ({ store }) => {
    const no = await withHook(store, 3)
    await store.deliveries.settle([toRetry(no, 1), toRetry(no, 2, { dueAt: START + HOUR }), dead(no, 3)], [[no, 4]])
    await store.deliveries.wake(no, START + 1)
    assert.deepEqual(seqs(await store.deliveries.due(no, START + 1, 10)), [1, 2])
  })

  storeTest(open, 'a delivered event loses its row and keeps its attempts', async ({ store }) => {
    const no = await withHook(store, 1)
    await store.deliveries.settle([toRetry(no, 1)], [[no, 2]])
    await store.deliveries.settle([delivered(no, 1, 2)], [])
    assert.equal(await store.deliveries.nextDueAt(no, 0), null)
    assert.deepEqual(
      (await store.deliveries.attempts(no, 1)).map((one) => ({ ...one })),
      [failed(1), attempt({ number: 2 })],
    )
    const [entry] = await store.deliveries.list({
      hooks: [{ ...hookDraft(), no }],
      accounts: null,
      state: null,
      seq: 1,
      below: null,
      limit: 5,
    })
    assert.deepEqual([entry?.state, entry?.attempts], ['delivered', 2])
  })

  storeTest(
    open,
    'a delivery is made due by hand whatever its state, a dead one with fresh hours',
    async ({ store }) => {
      const no = await withHook(store, 5)
      await store.deliveries.settle([delivered(no, 1), dead(no, 2, 13), toRetry(no, 3), held(no, 4)], [[no, 5]])
      for (const seq of [1, 2, 3, 4, 5]) assert.equal(await store.deliveries.retry(no, seq, START + 7), true)
      assert.equal(await store.deliveries.retry(no, 6, START + 7), false)
      const rows = (await store.deliveries.due(no, START + 7, 10)).map(({ row }) => row)
      assert.deepEqual(
        rows.map((row) => [row.seq, row.attempts, row.firstAt, row.released]),
        [
          [1, 1, null, true],
          [2, 13, null, true],
          [3, 1, START, true],
          [4, 0, null, true],
          [5, 0, null, true],
        ],
      )
    },
  )

  storeTest(open, 'all dead deliveries of events since a time are made due', async ({ store }) => {
    const { no } = await store.hooks.add(hookDraft())
    await store.events.record([draft(), draft({ at: START + 10 }), draft({ at: START + 20 })])
    await store.deliveries.settle([dead(no, 1), dead(no, 2), dead(no, 3)], [[no, 4]])
    assert.equal(await store.deliveries.retryDead(no, START + 10, START + 30), 2)
    assert.deepEqual(seqs(await store.deliveries.due(no, START + 30, 10)), [2, 3])
    assert.equal((await store.deliveries.count({ ...hookDraft(), no })).dead, 1)
  })

  storeTest(open, 'deliveries are listed newest first, in every state, of every hook', async ({ store }) => {
    const first = await store.hooks.add(hookDraft({ id: 'a' }))
    const second = await store.hooks.add(hookDraft({ id: 'b', events: ['message.read'] }))
    await recordMany(store, 5)
    await store.events.record([draft({ type: 'message.read' })])
    const { no } = first
    await store.deliveries.settle([delivered(no, 1), toRetry(no, 2), dead(no, 3), held(no, 4)], [[no, 5]])
    const hooks = [first, second]
    const all = { hooks, accounts: null, state: null, seq: null, below: null, limit: 100 }
    const short = (found: Awaited<ReturnType<typeof store.deliveries.list>>) =>
      found.map(({ hook, event, state }) => `${hook}:${event.seq}:${state}`)
    const whole = ['1:6:waiting', '2:6:waiting', '1:5:waiting', '1:4:held', '1:3:dead', '1:2:retry', '1:1:delivered']
    assert.deepEqual(short(await store.deliveries.list(all)), whole)
    assert.deepEqual(short(await store.deliveries.list({ ...all, below: 5 })), whole.slice(3))
    assert.deepEqual(short(await store.deliveries.list({ ...all, seq: 6 })), whole.slice(0, 2))
    for (const state of ['waiting', 'held', 'retry', 'dead', 'delivered', 'dropped'] as const)
      assert.deepEqual(
        short(await store.deliveries.list({ ...all, state })),
        whole.filter((line) => line.endsWith(state)),
      )
    assert.deepEqual(short(await store.deliveries.list({ ...all, limit: 3 })), whole.slice(0, 3))
    assert.deepEqual(short(await store.deliveries.list({ ...all, limit: 1 })), whole.slice(0, 2), 'a whole event')
  })

  storeTest(open, 'deliveries are listed of the accounts that are asked for, in every state', async ({ store }) => {
    const { no, ...rest } = await store.hooks.add(hookDraft())
    const hooks = [{ no, ...rest }]
    for (let pair = 0; pair < 5; pair += 1) await store.events.record([draft(), draft({ account: 'other' })])
    const both = (settle: (hook: number, seq: number) => Settlement, seq: number) => [
      settle(no, seq),
      settle(no, seq + 1),
    ]
    await store.deliveries.settle(
      [...both(delivered, 1), ...both(toRetry, 3), ...both(dead, 5), ...both(held, 7)],
      [[no, 9]],
    )
    const query = { hooks, accounts: ['other'], state: null, seq: null, below: null, limit: 100 }
    const list = async (change: object) =>
      (await store.deliveries.list({ ...query, ...change })).map(({ event, state }) => `${event.seq}:${state}`)
    const whole = ['10:waiting', '8:held', '6:dead', '4:retry', '2:delivered']
    assert.deepEqual(await list({}), whole)
    for (const state of ['waiting', 'held', 'dead', 'retry', 'delivered', 'dropped'])
      assert.deepEqual(
        await list({ state }),
        whole.filter((line) => line.endsWith(state)),
      )
    assert.deepEqual(await list({ below: 8, limit: 2 }), ['6:dead', '4:retry'])
    assert.deepEqual([await list({ seq: 6 }), await list({ seq: 5 })], [['6:dead'], []])
    assert.deepEqual([await list({ accounts: [] }), await list({ accounts: ['none'] })], [[], []])
    assert.equal((await list({ accounts: ['none', 'main', 'other'] })).length, 10)
  })

  storeTest(open, 'an entry tells its event, its last attempt and when it is due', async ({ store }) => {
    const hook = await store.hooks.add(hookDraft())
    await store.events.record([draft({ at: START + 3 })])
    await store.deliveries.settle([toRetry(hook.no, 1)], [[hook.no, 2]])
    const [entry] = await store.deliveries.list({
      hooks: [hook],
      accounts: null,
      state: 'retry',
      seq: null,
      below: null,
      limit: 1,
    })
    assert.deepEqual(JSON.parse(JSON.stringify(entry)), {
      hook: hook.no,
      event: { seq: 1, type: 'message.received', account: 'main', chat: 'anna', at: START + 3 },
      state: 'retry',
      attempts: 1,
      dueAt: START + 5000,
      last: failed(),
    })
  })

  storeTest(open, 'the count of a hook goes by what it wants and has not got', async ({ store }) => {
    const hook = await store.hooks.add(
      hookDraft({ events: ['message.*'], accounts: ['main'], chats: ['anna', 'bert'] }),
    )
    const { no } = hook
    await recordMany(store, 6)
    await store.events.record([
      draft({ chat: 'bert' }),
      draft({ chat: 'carl' }),
      draft({ chat: null }),
      draft({ account: 'other' }),
      draft({ type: 'call.received' }),
    ])
    await store.deliveries.settle([delivered(no, 2), toRetry(no, 3), dead(no, 4), held(no, 5)], [])
    assert.deepEqual({ ...(await store.deliveries.count(hook)) }, { waiting: 5, dead: 1 })
  })

  storeTest(
    open,
    'a settlement is one unit: what is told with it is there with it after a kill',
    async ({ store, reopen }) => {
      const no = await withHook(store, 3)
      await store.deliveries.settle([delivered(no, 1), dead(no, 2)], [[no, 3]])
      const later = (await reopen?.()) ?? store
      assert.equal((await later.deliveries.progress(no)).cursor, 3)
      assert.deepEqual({ ...(await later.deliveries.count({ ...hookDraft(), no })) }, { waiting: 1, dead: 1 })
      if (later !== store) await later.close()
    },
  )
}
