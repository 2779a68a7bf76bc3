// What connecting finds out, and what it tells the owner when Meta says no.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type MetaSimulator, type NumberSetup, startMetaSimulator } from '../../../simulator/meta/index.ts'
import type { CloudSettings } from '../../../src/model/account.ts'
import { Failure } from '../../../src/model/failure.ts'
import { versionWarning } from '../../../src/transports/cloud/graph/versions.ts'
import type { Line } from '../../../src/transports/transport.ts'
import { requestProblems } from '../../samples/graph-schema.ts'
import { account, NOWHERE, type Stand, stand } from './stand.ts'

let meta: MetaSimulator
let at: Stand
let number: NumberSetup
beforeEach(async () => {
  meta = await startMetaSimulator()
  at = stand({ graphUrl: meta.url })
  number = meta.addNumber({ businessId: '600000000000001', displayPhoneNumber: '+1 555-010-0200' })
})
afterEach(async () => {
  await at.close()
  await meta.close()
})

function settings(change: Partial<CloudSettings> = {}): Partial<CloudSettings> {
  const { phoneNumberId, token: accessToken, appSecret, wabaId } = number
  return { phoneNumberId, accessToken, appSecret, wabaId, apiVersion: 'v25.0', ...change }
}
function open(change: Partial<CloudSettings> = {}): Line {
  return at.kind.open({ ...account('shop', settings(change)), phoneNumber: null })
}
const learned = (): object[] => at.desk.learned.map(({ found }) => found)
async function refusal(line: Line): Promise<Failure> {
  try {
    await line.connect()
  } catch (error) {
    assert.ok(error instanceof Failure)
    assert.equal(error.code, 'upstream')
    return error
  }
  throw new Error('it connected')
}

describe('connecting', () => {
  it('fills the phone number, and is connected without warnings', async () => {
    const line = open()
    await line.connect()
    assert.equal(line.state().is, 'connected')
    assert.deepEqual(line.state().warnings, [])
    assert.deepEqual(learned(), [{ phoneNumber: '+15550100200' }])
  })
  it('tells the desk nothing before the line is started, and does not ask again then', async () => {
    const line = open()
    await line.connect()
    assert.equal(at.desk.states.length, 0)
    const asked = meta.requests().length
    line.start()
    assert.deepEqual(
      at.desk.states.map(({ state }) => state.is),
      ['connected'],
    )
    assert.equal(meta.requests().length, asked)
    await line.stop()
    assert.equal(line.state().is, 'off')
  })
  it('sends calls that Meta’s own document allows, with the proof, and the token in no address of ours', async () => {
    await open({ wabaId: null, businessAccountId: number.businessId }).connect()
    for (const { method, path, query, headers } of meta.requests()) {
      // debug_token is not in the document, and takes the token as a parameter.
      if (path.endsWith('/debug_token')) continue
      assert.deepEqual(requestProblems(method, path, undefined), [], path)
      assert.ok(!JSON.stringify(query).includes(number.token))
      assert.match(query.appsecret_proof ?? '', /^[0-9a-f]{64}$/)
      assert.equal(headers.authorization, `Bearer ${number.token}`)
    }
  })
  it('asks for less when Graph does not know a field', async () => {
    const message = '(#100) Tried accessing nonexisting field (throughput) on node type (WhatsAppBusinessPhoneNumber)'
    meta.faults.add({
      match: `GET /${number.phoneNumberId}`,
      action: { kind: 'error', code: 100, message },
      when: { next: 1 },
    })
    const line = open()
    await line.connect()
    assert.equal(line.state().is, 'connected')
  })
})

describe('the WhatsApp Business Account', () => {
  const wabaOf = async (change: Partial<CloudSettings>): Promise<unknown> => {
    const line = open({ wabaId: null, ...change })
    await line.connect()
    assert.equal(line.state().is, 'connected')
    const found = at.desk.learned[0]?.found.cloud?.wabaId
    assert.deepEqual(line.state().warnings, found === undefined ? line.state().warnings : [])
    return found ?? line.state().warnings.join()
  }
  it('is found among those that the business owns', async () => {
    assert.equal(await wabaOf({ businessAccountId: number.businessId }), number.wabaId)
  })
  it('is found on the second page, among many, with few calls or with many', async () => {
    for (let index = 0; index < 120; index += 1) meta.addNumber({ businessId: number.businessId, token: number.token })
    number = meta.addNumber({ businessId: number.businessId, token: number.token })
    assert.equal(await wabaOf({ businessAccountId: number.businessId }), number.wabaId)
    const pages = meta.requests().filter(({ path }) => path.endsWith('/owned_whatsapp_business_accounts'))
    assert.equal(pages.length, 2)
    assert.ok(meta.requests().length < 8)
    at.desk.learned.length = 0
    meta.changeNumber(number.phoneNumberId, { fields: { health_status: null } })
    assert.equal(await wabaOf({ businessAccountId: number.businessId }), number.wabaId)
  })
  it('is found among those that are shared with the business', async () => {
    number = meta.addNumber({ businessId: '600000000000009', shared: true })
    assert.equal(await wabaOf({ businessAccountId: number.businessId }), number.wabaId)
    const paths = meta.requests().map(({ path }) => path.split('/').at(-1))
    assert.ok(paths.includes('client_whatsapp_business_accounts'))
  })
  it('of several is the one that holds the number', async () => {
    meta.addNumber({ businessId: number.businessId, token: number.token })
    number = meta.addNumber({ businessId: number.businessId, token: number.token })
    assert.equal(await wabaOf({ businessAccountId: number.businessId }), number.wabaId)
  })
  it('is believed when it was pasted as the business id', async () => {
    assert.equal(await wabaOf({ businessAccountId: number.wabaId }), number.wabaId)
  })
  it('is found by the number’s health without any business id', async () => {
    assert.equal(await wabaOf({ businessAccountId: null }), number.wabaId)
  })
  it('is found by the token when nothing else tells', async () => {
    meta.changeNumber(number.phoneNumberId, { fields: { health_status: null } })
    assert.equal(await wabaOf({ businessAccountId: null }), number.wabaId)
  })
  it('that cannot be found stops no messages: a warning says what is missing', async () => {
    meta.changeNumber(number.phoneNumberId, { fields: { health_status: null } })
    meta.faults.add({ match: 'GET /debug_token', action: { kind: 'error', code: 100 } })
    assert.match(String(await wabaOf({ businessAccountId: '1' })), /set waba_id.*whatsapp_business_management/)
  })
  it('that is set and holds another number is told', async () => {
    const other = meta.addNumber({ token: number.token, wabaId: '700000000000123' })
    const line = open({ wabaId: other.wabaId })
    await line.connect()
    assert.match(
      line.state().warnings.join(),
      new RegExp(`${other.wabaId} has no phone number ${number.phoneNumberId}`),
    )
  })
})

describe('warnings', () => {
  const warnings = async (change: Partial<CloudSettings>): Promise<string> => {
    const line = open(change)
    await line.connect()
    return line.state().warnings.join()
  }
  it('say that unsigned callbacks are taken', async () => {
    assert.match(await warnings({ appSecret: null }), /No app_secret.*unsigned/)
  })
  it('say that the version is at its end', async () => {
    assert.match(await warnings({ apiVersion: 'v19.0' }), /v19\.0 has ended/)
    const day = (text: string): number => Date.parse(text)
    assert.match(versionWarning('v21.0', day('2026-11-20')) ?? '', /v21\.0 ends on 2027-01-21/)
    assert.match(versionWarning('v22.0', day('2027-06-01')) ?? '', /v22\.0 ended on 2027-05-20/)
    assert.match(versionWarning('latest', 0) ?? '', /not of the form v21\.0/)
    assert.equal(versionWarning('v25.0', day('2026-11-20')), null)
    assert.equal(versionWarning('v26.0', day('2036-11-20')), null)
  })
  it('say that the token is at its end', async () => {
    meta.addToken({ token: number.token, expiresAt: Date.now() + 3600_000 })
    assert.match(await warnings({}), /expires on 20\d\d-/)
  })
  it('say what Meta holds against the number', async () => {
    meta.changeNumber(number.phoneNumberId, { fields: { quality_rating: 'RED', status: 'FLAGGED' } })
    assert.match(await warnings({}), /FLAGGED.*RED/)
  })
})

describe('a refusal', () => {
  it('of the token names the token, and never shows it', async () => {
    const error = await refusal(open({ accessToken: 'EAAwrong' }))
    assert.match(error.message, /code 190/)
    assert.match(error.message, /fbtrace_id \S+\)/)
    assert.match(error.message, /set access_token/)
    assert.equal(error.facts.code, 190)
  })
  it('strikes a token out of the words of Meta', async () => {
    const message = `Malformed access token ${number.token}`
    meta.faults.add({ match: 'GET /**', action: { kind: 'error', code: 190, message } })
    const error = await refusal(open())
    assert.match(error.message, /Malformed access token \*\*\*/)
    assert.ok(!JSON.stringify([error.message, error.facts]).includes(number.token))
  })
  it('of an expired token says so', async () => {
    meta.addToken({ token: number.token, expiresAt: Date.now() - 1000 })
    assert.match((await refusal(open())).message, /subcode 463.*has expired/)
  })
  it('of the id says which id it has to be, and what the token lacks', async () => {
    const error = await refusal(open({ phoneNumberId: '15550100200' }))
    assert.match(error.message, /subcode 33.*phone_number_id.*whatsapp_business_management.*assigned/)
  })
  it('for a permission names the permissions', async () => {
    meta.addToken({ token: number.token, scopes: [] })
    assert.match((await refusal(open())).message, /whatsapp_business_messaging and whatsapp_business_management/)
  })
  it('leaves a started line broken', async () => {
    at.run(account('shop', settings({ accessToken: 'EAAwrong' })))
    const state = await at.desk.until('shop', 'broken')
    assert.match(state.reason ?? '', /code 190/)
  })
})

describe('a Graph that cannot be reached', () => {
  it('is told as such, and tried again', async () => {
    const far = stand({ graphUrl: NOWHERE })
    assert.match((await refusal(far.kind.open(account('shop')))).message, /could not be reached.*ECONNREFUSED/)
    far.run(account('shop'))
    assert.match((await far.desk.until('shop', 'retrying')).reason ?? '', /could not be reached/)
    await far.close()
  })
  it('is connected once it is there', async () => {
    meta.faults.add({ match: 'GET /**', action: { kind: 'unavailable' }, when: { next: 1 } })
    at.run(account('shop', settings()))
    await at.desk.until('shop', 'retrying')
    await at.desk.until('shop', 'connected')
    assert.deepEqual(
      at.desk.states.map(({ state }) => state.is),
      ['connecting', 'retrying', 'connected'],
    )
  })
  it('that never answers is given up in time', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const slow = stand({ graphUrl: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, timeoutMs: 100 })
    assert.match((await refusal(slow.kind.open(account('shop')))).message, /no answer within 0\.1 s/)
    await slow.close()
    silent.close()
  })
})
