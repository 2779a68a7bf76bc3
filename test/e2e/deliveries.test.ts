// Deliveries on the whole product: what the API says of them is what was, and what is done by hand is done.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Answer, Received } from '../../simulator/receiver/index.ts'
import { messagesBody, text } from './callback.ts'
import { idsAt, isMessage, refusal, until } from './conditions.ts'
import { type Stage, startStage } from './stage.ts'

type Listed = Awaited<ReturnType<Stage['api']['listDeliveries']>>['deliveries'][number]
type Query = NonNullable<Parameters<Stage['api']['listDeliveries']>[0]>

const ONLY = { events: ['message.received'] }
/** A policy that tries again after about a second, for ever. */
const PATIENT = { delays: [1], give_up_after: 86_400 }

async function stageWithNumber(t: TestContext) {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  /** Every message in a chat of its own, unless it is given one. */
  const says = async (ids: readonly string[], chat?: string) => {
    for (const [index, id] of ids.entries()) {
      const from = chat ?? `1555${1000000 + index}`
      assert.equal(await stage.callback(number, messagesBody(number, [text(id, 'hi', from)], from)), 200)
    }
  }
  const list = async (query: Query) => (await stage.api.listDeliveries(query)).deliveries
  return { stage, says, list, api: stage.api }
}

/** All pages of a list, one after the other. */
async function allPages({ api }: Stage, query: Query): Promise<Listed[]> {
  const found: Listed[] = []
  let after: string | null = null
  for (let page = 0; page < 200; page += 1) {
    const { deliveries, next }: { deliveries: Listed[]; next: string | null } = await api.listDeliveries({
      ...query,
      ...(after !== null && { after }),
    })
    found.push(...deliveries)
    if (next === null) return found
    after = next
  }
  throw new Error('the list never ends')
}

/** A receiver's answer that is held back until it is let go. */
function gate() {
  const opened = Promise.withResolvers<void>()
  return { answer: () => opened.promise.then((): Answer => ({})), open: () => opened.resolve() }
}

test('pages lose nothing and double nothing where several hooks share events', async (t) => {
  const { stage, says } = await stageWithNumber(t)
  const hooks = ['one', 'two', 'three']
  const receivers = await Promise.all(hooks.map((id) => stage.addHook(id, {}, ONLY)))
  const ids = Array.from({ length: 23 }, (_, index) => `wamid.${index}`)
  await says(ids)
  await until(() => receivers.every((receiver) => idsAt(receiver).length === ids.length), 'all arrive')
  for (const limit of [1, 2, 4, 7, 100]) {
    const all = await allPages(stage, { limit })
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, `limit ${limit}: something came twice`)
    assert.equal(all.length, ids.length * hooks.length, `limit ${limit}`)
    const order = all.map(({ event_id }) => event_id)
    assert.deepEqual(order, [...order].sort().reverse(), 'newest first')
    const own = await allPages(stage, { limit, hook: 'two' })
    assert.deepEqual([...new Set(own.map(({ hook_id }) => hook_id))], ['two'])
    assert.equal(own.length, ids.length)
  }
  const [some] = await allPages(stage, { limit: 1, hook: 'one' })
  const ofEvent = await allPages(stage, { event: some?.event_id ?? '', limit: 2 })
  assert.deepEqual(ofEvent.map(({ hook_id }) => hook_id).sort(), [...hooks].sort())
  await refusal(stage.api.listDeliveries({ hook: 'nobody' }), 'not-found')
  await refusal(stage.api.listDeliveries({ event: 'evt_nothing' }), 'not-found')
  await refusal(stage.api.listDeliveries({ after: 'junk' }))
})

test('a delivery is in flight while it is sent, what is behind it in its chat waits, and both are delivered then', async (t) => {
  const { stage, says, list } = await stageWithNumber(t)
  const { answer, open } = gate()
  const receiver = await stage.addHook('slow', { answer }, ONLY)
  await says(['wamid.1', 'wamid.2'], '15550001111')
  await receiver.next(isMessage)
  const states = async () => (await list({ hook: 'slow' })).map(({ state }) => state).reverse()
  const [first, second] = await states()
  assert.equal(first, 'in_flight')
  assert.ok(second === 'waiting' || second === 'held', second)
  const flying = await list({ state: 'in_flight' })
  assert.deepEqual(
    flying.map(({ hook_id, attempt_count, last_attempt }) => ({ hook_id, attempt_count, last_attempt })),
    [{ hook_id: 'slow', attempt_count: 0, last_attempt: null }],
  )
  assert.equal((await stage.api.getDelivery({ id: flying[0]?.id ?? '' })).state, 'in_flight')
  for (const state of ['delivered', 'retry', 'dead', 'dropped'] as const)
    assert.deepEqual(await list({ state }), [], state)
  assert.ok((await list({ state: 'waiting' })).every(({ id }) => id !== flying[0]?.id))
  open()
  await until(async () => (await list({ state: 'delivered' })).length === 2, 'both are delivered')
  assert.deepEqual(idsAt(receiver), ['wamid.1', 'wamid.2'])
  assert.deepEqual(await list({ state: 'in_flight' }), [])
})

test('pages of what is in flight hold whole events, newest first', async (t) => {
  const { stage, says } = await stageWithNumber(t)
  const { answer, open } = gate()
  const receivers = await Promise.all(['one', 'two'].map((id) => stage.addHook(id, { answer }, ONLY)))
  await says(Array.from({ length: 9 }, (_, index) => `wamid.${index}`))
  await until(() => receivers.every(({ received }) => received.length === 9), 'all are in flight')
  for (const limit of [1, 4, 100]) {
    const all = await allPages(stage, { state: 'in_flight', limit })
    assert.equal(new Set(all.map(({ id }) => id)).size, 18, `limit ${limit}`)
    assert.equal(all.length, 18)
  }
  open()
})

test('behind a failed one its chat is held, and every attempt tells its status, time and error', async (t) => {
  const { stage, says, list } = await stageWithNumber(t)
  const answers = [{ status: 500 }, { status: 404 }]
  const answer = (): Answer => answers.shift() ?? { status: 200 }
  const receiver = await stage.addHook('crm', { answer }, { ...ONLY, retry: PATIENT })
  const began = Date.now()
  await says(['wamid.1', 'wamid.2'], '15550001111')
  await until(async () => (await list({ state: 'retry' })).length === 1, 'the first is to be retried')
  const [waits] = await list({ state: 'retry' })
  assert.deepEqual(
    [waits?.attempt_count, waits?.last_attempt?.status, waits?.last_attempt?.error],
    [1, 500, 'answered 500'],
  )
  assert.ok(Date.parse(waits?.due_at ?? '') - began > 700)
  assert.equal((await list({ state: 'held' })).length, 1)
  await until(async () => (await list({ state: 'delivered' })).length === 2, 'both are delivered')
  assert.deepEqual(idsAt(receiver), ['wamid.1', 'wamid.1', 'wamid.1', 'wamid.2'])
  const { attempts, state, attempt_count, due_at } = await stage.api.getDelivery({ id: waits?.id ?? '' })
  assert.deepEqual({ state, attempt_count, due_at }, { state: 'delivered', attempt_count: 3, due_at: null })
  assert.deepEqual(
    attempts.map(({ number, status, error }) => [number, status, error]),
    [
      [1, 500, 'answered 500'],
      [2, 404, 'answered 404'],
      [3, 200, null],
    ],
  )
  for (const [index, { at, took_ms }] of attempts.entries()) {
    assert.ok(took_ms >= 0 && took_ms < 5000)
    assert.ok(Math.abs(Date.parse(at) - (receiver.received[index]?.at ?? 0)) < 1000)
  }
  const sent = receiver.received.slice(0, 3)
  assert.deepEqual(
    sent.map(({ headers }) => headers['x-whatshooked-attempt']),
    ['1', '2', '3'],
  )
  assert.equal(
    new Set(sent.map(({ body, headers }) => `${headers['webhook-id']} ${body}`)).size,
    1,
    'same id, same bytes',
  )
})

test('a delivery goes out again when it is asked for, whatever its state', async (t) => {
  const { stage, says, list, api } = await stageWithNumber(t)
  let status = 200
  const receiver = await stage.addHook('crm', { answer: () => ({ status }) }, ONLY)
  await says(['wamid.1'])
  await until(async () => (await list({ state: 'delivered' })).length === 1, 'it is delivered')
  const [{ id = '' } = {}] = await list({})
  await api.retryDelivery({ id })
  await until(() => receiver.received.length === 2, 'it comes again')
  const [first, again] = receiver.received as [Received, Received]
  assert.deepEqual([again.body, again.headers['webhook-id']], [first.body, first.headers['webhook-id']])
  await until(async () => (await api.getDelivery({ id })).attempts.length === 2, 'both attempts are kept')

  status = 500
  await says(['wamid.2'])
  await until(async () => (await list({ state: 'retry' })).length === 1, 'the second is to be retried')
  const [{ id: retried = '' } = {}] = await list({ state: 'retry' })
  status = 200
  // Its own time is 5 s away.
  await api.retryDelivery({ id: retried })
  await until(async () => (await api.getDelivery({ id: retried })).state === 'delivered', 'it goes at once', 3000)
  await refusal(api.retryDelivery({ id: 'dlv_1_zzz' }), 'not-found')
  await refusal(api.getDelivery({ id: 'nonsense' }), 'not-found')
  await api.updateHook({ id: 'crm', active: false })
  assert.match(await refusal(api.retryDelivery({ id }), 'disabled'), /"crm" is switched off/)
  assert.match(await refusal(api.retryDeadDeliveries({ hook_id: 'crm' }), 'disabled'), /"crm" is switched off/)
})

test('a delivery is dead when the time of its hook is up, and those of a hook go out again since a time', async (t) => {
  const { stage, says, list, api } = await stageWithNumber(t)
  let status = 503
  const retry = { delays: [1], give_up_after: 1 }
  const receiver = await stage.addHook('crm', { answer: () => ({ status }) }, { ...ONLY, retry })
  await says(['wamid.old'])
  await until(async () => (await list({ state: 'dead' })).length === 1, 'the old one is dead')
  const since = new Date(Date.now() + 1).toISOString()
  await until(() => Date.now() > Date.parse(since), 'a moment passes')
  await says(['wamid.new'])
  await until(async () => (await list({ state: 'dead' })).length === 2, 'both are dead')
  const [dead] = await list({ state: 'dead' })
  // The second try comes after 0.8 to 1.2 s; where that is before the time is up, there is a last one.
  assert.ok(dead?.attempt_count === 2 || dead?.attempt_count === 3, String(dead?.attempt_count))
  assert.deepEqual([dead?.due_at, dead?.last_attempt?.status], [null, 503])
  status = 200
  const before = receiver.received.length
  assert.equal((await api.retryDeadDeliveries({ hook_id: 'crm', since })).retried, 1)
  const noDay = api.retryDeadDeliveries({ hook_id: 'crm', since: '2031-02-31T00:00:00Z' })
  assert.match(await refusal(noDay), /since: is not a time that there is/)
  await until(async () => (await list({ state: 'delivered' })).length === 1, 'the new one is delivered')
  assert.deepEqual(idsAt(receiver).slice(before), ['wamid.new'])
  assert.equal((await list({ state: 'dead' })).length, 1)
  assert.equal((await api.retryDeadDeliveries({ hook_id: 'crm' })).retried, 1)
  await until(async () => (await list({ state: 'delivered' })).length === 2, 'the old one as well')
  assert.equal((await api.retryDeadDeliveries({ hook_id: 'crm' })).retried, 0)
  await refusal(api.retryDeadDeliveries({ hook_id: 'nobody' }), 'not-found')
})

test('Retry-After is waited for, in seconds and as a date; what makes no sense is not', async (t) => {
  const { stage, says, list } = await stageWithNumber(t)
  const cases: readonly (readonly [value: string, from: number, to: number])[] = [
    ['120', 118, 121],
    [new Date(Date.now() + 200_000).toUTCString(), 195, 201],
    ['1000000000', 8 * 3600 - 2, 8 * 3600 + 1],
    ['-1', 3.5, 7],
    ['soon', 3.5, 7],
  ]
  let value = ''
  const answer = (): Answer => ({ status: 429, headers: { 'retry-after': value } })
  await stage.addHook('crm', { answer }, ONLY)
  for (const [given, from, to] of cases) {
    value = given
    const known = (await list({ state: 'retry' })).length
    await says([`wamid.${known}`], `1555${2000000 + known}`)
    await until(async () => (await list({ state: 'retry' })).length === known + 1, `${given} was answered`)
    const [{ due_at, last_attempt } = {}] = await list({ state: 'retry', limit: 1 })
    const waitS = (Date.parse(due_at ?? '') - Date.parse(last_attempt?.at ?? '')) / 1000
    assert.ok(waitS >= from && waitS <= to, `${given}: ${waitS} s`)
  }
})

test('what a restart finds is told as it was', async (t) => {
  const { stage, says, list } = await stageWithNumber(t)
  await stage.addHook('good', {}, ONLY)
  await stage.addHook(
    'bad',
    { answer: () => ({ status: 500 }) },
    { ...ONLY, retry: { delays: [3600], give_up_after: 86_400 } },
  )
  await says(['wamid.1', 'wamid.2'], '15550001111')
  const told = async () =>
    (await list({})).map(({ id, state, attempt_count, due_at, last_attempt }) => ({
      id,
      state,
      attempt_count,
      due_at,
      last_attempt,
    }))
  await until(
    async () => (await told()).filter(({ state }) => state === 'delivered').length === 2,
    'the good one has both',
  )
  await until(async () => (await told()).some(({ state }) => state === 'held'), 'the second is held')
  const before = await told()
  assert.deepEqual(before.map(({ state }) => state).sort(), ['delivered', 'delivered', 'held', 'retry'])
  await stage.restart()
  assert.deepEqual(await told(), before)
})
