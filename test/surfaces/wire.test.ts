// How the WhatsHooked API lets callers in, and how it says no.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/kit/clock.ts'
import { type Log, silentLog } from '../../src/kit/log.ts'
import { Failure } from '../../src/model/failure.ts'
import { prefersJson } from '../../src/surfaces/native/wire.ts'
import { KEY, startServer, USER } from './start.ts'

const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

const get = (url: string, headers: Record<string, string>) => fetch(`${url}/api/hooks`, { headers })

function post(url: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

const MESSAGE = { account_id: 'shop', to: '1', text: 'x' }

test('a key comes in as x-api-key or as a bearer token, a user as Basic; one good one among two is enough', async (t) => {
  const { url } = await startServer(t)
  const good = [
    { 'x-api-key': KEY },
    { authorization: `Bearer ${KEY}` },
    { authorization: `bearer  ${KEY}` },
    { authorization: basic(USER.username, USER.password) },
    { 'x-api-key': 'wrong', authorization: `Bearer ${KEY}` },
  ]
  for (const headers of good) assert.equal((await get(url, headers)).status, 200, JSON.stringify(headers))
  const bad = [
    { 'x-api-key': `${KEY} x` },
    { 'x-api-key': `${KEY}, ${KEY}` },
    { authorization: KEY },
    { authorization: basic(USER.username, KEY) },
    { authorization: basic(KEY, '') },
  ]
  for (const headers of bad) assert.equal((await get(url, headers)).status, 401, JSON.stringify(headers))
})

test('absent and wrong credentials get the same answer', async (t) => {
  const { url } = await startServer(t)
  const absent = await (await get(url, {})).text()
  const wrong = await (await get(url, { 'x-api-key': 'wrong' })).text()
  assert.equal(absent, wrong)
})

test('ten wrong tries in a minute are answered 401, the next 429 until the minute is over; absent ones do not count', async (t) => {
  let now = 1_000_000
  const warned: string[] = []
  const clock: Clock = { now: () => now, after: () => ({ cancel() {} }) }
  const log: Log = { ...silentLog, warn: (text) => void warned.push(text) }
  const { url } = await startServer(t, { clock, log })
  for (let absent = 0; absent < 20; absent++) assert.equal((await get(url, {})).status, 401)
  for (let wrong = 0; wrong < 10; wrong++) assert.equal((await get(url, { 'x-api-key': `wrong${wrong}` })).status, 401)
  assert.equal(warned.length, 1)

  now += 20_000
  const refused = await get(url, { 'x-api-key': 'wrong', 'x-forwarded-for': '203.0.113.9' })
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '40')
  assert.equal((await get(url, {})).status, 401)
  assert.equal((await get(url, { 'x-api-key': KEY })).status, 200, 'a key cannot be guessed, so a good one comes in')
  const password = { authorization: basic(USER.username, USER.password) }
  assert.equal((await get(url, password)).status, 429, 'a password could be, so even a good one waits')

  now += 40_000
  assert.equal((await get(url, { 'x-api-key': 'wrong' })).status, 401)
  assert.equal((await get(url, password)).status, 200)
})

test('each failure has its status, its sentence and, for callers that accept JSON, its problem with facts', async (t) => {
  const { url, inside } = await startServer(t)
  const cases = [
    [new Failure('upstream', 'Meta says no', { facts: { meta_code: 131026 } }), 500],
    [new Failure('lost-answer', 'Nobody knows', { facts: { message_id: 'msg_1' } }), 502],
    [new Failure('not-connected', 'No line'), 503],
    [new Failure('unavailable', 'Full', { retryAfterS: 3 }), 503],
    [new Failure('disabled', 'Off'), 400],
    [new Failure('unsupported', 'Cannot'), 400],
    [new Failure('conflict', 'Running'), 409],
    [new Failure('mismatch', 'Other body'), 422],
    [new Failure('not-found', 'No such account'), 400],
  ] as const
  for (const [failure, status] of cases) {
    inside.sendFails = failure
    const plain = await post(url, '/api/send', MESSAGE)
    assert.equal(plain.status, status, failure.code)
    assert.equal(await plain.text(), failure.message)
    assert.equal(plain.headers.get('retry-after'), failure.retryAfterS ? '3' : null)
    inside.sendFails = failure
    const problem = await post(url, '/api/send', MESSAGE, { accept: 'application/problem+json' })
    const { title, ...rest } = Object(await problem.json())
    const wanted = { ...failure.facts, type: 'about:blank', status, detail: failure.message, code: failure.code }
    assert.deepEqual(rest, wanted)
    assert.equal(typeof title, 'string')
  }
})

test('a fault of ours is logged with its stack and answered with nothing but "Internal error"', async (t) => {
  const logged: unknown[] = []
  const { url, inside } = await startServer(t, {
    log: { ...silentLog, error: (_text, fields) => void logged.push(fields) },
  })
  inside.sendFails = new TypeError('the secret is hunter2')
  const response = await post(url, '/api/send', MESSAGE, { accept: 'application/json' })
  const text = await response.text()
  assert.equal(response.status, 500)
  assert.match(text, /"Internal error"/)
  assert.doesNotMatch(text, /hunter2|\bat /)
  assert.match(JSON.stringify(logged), /hunter2.*at /)
})

test('text is what callers get who do not ask for JSON more than for text', () => {
  const json = [
    'application/json',
    'application/problem+json',
    'application/json, text/plain, */*',
    'text/plain;q=0.1, application/json',
  ]
  const text = [
    undefined,
    '',
    '*/*',
    'text/plain, application/json',
    'text/html',
    'application/json;q=0',
    'application/json;q=0.5, text/*',
  ]
  for (const accept of json) assert.equal(prefersJson(accept), true, accept)
  for (const accept of text) assert.equal(prefersJson(accept), false, accept)
})

test('an Idempotency-Key reaches the gateway as one of this caller and this operation; a broken one is refused', async (t) => {
  const { url, inside } = await startServer(t)
  const as = (headers: Record<string, string>) => post(url, '/api/send', MESSAGE, headers)
  await as({ 'idempotency-key': 'k 1' })
  await as({ 'idempotency-key': 'k 1', 'x-api-key': '', authorization: basic(USER.username, USER.password) })
  await as({})
  const [first, second, third] = inside.sent.map((one) => one.idempotencyKey)
  assert.match(String(first), /^key:[0-9a-f]+:sendMessage:k 1$/)
  assert.equal(second, 'user:ana:sendMessage:k 1')
  assert.equal(third, undefined)
  for (const key of ['', 'x'.repeat(256), 'é']) {
    const refused = await as({ 'idempotency-key': key })
    assert.equal(refused.status, 400, key)
    assert.match(await refused.text(), /^Idempotency-Key: /)
  }
})

test('a server that is not ready says why, to anybody', async (t) => {
  const { url, inside } = await startServer(t)
  inside.reasons = ['the disk is full', 'no account is connected']
  const plain = await fetch(`${url}/ready`)
  assert.equal(plain.status, 503)
  assert.equal(await plain.text(), 'Not ready: the disk is full; no account is connected')
  const problem = Object(await (await fetch(`${url}/ready`, { headers: { accept: 'application/json' } })).json())
  assert.deepEqual(problem.reasons, inside.reasons)
  assert.equal((await fetch(`${url}/health`)).status, 200)
})

test('secrets are whole in the answer that makes them and masked ever after', async (t) => {
  const { url } = await startServer(t)
  const headers = { Authorization: 'Bearer abcdefghijkl', 'X-Short-Key': 'abc', 'X-Plain': 'shown' }
  const made = await post(url, '/api/hooks/add', {
    id: 'h',
    name: 'n',
    url: 'https://example.com',
    active: true,
    headers,
  })
  const { secret } = Object(await made.json())
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{32}$/)
  const [hook] = Object(await (await get(url, { 'x-api-key': KEY })).json())
  assert.equal(hook.secret, `***${secret.slice(-4)}`)
  assert.deepEqual(hook.headers, { Authorization: '***ijkl', 'X-Short-Key': '***', 'X-Plain': 'shown' })
  assert.equal((await post(url, '/api/hooks/update', hook)).status, 200, 'what was read can be sent back')

  const business_api = {
    phone_number_id: '1',
    access_token: 'EAAG-long-token',
    app_secret: 'short',
    verify_token: 'verify-me',
  }
  await post(url, '/api/accounts/add', { id: 'shop', type: 'cloud', business_api })
  const listed = await fetch(`${url}/api/accounts`, { headers: { 'x-api-key': KEY } })
  const [account] = Object(await listed.json())
  assert.equal(account.type, 'business-api')
  assert.deepEqual(account.business_api, {
    ...business_api,
    access_token: '***oken',
    app_secret: '***',
    api_version: 'v21.0',
  })
})

test('an account of one type with the settings of the other is refused by name', async (t) => {
  const { url } = await startServer(t)
  const business_api = { phone_number_id: '1', access_token: 'EAAG-long-token' }
  for (const body of [
    { id: 'a', type: 'cloud' },
    { id: 'a', type: 'web', business_api },
  ]) {
    const refused = await post(url, '/api/accounts/add', body)
    assert.equal(refused.status, 400)
    assert.match(await refused.text(), /^business_api: /)
  }
})

test('one line is logged for each call of the API, without keys, and none for health checks and callbacks', async (t) => {
  const lines: unknown[] = []
  const log: Log = { ...silentLog, info: (line, fields) => void lines.push({ line, ...fields }) }
  const { url, server } = await startServer(t, { log })
  await get(url, { 'x-api-key': KEY })
  await fetch(`${url}/api/hooks/nobody`, { headers: { 'x-api-key': KEY } })
  await get(url, {})
  await fetch(`${url}/health`)
  await fetch(`${url}/webhooks/whatsapp/a`, { method: 'POST', body: '{}' })
  await server.stop()
  const told = lines.map((line) => {
    const { operation, status, failure, caller } = Object(line)
    return [operation, status, failure ?? null, String(caller).split(':')[0]]
  })
  assert.deepEqual(told, [
    ['listHooks', 200, null, 'key'],
    ['getHook', 404, 'not-found', 'key'],
    ['listHooks', 401, 'unauthenticated', 'anyone'],
  ])
  assert.ok(!JSON.stringify(lines).includes(KEY))
})
