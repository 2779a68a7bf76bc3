// The cache on the whole product: what no hook wanted or some hook has not got, and what replaying and deleting do.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Answer } from '../../simulator/receiver/index.ts'
import { messagesBody, text } from './callback.ts'
import { idsAt, isMessage, refusal, until } from './conditions.ts'
import { startStage } from './stage.ts'

const messageOf = ({ event }: { event: { data: object } }) => (event.data as { message_id?: string }).message_id

const ONLY = { events: ['message.received'] }

async function stageWithNumber(t: TestContext, config: Record<string, string> = {}) {
  const stage = await startStage(t, { config })
  const { api } = stage
  // What the account itself tells is delivered, so that the cache holds the messages of the test alone.
  await stage.addHook('accounts', {}, { events: ['account.*', 'hook.*'] })
  const number = await stage.addAccount('shop')
  const says = async (...ids: string[]) => {
    for (const id of ids) {
      const chat = `1555${1000000 + Number(id.replace(/\D/g, ''))}`
      assert.equal(await stage.callback(number, messagesBody(number, [text(id, 'hi', chat)], chat)), 200)
    }
  }
  const cached = async () => {
    const { cached_events } = await api.getCachedEvents({ event_type: 'message.received' })
    return cached_events.map((event) => String(messageOf(event)))
  }
  const idOf = async (message: string) => {
    const { cached_events } = await api.getCachedEvents()
    return cached_events.find((event) => messageOf(event) === message)?.id ?? assert.fail(`${message} is not cached`)
  }
  const dead = async (hook: string) => (await api.listDeliveries({ hook, state: 'dead' })).deliveries
  return { stage, api, says, cached, idOf, dead }
}

test('what no hook wants is kept, and goes to a hook that is added later when it is replayed', async (t) => {
  const { stage, api, says, cached } = await stageWithNumber(t)
  await says('m1', 'm2', 'm3')
  await until(async () => (await cached()).length === 3, 'three are cached')
  assert.deepEqual(await cached(), ['m3', 'm2', 'm1'])
  assert.deepEqual((await api.getCacheStats()).by_event_type['message.received'], 3)
  assert.deepEqual(await api.replayCachedEvents(), {
    success: true,
    replayed: 0,
    delivered: 0,
    failed: 0,
    remaining_cached: 3,
  })
  const later = await stage.addHook('later', {}, ONLY)
  assert.deepEqual((await cached()).length, 3, 'a new hook does not get what was before it')
  assert.deepEqual(await api.replayCachedEvents(), {
    success: true,
    replayed: 3,
    delivered: 3,
    failed: 0,
    remaining_cached: 0,
  })
  assert.deepEqual(idsAt(later).sort(), ['m1', 'm2', 'm3'])
  assert.deepEqual(await cached(), [])
  await stage.restart()
  await says('m4')
  await later.next((request) => request.body.includes('"m4"'))
  assert.equal(idsAt(later).length, 4)
})

test('what waits for a hook is in the cache until the hook has it', async (t) => {
  const { stage, says, cached, api } = await stageWithNumber(t)
  const opened = Promise.withResolvers<void>()
  await stage.addHook('slow', { answer: () => opened.promise.then((): Answer => ({})) }, ONLY)
  const fast = await stage.addHook('fast', {}, ONLY)
  await says('m1', 'm2')
  await until(() => idsAt(fast).length === 2, 'the fast one has both')
  assert.deepEqual(await cached(), ['m2', 'm1'])
  const { id = '' } = (await api.getCachedEvents()).cached_events[0] ?? {}
  const one = await api.getCachedEvent({ id })
  assert.deepEqual(
    [one.id, one.event.type, one.event.account_id, messageOf(one)],
    [id, 'message.received', 'shop', 'm2'],
  )
  opened.resolve()
  await until(async () => (await cached()).length === 0, 'the cache is empty')
  await refusal(api.getCachedEvent({ id }), 'not-found')
})

test('replaying says what became of it: delivered, failed, and what is left', async (t) => {
  const { stage, says, cached, api, idOf, dead } = await stageWithNumber(t)
  let status = 500
  const retry = { delays: [1], give_up_after: 1 }
  const receiver = await stage.addHook('crm', { answer: () => ({ status }) }, { ...ONLY, retry })
  const other = await stage.addHook('other', {}, ONLY)
  await says('m1', 'm2')
  await until(async () => (await dead('crm')).length === 2, 'both are dead')
  assert.deepEqual((await cached()).sort(), ['m1', 'm2'])
  const refused = await api.replayCachedEvents()
  assert.deepEqual(refused, { success: false, replayed: 2, delivered: 0, failed: 2, remaining_cached: 2 })
  const sentence = await refusal(api.replayCachedEvent({ id: await idOf('m1') }), 'upstream')
  assert.match(sentence, /0 webhooks took the event, 1 did not/)

  status = 200
  const before = receiver.received.length
  const one = await api.replayCachedEvent({ id: await idOf('m1') })
  assert.deepEqual([one.success, one.message], [true, 'Delivered to 1 webhook'])
  assert.deepEqual(idsAt(receiver).slice(before), ['m1'])
  await until(async () => (await cached()).join() === 'm2', 'one is left')
  const all = await api.replayCachedEvents()
  assert.deepEqual(all, { success: true, replayed: 1, delivered: 1, failed: 0, remaining_cached: 0 })
  assert.deepEqual(idsAt(other).sort(), ['m1', 'm2'], 'who had it does not get it again')
  assert.deepEqual(await api.replayCachedEvents(), {
    success: true,
    replayed: 0,
    delivered: 0,
    failed: 0,
    remaining_cached: 0,
  })
})

test('an event that no active hook wants stays, and replaying it says so', async (t) => {
  const { api, says, idOf, cached } = await stageWithNumber(t)
  await says('m1')
  const { success, message } = await api.replayCachedEvent({ id: await idOf('m1') })
  assert.deepEqual([success, message], [false, 'No active webhook wants the event; it stays in the cache'])
  assert.deepEqual(await cached(), ['m1'])
})

test('a deleted event is never delivered, whether it was to be retried, held, or wanted by nobody', async (t) => {
  const { stage, says, cached, api, idOf } = await stageWithNumber(t)
  await says('m0')
  await api.deleteCachedEvent({ id: await idOf('m0') })
  let status = 500
  const retry = { delays: [1], give_up_after: 86_400 }
  const receiver = await stage.addHook('crm', { answer: () => ({ status }) }, { ...ONLY, order: 'strict', retry })
  await says('m1', 'm2', 'm3')
  await until(
    async () => (await api.listDeliveries({ state: 'retry' })).deliveries.length === 3,
    'all are to be retried',
  )
  const id = await idOf('m2')
  assert.deepEqual(await api.deleteCachedEvent({ id }), { success: true, event_id: id, message: 'Event deleted' })
  await refusal(api.deleteCachedEvent({ id }), 'not-found')
  await refusal(api.getCachedEvent({ id }), 'not-found')
  await refusal(api.replayCachedEvent({ id }), 'not-found')
  const [dropped] = (await api.listDeliveries({ state: 'dropped', hook: 'crm' })).deliveries
  assert.equal(dropped?.event_id, id)
  const before = receiver.received.length
  status = 200
  await until(async () => (await cached()).length === 0, 'the others are delivered')
  await stage.restart()
  await says('m4')
  await receiver.next((request) => request.body.includes('"m4"'))
  assert.ok(!idsAt(receiver).slice(before).includes('m2'))
  assert.ok(!idsAt(receiver).includes('m0'))
})

test('clearing needs its confirmation, and nothing of what was there is delivered', async (t) => {
  const { stage, says, cached, api } = await stageWithNumber(t)
  let status = 500
  const retry = { delays: [1], give_up_after: 86_400 }
  const receiver = await stage.addHook('crm', { answer: () => ({ status }) }, { ...ONLY, retry })
  const ids = Array.from({ length: 40 }, (_, index) => `m${index}`)
  await says(...ids)
  await until(() => receiver.received.filter(isMessage).length >= 10, 'the hook refused some')
  assert.equal((await cached()).length, ids.length)
  const bare = await fetch(`${stage.url}/api/cache`, { method: 'DELETE', headers: { 'x-api-key': stage.key } })
  assert.equal(bare.status, 400)
  assert.equal((await cached()).length, ids.length)
  const { success, cleared } = await api.clearCache({ confirm: true })
  assert.deepEqual([success, cleared], [true, ids.length])
  status = 200
  const before = receiver.received.length
  assert.deepEqual(await cached(), [])
  assert.equal((await api.getCacheStats()).total_count, 0)
  await says('m99')
  await receiver.next((request) => request.body.includes('"m99"'))
  await stage.restart()
  await says('m100')
  await receiver.next((request) => request.body.includes('"m100"'))
  assert.deepEqual(idsAt(receiver).slice(before), ['m99', 'm100'])
  await until(async () => (await api.getCacheStats()).total_count === 0, 'both are written down')
  assert.equal((await api.clearCache({ confirm: true })).cleared, 0)
})

test('pages of the cache lose nothing and double nothing', async (t) => {
  const { stage, says, api } = await stageWithNumber(t)
  for (const id of ['one', 'two']) await stage.addHook(id, { answer: () => ({ status: 500 }) }, ONLY)
  await says(...Array.from({ length: 17 }, (_, index) => `m${index}`))
  for (const limit of [1, 5, 17, 100]) {
    const found: string[] = []
    let after: string | null = null
    for (let page = 0; page < 30; page += 1) {
      const { cached_events, next, count }: Awaited<ReturnType<typeof api.getCachedEvents>> = await api.getCachedEvents(
        {
          limit,
          event_type: 'message.received',
          ...(after !== null && { after }),
        },
      )
      assert.equal(count, 17)
      found.push(...cached_events.map(({ id }) => id))
      after = next
      if (next === null) break
    }
    assert.equal(after, null)
    assert.deepEqual(found, [...new Set(found)].sort().reverse(), `limit ${limit}`)
    assert.equal(found.length, 17)
  }
  await refusal(api.getCachedEvents({ after: 'junk' }))
})

test('ids that are not in the cache are 404, and 400 where the document names none', async (t) => {
  const { api, says, idOf } = await stageWithNumber(t)
  await says('m1')
  const id = await idOf('m1')
  for (const unknown of ['nothing', 'evt_01M803S7TP0000000099', id.slice(0, -1)]) {
    assert.match(await refusal(api.getCachedEvent({ id: unknown }), 'not-found'), /in the cache/)
    assert.match(await refusal(api.deleteCachedEvent({ id: unknown }), 'not-found'), /in the cache/)
    await refusal(api.replayCachedEvent({ id: unknown }), 'not-found')
  }
})

test('a cache that is switched off answers 503, and its statistics say that it is', async (t) => {
  const { api, says } = await stageWithNumber(t, { event_cache_enabled: 'false' })
  await says('m1')
  const id = 'evt_01M803S7TP0000000002'
  const calls = [
    () => api.getCachedEvents(),
    () => api.getCachedEvent({ id }),
    () => api.deleteCachedEvent({ id }),
    () => api.replayCachedEvent({ id }),
    () => api.replayCachedEvents(),
    () => api.clearCache({ confirm: true }),
  ]
  for (const call of calls) assert.match(await refusal(call(), 'unavailable'), /event_cache\.enabled/)
  assert.deepEqual(await api.getCacheStats(), { enabled: false, total_count: 0, by_event_type: {} })
})
