// Fields that nobody offered: bodies that name what only the server sets, or what a key must not give itself.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { as, ask, NOTHING, newKey, type Request, requestsAbout } from '../keys/walk.ts'
import { type Stage, startStage } from '../stage.ts'

let stage: Stage
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
  await stage.addAccount('shop')
  await stage.addHook('crm', {}, { active: false })
})
after(async () => {
  for (const end of ends) await end()
})

/** What attackers try: fields of other systems, of our own insides, and of other operations. */
const STRAY = {
  ...{ role: 'admin', is_admin: true, scope: 'admin', scopes: ['admin'], permissions: ['*'], admin: true },
  ...{
    account: 'shop',
    account_id: 'shop',
    accounts: ['shop'],
    accountId: 'shop',
    owner: 'x',
    tenant: 'x',
    user_id: 1,
  },
  ...{ secret: `whsec_${'A'.repeat(32)}`, key: 'wh_mine', sha256: '0'.repeat(64), api_key: 'x', access_token: 'x' },
  ...{ disabled: true, enabled: true, active: true, no: 1, seq: 1, cursor: 0, state: 'connected', status: 'sent' },
  ...{ id: 'other', created_at: '2020-01-01T00:00:00Z', createdAt: 1, expires_at: null, disabledReason: 'x' },
  ...{ allowInsecure: true, allow_insecure: true, session_path: 'x', cloud: {}, graph_url: 'http://127.0.0.1:1' },
  ...{ idempotency_key: 'x', transport_id: 'x', message_id: 'x', prototype: {}, toString: 'x', hasOwnProperty: 1 },
  ...{ phone_number_id: '1', business_api: {}, callback_url: 'http://127.0.0.1:1', filepath: '/etc/passwd', files: [] },
}

const bodied = requestsAbout(NOTHING).filter(({ body, type }) => body !== undefined && type === 'application/json')

/** The request with one more field. */
function withField(request: Request, name: string, value: unknown): Request {
  return { ...request, body: JSON.stringify({ ...JSON.parse(request.body ?? '{}'), [name]: value }) }
}

const fieldsOf = ({ said }: Request): string[] => Object.keys(said.input.body?.schema.properties ?? {})

describe('a field that nobody offered', () => {
  it('is 400 and named, in every body that there is, and nothing is changed by the rest of the body', async () => {
    assert.ok(bodied.length > 40)
    const before = await everything()
    const asked = stage.meta.requests().length
    for (const [at, request] of bodied.entries()) {
      // A third of them for each body, and each of them for a third of the bodies.
      const mine = Object.entries(STRAY).filter((_, place) => place % 3 === at % 3)
      const strays = mine.filter(([name]) => !fieldsOf(request).includes(name))
      assert.ok(strays.length > 5)
      const tries = strays.map(async ([name, value]) => {
        const { status, text } = await ask(stage, withField(request, name, value), as(stage.key))
        assert.equal(status, 400, `${request.operationId} took ${name}: ${status} ${text}`)
        assert.ok(text.includes(name), `${request.operationId} with ${name}: ${text}`)
      })
      await Promise.all(tries)
    }
    assert.deepEqual(await everything(), before)
    assert.equal(stage.meta.requests().length, asked, 'Meta was asked for nothing')
  })

  it('is 400 in objects inside of bodies, too', async () => {
    const account = { id: 'other', type: 'business-api', business_api: { phone_number_id: '1', access_token: 't' } }
    const hook = { id: 'other', name: 'n', url: 'http://127.0.0.1:9/', active: false }
    const wrong: [string, object, string][] = [
      [
        '/api/accounts/add',
        { ...account, business_api: { ...account.business_api, graph_url: 'http://x' } },
        'graph_url',
      ],
      ['/api/accounts/add', { ...account, pacing: { per_second: 1, unlimited: true } }, 'unlimited'],
      ['/api/accounts/add', { ...account, media: { download: true, folder: '/etc' } }, 'folder'],
      ['/api/hooks/add', { ...hook, retry: { delays: [1], give_up_after: 1, times: 1e9 } }, 'times'],
    ]
    for (const [path, body, name] of wrong) {
      const request = { method: 'POST', path, body: JSON.stringify(body), type: 'application/json' }
      const { status, text } = await ask(stage, request, as(stage.key))
      assert.deepEqual([status, text.includes(name)], [400, true], text)
    }
  })

  it('is 400 in queries', async () => {
    for (const request of requestsAbout(NOTHING)) {
      for (const [name, value] of [
        ['role', 'admin'],
        ['account', 'shop'],
        ['accounts', 'shop'],
        ['__proto__', '1'],
      ] as const) {
        if (Object.keys(request.said.input.query?.properties ?? {}).includes(name)) continue
        const path = `${request.path}${request.path.includes('?') ? '&' : '?'}${name}=${value}`
        const { status, text } = await ask(stage, { ...request, path }, as(stage.key))
        assert.deepEqual([status, text.includes(name)], [400, true], `${request.operationId}: ${status} ${text}`)
      }
    }
  })
})

describe('what only the server says', () => {
  it('may come back in a hook, and is ignored: a hook cannot claim to be well', async () => {
    await stage.api.updateHook({ id: 'crm', breaker: 'open', disabled_reason: 'no reason at all' })
    const { breaker, disabled_reason } = await stage.api.getHook({ id: 'crm' })
    assert.deepEqual([breaker, disabled_reason], ['closed', null])
  })

  it('is not to be had by a key that makes a key: the new one has what was asked for', async () => {
    const key = await newKey(stage, ['admin'])
    const body = JSON.stringify({ name: 'n', scopes: ['read'], accounts: ['shop'] })
    const told = await ask(stage, { method: 'POST', path: '/api/keys/add', body, type: 'application/json' }, as(key))
    const made = (await stage.api.listKeys()).find(({ id }) => id === JSON.parse(told.text).key_id)
    assert.deepEqual([made?.scopes, made?.accounts], [['read'], ['shop']])
  })
})

async function everything(): Promise<unknown> {
  const { api } = stage
  return [await api.listHooks(), await api.listAccounts(), await api.listKeys(), await api.getCacheStats()]
}
