// The doctor, whole: what it finds of an account in order, and of one with everything amiss.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import { startReceiver } from '../../../simulator/receiver/index.ts'
import { checkGraphCalls } from '../graph-calls.ts'
import { type Ending, type Stage, settingsOf, startStage } from '../stage.ts'

/** A way in from outside, whose address is known before the server's; it leads nowhere until `to` is called. */
async function wayIn(t: Ending): Promise<{ url: string; to: (server: string) => void }> {
  let port: number | undefined
  const outside = createServer((socket) => {
    socket.on('error', () => {})
    if (port === undefined) return void socket.destroy()
    const inside = connect(port, '127.0.0.1')
    inside.on('error', () => socket.destroy())
    socket.pipe(inside).pipe(socket)
  })
  outside.listen(0, '127.0.0.1')
  await once(outside, 'listening')
  t.after(async () => void outside.close())
  const { port: own } = outside.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}`,
    to(server) {
      port = Number(new URL(server).port)
    },
  }
}

async function standing(t: Ending) {
  const way = await wayIn(t)
  const stage = await startStage(t, { config: { public_url: way.url } })
  return { stage, way }
}

type Examination = Awaited<ReturnType<Stage['api']['examineAccount']>>

/** The results by what was looked at; findings that are no `ok` say what to do, unless they were not looked at. */
function resultsOf({ ok, findings }: Examination, { token, appSecret, verifyToken }: NumberSetup) {
  const results = Object.fromEntries(findings.map(({ check, result }) => [check, result]))
  assert.equal(Object.keys(results).length, findings.length)
  assert.equal(ok, !Object.values(results).includes('problem'))
  for (const { check, result, says, fix } of findings) {
    assert.ok(says.length > 10, check)
    if (result === 'ok') assert.equal(fix, null, check)
    if (result === 'problem' || result === 'warning') assert.ok(fix && fix.length > 10, `${check}: ${says}`)
  }
  for (const secret of [token, appSecret, verifyToken]) assert.ok(!JSON.stringify(findings).includes(secret))
  return results
}

const saysOf = ({ findings }: Examination, check: string): string => {
  const found = findings.find((one) => one.check === check)
  return `${found?.says} ${found?.fix}`
}

const HEALTHY = {
  ...{ token: 'ok', scopes: 'ok', number: 'ok', registration: 'ok', quality: 'ok', waba: 'ok', subscription: 'ok' },
  // Meta itself would call no http address; a certificate that Node trusts is not to be had here.
  ...{ api_version: 'ok', app_secret: 'ok', callback: 'warning' },
}

it('an account in order is found in order, and examining or mending it changes nothing', async (t) => {
  const { stage, way } = await standing(t)
  way.to(stage.url)
  const number = stage.meta.addNumber({})
  await stage.api.addAccount({
    id: 'shop',
    type: 'cloud',
    business_api: { ...settingsOf(number), api_version: 'v25.0' },
  })
  const before = JSON.stringify(await stage.api.listAccounts())
  const seen = await stage.api.examineAccount({ id: 'shop' })
  assert.deepEqual(resultsOf(seen, number), HEALTHY)
  assert.deepEqual([seen.account_id, seen.ok], ['shop', true])
  assert.match(saysOf(seen, 'callback'), /answers, but Meta calls only https/)
  assert.deepEqual(resultsOf(await stage.api.mendAccount({ id: 'shop' }), number), HEALTHY)
  assert.ok(!stage.meta.requests().some(({ method }) => method !== 'GET'))
  assert.equal(JSON.stringify(await stage.api.listAccounts()), before)
  checkGraphCalls(stage.meta)
})

it('an account with everything amiss is told everything, with what to do about each', async (t) => {
  const { stage } = await standing(t)
  const number = stage.meta.addNumber({ subscribed: false })
  const { app_secret: _none, ...settings } = settingsOf(number)
  await stage.api.addAccount({ id: 'shop', type: 'cloud', business_api: { ...settings, api_version: 'v20.0' } })
  stage.meta.addToken({ token: number.token, scopes: ['whatsapp_business_management'] })
  stage.meta.changeNumber(number.phoneNumberId, { fields: { quality_rating: 'RED', status: 'DISCONNECTED' } })
  const seen = await stage.api.examineAccount({ id: 'shop' })
  assert.deepEqual(resultsOf(seen, number), {
    ...{ token: 'ok', scopes: 'problem', number: 'ok', registration: 'problem', quality: 'warning', waba: 'ok' },
    ...{ subscription: 'problem', api_version: 'warning', app_secret: 'warning', callback: 'problem' },
  })
  assert.match(saysOf(seen, 'scopes'), /lacks whatsapp_business_messaging/)
  assert.match(saysOf(seen, 'registration'), /DISCONNECTED.*Register/)
  assert.match(saysOf(seen, 'subscription'), new RegExp(`POST /${number.wabaId}/subscribed_apps`))
  assert.match(saysOf(seen, 'api_version'), /v20\.0.*2026-09-24.*v25\.0/)
  assert.match(saysOf(seen, 'callback'), /\/webhooks\/whatsapp\/shop cannot be reached from here/)
  checkGraphCalls(stage.meta)
})

it('a missing subscription is mended, and what cannot be mended from here stays', async (t) => {
  const { stage, way } = await standing(t)
  way.to(stage.url)
  const number = stage.meta.addNumber({ subscribed: false })
  await stage.api.addAccount({
    id: 'shop',
    type: 'cloud',
    business_api: { ...settingsOf(number), api_version: 'v20.0' },
  })
  const mended = await stage.api.mendAccount({ id: 'shop' })
  assert.deepEqual(resultsOf(mended, number), { ...HEALTHY, api_version: 'warning' })
  assert.match(saysOf(mended, 'subscription'), /is now/)
  const after = await stage.api.examineAccount({ id: 'shop' })
  assert.deepEqual(resultsOf(after, number), { ...HEALTHY, api_version: 'warning' })
  const changes = stage.meta.requests().filter(({ method }) => method !== 'GET')
  assert.deepEqual(
    changes.map(({ method, path }) => `${method} ${path.replace(/^\/v[\d.]+/, '')}`),
    [`POST /${number.wabaId}/subscribed_apps`],
  )
  checkGraphCalls(stage.meta)
})

it('an expired token hides what only it could see, and nothing else', async (t) => {
  const { stage, way } = await standing(t)
  way.to(stage.url)
  const number = await stage.addAccount('shop')
  stage.meta.addToken({ token: number.token, expiresAt: Date.now() - 1 })
  const seen = await stage.api.examineAccount({ id: 'shop' })
  const { token, scopes, callback, app_secret } = resultsOf(seen, number)
  assert.deepEqual([token, scopes, callback, app_secret], ['problem', 'skipped', 'warning', 'ok'])
  assert.match(saysOf(seen, 'token'), /code 190, subcode 463.*system user/)
  await assert.rejects(stage.api.examineAccount({ id: 'nobody' }), /there is no account "nobody"/)
})

it('a callback that leads to somebody else is told so', async (t) => {
  const { stage, way } = await standing(t)
  const somebody = await startReceiver({ answer: () => ({ status: 404 }) })
  t.after(() => somebody.close())
  way.to(somebody.url)
  const number = await stage.addAccount('shop')
  const seen = await stage.api.examineAccount({ id: 'shop' })
  assert.equal(resultsOf(seen, number).callback, 'problem')
  assert.match(saysOf(seen, 'callback'), /answers 404/)
})
