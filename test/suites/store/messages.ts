// The contract of messages.
import assert from 'node:assert/strict'
import type { OpenStore } from '../store.ts'
import { DAY, draft, news, START, storeTest } from './parts.ts'

const message = (id: string, change: object = {}) => ({
  id,
  account: 'main',
  chat: '+15550001111',
  kind: 'text',
  content: '{"text":"hi"}',
  status: 'sending' as const,
  createdAt: START,
  ...change,
})
const key = (name: string, fingerprint = 'f1') => ({ key: name, fingerprint })

export function messageTests(open: OpenStore): void {
  storeTest(
    open,
    'a message is recorded before anything goes out, and is there after a kill',
    async ({ store, reopen }) => {
      const begun = await store.messages.begin(message('msg_1'), null)
      const whole = { ...message('msg_1'), transportId: null, publicId: null, error: null }
      assert.deepEqual(begun, { message: whole, fresh: true, sameBody: true })
      const later = (await reopen?.()) ?? store
      const found = await later.messages.get('msg_1')
      assert.deepEqual({ ...found?.message }, whole)
      assert.deepEqual({ ...found?.ticks[0] }, { status: 'sending', recipient: '', at: START, error: null })
      assert.equal(await later.messages.get('msg_2'), null)
      if (later !== store) await later.close()
      await assert.rejects(store.messages.begin(message('msg_1'), null), { code: 'exists' })
    },
  )

  storeTest(open, 'a known key answers the message that it was used for, and changes nothing', async ({ store }) => {
    await store.messages.begin(message('msg_1'), key('k'))
    const again = await store.messages.begin(message('msg_2'), key('k'))
    assert.deepEqual([again.message.id, again.fresh, again.sameBody], ['msg_1', false, true])
    const other = await store.messages.begin(message('msg_3'), key('k', 'f2'))
    assert.deepEqual([other.message.id, other.fresh, other.sameBody], ['msg_1', false, false])
    assert.equal((await store.messages.many(['msg_1', 'msg_2', 'msg_3'])).length, 1)
  })

  storeTest(open, 'two requests with one key at the same moment begin one message', async ({ store }) => {
    const begun = await Promise.all(['a', 'b', 'c'].map((id) => store.messages.begin(message(`msg_${id}`), key('k'))))
    assert.deepEqual(
      begun.map((one) => [one.message.id, one.fresh]),
      [
        ['msg_a', true],
        ['msg_a', false],
        ['msg_a', false],
      ],
    )
  })

  storeTest(open, 'marking moves a message on and never back', async ({ store }) => {
    await store.messages.begin(message('msg_1', { status: 'queued' }), null)
    await store.messages.mark('msg_1', { status: 'sending', at: START + 1, error: null })
    await store.messages.mark('msg_1', { status: 'failed', at: START + 2, error: '{"code":"upstream"}' })
    await store.messages.mark('msg_1', { status: 'sending', at: START + 3, error: null })
    await store.messages.mark('msg_none', { status: 'failed', at: START, error: null })
    const found = await store.messages.get('msg_1')
    assert.deepEqual([found?.message.status, found?.message.error], ['failed', '{"code":"upstream"}'])
    assert.deepEqual(
      found?.ticks.map((tick) => [tick.status, tick.at]),
      [
        ['queued', START],
        ['sending', START + 1],
        ['failed', START + 2],
      ],
    )
  })

  storeTest(open, 'a message is named once: what the outside was told first holds', async ({ store }) => {
    for (const id of ['msg_1', 'msg_2']) await store.messages.begin(message(id), null)
    await store.messages.name('msg_1', 'msg_1')
    await store.messages.name('msg_1', 'wamid.other')
    await store.messages.name('msg_none', 'msg_none')
    await store.events.record([draft({ news: news() }), draft({ news: news({ id: 'msg_2', publicId: 'wamid.2' }) })])
    await store.messages.name('msg_2', 'msg_2')
    const found = await store.messages.many(['msg_1', 'msg_2'])
    assert.deepEqual(found.map((one) => one.publicId).sort(), ['msg_1', 'wamid.2'])
  })

  storeTest(open, 'what is to be sent is replaced as long as the message is queued', async ({ store, reopen }) => {
    await store.messages.begin(message('msg_1', { status: 'queued' }), null)
    await store.messages.rewrite('msg_1', '{"id":"1"}')
    await store.messages.rewrite('msg_none', '{"id":"1"}')
    const later = (await reopen?.()) ?? store
    assert.deepEqual(
      (await later.messages.unsettled()).map((one) => [one.id, one.content]),
      [['msg_1', '{"id":"1"}']],
    )
    await later.messages.mark('msg_1', { status: 'sending', at: START + 1, error: null })
    await later.messages.rewrite('msg_1', '{"id":"2"}')
    assert.equal((await later.messages.get('msg_1'))?.message.content, '{"id":"1"}')
    if (later !== store) await later.close()
  })

  storeTest(open, 'a message is found by its transport id, with its history in order of time', async ({ store }) => {
    await store.messages.begin(message('msg_1'), null)
    const told = (status: 'sent' | 'delivered' | 'read', at: number) => draft({ news: news({ status, at }) })
    await store.events.record([told('read', START + 30), told('sent', START + 10), told('delivered', START + 30)])
    const found = await store.messages.get('wamid.1')
    assert.equal(found?.message.id, 'msg_1')
    assert.deepEqual(
      found?.ticks.map((tick) => tick.status),
      ['sending', 'sent', 'delivered', 'read'],
    )
  })

  storeTest(open, 'what a kill left unsettled is found, oldest first', async ({ store }) => {
    await store.messages.begin(message('msg_3', { createdAt: START + 3 }), null)
    await store.messages.begin(message('msg_1', { createdAt: START + 1, status: 'queued' }), null)
    await store.messages.begin(message('msg_2', { createdAt: START + 2 }), null)
    await store.events.record([draft({ news: news({ id: 'msg_2' }) })])
    const found = await store.messages.unsettled()
    assert.deepEqual(
      found.map((one) => one.id),
      ['msg_1', 'msg_3'],
    )
  })

  storeTest(
    open,
    'what may have gone out and has no id of the other side is found, newest first',
    async ({ store }) => {
      for (const [at, id] of ['msg_1', 'msg_2', 'msg_3', 'msg_4', 'msg_5'].entries())
        await store.messages.begin(message(id, { createdAt: START + at, status: 'sending' }), null)
      await store.messages.begin(message('msg_6', { createdAt: START + 6, account: 'another' }), null)
      await store.messages.begin(message('msg_7', { createdAt: START + 7, status: 'queued' }), null)
      const told = (id: string, more: Parameters<typeof news>[0]) =>
        store.events.record([draft({ news: news({ id, transportId: null, ...more }) })])
      await told('msg_1', { status: 'unknown' })
      await told('msg_2', { status: 'sent', transportId: 'wamid.2' })
      await told('msg_3', { status: 'unknown' })
      await told('msg_3', { status: 'delivered', transportId: 'wamid.3' })
      await told('msg_4', { status: 'failed' })
      const ids = async (limit: number) => (await store.messages.lost('main', limit)).map((one) => one.id)
      assert.deepEqual([await ids(10), await ids(1)], [['msg_5', 'msg_1'], ['msg_5']])
    },
  )

  storeTest(open, 'of the ids asked for, the known ones are answered', async ({ store }) => {
    for (const id of ['msg_1', 'msg_2']) await store.messages.begin(message(id), null)
    const found = await store.messages.many(['msg_2', 'msg_9', 'msg_1'])
    assert.deepEqual(found.map((one) => one.id).sort(), ['msg_1', 'msg_2'])
    assert.deepEqual(await store.messages.many([]), [])
  })

  storeTest(
    open,
    'pruning forgets what was asked for; the id stays valid with its status and history',
    async ({ store }) => {
      for (const id of ['msg_1', 'msg_2', 'msg_3']) await store.messages.begin(message(id), null)
      await store.messages.begin(message('msg_4', { createdAt: START + DAY }), null)
      for (const id of ['msg_1', 'msg_2', 'msg_4'])
        await store.messages.mark(id, { status: 'failed', at: START, error: null })
      assert.equal(await store.messages.prune(START + 1, 0, 1), 1)
      assert.equal(await store.messages.prune(START + 1, 0, 5), 1)
      assert.equal(await store.messages.prune(START + 1, 0, 5), 0)
      const found = await store.messages.get('msg_1')
      assert.deepEqual([found?.message.content, found?.message.status, found?.ticks.length], ['', 'failed', 2])
      assert.equal((await store.messages.get('msg_3'))?.message.content, '{"text":"hi"}', 'not settled yet')
      assert.equal((await store.messages.get('msg_4'))?.message.content, '{"text":"hi"}', 'too young')
    },
  )

  storeTest(open, "the key of a hook's reply is kept as long as messages are", async ({ store }) => {
    await store.messages.begin(message('msg_1'), key('reply:evt_1:1:0'))
    await store.messages.prune(START, START + 1, 10)
    assert.equal((await store.messages.begin(message('msg_2'), key('reply:evt_1:1:0'))).fresh, false)
    await store.messages.prune(START + 1, START + 1, 10)
    assert.equal((await store.messages.begin(message('msg_2'), key('reply:evt_1:1:0'))).fresh, true)
  })

  storeTest(open, 'a key may be used again when it is forgotten', async ({ store }) => {
    await store.messages.begin(message('msg_1'), key('k'))
    await store.messages.prune(0, START, 10)
    assert.equal((await store.messages.begin(message('msg_2'), key('k'))).fresh, false)
    await store.messages.prune(0, START + 1, 10)
    assert.equal((await store.messages.begin(message('msg_2'), key('k'))).fresh, true)
  })
}
