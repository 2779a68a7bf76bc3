// The control API: the same stage, set and watched from another process.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMetaSimulator } from '../../../simulator/meta/index.ts'
import { startReceiver } from './receiver.ts'
import type { GraphBody } from './shapes.ts'
import { customerNumber, textBody } from './stage.ts'

/** What control answers: of all that it can hold, what the tests look at. */
type ControlBody = {
  id: string
  length: number
  error: string
  routes: string[]
  phoneNumberId: string
  wabaId: string
  appId: string
  token: string
  sent: number
  0: { id: string; hits: number; headers: Record<string, string> }
}

async function setControlStage(t: { after(work: () => Promise<void>): void }) {
  const receiver = await startReceiver()
  t.after(() => receiver.close())
  const simulator = await startMetaSimulator()
  t.after(() => simulator.close())
  const control = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: ControlBody }> => {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const response = await fetch(`${simulator.url}/_control${path}`, { method, ...init })
    return { status: response.status, body: (await response.json()) as ControlBody }
  }
  return { receiver, simulator, control }
}

test('a whole conversation can be driven over HTTP', async (t) => {
  const { receiver, simulator, control } = await setControlStage(t)
  const { body: number } = await control('POST', '/numbers', {
    callbackUrl: receiver.url,
    verifyToken: receiver.verifyToken,
  })
  assert.equal((await control('POST', `/numbers/${number.phoneNumberId}/verify`)).status, 200)
  await control('POST', `/customers/${customerNumber}`, { name: 'Zoe' })
  const said = (await control('POST', `/customers/${customerNumber}/says`, { text: 'hi' })).body
  assert.match(said.id, /^wamid\./)
  const sent = (await (
    await fetch(`${simulator.url}/v21.0/${number.phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${number.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(textBody()),
    })
  ).json()) as GraphBody
  await control('GET', '/settled')
  await control('POST', `/customers/${customerNumber}/reads`, { id: sent.messages[0].id })
  await control('POST', `/customers/${customerNumber}/sends`, {
    message: { type: 'reaction', reaction: { message_id: sent.messages[0].id, emoji: '👍' } },
  })
  await control('GET', '/settled')
  const seen = receiver.items().map((item) => item.status ?? item.type)
  assert.deepEqual(seen, ['text', 'sent', 'delivered', 'read', 'reaction'])
  assert.equal(receiver.received[0].body.entry[0].changes[0].value.contacts[0].profile.name, 'Zoe')
  assert.equal((await control('GET', '/messages')).body.length, 3)
  assert.equal((await control('GET', '/requests')).body[0].headers.authorization, `Bearer ${number.token}`)
  assert.equal((await control('GET', '/callbacks')).body.length, 5)
})

test('callbacks are held, released, repeated and sent raw', async (t) => {
  const { receiver, simulator, control } = await setControlStage(t)
  const { body: number } = await control('POST', '/numbers', { callbackUrl: receiver.url })
  await control('POST', '/callbacks/hold')
  for (const text of ['a', 'b'])
    await control('POST', `/customers/${customerNumber}/says`, { text, to: number.phoneNumberId })
  const released = (await control('POST', '/callbacks/release', { reversed: true, batch: true })).body
  assert.equal(released.length, 1)
  await control('POST', `/callbacks/${released[0].id}/repeat`)
  await control('POST', '/callbacks', { wabaId: number.wabaId, field: 'account_alerts', value: { alert: 1 } })
  const changes = ['one', 'two'].map((field) => ({ phoneNumberId: number.phoneNumberId, field, value: null }))
  await control('POST', '/callbacks', { changes })
  await simulator.settled()
  assert.deepEqual(
    receiver.items().map(({ text }) => text.body),
    ['b', 'a', 'b', 'a'],
  )
  assert.deepEqual(receiver.received.map(({ body }) => body.entry[0].changes.map(({ field }) => field)).slice(2), [
    ['account_alerts'],
    ['one', 'two'],
  ])
})

test('tokens, apps, numbers, limits, delays, the clock and faults are set and taken back', async (t) => {
  const { simulator, control } = await setControlStage(t)
  const { body: number } = await control('POST', '/numbers', {})
  const graph = (token: string) =>
    fetch(`${simulator.url}/${number.phoneNumberId}`, { headers: { authorization: `Bearer ${token}` } })
  const { token } = (await control('POST', '/tokens', { wabaIds: [number.wabaId], expiresAt: Date.now() + 60_000 }))
    .body
  assert.equal((await graph(token)).status, 200)
  await control('POST', '/clock', { advanceMs: 120_000 })
  assert.equal((await graph(token)).status, 401)
  await control('POST', `/numbers/${number.phoneNumberId}`, { fields: { quality_rating: 'RED' } })
  assert.equal(((await (await graph(number.token)).json()) as GraphBody).quality_rating, 'RED')
  await control('POST', `/apps/${number.appId}`, { requireProof: true })
  assert.equal((await graph(number.token)).status, 400)
  await control('POST', `/apps/${number.appId}`, { requireProof: false })
  const limits = (await control('POST', '/limits', { window: false, pair: { burst: 1, everyMs: 10 } })).body
  assert.deepEqual(limits, { window: false, pair: { burst: 1, everyMs: 10 }, throughput: null })
  assert.deepEqual((await control('POST', '/limits', { pair: null })).body, (await control('GET', '/limits')).body)
  assert.equal((await control('POST', '/delays', { sent: 9 })).body.sent, 9)
  const fault = (await control('POST', '/faults', { match: 'GET /*', action: { kind: 'html' }, when: { next: 5 } }))
    .body
  assert.equal((await graph(number.token)).status, 502)
  assert.equal((await control('GET', '/faults')).body[0].hits, 1)
  await control('DELETE', `/faults/${fault.id}`)
  assert.equal((await graph(number.token)).status, 200)
  await control('POST', '/reset')
  assert.equal((await graph(number.token)).status, 401)
})

const mistakes: [string, string, unknown, RegExp][] = [
  ['a body that is not JSON', '/numbers', '{', /the body is not JSON/],
  ['a body that is a list', '/numbers', [], /must be a JSON object/],
  ['an unknown key', '/numbers', { phoneNumber: '1' }, /phoneNumber is not known here; known: phoneNumberId/],
  ['a value of another type', '/numbers', { registered: 'yes' }, /registered must be true or false/],
  ['a missing value', `/customers/${customerNumber}/says`, {}, /text is missing/],
  [
    'a fault of no known kind',
    '/faults',
    { match: 'GET /*', action: { kind: 'meteor' } },
    /kind is one of error, throttle/,
  ],
  ['a fault that lacks a part', '/faults', { match: 'GET /*', action: { kind: 'slow' } }, /action must be/],
  [
    'a fault with a wrong count',
    '/faults',
    { match: 'GET /*', action: { kind: 'empty' }, when: { next: 0 } },
    /when must be/,
  ],
  ['an unknown number', '/numbers/1', { registered: true }, /no number has the id 1/],
  ['a raw change to nobody', '/callbacks', { field: 'x', value: 1 }, /names a phoneNumberId or a wabaId/],
  ['a limit that is none', '/limits', { throughput: -1 }, /throughput must be null or a whole number/],
  ['a clock that goes back', '/clock', { advanceMs: -5 }, /advanceMs must be a number of milliseconds/],
]
for (const [what, path, body, sentence] of mistakes) {
  test(`${what} is answered with 400 and a sentence`, async (t) => {
    const { control } = await setControlStage(t)
    const answer = await control('POST', path, body)
    assert.equal(answer.status, 400)
    assert.match(answer.body.error, sentence)
  })
}

test('an unknown route is 404 with the list of those there are', async (t) => {
  const { control } = await setControlStage(t)
  const answer = await control('GET', '/nothing')
  assert.equal(answer.status, 404)
  assert.ok(answer.body.routes.includes('POST /numbers'))
})

test('control calls are not in the log of Graph requests, and faults do not touch them', async (t) => {
  const { simulator, control } = await setControlStage(t)
  simulator.faults.add({ match: '* /**', action: { kind: 'unavailable' } })
  assert.equal((await control('GET', '/requests')).body.length, 0)
})
