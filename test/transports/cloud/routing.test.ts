// Whose a callback is, who may post it, and what becomes of the parts that are not what they should be.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Failure } from '../../../src/model/failure.ts'
import type { OutMessage } from '../../../src/model/message.ts'
import { account, envelope, messages, NUMBER, SECRET, type Stand, signatureOf, stand, text, WABA } from './stand.ts'

const OTHER_NUMBER = '409876543210111'
const hello = (id = 'wamid.1', number = NUMBER): object => envelope(messages({ messages: [text(id)] }, number))
const review = (waba: string): object => ({
  object: 'whatsapp_business_account',
  entry: [
    { id: waba, time: 1_763_630_101, changes: [{ field: 'account_review_update', value: { decision: 'APPROVED' } }] },
  ],
})

let at: Stand
beforeEach(() => {
  at = stand()
})
afterEach(() => at.close())
const recorded = (): string[] => at.desk.drafts.map((draft) => `${draft.account} ${draft.type}`)

describe('the address', () => {
  it('of an account is its id, also with percent signs, unless it has one of its own', async () => {
    at.run(account('my shop'))
    at.run(account('own', { webhookPath: 'hooks/meta/', phoneNumberId: OTHER_NUMBER }))
    assert.equal((await at.post(hello(), { path: '/webhooks/whatsapp/my%20shop' }))?.status, 200)
    assert.equal((await at.post(hello('wamid.2', OTHER_NUMBER), { path: '/hooks/meta' }))?.status, 200)
    assert.equal(await at.post(hello(), { path: '/webhooks/whatsapp/own' }), null)
    assert.equal(await at.post(hello(), { path: '/webhooks/whatsapp/%E0%A4%A' }), null)
    assert.deepEqual(recorded(), ['my shop message.received', 'own message.received'])
  })
  it('is nobody’s before the line is started and after it is stopped', async () => {
    const line = at.kind.open(account('shop'))
    assert.equal(await at.post(hello()), null)
    line.start()
    assert.equal((await at.post(hello()))?.status, 200)
    await line.stop()
    assert.equal(await at.post(hello()), null)
  })
})

describe('the verification', () => {
  const ask = (query: string, path = '/webhooks/whatsapp/shop') =>
    at.kind.callback?.({ method: 'GET', path, query, headers: {}, body: new Uint8Array() })
  beforeEach(() => {
    at.run(account('shop', { webhookPath: '/shared' }))
    at.run(account('bar', { webhookPath: '/shared', phoneNumberId: OTHER_NUMBER }))
    at.run(account('open', { verifyToken: '' }))
  })
  it('echoes the challenge for the token of any line on the path', async () => {
    for (const token of ['verify%20shop', 'verify+bar']) {
      const answer = await ask(`hub.mode=subscribe&hub.challenge=115820%3Cb%3E&hub.verify_token=${token}`, '/shared')
      assert.deepEqual(answer, { status: 200, body: '115820<b>' })
    }
  })
  it('is refused for another token, mode or challenge', async () => {
    for (const query of [
      'hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong',
      'hub.mode=subscribe&hub.challenge=1',
      'hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify+bar',
      'hub.mode=subscribe&hub.verify_token=verify+bar',
      'hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong&hub.verify_token=verify+bar',
      `hub.mode=subscribe&hub.challenge=${'1'.repeat(600)}&hub.verify_token=verify+bar`,
    ]) {
      const answer = await ask(query, '/shared')
      assert.equal(answer?.status, 403, query)
      assert.ok(!answer.body.includes('1'))
    }
  })
  it('never succeeds for an account without a verify token', async () => {
    const answer = await ask('hub.mode=subscribe&hub.challenge=1&hub.verify_token=', '/webhooks/whatsapp/open')
    assert.equal(answer?.status, 403)
  })
})

describe('the signature', () => {
  it('is demanded of an account with an app secret; nothing is recorded without', async () => {
    at.run(account('shop'))
    const body = Buffer.from(JSON.stringify(hello()))
    const good = signatureOf(body, SECRET)
    const bad: [string, Record<string, string | string[]>][] = [
      ['none', {}],
      ['another secret', { 'x-hub-signature-256': signatureOf(body, 'another') }],
      ['upper case', { 'x-hub-signature-256': `sha256=${good.slice(7).toUpperCase()}` }],
      ['twice', { 'x-hub-signature-256': `${good}, ${good}` }],
      ['a list', { 'x-hub-signature-256': [good] }],
      ['cut', { 'x-hub-signature-256': good.slice(0, -2) }],
      ['no name', { 'x-hub-signature-256': good.slice(7) }],
    ]
    for (const [name, headers] of bad) assert.equal((await at.post(body, { secret: null, headers }))?.status, 401, name)
    const altered = Buffer.from(body)
    altered[10] = (altered[10] ?? 0) ^ 1
    const answer = await at.post(altered, { secret: null, headers: { 'x-hub-signature-256': good } })
    assert.equal(answer?.status, 401)
    assert.deepEqual(at.desk.batches, [])
  })
  it('is checked before the body is read', async () => {
    at.run(account('shop'))
    assert.equal((await at.post('not json', { secret: 'another' }))?.status, 401)
    assert.equal((await at.post('not json'))?.status, 400)
    assert.equal((await at.post('[]'))?.status, 400)
    assert.equal((await at.post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])))?.status, 400)
  })
  it('is not needed where no app secret is set', async () => {
    at.run(account('shop', { appSecret: null }))
    assert.equal((await at.post(hello(), { secret: null }))?.status, 200)
    assert.deepEqual(recorded(), ['shop message.received'])
  })
  it('has to be by the secret of every account that the request speaks to', async () => {
    at.run(account('shop'))
    at.run(account('bar', { phoneNumberId: OTHER_NUMBER, appSecret: 'the secret of bar' }))
    at.run(account('open', { phoneNumberId: '3', appSecret: null }))
    const both = envelope(
      messages({ messages: [text('wamid.1')] }),
      messages({ messages: [text('wamid.2')] }, OTHER_NUMBER),
    )
    assert.equal((await at.post(both))?.status, 401, 'signed by one of two')
    assert.equal(
      (await at.post(hello(), { path: '/webhooks/whatsapp/open', secret: null }))?.status,
      401,
      'by a path that asks for nothing',
    )
    assert.deepEqual(at.desk.batches, [])
  })
})

describe('a change', () => {
  it('goes to the account of its number, whatever path it came by, all of a POST in one unit', async () => {
    at.run(account('shop'))
    at.run(account('bar', { phoneNumberId: OTHER_NUMBER, wabaId: '2' }))
    const both = envelope(
      messages({ messages: [text('wamid.1'), text('wamid.2')] }),
      messages({ messages: [text('wamid.3')] }, OTHER_NUMBER),
    )
    assert.equal((await at.post(both))?.status, 200)
    assert.equal(at.desk.batches.length, 1)
    assert.deepEqual(recorded(), ['shop message.received', 'shop message.received', 'bar message.received'])
  })
  it('on a shared path goes to one account only', async () => {
    at.run(account('shop', { webhookPath: '/shared' }))
    at.run(account('bar', { webhookPath: '/shared', phoneNumberId: OTHER_NUMBER }))
    await at.post(hello('wamid.1', OTHER_NUMBER), { path: '/shared' })
    assert.deepEqual(recorded(), ['bar message.received'])
  })
  it('without a number goes to every account of the WABA, each with a key of its own', async () => {
    at.run(account('shop'))
    at.run(account('bar', { phoneNumberId: OTHER_NUMBER }))
    at.run(account('far', { phoneNumberId: '3', wabaId: '3' }))
    await at.post(review(WABA))
    assert.deepEqual(recorded(), ['shop business.account', 'bar business.account'])
    assert.equal(new Set(at.desk.drafts.map((draft) => draft.origin?.key)).size, 2)
  })
  it('of a WABA that no account is known to have goes to the only line of the path', async () => {
    at.run(account('shop', { wabaId: null }))
    await at.post(review('777'))
    assert.deepEqual(recorded(), ['shop business.account'])
  })
  it('for a number or WABA of nobody is acknowledged, and nothing is recorded', async () => {
    at.run(account('shop'))
    assert.deepEqual(await at.post(hello('wamid.1', '999')), { status: 200, body: 'OK' })
    assert.equal((await at.post(review('777')))?.status, 200)
    assert.deepEqual(at.desk.batches, [])
  })
  it('that is told twice has the same keys; the time is never our own', async () => {
    at.run(account('shop'))
    const odd = envelope(messages({ messages: [text('wamid.1')] }), {
      field: 'security',
      value: { event: 'PIN_CHANGED' },
    })
    await at.post(odd)
    await at.post(odd)
    const [first, second] = at.desk.batches.map((batch) => batch.map((draft) => draft.origin))
    assert.deepEqual(second, first)
    const timeless = {
      object: 'whatsapp_business_account',
      entry: [{ id: WABA, changes: [{ field: 'security', value: {} }] }],
    }
    await at.post(timeless)
    assert.equal(at.desk.drafts.at(-1)?.origin?.at, 0)
  })
})

describe('a status of a message of ours', () => {
  const ours: OutMessage = {
    id: 'msg_01KAGR5YVGQ4T8M2ZB7N3CXWED',
    account: 'shop',
    chat: '15550100301',
    kind: 'text',
    content: '{}',
    status: 'unknown',
    transportId: null,
    publicId: null,
    error: null,
    createdAt: 0,
  }
  const told = (id: string, more = {}) => ({
    id: 'wamid.out',
    status: 'delivered',
    timestamp: '1763630100',
    recipient_id: '15550100301',
    biz_opaque_callback_data: id,
    ...more,
  })
  beforeEach(() => {
    at.run(account('shop'))
    at.run(account('bar', { phoneNumberId: OTHER_NUMBER }))
    at.desk.messages.set(ours.id, ours)
  })

  it('settles it by the id that went out with it, looked up once for the whole POST', async () => {
    const failed = told(ours.id, { status: 'failed', errors: [{ code: 131026, title: 'Message undeliverable' }] })
    await at.post(envelope(messages({ statuses: [told(ours.id)] }), messages({ statuses: [failed] })))
    assert.equal(at.desk.lookups, 1)
    const [first, second] = at.desk.drafts
    assert.deepEqual(first?.news, {
      id: ours.id,
      status: 'delivered',
      recipient: '',
      at: 1_763_630_100_000,
      transportId: 'wamid.out',
      publicId: 'wamid.out',
      error: null,
    })
    assert.equal(JSON.parse(second?.news?.error ?? '{}').code, 131026)
  })
  it('keeps the id that the outside was told', async () => {
    at.desk.messages.set(ours.id, { ...ours, publicId: ours.id })
    await at.post(envelope(messages({ statuses: [told(ours.id)] })))
    const data = JSON.parse(at.desk.drafts[0]?.data ?? '{}')
    assert.deepEqual([data.message_id, data.transport_id], [ours.id, 'wamid.out'])
  })
  it('is no news when the message is unknown, of another account, or the text is not an id of ours', async () => {
    const foreign = envelope(messages({ statuses: [told(ours.id)] }, OTHER_NUMBER))
    await at.post(foreign)
    await at.post(
      envelope(messages({ statuses: [told('msg_00000000000000000000000000'), told('order 7'), told(`${ours.id}x`)] })),
    )
    assert.deepEqual(
      at.desk.drafts.map((draft) => draft.news),
      [null, null, null, null],
    )
    assert.deepEqual(new Set(recorded()), new Set(['bar message.delivered', 'shop message.delivered']))
  })
})

describe('when nothing can be taken', () => {
  it('answers 503 and when to come again', async () => {
    at.run(account('shop'))
    at.desk.trouble = new Failure('unavailable', 'No space on disk', { retryAfterS: 7 })
    assert.deepEqual(await at.post(hello()), { status: 503, body: 'No space on disk', retryAfterS: 7 })
  })
  it('does not acknowledge what failed for any other reason', async () => {
    at.run(account('shop'))
    at.desk.trouble = new Error('a fault of ours')
    await assert.rejects(at.post(hello()), /a fault of ours/)
  })
})
