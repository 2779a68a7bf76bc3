// One hook never slows another: ten of them on the whole product, three of which are in trouble, each in its own way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Received } from '../../simulator/receiver/index.ts'
import { messagesBody, text } from './callback.ts'
import { idsAt, typeOf, until } from './conditions.ts'
import { startStage } from './stage.ts'

const CHATS = 20
const EACH = 15
const IN_ALL = CHATS * EACH
const OFTEN = { events: ['message.received'], retry: { delays: [1], give_up_after: 86_400 } }

const chatOf = (id: string) => id.split('.')[0]
const isTest = (request: Received) => typeOf(request) === 'hook.test'

/** First arrivals in each chat that came behind a later one of it. */
function outOfOrder(ids: readonly string[]): string[] {
  const first = [...new Set(ids)]
  const place = (id: string) => Number(id.split('.')[1])
  const latest = new Map<string | undefined, number>()
  return first.filter((id) => {
    const before = latest.get(chatOf(id)) ?? -1
    latest.set(chatOf(id), Math.max(before, place(id)))
    return place(id) < before
  })
}

test('while one hook hangs, one fails and one takes 10 s, seven others get everything; afterwards the three do', async (t) => {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const over = Promise.withResolvers<void>()
  let troubled = true
  const slowly = (answer: Answer, ms: number | null): (() => Promise<Answer>) => {
    return async () => {
      if (!troubled) return {}
      const timer = ms === null ? null : Promise.withResolvers<void>()
      const timeout = timer && setTimeout(timer.resolve, ms ?? 0)
      await Promise.race([over.promise, ...(timer ? [timer.promise] : [])])
      if (timeout) clearTimeout(timeout)
      return answer
    }
  }
  const hangs = slowly({ status: 503 }, null)
  const hung = await stage.addHook(
    'hung',
    { answer: (request) => (isTest(request) ? new Promise<Answer>(() => {}) : hangs()) },
    OFTEN,
  )
  const failing = await stage.addHook('failing', { answer: () => ({ status: troubled ? 500 : 200 }) }, OFTEN)
  const slow = await stage.addHook('slow', { answer: slowly({}, 10_000) }, OFTEN)
  const others = await Promise.all(Array.from({ length: 7 }, (_, index) => stage.addHook(`good-${index}`, {}, OFTEN)))

  const pressed = stage.api.testHook({ id: 'hung' })
  const began = performance.now()
  for (let n = 0; n < EACH; n += 1) {
    for (let chat = 0; chat < CHATS; chat += 1) {
      const from = `1555${2000000 + chat}`
      assert.equal(await stage.callback(number, messagesBody(number, [text(`${chat}.${n}`, 'hi', from)], from)), 200)
    }
  }
  await until(() => others.every((other) => idsAt(other).length >= IN_ALL), 'the seven have everything')
  assert.ok(performance.now() - began < 14_000, 'and nothing of the hung one has come to its end yet')
  for (const other of others) {
    assert.equal(new Set(idsAt(other)).size, IN_ALL)
    assert.equal(idsAt(other).length, IN_ALL, 'each once')
    assert.deepEqual(outOfOrder(idsAt(other)), [])
  }
  const inFlight = (await stage.api.listDeliveries({ hook: 'hung', state: 'in_flight' })).deliveries
  assert.ok(inFlight.length > 0 && inFlight.length <= 16, `${inFlight.length} in flight`)
  assert.deepEqual((await stage.api.listDeliveries({ hook: 'hung', state: 'delivered' })).deliveries, [])
  assert.equal((await stage.api.getHook({ id: 'failing' })).breaker, 'open')
  assert.equal((await stage.api.getHook({ id: 'good-0' })).breaker, 'closed')
  assert.ok((await stage.api.getCacheStats()).total_count >= IN_ALL)

  troubled = false
  over.resolve()
  for (const [name, receiver] of Object.entries({ hung, failing, slow })) {
    await until(() => new Set(idsAt(receiver)).size === IN_ALL, `${name} has everything`, 30_000)
    assert.deepEqual(outOfOrder(idsAt(receiver)), [], name)
    const of = async (state: 'waiting' | 'held' | 'retry' | 'dead') =>
      (await stage.api.listDeliveries({ hook: name, state })).deliveries.length
    await until(
      async () => (await of('waiting')) + (await of('held')) + (await of('retry')) + (await of('dead')) === 0,
      `nothing is left for ${name}`,
    )
  }
  assert.equal((await stage.api.getCacheStats()).by_event_type['message.received'] ?? 0, 0)

  // The button's own time of 15 s.
  const result = await pressed
  assert.deepEqual([result.status, result.http_status, result.error], ['failed', null, 'timed out after 15 s'])
  assert.ok(result.took_ms > 14_900 && result.took_ms < 17_000, `${result.took_ms} ms`)
})
