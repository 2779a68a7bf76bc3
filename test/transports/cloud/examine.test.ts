// What an examination of an account finds, and what it mends.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { CloudSettings } from '../../../src/model/account.ts'
import type { Finding } from '../../../src/model/finding.ts'
import { type NumberStand, numberStand } from './number-stand.ts'
import { account, stand } from './stand.ts'

let at: NumberStand
const open = async (options: Parameters<typeof numberStand>[0] = {}): Promise<void> => {
  at = await numberStand(options)
}
beforeEach(() => open())
afterEach(() => at.close())

type Report = Record<string, Finding>
async function report(cloud: Partial<CloudSettings> = {}, mend = false): Promise<Report> {
  const findings = await at.open({ apiVersion: 'v25.0', ...cloud }).examine({ mend })
  assert.ok(!JSON.stringify(findings).includes(at.number.token))
  const checks = findings.map(({ check }) => check)
  assert.deepEqual(checks, [...new Set(checks)])
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}
const results = (of: Report): Record<string, string> =>
  Object.fromEntries(Object.entries(of).map(([check, { result }]) => [check, result]))
const ALL_OK = {
  ...{ token: 'ok', scopes: 'ok', number: 'ok', registration: 'ok', quality: 'ok', waba: 'ok', subscription: 'ok' },
  ...{ api_version: 'ok', app_secret: 'ok' },
}

describe('an account in order', () => {
  it('is found in order, and nothing is to do', async () => {
    const found = await report()
    assert.deepEqual(results(found), ALL_OK)
    assert.deepEqual(
      Object.values(found).map(({ fix }) => fix),
      Object.values(found).map(() => null),
    )
    assert.match(found.token?.says ?? '', /does not expire/)
    assert.match(found.number?.says ?? '', /Lucky Shrub/)
    assert.equal(at.calls('POST').length, 0)
  })
  it('is not changed by mending it', async () => {
    assert.deepEqual(results(await report({}, true)), ALL_OK)
    assert.equal(at.calls('POST').length, 0)
  })
})

describe('the token', () => {
  it('that ends soon is a warning, one that has ended a problem that hides the rest', async () => {
    const { token } = at.number
    at.meta.addToken({ token, expiresAt: at.at.desk.clock.now() + 3 * 24 * 3600_000 })
    const soon = (await report()).token
    assert.equal(soon?.result, 'warning')
    assert.match(soon?.says ?? '', /valid until 20\d\d-/)
    assert.match(soon?.fix ?? '', /System users/)
    at.meta.addToken({ token, expiresAt: Date.now() - 1 })
    const ended = await report()
    assert.deepEqual(results(ended), {
      ...{ token: 'problem', scopes: 'skipped', number: 'skipped', waba: 'skipped', subscription: 'skipped' },
      ...{ api_version: 'ok', app_secret: 'ok' },
    })
    assert.match(ended.token?.says ?? '', /code 190, subcode 463/)
  })
  it('that Meta does not know is a problem', async () => {
    const { token } = await report({ accessToken: 'no such token', appSecret: null })
    assert.equal(token?.result, 'problem')
    assert.match(token?.fix ?? '', /set access_token/)
  })
  it('that may not be inspected is good while it reads the number', async () => {
    at.meta.faults.add({ match: 'GET /debug_token', action: { kind: 'error', code: 100 } })
    const found = await report()
    assert.deepEqual(results(found), { ...ALL_OK, scopes: 'skipped', subscription: 'warning' })
    assert.match(found.token?.says ?? '', /until when is not told/)
    assert.equal((await report({}, true)).subscription?.result, 'ok')
    assert.equal(at.calls('POST').length, 1)
  })
  it('without a permission is named with what it lacks', async () => {
    const { token } = at.number
    at.meta.addToken({ token, scopes: ['whatsapp_business_management'] })
    const lacking = (await report()).scopes
    assert.equal(lacking?.result, 'problem')
    assert.match(lacking?.says ?? '', /lacks whatsapp_business_messaging\./)
    at.meta.addToken({ token, scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'] })
    const noted = (await report()).scopes
    assert.equal(noted?.result, 'ok')
    assert.match(noted?.says ?? '', /catalog_management/)
  })
})

describe('the number', () => {
  const change = (fields: Record<string, unknown>) => at.meta.changeNumber(at.number.phoneNumberId, { fields })
  it('that is not there, or not the token’s, is a problem with the likely mistakes', async () => {
    const { number } = await report({ phoneNumberId: '123456' })
    assert.equal(number?.result, 'problem')
    assert.match(number?.fix ?? '', /phone_number_id is not the id that WhatsApp Manager shows/)
  })
  it('that is not registered is a problem with the way there', async () => {
    for (const [fields, fix] of [
      [{ status: 'PENDING', code_verification_status: 'NOT_VERIFIED' }, /request_code.*register/],
      [{ status: 'DISCONNECTED', code_verification_status: 'VERIFIED' }, /^Register/],
      [{ platform_type: 'ON_PREMISE' }, /register/i],
    ] as const) {
      change(fields)
      const { registration } = await report()
      assert.equal(registration?.result, 'problem')
      assert.match(registration?.fix ?? '', fix)
    }
    change({ status: 'FLAGGED', platform_type: 'CLOUD_API' })
    assert.equal((await report()).registration?.result, 'warning')
  })
  it('of low quality, and for tests, is a warning', async () => {
    change({ quality_rating: 'RED', account_mode: 'SANDBOX' })
    const { quality, number } = await report()
    assert.deepEqual([quality?.result, number?.result], ['warning', 'warning'])
    assert.match(quality?.says ?? '', /RED/)
  })
})

describe('the WABA', () => {
  it('is told with what named it', async () => {
    assert.match((await report()).waba?.says ?? '', /set as waba_id/)
    const { businessId: businessAccountId } = at.number
    assert.match((await report({ wabaId: null, businessAccountId })).waba?.says ?? '', /business_account_id/)
    assert.match((await report({ wabaId: null })).waba?.says ?? '', /health_status/)
  })
  it('that the token may not look into is no more than believed', async () => {
    at.meta.faults.add({ match: 'GET /*/phone_numbers', action: { kind: 'error', code: 200 } })
    const { waba } = await report()
    assert.equal(waba?.result, 'warning')
    assert.match(waba?.says ?? '', /could not be looked into/)
  })
  it('of another number is a problem', async () => {
    const other = at.meta.addNumber({ token: at.number.token })
    const { waba } = await report({ wabaId: other.wabaId })
    assert.equal(waba?.result, 'problem')
    assert.match(waba?.fix ?? '', /Set waba_id/)
  })
})

describe('the subscription', () => {
  it('that is missing is a problem, and is made when that is allowed', async () => {
    await at.close()
    await open({ subscribed: false })
    const missing = (await report()).subscription
    assert.equal(missing?.result, 'problem')
    assert.match(missing?.fix ?? '', new RegExp(`POST /${at.number.wabaId}/subscribed_apps`))
    assert.equal(at.calls('POST').length, 0)
    const mended = (await report({}, true)).subscription
    assert.equal(mended?.result, 'ok')
    assert.match(mended?.says ?? '', /is now: POST/)
    assert.equal(at.calls('POST').length, 1)
    assert.deepEqual(results(await report()), ALL_OK)
  })
  it('of another app only does not count', async () => {
    await at.close()
    await open({ subscribed: false })
    at.meta.addNumber({ wabaId: at.number.wabaId, appId: '777', appSecret: 'of another app' })
    const { subscription } = await report()
    assert.equal(subscription?.result, 'problem')
    assert.match(subscription?.says ?? '', /Only other apps/)
  })
  it('that cannot be made says why', async () => {
    await at.close()
    await open({ subscribed: false })
    at.meta.faults.add({ match: 'POST /*/subscribed_apps', action: { kind: 'error', code: 200 } })
    const { subscription } = await report({}, true)
    assert.equal(subscription?.result, 'problem')
    assert.match(subscription?.says ?? '', /code 200/)
  })
})

describe('the settings', () => {
  it('that should not stay so are warnings', async () => {
    const { api_version: version, app_secret: secret } = await report({ apiVersion: 'v20.0', appSecret: null })
    assert.deepEqual([version?.result, secret?.result], ['warning', 'warning'])
    assert.match(version?.says ?? '', /2026-09-24/)
    assert.match(secret?.fix ?? '', /App settings > Basic/)
  })
})

describe('an examination while Graph is away', () => {
  it('says what could not be looked at, and fails for nothing', async () => {
    const away = stand()
    const findings = await away.kind.open(account('shop')).examine({ mend: true })
    await away.close()
    const looked = findings.filter(({ check }) => check !== 'api_version' && check !== 'app_secret')
    assert.equal(looked.length, 5)
    for (const { result, says } of looked) {
      assert.equal(result, 'skipped', says)
      assert.match(says, /could not be reached/)
    }
  })
})
