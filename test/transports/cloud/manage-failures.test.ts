// What managing does when Graph is in trouble, and when the WABA is not known.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { FaultAction } from '../../../simulator/meta/index.ts'
import type { BusinessLine } from '../../../src/transports/transport.ts'
import { failureOf, fileOf, type NumberStand, numberStand } from './number-stand.ts'
import { account, stand } from './stand.ts'

let at: NumberStand
beforeEach(async () => {
  at = await numberStand({ timeoutMs: 300 })
})
afterEach(() => at.close())

const fault = (match: string, action: FaultAction, next = 9) => at.meta.faults.add({ match, action, when: { next } })
const refusal = (doing: Promise<unknown>) => failureOf(doing, at.number.token)
const business = (cloud: object): BusinessLine => at.open(cloud).business as BusinessLine

describe('a question', () => {
  it('whose answer is lost, or that comes at a bad moment, is asked once more', async () => {
    for (const action of [
      { kind: 'reset', when: 'after-body' },
      { kind: 'html', status: 502 },
      { kind: 'error', code: 2 },
    ] as const) {
      const before = at.calls('/flows').length
      fault('GET /*/flows', action, 1)
      assert.deepEqual(await at.business.flows.list(), { data: [] })
      assert.equal(at.calls('/flows').length - before, 2)
    }
  })
  it('that stays without an answer fails, and nothing is said of a change', async () => {
    fault('GET /*/flows', { kind: 'html', status: 502 })
    const error = await refusal(at.business.flows.list())
    assert.equal(error.code, 'upstream')
    assert.match(error.message, /^Meta API error: The answer of Graph was lost: an answer 502[^W]*$/)
    assert.equal(at.calls('/flows').length, 2)
  })
  it('that Meta has no time for says when to come again', async () => {
    fault('GET /*/flows', { kind: 'throttle', retryAfter: 40, code: 80008 })
    assert.equal((await refusal(at.business.flows.list())).retryAfterS, 40)
    assert.equal(at.calls('/flows').length, 1)
  })
  it('for fields that a version does not have is asked without them', async () => {
    const message = '(#100) Tried accessing nonexisting field (quality_score) on node type (WhatsAppMessageTemplate)'
    fault('GET /*/message_templates', { kind: 'error', code: 100, message }, 1)
    assert.deepEqual(await at.business.templates.list(), { data: [] })
    const [first, second] = at.calls('/message_templates')
    assert.ok(first?.query.fields?.includes('quality_score'))
    assert.deepEqual(Object.keys(second?.query ?? {}).toSorted(), ['appsecret_proof', 'limit'])
  })
  it('refused for its token makes the line broken', async () => {
    at.line.start()
    await at.at.desk.until('shop', 'connected')
    at.meta.addToken({ token: at.number.token, expiresAt: Date.now() - 1 })
    assert.equal((await refusal(at.business.profile.get())).facts.code, 190)
    await at.at.desk.until('shop', 'broken')
  })
})

describe('a change', () => {
  it('whose answer is lost is not made again, and said to be so', async () => {
    fault('POST /*/flows', { kind: 'truncated' })
    const error = await refusal(at.business.flows.create('Booking', ['OTHER']))
    assert.equal(error.code, 'lost-answer')
    assert.match(error.message, /Whether the change was made is not known/)
    assert.deepEqual([at.calls('POST').length, at.meta.flows().length], [1, 1])
  })
  it('that surely was not made is made once more', async () => {
    fault('POST /*/flows', { kind: 'error', code: 1 }, 1)
    await at.business.flows.create('Booking', ['OTHER'])
    assert.equal(at.meta.flows().length, 1)
  })
  it('that never left has surely not been made', async () => {
    const away = stand()
    const error = await refusal((away.kind.open(account('shop')).business as BusinessLine).flows.publish('1'))
    await away.close()
    assert.equal(error.code, 'upstream')
    assert.match(error.message, /could not be reached/)
  })
  it('is brought again when it is a file, and its last lost answer is told', async () => {
    fault('POST /*/media', { kind: 'reset', when: 'after-body' }, 2)
    assert.match(String((await at.business.media.upload(fileOf('x', 'text/plain'))).id), /^\d+$/)
    fault('POST /*/media', { kind: 'reset', when: 'after-body' })
    assert.equal((await refusal(at.business.media.upload(fileOf('x', 'text/plain')))).code, 'lost-answer')
  })
})

describe('the WABA', () => {
  it('that is not known yet is looked for when it is needed, and kept', async () => {
    at.meta.addTemplate({ name: 'found', language: 'en_US' })
    const own = business({ wabaId: null })
    assert.equal(((await own.templates.list()) as { data: unknown[] }).data.length, 1)
    assert.deepEqual(at.at.desk.learned, [{ account: 'shop', found: { cloud: { wabaId: at.number.wabaId } } }])
    const before = at.calls().length
    await own.templates.list()
    assert.equal(at.calls().length - before, 1)
  })
  it('that cannot be found fails with what to set; what needs none goes on', async () => {
    at.meta.changeNumber(at.number.phoneNumberId, { fields: { health_status: null } })
    fault('GET /*/phone_numbers', { kind: 'error', code: 200 }, 99)
    at.meta.addToken({ token: at.number.token, scopes: ['whatsapp_business_messaging'] })
    fault('GET /debug_token', { kind: 'error', code: 100 }, 99)
    const own = business({ wabaId: null })
    const error = await refusal(own.templates.list())
    assert.equal(error.code, 'upstream')
    assert.match(error.message, /^Meta API error: .*Set waba_id/)
    assert.match(String((await own.media.upload(fileOf('x', 'text/plain'))).id), /^\d+$/)
  })
})

describe('a list of Graph’s', () => {
  it('that never ends is read to a limit, and says where it goes on; no token comes along', async () => {
    let pages = 0
    const server = createServer((request, response) => {
      pages += 1
      const token = String(request.headers.authorization).slice('Bearer '.length)
      const next = `http://${request.headers.host}/next?access_token=${token}`
      const paging = { cursors: { after: `c${pages}` }, next }
      response.end(JSON.stringify({ data: [{ id: pages, preview: next }], paging }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const own = stand({ graphUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    const line = own.kind.open(account('shop'))
    const list = (await line.business?.catalogs.products('1')) ?? {}
    await own.close()
    server.close()
    assert.equal(pages, 100)
    assert.equal((list.data as unknown[]).length, 100)
    assert.deepEqual(list.paging, { cursors: { after: 'c100' } })
    assert.ok(!JSON.stringify(list).includes(line.account.cloud?.accessToken ?? '?'))
  })
})
