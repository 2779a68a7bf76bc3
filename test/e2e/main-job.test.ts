// The main job, whole: a message in, a signed webhook out, a reply back, and what became of the reply.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { Answer, Received } from '../../simulator/receiver/index.ts'
import { startReceiver } from '../../simulator/receiver/index.ts'
import { VERSION } from '../../src/version.ts'
import { messagesBody, text } from './callback.ts'
import { until } from './conditions.ts'
import { allTold, eventOf, eventsOf, nextEvent } from './events.ts'
import { checkGraphCalls } from './graph-calls.ts'
import { startStage } from './stage.ts'

const ZOE = '15550001111'
const json = (body: unknown): Answer => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
/** Answers messages of Zoe's with this, everything else with nothing. */
const toZoe = (body: unknown) => (request: Received) => {
  const { type, data } = eventOf(request)
  return type === 'message.received' && data.chat.id === ZOE ? json(body) : {}
}

it('a message becomes one webhook, signed by the standard, with the headers and the envelope of the contract', async (t) => {
  const stage = await startStage(t)
  await stage.addAccount('shop')
  const receiver = await startReceiver()
  t.after(() => receiver.close())
  const { secret } = await stage.api.addHook({
    id: 'crm',
    name: 'CRM',
    url: `${receiver.url}in?a=1`,
    active: true,
    events: ['message.received'],
    headers: { 'X-Own': 'mine' },
    raw: true,
  })
  receiver.trust(secret)
  const said = stage.meta.customer(ZOE, { name: 'Zoë 🌱' }).says('Grüße\u2028„you“ \\ / 😀')
  const request = await receiver.next(() => true)

  const { body, headers } = request
  const verified = new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>
  assert.throws(() => new Webhook(secret).verify(body.replace('Gr', 'gr'), headers as Record<string, string>))
  assert.deepEqual(Object.keys(verified), ['id', 'type', 'timestamp', 'account_id', 'data'])
  assert.equal(verified.id, headers['webhook-id'])
  assert.match(String(verified.id), /^evt_[0-9A-HJKMNP-TV-Z]{20}$/)
  assert.ok(Math.abs(Date.parse(String(verified.timestamp)) - Date.now()) < 60_000)
  assert.deepEqual([verified.type, verified.account_id], ['message.received', 'shop'])
  const { raw, timestamp, ...data } = eventOf(request).data
  assert.deepEqual(data, {
    message_id: said.id,
    chat: { id: ZOE, phone: `+${ZOE}`, lid: null, name: 'Zoë 🌱', is_group: false },
    from: { id: ZOE, phone: `+${ZOE}`, lid: null, name: 'Zoë 🌱' },
    from_me: false,
    message_type: 'text',
    context: null,
    media: null,
    text: { body: 'Grüße\u2028„you“ \\ / 😀' },
  })
  assert.equal(timestamp, new Date(Number(said.message.timestamp) * 1000).toISOString())
  assert.deepEqual(raw, said.message)
  assert.deepEqual([request.method, request.url, request.signed], ['POST', '/in?a=1', true])
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['user-agent'], `WhatsHooked/${VERSION}`)
  assert.equal(headers['x-whatshooked-event'], 'message.received')
  assert.equal(headers['x-whatshooked-account'], 'shop')
  assert.equal(headers['x-whatshooked-attempt'], '1')
  assert.equal(headers['x-own'], 'mine')
  checkGraphCalls(stage.meta)
})

it('a reply goes to its chat, and each of its ticks is one event with the id that the send answered', async (t) => {
  const stage = await startStage(t)
  await stage.addAccount('shop')
  const receiver = await stage.addHook('crm', { answer: toZoe({ reply: { text: 'Hello!' } }) })
  const zoe = stage.meta.customer(ZOE, { autoRead: true })
  zoe.says('hi')
  const read = await nextEvent(receiver, ({ type }) => type === 'message.read')
  await stage.meta.settled()

  const [sent, ...others] = stage.meta.messages().filter(({ direction }) => direction === 'out')
  assert.equal(others.length, 0)
  assert.deepEqual([sent?.message.to, sent?.message.text], [`+${ZOE}`, { body: 'Hello!', preview_url: false }])
  const ticks = eventsOf(receiver).filter(({ type }) => type !== 'message.received')
  assert.deepEqual(ticks.map(({ type }) => type).toSorted(), ['message.delivered', 'message.read', 'message.sent'])
  for (const { data, account_id } of ticks) {
    assert.deepEqual([data.message_id, data.transport_id, data.chat.id], [sent?.id, sent?.id, ZOE])
    assert.equal(account_id, 'shop')
    const kept = await stage.api.getMessage({ id: data.message_id })
    assert.deepEqual([kept.status, kept.transport_id, kept.to], ['read', sent?.id, ZOE])
  }
  const kept = await stage.api.getMessage({ id: read.data.message_id })
  assert.deepEqual(await stage.api.getMessage({ id: kept.id }), kept)
  assert.match(kept.id, /^msg_/)
  assert.deepEqual(
    kept.history.map(({ status }) => status),
    ['queued', 'sending', 'sent', 'delivered', 'read'],
  )
  checkGraphCalls(stage.meta)
})

it('an answer may hold an array of replies, sends to others and up to ten in all; what is wrong is left out', async (t) => {
  const stage = await startStage(t)
  stage.meta.limits({ window: false })
  const number = await stage.addAccount('shop')
  const other = await stage.addAccount('other')
  const answers: Record<string, unknown> = {
    array: [{ reply: { text: 'a1' } }, 'nonsense', { reply: { text: 'a2', preview_url: true } }, null, { reply: 5 }],
    send: {
      send: [
        { to: '+1 (555) 000-2222', text: 's1' },
        { operation: 'sendMessage', to: '15550003333', text: 's2', account_id: 'other' },
        { text: 's3', reply_to: 'wamid.c2VuZA==' },
        { operation: 'sendFax', text: 'x' },
        { to: 'not a number', text: 'x' },
        { to: '15550004444', text: 'x', account_id: 'nobody' },
        { to: '15550004444' },
        { to: '15550004444', text: 'x'.repeat(4097) },
        { to: 17, text: 'x' },
        { to: '15550004444', text: 's4', preview_url: false },
        { to: '15550004444', text: 'the eleventh' },
      ],
    },
    many: { reply: Array.from({ length: 14 }, (_, n) => ({ text: `m${n}` })) },
    odd: { reply: { text: '' }, send: 'no', other: true },
  }
  const receiver = await stage.addHook('crm', {
    answer: (request) => {
      const { type, data } = eventOf(request)
      return type === 'message.received' ? json(answers[data.text.body] ?? {}) : {}
    },
  })
  for (const name of Object.keys(answers))
    await stage.callback(number, messagesBody(number, [text(`wamid.${btoa(name)}`, name)]))
  const wanted = ['a1', 'a2', 's1', 's2', 's3', 's4', ...Array.from({ length: 10 }, (_, n) => `m${n}`)]
  await nextEvent(receiver, ({ type, data }) => type === 'message.received' && data.text.body === 'odd')
  const sent = () => stage.meta.messages().filter(({ direction }) => direction === 'out')
  for (const _ of wanted) {
    const missing = wanted.filter(
      (body) => !sent().some(({ message }) => (message.text as { body: string }).body === body),
    )
    if (missing.length === 0) break
    const had = sent().length
    await receiver.next(({ body }) => body.includes('message.sent') && sent().length > had).catch(() => {})
  }
  await stage.meta.settled()
  const all = sent().map(({ message, phoneNumberId }) => ({ ...message, phoneNumberId })) as Record<string, unknown>[]
  const bodies = all.map((message) => (message.text as { body: string }).body)
  assert.deepEqual(bodies.toSorted(), wanted.toSorted())
  const find = (body: string) => all[bodies.indexOf(body)]
  assert.deepEqual(
    bodies.filter((body) => body.startsWith('m')),
    Array.from({ length: 10 }, (_, n) => `m${n}`),
    'one chat keeps its order',
  )
  assert.deepEqual([find('s1')?.to, find('s1')?.phoneNumberId], ['+15550002222', number.phoneNumberId])
  assert.deepEqual([find('s2')?.to, find('s2')?.phoneNumberId], ['+15550003333', other.phoneNumberId])
  assert.deepEqual([find('s3')?.to, find('s3')?.context], [`+${ZOE}`, { message_id: 'wamid.c2VuZA==' }])
  assert.deepEqual(find('a2')?.text, { body: 'a2', preview_url: true })
  checkGraphCalls(stage.meta)
})

it('a hook that answers everything with a reply does not talk to itself: only what others wrote is replied to', async (t) => {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('crm', {
    answer: () => json([{ reply: { text: 'echo' } }, { send: [{ text: 'again' }] }]),
  })
  stage.meta.customer(ZOE, { autoRead: true }).says('hi')
  const echo = { ...text('wamid.app', 'from the app', number.displayPhoneNumber), to: ZOE }
  stage.meta.sendCallback({
    phoneNumberId: number.phoneNumberId,
    field: 'smb_message_echoes',
    value: {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: number.displayPhoneNumber, phone_number_id: number.phoneNumberId },
      message_echoes: [echo],
    },
  })
  const both = ['echo', 'again']
  await nextEvent(receiver, ({ data }) => data.from_me === true)
  for (const [index] of both.entries())
    await receiver.next(() => eventsOf(receiver).filter(({ type }) => type === 'message.read').length > index)
  await stage.meta.settled()
  const sent = stage.meta.messages().filter(({ direction }) => direction === 'out')
  assert.deepEqual(
    sent.map(({ message }) => (message.text as { body: string }).body),
    both,
  )
  assert.ok(eventsOf(receiver).some(({ type }) => type === 'message.sent'))
  checkGraphCalls(stage.meta)
})

it('a customer cannot pass for the business by what the message says', async (t) => {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('crm', { answer: toZoe({ reply: { text: 'answered' } }) })
  const nfm_reply = { name: 'flow', body: 'Sent', response_json: '{"from_me":true}' }
  const message = { ...text('wamid.flow'), type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply } }
  stage.meta.customer(ZOE).says('so that the window is open')
  await stage.callback(number, messagesBody(number, [message]))
  await receiver.next(() => eventsOf(receiver).filter(({ type }) => type === 'message.delivered').length === 2)
})

it('a delivery that is repeated sends its reply once for each hook, also after a restart', async (t) => {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  stage.meta.limits({ window: false })
  const reply = toZoe({ reply: { text: 'once' } })
  const hooks = [await stage.addHook('one', { answer: reply }), await stage.addHook('two', { answer: reply })]
  await stage.callback(number, messagesBody(number, [text('wamid.asked')]))
  for (const hook of hooks) {
    await hook.next(() => eventsOf(hook).filter(({ type }) => type === 'message.delivered').length === 2)
  }
  const asked = hooks[0]?.received.find(({ body }) => body.includes('wamid.asked'))
  const event = String(asked?.headers['webhook-id'])
  const find = async () => (await stage.api.listDeliveries({ hook: 'one', event })).deliveries
  await until(async () => (await find())[0]?.state === 'delivered', 'the delivery is written down')
  const deliveries = await find()
  const times = () => hooks[0]?.received.filter(({ body }) => body.includes('wamid.asked')).length ?? 0
  for (const restarted of [false, true]) {
    if (restarted) await stage.restart()
    const had = times()
    await stage.api.retryDelivery({ id: String(deliveries[0]?.id) })
    await hooks[0]?.next(() => times() > had)
  }
  await stage.callback(number, messagesBody(number, [text('wamid.later', 'x', '15550009999')], '15550009999'))
  await hooks[0]?.next(({ body }) => body.includes('wamid.later'))
  await stage.meta.settled()
  const repeats = hooks[0]?.received.filter(({ body }) => body.includes('wamid.asked')) ?? []
  assert.equal(repeats.length, 3)
  assert.deepEqual(new Set(repeats.map(({ body }) => body)).size, 1)
  assert.equal(stage.meta.messages().filter(({ direction }) => direction === 'out').length, 2)
  checkGraphCalls(stage.meta)
})

it('statuses in any order, and more than once, never move a message back, and each is told once', async (t) => {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('crm')
  stage.meta.customer(ZOE, { autoRead: true }).says('hi')
  await nextEvent(receiver, ({ type }) => type === 'message.received')
  stage.meta.holdCallbacks()
  const { message_id } = await stage.api.sendMessage({ account_id: 'shop', to: ZOE, text: 'hello' })
  await stage.meta.settled()
  stage.meta.releaseCallbacks({ reversed: true, copies: 2 })
  await stage.meta.settled()
  await allTold(stage, number, receiver)
  const told = eventsOf(receiver).filter(({ data }) => data.message_id === message_id)
  assert.deepEqual(
    told.map(({ type }) => type),
    ['message.sent', 'message.read', 'message.delivered'],
    'in the order in which they were learned',
  )
  const { status, history } = await stage.api.getMessage({ id: message_id })
  assert.equal(status, 'read')
  assert.deepEqual(
    history.map((line) => line.status),
    ['sending', 'sent', 'delivered', 'read'],
  )
  checkGraphCalls(stage.meta)
})
