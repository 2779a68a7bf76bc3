// What a webhook looks like on the wire, and how each answer is taken.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { nativeBody } from '../../../src/delivery/formats/native.ts'
import { eventId } from '../../../src/model/event.ts'
import { eventOf, hookOf, openSink, receiver, SECRET } from './stand.ts'

describe('a webhook', () => {
  it("is a signed POST of the body, with our headers and then the hook's own", async (t) => {
    const { url, got } = await receiver(t)
    const event = eventOf()
    const headers = {
      Authorization: 'Bearer x',
      'X-Own': 'grün',
      Host: 'evil',
      'X-WhatsHooked-Event': 'evil',
      'X-Bad': 'a\nb',
    }
    const before = Date.now()
    const outcome = await openSink(t).send(hookOf(`${url}?a=b`, { headers }), event, 3)
    assert.deepEqual(
      { ...outcome, tookMs: 0 },
      {
        delivered: true,
        status: 200,
        tookMs: 0,
        error: null,
        retryAfterMs: null,
        gone: false,
        answer: '',
      },
    )
    assert.equal(got.length, 1)
    const { method, url: path, body, headers: sent, names } = got[0]!
    assert.deepEqual([method, path, body], ['POST', '/in?a=b', nativeBody(event, false)])
    assert.equal(sent['content-type'], 'application/json')
    assert.equal(sent['content-length'], String(Buffer.byteLength(body)))
    assert.equal(sent['user-agent'], 'WhatsHooked/1.2.3')
    assert.equal(sent['webhook-id'], eventId(event))
    assert.equal(sent['x-whatshooked-event'], 'message.received')
    assert.equal(sent['x-whatshooked-account'], 'shop')
    assert.equal(sent['x-whatshooked-attempt'], '3')
    assert.equal(sent.authorization, 'Bearer x')
    assert.equal(sent['x-own'], 'grün')
    assert.equal(sent['x-bad'], undefined)
    assert.match(sent.host ?? '', /^127\.0\.0\.1:\d+$/)
    assert.equal(new Set(names.map((name) => name.toLowerCase())).size, names.length)
    assert.ok(Math.abs(Number(sent['webhook-timestamp']) - before / 1000) < 5)
    const verified = new Webhook(SECRET).verify(body, sent as Record<string, string>)
    assert.equal((verified as { id: string }).id, eventId(event))
  })

  it('has the same body and id at every attempt, and a signature of its own time', async (t) => {
    const { url, got } = await receiver(t)
    let now = Date.now()
    const sink = openSink(t, { clock: { now: () => now, after: () => ({ cancel() {} }) } })
    await sink.send(hookOf(url), eventOf(), 1)
    now += 5000
    await sink.send(hookOf(url), eventOf(), 2)
    assert.equal(got[0]?.body, got[1]?.body)
    assert.equal(got[0]?.headers['webhook-id'], got[1]?.headers['webhook-id'])
    assert.equal(Number(got[1]?.headers['webhook-timestamp']) - Number(got[0]?.headers['webhook-timestamp']), 5)
    for (const one of got) new Webhook(SECRET).verify(one.body, one.headers as Record<string, string>)
  })

  for (const method of ['PUT', 'PATCH'] as const) {
    it(`goes out as ${method} when the hook says so`, async (t) => {
      const { url, got } = await receiver(t)
      await openSink(t).send(hookOf(url, { method }), eventOf(), 1)
      assert.deepEqual([got[0]?.method, got[0]?.body], [method, nativeBody(eventOf(), false)])
    })
  }

  for (const [given, path] of [
    ['', '/in?'],
    ['?own=1', '/in?own=1&'],
  ] as const) {
    it(`as GET has no body, and id, type and account behind the query "${given}"`, async (t) => {
      const { url, got } = await receiver(t)
      const event = eventOf({ account: 'a&b c/ü' })
      await openSink(t).send(hookOf(url + given, { method: 'GET' }), event, 1)
      const one = got[0]!
      assert.equal(one.url, `${path}id=${eventId(event)}&type=message.received&account=a%26b%20c%2F%C3%BC`)
      assert.deepEqual([one.method, one.body], ['GET', ''])
      assert.equal(one.headers['content-type'], undefined)
      assert.equal(one.headers['content-length'], undefined)
      new Webhook(SECRET).verify('', one.headers as Record<string, string>)
    })
  }

  it('carries the raw object only for a hook that asks', async (t) => {
    const { url, got } = await receiver(t)
    const sink = openSink(t)
    const event = eventOf({ raw: '{"from":"meta"}' })
    await sink.send(hookOf(url), event, 1)
    await sink.send(hookOf(url, { no: 2, raw: true }), event, 1)
    const [plain, raw] = got.map((one) => (JSON.parse(one.body) as { data: Record<string, unknown> }).data)
    assert.equal(plain?.raw, undefined)
    assert.deepEqual(raw?.raw, { from: 'meta' })
  })

  it('of an account with an odd name still has valid headers', async (t) => {
    const { url, got } = await receiver(t)
    const account = 'Büro\r\nX-Evil: 1'
    const outcome = await openSink(t).send(hookOf(url), eventOf({ account }), 1)
    assert.equal(outcome.delivered, true)
    assert.equal(decodeURIComponent(String(got[0]?.headers['x-whatshooked-account'])), account)
    assert.equal(got[0]?.headers['x-evil'], undefined)
  })
})

describe('an answer', () => {
  for (const status of [200, 201, 202, 204, 299]) {
    it(`of ${status} is a delivery`, async (t) => {
      const { url } = await receiver(t, (response) => response.writeHead(status).end())
      const outcome = await openSink(t).send(hookOf(url), eventOf(), 1)
      assert.deepEqual([outcome.delivered, outcome.status, outcome.error], [true, status, null])
    })
  }

  const failures: [status: number, error: string][] = [
    [400, 'answered 400'],
    [404, 'answered 404'],
    [410, 'answered 410: the receiver is gone for good'],
    [429, 'answered 429'],
    [500, 'answered 500'],
    [503, 'answered 503'],
    [599, 'answered 599'],
    [301, 'answered 301; redirects are not followed'],
    [302, 'answered 302; redirects are not followed'],
    [304, 'answered 304; redirects are not followed'],
    [307, 'answered 307; redirects are not followed'],
    [308, 'answered 308; redirects are not followed'],
  ]
  for (const [status, error] of failures) {
    it(`of ${status} is a failure, and is followed nowhere`, async (t) => {
      const inside = await receiver(t)
      const { url } = await receiver(t, (response) => response.writeHead(status, { location: inside.url }).end('no'))
      const outcome = await openSink(t).send(hookOf(url), eventOf(), 1)
      assert.deepEqual([outcome.delivered, outcome.status, outcome.error], [false, status, error])
      assert.equal(outcome.gone, status === 410)
      assert.equal(inside.connections(), 0)
    })
  }

  it('with Retry-After says how long to wait, unless it is a success', async (t) => {
    const answers: [status: number, value: string, expected: number | null][] = [
      [503, '30', 30_000],
      [429, '120', 120_000],
      [500, '7', 7000],
      [503, '-1', null],
      [503, 'soon', null],
      [503, '999999', 8 * 3600 * 1000],
      [200, '30', null],
    ]
    for (const [status, value, expected] of answers) {
      const { url } = await receiver(t, (response) => response.writeHead(status, { 'retry-after': value }).end())
      const outcome = await openSink(t).send(hookOf(url), eventOf(), 1)
      assert.equal(outcome.retryAfterMs, expected, `${status} ${value}`)
    }
  })

  const json = '{"reply":{"text":"grüße"}}'
  const kinds: [type: string, status: number, keepAnswer: boolean, expected: string][] = [
    ['application/json', 200, false, json],
    ['Application/JSON; charset=utf-8', 201, false, json],
    ['application/vnd.api+json', 200, false, json],
    ['text/html', 200, false, ''],
    ['text/html', 200, true, json],
    ['application/jsonp', 200, false, ''],
    ['application/json', 500, false, ''],
    ['application/json', 500, true, json],
  ]
  for (const [type, status, keepAnswer, expected] of kinds) {
    const asked = keepAnswer ? ', when asked for,' : ''
    it(`of ${status} with ${type} is${asked} ${expected === '' ? 'not kept' : 'kept as text'}`, async (t) => {
      const { url } = await receiver(t, (response) => response.writeHead(status, { 'content-type': type }).end(json))
      const outcome = await openSink(t).send(hookOf(url), eventOf(), 1, keepAnswer)
      assert.equal(outcome.answer, expected)
    })
  }

  it('that is compressed although we did not ask for it is not kept', async (t) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const { url } = await receiver(t, (response) => response.writeHead(200, headers).end('\u001f\u008b'))
    const outcome = await openSink(t).send(hookOf(url), eventOf(), 1, true)
    assert.deepEqual([outcome.delivered, outcome.answer], [true, ''])
  })

  it('in many pieces, cut within a character, is put together again', async (t) => {
    const bytes = Buffer.from(`\ufeff${json}`)
    const { url } = await receiver(t, async (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      for (const byte of bytes) await new Promise((written) => response.write(Buffer.of(byte), written))
      response.end()
    })
    assert.equal((await openSink(t).send(hookOf(url), eventOf(), 1)).answer, json)
  })

  const limit = 64 * 1024
  for (const [size, isChunked] of [
    [limit, false],
    [limit, true],
    [limit + 1, false],
    [limit + 1, true],
  ] as const) {
    it(`of ${size} bytes ${isChunked ? 'in chunks ' : ''}is a delivery, ${size > limit ? 'and dropped' : 'and kept'}`, async (t) => {
      const body = `"${'x'.repeat(size - 2)}"`
      const headers = { 'content-type': 'application/json', ...(!isChunked && { 'content-length': String(size) }) }
      const { url } = await receiver(t, (response) => response.writeHead(200, headers).end(body))
      const outcome = await openSink(t).send(hookOf(url), eventOf(), 1)
      assert.deepEqual([outcome.delivered, outcome.status, outcome.error], [true, 200, null])
      assert.equal(outcome.answer, size > limit ? '' : body)
    })
  }

  for (const status of [200, 500]) {
    it(`of ${status} that pours without end is cut at 64 KB, long before the time is up`, async (t) => {
      let poured = 0
      const { url } = await receiver(t, (response) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        const block = Buffer.alloc(16_384, 'x')
        const pour = () => {
          while (!response.destroyed && response.write(block)) poured += block.length
        }
        response.on('drain', pour)
        response.on('error', () => {})
        pour()
      })
      const outcome = await openSink(t, { timeoutMs: 60_000 }).send(hookOf(url), eventOf(), 1)
      assert.deepEqual([outcome.delivered, outcome.status, outcome.answer], [status === 200, status, ''])
      assert.ok(outcome.tookMs < 10_000 && poured < 50_000_000)
    })
  }
})
