// The contract of events.
import assert from 'node:assert/strict'
import type { OpenStore } from '../store.ts'
import { DAY, dead, delivered, draft, HOUR, hookDraft, news, recordMany, START, storeTest, toRetry } from './parts.ts'

const begun = { id: 'msg_1', account: 'main', chat: 'anna', kind: 'text', content: '{}', createdAt: START } as const

export function eventTests(open: OpenStore): void {
  storeTest(open, 'an empty log has the head 0, no page and no event', async ({ store }) => {
    assert.equal(await store.events.head(), 0)
    assert.deepEqual(await store.events.page(0, 10), [])
    assert.equal(await store.events.get(1), null)
  })

  storeTest(open, 'drafts of one unit get numbers one after the other and are kept as they are', async ({ store }) => {
    const first = draft({ data: '{"text":"ü\u0000 €😀"}', raw: '{"from":"meta"}' })
    const second = draft({ type: 'meta.new', account: 'other', chat: null, at: START + 1, wanted: false })
    assert.deepEqual(await store.events.record([first, second]), [1, 2])
    const { origin: _, news: __, wanted: ___, ...kept } = first
    assert.deepEqual({ ...(await store.events.get(1)) }, { seq: 1, ...kept })
    assert.equal((await store.events.get(2))?.chat, null)
    assert.equal(await store.events.head(), 2)
  })

  storeTest(open, 'units that are recorded at once get all numbers, each once, in their order', async ({ store }) => {
    assert.deepEqual(
      await recordMany(store, 50),
      Array.from({ length: 50 }, (_, index) => index + 1),
    )
  })

  storeTest(open, 'a page begins where it is told, ascending, and is not longer than asked', async ({ store }) => {
    await recordMany(store, 10)
    const page = await store.events.page(4, 3)
    assert.deepEqual(
      page.map((event) => event.seq),
      [4, 5, 6],
    )
    assert.equal((await store.events.page(10, 5)).length, 1)
    assert.deepEqual(await store.events.page(11, 5), [])
  })

  storeTest(open, 'the same origin is recorded once, in one unit and in another', async ({ store }) => {
    const told = draft({ origin: { at: START, key: 'm:1:wamid.A' } })
    assert.deepEqual(await store.events.record([told, told, draft()]), [1, 0, 2])
    assert.deepEqual(await store.events.record([told]), [0])
    const other = draft({ origin: { at: START, key: 'm:1:wamid.B' } })
    assert.deepEqual(await store.events.record([other]), [3])
  })

  storeTest(open, 'an origin without a sensible time is recorded once too', async ({ store }) => {
    for (const [index, at] of [Number.NaN, Number.POSITIVE_INFINITY, -5, 9e15].entries()) {
      const told = draft({ origin: { at, key: `odd:${index}` } })
      assert.deepEqual(await store.events.record([told]), [index + 1])
      assert.deepEqual(await store.events.record([told]), [0])
    }
  })

  storeTest(open, 'news moves its message, once for each status and recipient', async ({ store }) => {
    await store.messages.begin({ ...begun, status: 'sending' }, null)
    const sent = draft({ type: 'message.sent', news: news() })
    assert.deepEqual(await store.events.record([sent]), [1])
    assert.deepEqual(await store.events.record([sent]), [0])
    const read = (recipient: string) => draft({ type: 'message.read', news: news({ status: 'read', recipient }) })
    assert.deepEqual(await store.events.record([read('a'), read('b'), read('a')]), [2, 3, 0])
    const found = await store.messages.get('msg_1')
    assert.equal(found?.message.status, 'read')
    assert.deepEqual(
      found?.ticks.map((tick) => [tick.status, tick.recipient]),
      [
        ['sending', ''],
        ['sent', ''],
        ['read', 'a'],
        ['read', 'b'],
      ],
    )
  })

  storeTest(open, 'news that comes late is told, and does not move its message back', async ({ store }) => {
    await store.messages.begin({ ...begun, status: 'sending' }, null)
    await store.events.record([draft({ news: news({ status: 'read' }) })])
    assert.deepEqual(await store.events.record([draft({ news: news({ status: 'delivered' }) })]), [2])
    assert.equal((await store.messages.get('msg_1'))?.message.status, 'read')
  })

  storeTest(open, 'news unknown is recorded only of a message that is not past sending', async ({ store }) => {
    await store.messages.begin({ ...begun, status: 'sending' }, null)
    await store.messages.begin({ ...begun, id: 'msg_2', status: 'sending' }, null)
    await store.events.record([draft({ news: news() })])
    const unknown = (id: string) => draft({ news: news({ id, status: 'unknown', transportId: null, publicId: id }) })
    assert.deepEqual(await store.events.record([unknown('msg_1'), unknown('msg_2')]), [0, 2])
    assert.equal((await store.messages.get('msg_1'))?.message.status, 'sent')
    assert.equal((await store.messages.get('msg_2'))?.message.status, 'unknown')
  })

  storeTest(open, 'a public id is kept as it was first told, a transport id as it was last told', async ({ store }) => {
    await store.messages.begin({ ...begun, status: 'sending' }, null)
    await store.events.record([
      draft({ news: news({ status: 'unknown', transportId: null, publicId: 'msg_1' }) }),
      draft({ news: news({ status: 'sent', transportId: 'wamid.9', publicId: 'wamid.9' }) }),
      draft({ news: news({ status: 'delivered', transportId: null, publicId: 'wamid.9' }) }),
    ])
    const { message } = (await store.messages.get('wamid.9')) ?? {}
    assert.equal(message?.publicId, 'msg_1')
    assert.equal(message?.transportId, 'wamid.9')
  })

  storeTest(open, 'a failure is kept with its error, and goes when a later status comes', async ({ store }) => {
    await store.messages.begin({ ...begun, status: 'sending' }, null)
    await store.events.record([draft({ news: news({ status: 'failed', error: '{"code":"upstream"}' }) })])
    assert.equal((await store.messages.get('msg_1'))?.message.error, '{"code":"upstream"}')
    await store.events.record([draft({ news: news({ status: 'delivered' }) })])
    const found = await store.messages.get('msg_1')
    assert.deepEqual([found?.message.status, found?.message.error], ['delivered', null])
  })

  storeTest(open, 'news of a message that we do not know is recorded by its origin alone', async ({ store }) => {
    const stranger = draft({ news: news({ id: 'msg_x' }), origin: { at: START, key: 's:wamid.1:sent' } })
    assert.deepEqual(await store.events.record([stranger, stranger, draft({ news: news({ id: 'msg_x' }) })]), [1, 0, 2])
    assert.equal(await store.messages.get('msg_x'), null)
  })

  storeTest(
    open,
    'pruning forgets old events that nobody waits for, with their attempts, and no others',
    async ({ store }) => {
      const { no } = await store.hooks.add(hookDraft())
      await recordMany(store, 5)
      await store.events.record([
        draft({ wanted: false, type: 'presence.updated' }),
        draft(),
        draft({ at: START + DAY }),
      ])
      const kept = [toRetry(no, 2), dead(no, 3)]
      await store.deliveries.settle([delivered(no, 1), ...kept, delivered(no, 4), delivered(no, 5)], [[no, 7]])
      assert.equal(await store.events.prune(START + HOUR, 0, 100), 3)
      assert.deepEqual(
        (await store.events.page(0, 100)).map((event) => event.seq),
        [2, 3, 6, 7, 8],
      )
      assert.deepEqual(await store.deliveries.attempts(no, 1), [])
      assert.equal((await store.deliveries.attempts(no, 2)).length, 1)
    },
  )

  storeTest(open, 'pruning stops at its limit and goes on with the next call', async ({ store }) => {
    await recordMany(store, 7)
    const counts = []
    for (let calls = 0; calls < 4; calls += 1) counts.push(await store.events.prune(START + 1, 0, 3))
    assert.deepEqual(counts, [3, 3, 1, 0])
  })

  storeTest(open, 'the number of a pruned event is never given again', async ({ store, reopen }) => {
    await recordMany(store, 3)
    assert.equal(await store.events.prune(START + 1, 0, 10), 3)
    assert.equal(await store.events.head(), 3)
    const later = (await reopen?.()) ?? store
    assert.deepEqual(await later.events.record([draft()]), [4])
    if (later !== store) await later.close()
  })

  storeTest(
    open,
    'a key is forgotten when it was not touched since, and kept when it was',
    async ({ store, clock }) => {
      const quiet = { at: START, key: 'quiet' }
      const repeated = { at: START - 20 * DAY, key: 'repeated' }
      await store.events.record([draft({ origin: quiet }), draft({ origin: repeated })])
      clock.time += 9 * DAY
      assert.deepEqual(await store.events.record([draft({ origin: repeated, at: clock.time })]), [0])
      await store.events.prune(0, clock.time - 8 * DAY, 100)
      assert.deepEqual(await store.events.record([draft({ origin: repeated, at: clock.time })]), [0])
      assert.deepEqual(await store.events.record([draft({ origin: quiet, at: clock.time })]), [3])
    },
  )

  storeTest(open, 'what was recorded is there after a kill', async ({ store, reopen }) => {
    if (!reopen) return
    await store.events.record([draft({ origin: { at: START, key: 'once' } })])
    const later = await reopen()
    assert.equal((await later.events.get(1))?.chat, 'anna')
    assert.deepEqual(await later.events.record([draft({ origin: { at: START, key: 'once' } }), draft()]), [0, 2])
    await later.close()
  })
}
