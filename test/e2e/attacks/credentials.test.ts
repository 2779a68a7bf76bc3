// Getting in without a key: wrong credentials on every route, guessing, and what the time of an answer gives away.
import assert from 'node:assert/strict'
import type { OutgoingHttpHeaders } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { messagesBody, sign, text } from '../callback.ts'
import { NOTHING, requestsAbout } from '../keys/walk.ts'
import { type Stage, startStage } from '../stage.ts'
import { createAddresses, knock, leave, median } from './knock.ts'

const USER = { username: 'ana-of-the-shop', password: 'tr0ub4dor&3-and-more' }
const basic = (name: string, password: string) => `Basic ${btoa(`${name}:${password}`)}`

let stage: Stage
const address = createAddresses()
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) }, { config: { ...USER } })
})
after(async () => {
  leave()
  for (const end of ends) await end()
})

/** Heads that show nothing, or nothing that can be understood; they are no guesses. */
const nothing: OutgoingHttpHeaders[] = [
  {},
  { authorization: '' },
  { authorization: 'Bearer' },
  { authorization: 'Bearer ' },
  { authorization: 'Basic' },
  { authorization: 'Basic !!!!' },
  { 'x-api-key': '' },
  { authorization: 'Digest username="x"' },
  { 'api-key': 'x', apikey: 'x', cookie: `key=${'x'.repeat(20)}` },
]

/** Guesses; the right key is in some of them, where it does not count. */
function guesses(key: string): OutgoingHttpHeaders[] {
  return [
    { 'x-api-key': 'x' },
    { 'x-api-key': key.slice(0, -1) },
    { 'x-api-key': `${key} x` },
    { 'x-api-key': key.toUpperCase() },
    { 'x-api-key': ['wrong', key] },
    // Node's types know one such header only; the wire knows two.
    { authorization: ['Bearer wrong', `Bearer ${key}`] as unknown as string },
    { authorization: `Bearer ${key}x` },
    { authorization: basic(USER.username, 'wrong') },
    { authorization: basic(key, key) },
  ]
}

describe('without the right credentials', () => {
  it('every operation answers 401 with the very same words, and no other header than to anybody', async () => {
    const answers = new Set<string>()
    for (const { method, path, body, type, operationId } of requestsAbout(NOTHING)) {
      const from = address()
      for (const headers of [...nothing, ...guesses(stage.key)]) {
        const more = type === undefined ? {} : { 'content-type': type }
        const told = await knock(stage.url, { method, path, body, from, headers: { ...more, ...headers } })
        assert.equal(told.status, 401, `${operationId} ${JSON.stringify(headers)}: ${told.status} ${told.text}`)
        const { date: _date, connection: _connection, 'keep-alive': _kept, ...rest } = told.headers
        answers.add(JSON.stringify([told.text, rest]))
      }
    }
    assert.equal(answers.size, 1, [...answers].join('\n'))
    assert.doesNotMatch([...answers].join(), /set-cookie|access-control/i)
  })

  it('a megabyte of Authorization is refused by its head, on every route alike', async () => {
    const routes = requestsAbout(NOTHING)
    for (const { method, path } of routes.filter((_, at) => at % 6 === 0)) {
      const headers = { authorization: `Bearer ${'x'.repeat(1024 * 1024)}` }
      const told = await knock(stage.url, { method, path, headers, from: address() }).catch(() => null)
      // Who is still sending when the answer comes may see the connection close instead.
      if (told) assert.deepEqual([told.status, told.text], [431, 'The headers are larger than 16 KB'])
    }
    assert.equal((await knock(stage.url, { path: '/health' })).status, 200)
    const told = await knock(stage.url, {
      path: '/api/hooks',
      headers: { 'x-api-key': 'x'.repeat(12_000) },
      from: address(),
    })
    assert.equal(told.status, 401)
  })

  it('keys in the query, in the body or in a cookie are none', async () => {
    const { key } = stage
    const tries = [
      { path: `/api/hooks?api_key=${key}&key=${key}&access_token=${key}` },
      { path: '/api/hooks', headers: { cookie: `api_key=${key}; x-api-key=${key}` } },
      {
        path: '/api/send',
        method: 'POST',
        body: JSON.stringify({ api_key: key }),
        headers: { 'content-type': 'application/json' },
      },
    ]
    for (const one of tries) assert.equal((await knock(stage.url, { ...one, from: address() })).status, 401)
  })
})

describe('guessing', () => {
  it('a thousand times is 429 after ten, noted once, and no matter for other addresses, whatever it says of where it is from', async () => {
    const from = address()
    const statuses: number[] = []
    for (let n = 0; n < 1000; n += 1) {
      const headers = {
        authorization: n % 2 === 0 ? `Bearer wh_guess-${n}` : basic(USER.username, `guess-${n}`),
        'x-forwarded-for': `203.0.113.${n % 250}`,
        forwarded: `for=203.0.113.${n % 250}`,
        'x-real-ip': `203.0.113.${n % 250}`,
      }
      const { status, headers: told } = await knock(stage.url, { path: '/api/hooks', headers, from })
      statuses.push(status)
      if (status === 429) assert.ok(Number(told['retry-after']) >= 1 && Number(told['retry-after']) <= 60)
    }
    assert.deepEqual(statuses.slice(0, 10), Array(10).fill(401))
    assert.deepEqual(new Set(statuses.slice(10)), new Set([429]))
    const { entries } = await stage.api.listAudit({ operation: 'authenticate', limit: 1000 })
    const noted = entries.filter((entry) => entry.address === from)
    assert.deepEqual(
      noted.map(({ outcome, caller, details }) => [outcome, caller, details]),
      [['rate-limited', 'anyone', {}]],
    )
    assert.doesNotMatch(JSON.stringify(entries), /guess-|203\.0\.113/)

    const right = basic(USER.username, USER.password)
    const get = async (where: string, headers: OutgoingHttpHeaders) =>
      (await knock(stage.url, { path: '/api/hooks', headers, from: where })).status
    assert.equal(await get(from, { authorization: right }), 429, 'a password that was guessed in time is not let in')
    assert.equal(await get(from, {}), 401, 'who shows nothing guesses nothing')
    assert.equal(await get(from, { 'x-api-key': stage.key }), 200, 'nobody guesses a key: its owner is not locked out')
    const others = await Promise.all(Array.from({ length: 20 }, () => get(address(), { authorization: right })))
    assert.deepEqual(new Set(others), new Set([200]))
    assert.equal(await get(address(), { 'x-api-key': 'wrong', 'x-forwarded-for': from }), 401)
  })

  it('with a password or a key that is nearly right takes as long as with any other', async () => {
    const { key } = stage
    const ways: [OutgoingHttpHeaders, OutgoingHttpHeaders][] = [
      [{ 'x-api-key': `${key.slice(0, -1)}!` }, { 'x-api-key': `!${'y'.repeat(key.length - 1)}` }],
      [
        { authorization: basic(USER.username, 'x'.repeat(20)) },
        { authorization: basic('x'.repeat(15), 'x'.repeat(20)) },
      ],
      [
        { authorization: basic(USER.username, `${USER.password.slice(0, -1)}!`) },
        { authorization: basic(USER.username, '!') },
      ],
    ]
    for (const [near, far] of ways) {
      const times: [number[], number[]] = [[], []]
      for (let n = 0; n < 60; n += 1) {
        const from = address()
        await knock(stage.url, { path: '/health', from })
        // In turns, so that whatever else the machine does falls on both.
        for (const [at, headers] of [near, far, far, near].entries()) {
          const { status, tookMs } = await knock(stage.url, { path: '/api/hooks', headers, from })
          assert.equal(status, 401)
          times[at === 0 || at === 3 ? 0 : 1].push(tookMs)
        }
      }
      const [one, other] = [median(times[0]), median(times[1])]
      assert.ok(Math.abs(one - other) < 0.5 + 0.5 * Math.min(one, other), `${one} ms and ${other} ms`)
    }
  })
})

describe('a signature of Meta’s', () => {
  it('that is nearly right takes as long to refuse as any other', async () => {
    const number = await stage.addAccount('shop')
    const body = messagesBody(number, [text('wamid.timed')])
    const right = sign(body, number.appSecret)
    const flip = (digit: string | undefined) => (digit === '0' ? '1' : '0')
    const near = right.slice(0, -1) + flip(right.at(-1))
    const far = `sha256=${flip(right[7])}${right.slice(8)}`
    const times: Record<string, number[]> = { near: [], far: [] }
    for (let n = 0; n < 100; n += 1) {
      for (const [name, signature] of Object.entries(n % 2 === 0 ? { near, far } : { far, near })) {
        const headers = { 'x-hub-signature-256': signature }
        const told = await knock(stage.url, { method: 'POST', path: '/webhooks/whatsapp/shop', headers, body })
        assert.equal(told.status, 401)
        times[name]?.push(told.tookMs)
      }
    }
    const [one, other] = [median(times.near ?? []), median(times.far ?? [])]
    assert.ok(Math.abs(one - other) < 0.5 + 0.5 * Math.min(one, other), `${one} ms and ${other} ms`)
  })
})
