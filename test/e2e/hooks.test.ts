// Hooks on the whole product: what their owner may say, what they get, and what becomes of one that refuses or is gone.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Answer, type ReceiverOptions, startReceiver } from '../../simulator/receiver/index.ts'
import { messagesBody, text } from './callback.ts'
import { idsAt, isMessage, refusal, typeOf, until } from './conditions.ts'
import { type Stage, startStage } from './stage.ts'

/** The product with one number `shop` and one hook `crm`. */
async function stageWith(t: TestContext, hook: ReceiverOptions = {}, more: Parameters<Stage['addHook']>[2] = {}) {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('crm', hook, more)
  const says = (...ids: string[]) =>
    stage.callback(
      number,
      messagesBody(
        number,
        ids.map((id) => text(id)),
      ),
    )
  return { stage, number, receiver, says, api: stage.api }
}

test('a hook reads back as it was written, its secret whole once and masked ever after', async (t) => {
  const { stage, receiver, api } = await stageWith(t)
  const wish = {
    id: 'full',
    name: 'Full',
    url: receiver.url,
    method: 'PUT' as const,
    headers: { Authorization: 'Bearer abcdefghijklmnop', 'X-Shop': 'north' },
    active: false,
    events: ['message.*', 'meta.anything'],
    description: 'all of it',
    allow_insecure: true,
    accounts: ['shop'],
    chats: ['15550001111'],
    order: 'none' as const,
    retry: { delays: [1, 2], give_up_after: 60 },
    raw: true,
    media: 'both' as const,
    format: 'native' as const,
  }
  const { secret, hook_id } = await api.addHook(wish)
  assert.equal(hook_id, 'full')
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  const read = await api.getHook({ id: 'full' })
  assert.deepEqual(read, {
    ...wish,
    headers: { Authorization: '***mnop', 'X-Shop': 'north' },
    secret: `***${secret.slice(-4)}`,
    disabled_reason: null,
    breaker: 'closed',
  })
  assert.deepEqual(
    (await api.listHooks()).map(({ id }) => id),
    ['crm', 'full'],
  )
  for (const path of ['/api/hooks', '/api/hooks/full']) {
    const raw = await (await fetch(stage.url + path, { headers: { 'x-api-key': stage.key } })).text()
    assert.ok(!raw.includes(secret) && !raw.includes('abcdefghijkl'), path)
  }
  assert.match(await refusal(api.addHook(wish), 'exists'), /"full"/)
  assert.match(await refusal(api.getHook({ id: 'nobody' }), 'not-found'), /"nobody"/)
  await refusal(api.updateHook({ id: 'nobody', active: true }), 'not-found')
  await refusal(api.removeHook({ id: 'nobody' }), 'not-found')
  await refusal(api.testHook({ id: 'nobody' }), 'not-found')
})

test('what reads back masked can be sent back, and changes nothing; absent fields stay', async (t) => {
  const { receiver, says, api } = await stageWith(
    t,
    {},
    { headers: { 'X-Api-Key': 'a-long-credential-1234', 'X-A': 'b' } },
  )
  await api.updateHook({ ...(await api.getHook({ id: 'crm' })), name: 'Renamed' })
  await api.updateHook({ id: 'crm', description: 'said' })
  await says('wamid.1')
  const got = await receiver.next(isMessage)
  assert.equal(got.signed, true)
  assert.equal(got.headers['x-api-key'], 'a-long-credential-1234')
  const after = await api.getHook({ id: 'crm' })
  assert.deepEqual([after.name, after.description, after.headers?.['X-A']], ['Renamed', 'said', 'b'])
  await api.updateHook({ id: 'crm', headers: { 'x-api-key': '***1234', 'X-A': '' } })
  await says('wamid.2')
  const next = await receiver.next((request) => request.body.includes('wamid.2'))
  assert.deepEqual([next.headers['x-api-key'], next.headers['x-a']], ['a-long-credential-1234', ''])
  const unknown = { id: 'crm', headers: { Authorization: '***1234' } }
  assert.match(await refusal(api.updateHook(unknown)), /headers: .*"Authorization" is masked/)
  await refusal(
    api.addHook({ id: 'b', name: 'B', url: receiver.url, active: true, headers: { Authorization: '***9999' } }),
  )
})

test('a new secret signs from the next delivery on', async (t) => {
  const { receiver, says, api } = await stageWith(t)
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  await api.updateHook({ id: 'crm', secret })
  receiver.trust(secret)
  await says('wamid.1')
  assert.equal((await receiver.next(isMessage)).signed, true)
  await refusal(api.updateHook({ id: 'crm', secret: `whsec_${Buffer.alloc(23).toString('base64')}` }))
})

test('changes of a hook that come at once are all kept', async (t) => {
  const { api } = await stageWith(t)
  await Promise.all([
    api.updateHook({ id: 'crm', name: 'One' }),
    api.updateHook({ id: 'crm', description: 'two' }),
    api.updateHook({ id: 'crm', headers: { 'X-Three': '3' } }),
    api.updateHook({ id: 'crm', order: 'none' }),
  ])
  const { name, description, headers, order } = await api.getHook({ id: 'crm' })
  assert.deepEqual(
    { name, description, headers, order },
    { name: 'One', description: 'two', headers: { 'X-Three': '3' }, order: 'none' },
  )
})

test('filters of events, accounts and chats let through what they name and nothing else', async (t) => {
  const { stage, number, receiver, api } = await stageWith(
    t,
    {},
    { accounts: ['shop'], chats: ['15550001111'], events: ['message.*'] },
  )
  const other = await stage.addAccount('other')
  const all = await stage.addHook('all')
  await stage.callback(number, messagesBody(number, [text('wamid.else', 'x', '15550002222')], '15550002222'))
  await stage.callback(other, messagesBody(other, [text('wamid.other')]))
  await stage.callback(number, messagesBody(number, [text('wamid.mine')]))
  await Promise.all([receiver, all].map(({ next }) => next((request) => request.body.includes('wamid.mine'))))
  assert.deepEqual(idsAt(receiver), ['wamid.mine'])
  assert.deepEqual([...new Set(receiver.received.map(typeOf))], ['message.received'])
  await until(() => idsAt(all).length === 3, 'the hook without filters has all three')

  const near = await refusal(api.updateHook({ id: 'crm', events: ['message.recieved'] }))
  assert.match(near, /message\.recieved.*message\.received/)
  for (const events of [['mesage.*'], ['*.received'], ['message'], ['']])
    await refusal(api.updateHook({ id: 'crm', events }))
  await api.updateHook({ id: 'crm', events: ['*', 'meta.field_of_tomorrow', 'presence.updated'] })
})

test('a hook by GET gets id, type and account in the query, and no body', async (t) => {
  const { receiver, says } = await stageWith(t, {}, { method: 'GET' })
  await says('wamid.1')
  const { method, url, body, headers, signed } = await receiver.next(isMessage)
  const query = new URL(url, receiver.url).searchParams
  assert.deepEqual([method, body, signed, headers['content-length']], ['GET', '', true, undefined])
  assert.deepEqual(
    [query.get('id'), query.get('type'), query.get('account')],
    [headers['webhook-id'], 'message.received', 'shop'],
  )
})

test('raw adds the object of Meta, and the body without it is the same bytes', async (t) => {
  const { stage, receiver, number } = await stageWith(t)
  const raw = await stage.addHook('raw', {}, { raw: true })
  const message = { ...text('wamid.1', 'grüße 😀'), field_of_tomorrow: { deep: [1] } }
  await stage.callback(number, messagesBody(number, [message]))
  const [plain, whole] = await Promise.all([receiver.next(isMessage), raw.next(isMessage)])
  const parsed = JSON.parse(whole.body) as { data: Record<string, unknown> }
  assert.deepEqual((parsed.data.raw as { message?: unknown }).message ?? parsed.data.raw, message)
  const { raw: _raw, ...data } = parsed.data
  assert.equal(JSON.stringify({ ...parsed, data }), plain.body)
})

test('a hook that answers 410 is switched off, the others are told, and enabling goes on with what waited', async (t) => {
  let gone = true
  const answer = (): Answer => ({ status: gone ? 410 : 200 })
  const { stage, api, says, receiver } = await stageWith(t, { answer }, { events: ['message.*'] })
  const watch = await stage.addHook('watch', {}, { events: ['hook.*'] })
  await says('wamid.1')
  const told = await watch.next((request) => typeOf(request) === 'hook.disabled')
  const { data } = JSON.parse(told.body) as { data: Record<string, unknown> }
  assert.deepEqual([data.hook_id, data.reason], ['crm', 'It answered 410 Gone'])
  const { active, disabled_reason } = await api.getHook({ id: 'crm' })
  assert.deepEqual({ active, disabled_reason }, { active: false, disabled_reason: 'It answered 410 Gone' })
  await says('wamid.while-off')
  gone = false
  const before = receiver.received.length
  await api.updateHook({ id: 'crm', active: true })
  await watch.next((request) => typeOf(request) === 'hook.enabled')
  await says('wamid.2')
  await receiver.next((request) => request.body.includes('"wamid.2"'))
  // The order of its chat says that nothing else can come before the second one.
  await until(() => idsAt(receiver).length >= before + 2, 'what waited and what is new arrive')
  assert.deepEqual(idsAt(receiver).slice(before), ['wamid.1', 'wamid.2'])
  assert.equal((await api.getHook({ id: 'crm' })).disabled_reason, null)
})

test('the test button says what came back, and records nothing', async (t) => {
  let status = 200
  const { api, receiver } = await stageWith(t, { answer: () => ({ status, body: 'said <b>so</b>' }) })
  const { took_ms, ...taken } = await api.testHook({ id: 'crm' })
  assert.deepEqual(taken, { status: 'ok', hook_id: 'crm', http_status: 200, error: null, answer: 'said <b>so</b>' })
  assert.ok(took_ms >= 0 && took_ms < 5000)
  const got = await receiver.next((request) => typeOf(request) === 'hook.test')
  assert.equal(got.signed, true)
  status = 500
  const { took_ms: _, ...failed } = await api.testHook({ id: 'crm' })
  assert.deepEqual(failed, {
    status: 'failed',
    hook_id: 'crm',
    http_status: 500,
    error: 'answered 500',
    answer: 'said <b>so</b>',
  })
  assert.deepEqual((await api.listDeliveries({ hook: 'crm' })).deliveries, [])
  const closed = await startReceiver()
  await closed.close()
  await api.updateHook({ id: 'crm', url: closed.url })
  assert.equal((await api.testHook({ id: 'crm' })).error, 'connection refused')
})

test('a removed hook gets nothing more, and one of the same name is another one', async (t) => {
  const down = { answer: () => ({ status: 503 }) }
  const { stage, receiver, says, api } = await stageWith(t, down, { retry: { delays: [1], give_up_after: 86_400 } })
  await says('wamid.1', 'wamid.2')
  await receiver.next(isMessage)
  await api.removeHook({ id: 'crm' })
  const count = receiver.received.length
  await refusal(api.getHook({ id: 'crm' }), 'not-found')
  await refusal(api.listDeliveries({ hook: 'crm' }), 'not-found')
  assert.deepEqual((await api.listDeliveries()).deliveries, [])
  const again = await stage.addHook('crm')
  await says('wamid.3')
  await again.next((request) => request.body.includes('wamid.3'))
  await stage.restart()
  await says('wamid.4')
  await again.next((request) => request.body.includes('wamid.4'))
  assert.deepEqual(idsAt(again), ['wamid.3', 'wamid.4'])
  assert.equal(receiver.received.length, count)
})

test('a hook added later gets only later events', async (t) => {
  const { stage, receiver, says } = await stageWith(t)
  await says('wamid.before')
  await receiver.next(isMessage)
  const later = await stage.addHook('later')
  await says('wamid.after')
  await later.next(isMessage)
  await stage.restart()
  await says('wamid.last')
  await later.next((request) => request.body.includes('wamid.last'))
  assert.deepEqual(idsAt(later), ['wamid.after', 'wamid.last'])
})
