// Meta's callbacks on the whole product: what is taken, once; what is refused, without a trace; what cannot be read costs nobody else.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { NumberSetup } from '../../simulator/meta/index.ts'
import type { Receiver } from '../../simulator/receiver/index.ts'
import { escaped, sample, sampleNames } from '../transports/cloud/stand.ts'
import { messagesBody, sign, text } from './callback.ts'
import { allTold, eventsOf, nextEvent } from './events.ts'
import { checkGraphCalls } from './graph-calls.ts'
import { type Ending, type Stage, startStage } from './stage.ts'

interface Standing {
  readonly stage: Stage
  readonly number: NumberSetup
  readonly receiver: Receiver
  /** POSTs bytes as they are; signed unless told otherwise. Answers status and text. */
  post(body: string | Uint8Array, signature?: string | null, path?: string): Promise<[number, string]>
  /** What was told of all that was recorded so far. */
  told(): Promise<ReturnType<typeof eventsOf>>
}

async function standing(t: Ending): Promise<Standing> {
  const stage = await startStage(t)
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('all')
  await allTold(stage, number, receiver)
  return {
    stage,
    number,
    receiver,
    async post(body, signature = sign(body, number.appSecret), path = '/webhooks/whatsapp/shop') {
      const headers = { 'content-type': 'application/json', ...(signature && { 'x-hub-signature-256': signature }) }
      const response = await fetch(`${stage.url}${path}`, { method: 'POST', headers, body: Buffer.from(body) })
      return [response.status, await response.text()]
    },
    async told() {
      await allTold(stage, number, receiver)
      return eventsOf(receiver)
    },
  }
}

it('the same callback fifty times at once, and once more after a restart, is one event in the store and at the hook', async (t) => {
  const { stage, number, post, told } = await standing(t)
  const body = messagesBody(number, [text('wamid.fifty')])
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(body)))
  assert.deepEqual(new Set(answers.map(([status]) => status)), new Set([200]))
  await stage.restart()
  assert.deepEqual((await post(body))[0], 200)
  assert.deepEqual(
    (await told()).map(({ data }) => data.message_id),
    ['wamid.fifty'],
  )
  checkGraphCalls(stage.meta)
})

it('a callback that is not signed with the secret of the app is refused, and nothing of it is recorded', async (t) => {
  const { stage, number, receiver, post, told } = await standing(t)
  const body = messagesBody(number, [text('wamid.forged')])
  const right = sign(body, number.appSecret)
  const wrong: [string, string | null][] = [
    [body.replace('wamid.forged', 'wamid.forgex'), right],
    [`${body} `, right],
    [body, null],
    [body, ''],
    [body, 'sha256='],
    [body, sign(body, 'another secret')],
    [body, right.toUpperCase().replace('SHA256', 'sha256')],
    [body, right.slice('sha256='.length)],
    [body, `${right}00`],
    [body, right.replace('sha256', 'sha1')],
    [body, `${right},${right}`],
  ]
  for (const [bytes, signature] of wrong) {
    const [status, answer] = await post(bytes, signature)
    assert.equal(status, 401, `${signature}`)
    assert.ok(!answer.includes(number.appSecret) && !answer.includes(right))
  }
  assert.deepEqual(await told(), [])
  // What nobody wanted stays in the cache: with the hook off, a recorded event would be seen there.
  await stage.api.updateHook({ id: 'all', active: false })
  for (const [bytes, signature] of wrong) assert.equal((await post(bytes, signature))[0], 401)
  assert.equal((await stage.api.getCachedEvents({ event_type: 'message.received' })).count, 0)
  assert.equal((await post(body, right))[0], 200)
  assert.equal((await stage.api.getCachedEvents({ event_type: 'message.received' })).count, 1)
  assert.ok(receiver.received.every((request) => !request.body.includes('forge')))
})

it('absurd items of a batch are kept as they came, and cost none of the others', async (t) => {
  const { number, post, told } = await standing(t)
  const absurd = [
    null,
    17,
    'text',
    [],
    {},
    { id: 'wamid.x' },
    { id: 5, timestamp: 'never', type: {} },
    { type: 'text' },
  ]
  const value = (messages: unknown[], statuses: unknown[] = []) => ({
    messaging_product: 'whatsapp',
    metadata: { phone_number_id: number.phoneNumberId },
    contacts: [null, 'Zoe', { wa_id: 5 }],
    messages,
    statuses,
  })
  const entry = [
    null,
    'entry',
    { id: number.wabaId, changes: 'none' },
    {
      id: number.wabaId,
      changes: [
        null,
        { field: 'messages' },
        { field: 'messages', value: value([...absurd, text('wamid.good1')], [{}, { id: 'wamid.s', status: 'odd' }]) },
        { field: 'messages', value: value('nonsense' as unknown as unknown[]) },
        { field: 'messages', value: value([text('wamid.good2')]) },
      ],
    },
  ]
  const [status] = await post(JSON.stringify({ object: 'whatsapp_business_account', entry }))
  assert.equal(status, 200)
  const events = await told()
  const good = events.filter(({ type }) => type === 'message.received').map(({ data }) => data.message_id)
  assert.deepEqual(good, ['wamid.good1', 'wamid.good2'])
  assert.ok(events.every(({ type }) => type === 'message.received' || type.startsWith('meta.')))
  const kept = events.filter(({ type }) => type === 'meta.messages').map(({ data }) => JSON.stringify(data.item))
  for (const item of absurd) assert.ok(kept.includes(JSON.stringify(item)), JSON.stringify(item))
})

it('each change of a POST on a shared path reaches the account of its number; an unknown number is acknowledged and dropped', async (t) => {
  const { stage, post, told } = await standing(t)
  const webhook_path = '/webhooks/meta-app'
  const numbers = await Promise.all(
    ['one', 'two'].map(async (id) => {
      const number = stage.meta.addNumber({ callbackUrl: `${stage.url}${webhook_path}` })
      const { phoneNumberId, token, appSecret, verifyToken } = number
      const settings = {
        phone_number_id: phoneNumberId,
        access_token: token,
        app_secret: appSecret,
        verify_token: verifyToken,
      }
      await stage.api.addAccount({ id, type: 'cloud', business_api: { ...settings, webhook_path } })
      await stage.meta.verifyCallback(phoneNumberId)
      return number
    }),
  )
  const stranger = { ...(numbers[0] as NumberSetup), phoneNumberId: '999999999999999', wabaId: '888888888888888' }
  const bodies = [...numbers, stranger].map((number, index) =>
    JSON.parse(messagesBody(number, [text(`wamid.to${index}`)])),
  )
  const body = JSON.stringify({ ...bodies[0], entry: bodies.flatMap(({ entry }) => entry) })
  assert.deepEqual(await post(body, undefined, webhook_path), [200, 'OK'])
  const alone = JSON.stringify(bodies[2])
  assert.deepEqual(await post(alone), [200, 'OK'])
  assert.deepEqual(
    (await told()).map(({ account_id, data }) => [account_id, data.message_id]),
    [
      ['one', 'wamid.to0'],
      ['two', 'wamid.to1'],
    ],
  )
  assert.equal((await post(body, undefined, '/webhooks/nobody'))[0], 404)
  checkGraphCalls(stage.meta)
})

it('every kind of callback comes through, compact or escaped, once', async (t) => {
  const { number, post, told, stage, receiver } = await standing(t)
  let had = 0
  for (const name of sampleNames()) {
    for (const [form, write] of Object.entries({ compact: JSON.stringify, escaped })) {
      const body = sample(name)
      for (const entry of body.entry) {
        entry.id = number.wabaId
        // The two forms of a thing that has no id are the same fact: an hour apart they are two.
        if (entry.time !== undefined) entry.time += form === 'compact' ? 0 : 3600
        for (const { value } of entry.changes)
          if (value?.metadata) value.metadata.phone_number_id = number.phoneNumberId
      }
      // Each has ids of its own, so that none is taken for another one told again.
      const json = write(body).replaceAll('wamid.', `wamid.${name}-${form}`)
      assert.equal((await post(json))[0], 200, name)
      await allTold(stage, number, receiver)
      const events = eventsOf(receiver).slice(had)
      assert.ok(events.length >= 1 && events.length <= 2, `${name} ${form}: ${events.length} events`)
      assert.equal(events.length, name === 'field-smb-app-state-sync' ? 2 : 1, `${name} ${form}`)
      had += events.length
      assert.equal((await post(json))[0], 200, name)
    }
  }
  assert.equal((await told()).length, had, 'the second POST of the same bytes brings nothing new')
})

it('customers without a number are told by their user id, and can be answered there', async (t) => {
  const { stage, number, receiver } = await standing(t)
  const userId = 'US.13491208655302741918'
  const customer = stage.meta.customer('15550007777', { userId, username: 'zoe.u', hidesNumber: true, name: 'Zoe' })
  customer.says('who am I?')
  const { data } = await nextEvent(receiver, ({ type }) => type === 'message.received')
  assert.deepEqual([data.chat.id, data.chat.phone, data.from.lid], [userId, null, userId])
  const { message_id } = await stage.api.sendMessage({ account_id: 'shop', to: data.chat.id, text: 'You are you' })
  const delivered = await nextEvent(receiver, ({ type }) => type === 'message.delivered')
  assert.deepEqual([delivered.data.message_id, delivered.data.chat.id], [message_id, userId])
  const call = stage.meta.requests().find(({ method, path }) => method === 'POST' && path.endsWith('/messages'))
  const { recipient, to } = (call?.body ?? {}) as Record<string, unknown>
  assert.deepEqual([recipient, to], [userId, undefined])
  assert.equal((await stage.api.getMessage({ id: message_id })).status, 'delivered')
  assert.ok(number.phoneNumberId)
  checkGraphCalls(stage.meta)
})

it('a thousand messages in one POST become a thousand events, in order per chat', async (t) => {
  const { number, post, told } = await standing(t)
  const messages = Array.from({ length: 1000 }, (_, n) => text(`wamid.${n}`, `n${n}`, `1555100${1000 + (n % 10)}`))
  const body = messagesBody(number, messages)
  assert.equal((await post(body))[0], 200)
  assert.equal((await post(body))[0], 200)
  const events = await told()
  assert.equal(events.length, 1000)
  for (let chat = 0; chat < 10; chat += 1) {
    const [first, ...rest] = events
      .map(({ data }) => Number(data.message_id.slice('wamid.'.length)))
      .filter((n) => n % 10 === chat)
    assert.equal(first, chat)
    assert.ok(
      rest.every((n, index) => n === chat + 10 * (index + 1)),
      `chat ${chat} is not in order`,
    )
  }
})

it('three megabytes are taken, more than four are refused, and what is no JSON in UTF-8 is told so', async (t) => {
  const { number, post, told } = await standing(t)
  const large = messagesBody(number, [text('wamid.large', 'ü'.repeat(1_500_000))])
  assert.ok(Buffer.byteLength(large) > 3_000_000)
  assert.equal((await post(large))[0], 200)
  const beyond = messagesBody(number, [text('wamid.beyond', 'x'.repeat(4 * 1024 * 1024))])
  assert.equal((await post(beyond))[0], 413)
  const broken = Buffer.from(messagesBody(number, [text('wamid.broken', 'xxxx')]))
  broken[broken.indexOf('xxxx')] = 0xff
  for (const body of [broken, '', '{', '[]', 'null', '"text"', large.slice(0, 1000)])
    assert.equal((await post(body))[0], 400, String(body).slice(0, 20))
  assert.deepEqual(
    (await told()).map(({ data }) => [data.message_id, data.text.body.length]),
    [['wamid.large', 1_500_000]],
  )
})

it('the verification of a callback echoes the challenge to who knows the token, and to nobody else', async (t) => {
  const { stage, number } = await standing(t)
  const ask = async (query: Record<string, string> | string): Promise<[number, string, string | null]> => {
    const response = await fetch(`${stage.url}/webhooks/whatsapp/shop?${new URLSearchParams(query)}`)
    return [response.status, await response.text(), response.headers.get('content-type')]
  }
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': number.verifyToken, 'hub.challenge': '1158201444' }
  assert.deepEqual(await ask(right), [200, '1158201444', 'text/plain; charset=utf-8'])
  const { 'hub.verify_token': _, ...without } = right
  const wrong = [
    without,
    { ...right, 'hub.verify_token': 'wrong' },
    { ...right, 'hub.verify_token': '' },
    { ...right, 'hub.mode': 'unsubscribe' },
    `${new URLSearchParams(right)}&hub.verify_token=wrong`,
    { ...right, 'hub.challenge': '<script>'.repeat(100) },
    {},
  ]
  for (const query of wrong) {
    const [status, body] = await ask(query)
    assert.equal(status, 403)
    assert.ok(!body.includes('1158201444') && !body.includes('<') && !body.includes(number.verifyToken), body)
  }
})
