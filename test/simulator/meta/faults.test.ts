// Trouble on demand, and the log that says whether a call took effect.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import type { FaultAction } from '../../../simulator/meta/index.ts'
import { assertError, customerNumber, type Stage, setStage, textBody } from './stage.ts'

const sends = 'POST /*/messages'

/** Sends a text over a bare connection, so that what arrives can be seen byte for byte. */
function rawSend({
  simulator,
  number,
}: Stage): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${number.token}`, 'content-type': 'application/json' }
    const call = request(
      `${simulator.url}/v21.0/${number.phoneNumberId}/messages`,
      { method: 'POST', headers },
      (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify(textBody()))
  })
}

const strike = (stage: Stage, action: FaultAction, processed?: boolean) =>
  stage.simulator.faults.add({
    match: sends,
    action,
    when: { next: 1 },
    ...(processed === undefined ? {} : { processed }),
  })

test('an error of any code is answered as Graph would, and the call has no effect', async (t) => {
  const stage = await setStage(t)
  strike(stage, { kind: 'error', code: 1 })
  assertError(await stage.text(), { status: 500, code: 1, message: /unknown error/ })
  strike(stage, { kind: 'error', code: 2, transient: true })
  const second = await stage.text()
  assertError(second, { status: 500, code: 2 })
  assert.equal(second.body.error.is_transient, true)
  strike(stage, { kind: 'error', code: 80007, status: 400, subcode: 2446079 })
  assertError(await stage.text(), {
    status: 400,
    code: 80007,
    subcode: 2446079,
    message: /^\(#80007\) Rate limit issues$/,
  })
  assert.equal(stage.simulator.messages().length, 0)
  assert.equal((await stage.text()).status, 200)
})

test('throttling and unavailability come with Retry-After', async (t) => {
  const stage = await setStage(t)
  strike(stage, { kind: 'throttle', retryAfter: 7 })
  const throttled = await stage.text()
  assertError(throttled, { status: 429, code: 130429 })
  assert.equal(throttled.headers.get('retry-after'), '7')
  strike(stage, { kind: 'unavailable', retryAfter: 3 })
  const down = await stage.text()
  assertError(down, { status: 503, code: 2 })
  assert.equal(down.headers.get('retry-after'), '3')
})

test('an answer may be a page, or nothing', async (t) => {
  const stage = await setStage(t)
  strike(stage, { kind: 'html' })
  const page = await rawSend(stage)
  assert.equal(page.status, 502)
  assert.match(page.body, /<html>/)
  assert.equal(stage.simulator.messages().length, 0)
  strike(stage, { kind: 'empty' })
  assert.deepEqual([(await rawSend(stage)).body, stage.simulator.messages().length], ['', 1])
})

test('a truncated answer breaks off, though the message was taken', async (t) => {
  const stage = await setStage(t)
  strike(stage, { kind: 'truncated' })
  await assert.rejects(rawSend(stage), { code: 'ECONNRESET' })
  assert.equal(stage.simulator.messages().length, 1)
  const [logged] = stage.simulator.requests()
  assert.deepEqual([logged?.status, logged?.processed], [200, true])
  assert.match(logged?.answer ?? '', /wamid/)
})

test('a connection can be reset before the body is read: nothing happened', async (t) => {
  const stage = await setStage(t)
  strike(stage, { kind: 'reset', when: 'before-body' })
  await assert.rejects(rawSend(stage), { code: 'ECONNRESET' })
  const [logged] = stage.simulator.requests()
  assert.deepEqual([logged?.rawBody, logged?.status, logged?.processed], ['', undefined, false])
  assert.throws(() => strike(stage, { kind: 'reset', when: 'before-body' }, true), /has no effect/)
})

test('a connection reset after the body was read may have had its effect or not: the log says which', async (t) => {
  const stage = await setStage(t)
  strike(stage, { kind: 'reset', when: 'after-body' })
  await assert.rejects(rawSend(stage), { code: 'ECONNRESET' })
  strike(stage, { kind: 'reset', when: 'after-body' }, true)
  await assert.rejects(rawSend(stage), { code: 'ECONNRESET' })
  assert.equal(stage.simulator.messages().length, 1)
  const logged = stage.simulator.requests()
  assert.deepEqual(
    logged.map(({ processed }) => processed),
    [false, true],
  )
  assert.ok(logged.every(({ rawBody }) => rawBody.includes('Your order is ready')))
})

test('slow headers come late, and a caller who leaves meanwhile holds nothing up', async (t) => {
  const stage = await setStage(t)
  strike(stage, { kind: 'slow', ms: 40 })
  const from = performance.now()
  assert.equal((await stage.text()).status, 200)
  assert.ok(performance.now() - from >= 39)
  strike(stage, { kind: 'slow', ms: 60_000 })
  const path = `${stage.simulator.url}/v21.0/${stage.number.phoneNumberId}/messages`
  await assert.rejects(fetch(path, { method: 'POST', body: '{}', signal: AbortSignal.timeout(20) }), {
    name: 'TimeoutError',
  })
})

test('a fault strikes always, the next N times, or every Nth time, until it is cleared', async (t) => {
  const { simulator, graph, number } = await setStage(t)
  const path = `/v21.0/${number.phoneNumberId}`
  const statuses = async (count: number) => {
    const seen: number[] = []
    for (let i = 0; i < count; i += 1) seen.push((await graph(path)).status)
    return seen
  }
  const action: FaultAction = { kind: 'error', code: 2 }
  const always = simulator.faults.add({ match: `GET /${number.phoneNumberId}`, action })
  assert.deepEqual(await statuses(2), [500, 500])
  simulator.faults.clear(always.id)
  simulator.faults.add({ match: 'GET /*', action, when: { next: 2 } })
  assert.deepEqual(await statuses(3), [500, 500, 200])
  simulator.faults.clear()
  simulator.faults.add({ match: '* /**', action, when: { every: 3 } })
  assert.deepEqual(await statuses(6), [200, 200, 500, 200, 200, 500])
  const [fault] = simulator.faults.list()
  assert.deepEqual([fault?.seen, fault?.hits], [6, 2])
})

test('a fault strikes only the calls that it names', async (t) => {
  const { simulator, graph, text, number } = await setStage(t)
  simulator.faults.add({ match: sends, action: { kind: 'unavailable' } })
  assert.equal((await graph(`/v21.0/${number.phoneNumberId}`)).status, 200)
  assert.equal((await text()).status, 503)
  assert.throws(
    () => simulator.faults.add({ match: 'messages', action: { kind: 'empty' } }),
    /match is a method and a path/,
  )
  assert.throws(
    () => simulator.faults.add({ match: sends, action: { kind: 'empty' }, when: { next: 0 } }),
    /whole numbers/,
  )
})

test('every request is logged with what a test may ask', async (t) => {
  const { simulator, graph, text, number } = await setStage(t, { clock: { now: () => 1_800_000_000_000 } })
  simulator.customer(customerNumber).says('hi')
  await text()
  await graph(`/v21.0/${number.phoneNumberId}?fields=id`, { token: null })
  const [sent, read] = simulator.requests()
  assert.equal(sent?.headers.authorization, `Bearer ${number.token}`)
  assert.equal(sent?.rawBody, JSON.stringify(textBody()))
  assert.deepEqual(sent?.body, textBody())
  assert.deepEqual([sent?.method, sent?.version, sent?.status, sent?.at], ['POST', 'v21.0', 200, 1_800_000_000_000])
  assert.ok((sent?.ms ?? 0) > 0)
  assert.deepEqual(read?.query, { fields: 'id' })
  assert.deepEqual([read?.path, read?.status, read?.body], [`/v21.0/${number.phoneNumberId}`, 401, undefined])
})
