// Sending: what goes out, what is tried again, and what is known when it fails.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  type FaultAction,
  type MetaSimulator,
  type NumberSetup,
  startMetaSimulator,
} from '../../../simulator/meta/index.ts'
import { type Line, type Outgoing, SendError } from '../../../src/transports/transport.ts'
import { requestProblems } from '../../samples/graph-schema.ts'
import { account, type Stand, stand } from './stand.ts'

const MESSAGE: Outgoing = {
  id: 'msg_01KAGR5YVGQ4T8M2ZB7N3CXWED',
  chat: '15550100301',
  content: { kind: 'text', text: 'Grüße 🎈', previewUrl: false },
  replyTo: null,
}

let meta: MetaSimulator
let at: Stand
let number: NumberSetup
let line: Line
beforeEach(async () => {
  meta = await startMetaSimulator()
  meta.limits({ window: false })
  at = stand({ graphUrl: meta.url, timeoutMs: 300 })
  number = meta.addNumber()
  const { phoneNumberId, token: accessToken, appSecret, wabaId } = number
  line = at.run(account('shop', { phoneNumberId, accessToken, appSecret, wabaId }))
  await at.desk.until('shop', 'connected')
})
afterEach(async () => {
  await at.close()
  await meta.close()
})

const posts = () => meta.requests().filter(({ method }) => method === 'POST')
const fault = (action: FaultAction, next = 1) => meta.faults.add({ match: 'POST /*/messages', action, when: { next } })
async function failure(sending: Promise<unknown>): Promise<SendError> {
  try {
    await sending
  } catch (error) {
    assert.ok(error instanceof SendError, String(error))
    assert.ok(!JSON.stringify([error.message, error.facts]).includes(number.token))
    return error
  }
  throw new Error('it was sent')
}

describe('a text', () => {
  it('goes out with the leading +, carries our id, and answers that of Meta', async () => {
    const sent = await line.send(MESSAGE)
    assert.match(sent.transportId, /^wamid\./)
    const [post] = posts()
    assert.deepEqual(post?.body, {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+15550100301',
      type: 'text',
      text: { body: 'Grüße 🎈', preview_url: false },
      biz_opaque_callback_data: MESSAGE.id,
    })
    assert.deepEqual(requestProblems('POST', post?.path ?? '', post?.body), [])
    assert.equal(posts().length, 1)
  })
  it('that answers another one names it', async () => {
    const { id } = meta.customer('15550100301').says('hi', number.phoneNumberId)
    await line.send({ ...MESSAGE, replyTo: id })
    assert.deepEqual((posts()[0]?.body as { context: unknown } | undefined)?.context, { message_id: id })
    assert.deepEqual(requestProblems('POST', posts()[0]?.path ?? '', posts()[0]?.body), [])
  })
  it('to a user id goes to `recipient`, to a group with its own type', async () => {
    meta.customer('US.13491208655302741918')
    await line.send({ ...MESSAGE, chat: 'US.13491208655302741918' })
    await failure(line.send({ ...MESSAGE, chat: 'Y2FwaV9ncm91cDoxNTU1MDEwMDIwMDoxMjAzNjM0MDAwMDAwMDAwMDEZD' }))
    const [user, group] = posts().map(({ body }) => body as Record<string, unknown>)
    assert.equal(user?.recipient, 'US.13491208655302741918')
    assert.ok(!('to' in (user ?? {})))
    assert.equal(group?.recipient_type, 'group')
    assert.match(String(group?.to), /^Y2Fw/)
  })
})

describe('marking as read', () => {
  it('sends what Meta’s document wants', async () => {
    const { id } = meta.customer('15550100301').says('hi', number.phoneNumberId)
    await line.markRead(id)
    assert.deepEqual(posts()[0]?.body, { messaging_product: 'whatsapp', status: 'read', message_id: id })
    assert.deepEqual(requestProblems('POST', posts()[0]?.path ?? '', posts()[0]?.body), [])
  })
  it('is done again when its answer was lost', async () => {
    const { id } = meta.customer('15550100301').says('hi', number.phoneNumberId)
    fault({ kind: 'reset', when: 'after-body' })
    await line.markRead(id)
    assert.equal(posts().length, 2)
  })
  it('of an unknown message is the caller’s fault', async () => {
    const error = await failure(line.markRead('wamid.nothing'))
    assert.equal(error.outcome, 'refused')
    assert.equal(error.callersFault, true)
  })
})

describe('a refusal', () => {
  it('that is a moment’s trouble is tried again', async () => {
    for (const code of [131000, 2]) {
      meta.faults.clear()
      const before = posts().length
      fault({ kind: 'error', code })
      assert.match((await line.send(MESSAGE)).transportId, /^wamid\./)
      assert.equal(posts().length - before, 2, `code ${code}`)
    }
  })
  it('that asks for a longer wait says when to come again', async () => {
    for (const [action, waitMs] of [
      [{ kind: 'throttle', retryAfter: 30 }, 30_000],
      [{ kind: 'error', code: 131057 }, 60_000],
      [{ kind: 'error', code: 133015 }, 300_000],
      [{ kind: 'error', code: 131049 }, 24 * 3600_000],
    ] as const) {
      meta.faults.clear()
      const before = posts().length
      fault(action, 9)
      const error = await failure(line.send(MESSAGE))
      assert.deepEqual([error.outcome, error.retryAfterMs, error.callersFault], ['refused', waitMs, false])
      assert.equal(posts().length - before, 1)
    }
  })
  it('that is the caller’s fault, or needs the owner, is never tried again', async () => {
    for (const [code, callersFault] of [
      [131026, true],
      [131030, true],
      [131047, true],
      [100, true],
      [132001, true],
      [131048, false],
      [368, false],
      [10, false],
      [210, false],
      [133010, false],
      [999_999, false],
    ] as const) {
      meta.faults.clear()
      const before = posts().length
      fault({ kind: 'error', code }, 9)
      const error = await failure(line.send(MESSAGE))
      assert.deepEqual(
        [error.outcome, error.retryAfterMs, error.callersFault],
        ['refused', null, callersFault],
        `code ${code}`,
      )
      assert.equal(error.facts.code, code)
      assert.match(error.message, new RegExp(`code ${code}.*fbtrace_id`))
      assert.equal(posts().length - before, 1)
    }
  })
  it('of the token makes the line broken, and a token that works again heals it', async () => {
    meta.addToken({ token: number.token, expiresAt: Date.now() - 1 })
    const error = await failure(line.send(MESSAGE))
    assert.deepEqual([error.outcome, error.callersFault], ['refused', false])
    assert.match((await at.desk.until('shop', 'broken')).reason ?? '', /expired/)
    meta.addToken({ token: number.token, expiresAt: Date.now() + 1e10 })
    await line.send(MESSAGE)
    await at.desk.until('shop', 'connected')
  })
  it('of the pair waits 1 s and 4 s, then says 16 s', async () => {
    fault({ kind: 'error', code: 131056 }, 9)
    const began = at.desk.clock.now()
    const error = await failure(line.send(MESSAGE))
    assert.ok(at.desk.clock.now() - began >= 4900)
    assert.equal(error.retryAfterMs, 16_000)
    assert.equal(posts().length, 3)
  })
  it('of a stopped line does not wait', async () => {
    fault({ kind: 'error', code: 131016 }, 9)
    const sending = failure(line.send(MESSAGE))
    while (posts().length === 0) await new Promise((resolve) => setImmediate(resolve))
    await line.stop()
    assert.equal((await sending).outcome, 'refused')
    assert.equal(posts().length, 1)
  })
})

describe('an answer that is lost', () => {
  for (const action of [
    { kind: 'reset', when: 'after-body' },
    { kind: 'truncated' },
    { kind: 'empty' },
    { kind: 'html', status: 502 },
    { kind: 'html', status: 200 },
    { kind: 'slow', ms: 60_000 },
  ] as const) {
    it(`(${JSON.stringify(action)}) leaves the message unknown, and it is never sent twice`, async () => {
      fault(action, 9)
      const error = await failure(line.send(MESSAGE))
      assert.deepEqual([error.outcome, error.retryAfterMs], ['lost', null])
      assert.equal(posts().length, 1)
    })
  }
})
