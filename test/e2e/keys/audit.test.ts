// The audit log over the whole product: who changed what, and who tried to, without a secret in it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { isAudited } from '../../../src/surfaces/audit.ts'
import { refusal } from '../conditions.ts'
import { type Stage, settingsOf, startStage } from '../stage.ts'
import { as, ask, NOTHING, newKey, requestsAbout } from './walk.ts'

let stage: Stage
let number: NumberSetup
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
  number = await stage.addAccount('shop', { appSecret: 'app-secret-2718281828459045', verifyToken: 'verify-314159' })
})
after(async () => {
  for (const end of ends) await end()
})

type Entry = Awaited<ReturnType<Stage['api']['listAudit']>>['entries'][number]

/** The newest entry of an operation. */
async function newest(operation: string): Promise<Entry> {
  const { entries } = await stage.api.listAudit({ operation, limit: 1 })
  return entries[0] ?? assert.fail(`nothing is noted of ${operation}`)
}

describe('the audit log', () => {
  it('says who changed what, from where, how it ended, and what was asked for', async () => {
    const key = await newKey(stage, ['admin'])
    const keyId = (await stage.api.listKeys()).at(-1)?.id
    const by = createClient(native, { baseUrl: stage.url, key })
    await by.addHook({ id: 'crm', name: 'CRM', url: 'http://127.0.0.1:9/', active: false })
    const { id, at, ...entry } = await newest('addHook')
    assert.match(id, /^aud_\d+$/)
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
    assert.deepEqual(entry, {
      caller: `key:${keyId}`,
      caller_name: 'admin',
      address: '127.0.0.1',
      operation: 'addHook',
      target: 'crm',
      account_id: null,
      outcome: 'ok',
      details: { id: 'crm', name: 'CRM', url: 'http://127.0.0.1:9/', active: false },
    })
    const made = await newest('addKey')
    assert.deepEqual([made.caller_name, made.target], ['the API key of this server', keyId])
    await refusal(by.updateHook({ id: 'absent', active: false }), 'not-found')
    const failed = await newest('updateHook')
    assert.deepEqual([failed.outcome, failed.target], ['not-found', 'absent'])
    await by.disableAccount({ id: 'shop' })
    const { target, account_id, outcome } = await newest('disableAccount')
    assert.deepEqual([target, account_id, outcome], ['shop', 'shop', 'ok'])
    await by.enableAccount({ id: 'shop' })
  })

  it('has every operation that changes something, and what was forbidden', async () => {
    const changing = requestsAbout(NOTHING).filter(({ said }) => isAudited(said))
    assert.ok(changing.length > 25)
    const reader = await newKey(stage, ['read'])
    for (const request of changing) {
      await ask(stage, request, as(reader))
      const forbidden = await newest(request.name)
      assert.deepEqual([forbidden.outcome, forbidden.caller_name], ['forbidden', 'read'], request.operationId)
      await ask(stage, { ...request, body: request.body && '{"no_such_field":1}' }, as(stage.key))
      const tried = await newest(request.name)
      assert.equal(tried.caller_name, 'the API key of this server', request.operationId)
      assert.ok(BigInt(tried.id.slice(4)) > BigInt(forbidden.id.slice(4)))
    }
  })

  it('holds no secret, whatever was sent and however it ended', async () => {
    const secret = `whsec_${Buffer.from('hook-secret-of-24-bytes!').toString('base64')}`
    const canaries = {
      token: 'EAAnew-token-1618033988',
      app: number.appSecret,
      verify: 'new-verify-1732050807',
      hook: secret.slice(6),
      header: 'header-credential-2236067977',
      pin: '70710678',
      code: '57721566',
    }
    const { api } = stage
    const business_api = { ...settingsOf(number), verify_token: canaries.verify }
    await api.updateAccount({ id: 'shop', type: 'business-api', business_api })
    const wrong = { ...business_api, access_token: canaries.token }
    await refusal(api.updateAccount({ id: 'shop', type: 'business-api', business_api: wrong }), 'upstream')
    const hook = { id: 'masked', name: 'm', url: 'http://127.0.0.1:9/', active: false, secret }
    await api.addHook({ ...hook, headers: { 'X-Anything': canaries.header, Authorization: canaries.header } })
    await refusal(api.addHook({ ...hook, headers: { 'X-Other': canaries.header } }), 'exists')
    const phone = { account_id: 'shop', phone_number_id: number.phoneNumberId }
    await api.registerPhoneNumber({ ...phone, pin: canaries.pin }).catch(() => {})
    await api.verifyCode({ ...phone, code: canaries.code }).catch(() => {})
    const key = await newKey(stage, ['read'])
    await ask(
      stage,
      { method: 'POST', path: '/api/hooks/add', body: JSON.stringify(hook), type: 'application/json' },
      as(key),
    )
    await ask(
      stage,
      { method: 'POST', path: '/api/hooks/add', body: `{"secret":"${secret}"`, type: 'application/json' },
      as(stage.key),
    )
    const { entries } = await api.listAudit({ limit: 1000 })
    const told = JSON.stringify(entries)
    for (const operation of ['updateAccount', 'addHook', 'registerPhoneNumber', 'verifyCode', 'addKey'])
      assert.ok(
        entries.some((entry) => entry.operation === operation),
        operation,
      )
    assert.ok(told.includes('"pin":"***"') && told.includes('"app_secret":"***"'), 'that it was given is there')
    for (const [name, canary] of Object.entries({ ...canaries, key, owner: stage.key, old: number.token }))
      assert.ok(!told.includes(canary), `${name} is in the audit log`)
  })

  it('is filtered and paged without losing or doubling anything', async () => {
    const whole = (await stage.api.listAudit({ limit: 1000 })).entries
    assert.ok(whole.length > 50)
    const ids = whole.map(({ id }) => Number(id.slice(4)))
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => b - a),
      'newest first',
    )
    const read: Entry[] = []
    for (let after: string | undefined; ; ) {
      const page = await stage.api.listAudit({ limit: 7, ...(after !== undefined && { after }) })
      read.push(...page.entries)
      if (page.next === null) break
      after = page.next
    }
    assert.deepEqual(read, whole)
    const all = (filter: object) => stage.api.listAudit({ limit: 1000, ...filter }).then(({ entries }) => entries)
    const caller = whole.find(({ caller_name }) => caller_name === 'read')?.caller ?? ''
    assert.deepEqual(
      await all({ caller }),
      whole.filter((entry) => entry.caller === caller),
    )
    assert.deepEqual(
      await all({ account: 'shop' }),
      whole.filter((entry) => entry.account_id === 'shop'),
    )
    const both = whole.filter((entry) => entry.account_id === 'shop' && entry.operation === 'updateAccount')
    assert.ok(both.length >= 2)
    assert.deepEqual(await all({ account: 'shop', operation: 'updateAccount' }), both)
    assert.deepEqual(await all({ operation: 'noSuchThing' }), [])
    for (const after of ['x', '0', '-1', '1.5']) assert.match(await refusal(stage.api.listAudit({ after })), /after/)
  })

  it('is there after a restart as it was', async () => {
    const before = (await stage.api.listAudit({ limit: 1000 })).entries
    await stage.restart()
    assert.deepEqual((await stage.api.listAudit({ limit: 1000 })).entries, before)
  })

  it('is read by keys with "admin" for all accounts and by nobody else, and by reading it nothing is added', async () => {
    const count = async () => (await stage.api.listAudit({ limit: 1000 })).entries.length
    const keys = [await newKey(stage, ['read', 'send', 'hooks']), await newKey(stage, ['admin'], ['shop'])]
    const before = await count()
    for (const key of keys) {
      const reader = createClient(native, { baseUrl: stage.url, key })
      await refusal(reader.listAudit(), 'forbidden')
      await refusal(reader.listAudit({ account: 'shop' }), 'forbidden')
    }
    assert.equal(await count(), before)
  })
})
