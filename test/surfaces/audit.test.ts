// Who may do what, and what is noted of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { json, type Operation } from '../../src/contract/operation.ts'
import { aboutOf, detailsOf, isAudited } from '../../src/surfaces/audit.ts'
import { startSmall } from './small-surface.ts'

const FROM = { address: '127.0.0.1', operation: 'addThing', account: 'shop' }
const ADMIN = { ...FROM, caller: 'key:admin', callerName: 'The admin key' }

test('a key does what its scope says, admin does all, and each sees its own view', async (t) => {
  const { url, post } = await startSmall(t)
  const get = (key: string, path = '/api/things') => fetch(url + path, { headers: { 'x-api-key': key } })
  assert.deepEqual(await (await get('reader')).json(), { of: 'key:read' })
  assert.deepEqual(await (await get('admin')).json(), { of: 'key:admin' })
  assert.deepEqual(await (await get('nobody', '/api/look')).json(), { of: 'everybody' })
  const refused = await get('sender')
  assert.equal(refused.status, 403)
  assert.equal(await refused.text(), 'This key may not do that: it needs the scope read')
  assert.equal((await post('/api/image', '{}', { 'x-api-key': 'reader' })).status, 403)
  assert.equal((await post('/api/image', '{}', { 'x-api-key': 'sender' })).status, 200)
})

test('what was changed is noted with who did it, where from, what about, and how it ended', async (t) => {
  const { post, audit } = await startSmall(t)
  const asked = { thing_id: 't1', access_token: 'EAAB-secret', note: 'n'.repeat(300) }
  await post('/api/things/shop', JSON.stringify(asked))
  const [first] = audit.splice(0)
  const details = { account_id: 'shop', thing_id: 't1', access_token: '***', note: `${'n'.repeat(200)}…` }
  assert.deepEqual(
    { ...first, details: JSON.parse(first?.details ?? '') },
    { ...ADMIN, target: 't1', outcome: 'ok', details },
  )

  await post('/api/things/shop', '{"thing_id":"taken"}')
  const failed = { ...ADMIN, target: 'taken', outcome: 'exists', details: '{"account_id":"shop","thing_id":"taken"}' }
  assert.deepEqual(audit.splice(0), [failed])
  await post('/api/things/shop', '{"thing_id":5,"acess_token":"EAAB-secret"}')
  await post('/api/things/shop', '{"thing_id":')
  const unread = { ...ADMIN, target: 'shop', outcome: 'invalid', details: '{}' }
  assert.deepEqual(audit.splice(0), [unread, unread])
  await post('/api/things/shop', '{"thing_id":"t1"}', { 'x-api-key': 'reader' })
  const forbidden = { ...FROM, caller: 'key:read', callerName: 'The read key', target: 'shop', outcome: 'forbidden' }
  assert.deepEqual(audit.splice(0), [{ ...forbidden, details: '{}' }])
})

test('reads, sends and who has no key are not noted', async (t) => {
  const { url, post, audit } = await startSmall(t)
  await post('/api/image', '{"caption":"a"}')
  await post('/api/image', '{"caption":"a"}', { 'x-api-key': 'reader' })
  await post('/api/things/shop', '{"thing_id":"t1"}', { 'x-api-key': 'nobody' })
  for (const key of ['reader', 'sender', 'nobody']) await fetch(`${url}/api/things`, { headers: { 'x-api-key': key } })
  assert.deepEqual(audit, [])
})

const operation = (body: Parameters<typeof Type.Object>[0], more: Partial<Operation> = {}): Operation => ({
  ...{ route: 'POST /api/x', tag: 'Hooks', summary: 'x', effect: 'write', scope: 'hooks', fails: [] },
  ...{ input: { body: json(Type.Object(body)) }, output: json(Type.Unknown()) },
  ...more,
})

test('only what changes accounts, keys, hooks and what is at Meta is noted', () => {
  for (const [effect, scope, open, noted] of [
    ...[
      ['write', 'hooks', false, true],
      ['destructive', 'admin', false, true],
      ['write', 'send', false, false],
    ],
    ...[
      ['sends', 'admin', false, false],
      ['readonly', 'admin', false, false],
      ['write', 'admin', true, false],
    ],
  ] as const) {
    assert.equal(isAudited(operation({}, { effect, scope, open })), noted, `${effect} ${scope} ${open}`)
  }
})

test('secrets are masked by their names, however deep they lie', () => {
  const deep = { pin: 'S3CRET', loud: 'ok' }
  const details = detailsOf({
    ...{ any: deep, list: [deep, { deep }] },
    business_api: { access_token: 'S3CRET', app_secret: 'S3CRET', verify_token: 'S3CRET', Password: 'S3CRET' },
    ...{ headers: { Authorization: 'S3CRET', 'X-Key': 'S3CRET' }, pin: '', code: null, key: 5, secret: ['S3CRET'] },
  })
  assert.doesNotMatch(details, /S3CRET/)
  const masked = { pin: '***', loud: 'ok' }
  assert.deepEqual(JSON.parse(details), {
    ...{ any: masked, list: [masked, { deep: masked }] },
    business_api: { access_token: '***', app_secret: '***', verify_token: '***', Password: '***' },
    ...{ headers: { Authorization: '***', 'X-Key': '***' }, pin: '', code: null, key: '***', secret: '***' },
  })
})

test('details are JSON of at most 4 KB, whatever was asked for', () => {
  const texts = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`text${at}`, '€'.repeat(500)]))
  for (const asked of [
    ...[texts, { list: Array.from({ length: 20_000 }, (_, at) => at), id: 'x' }, { ['k'.repeat(9000)]: 1, id: 'x' }],
    ...[{ text: `${'x'.repeat(199)}😀` }, { deep: { deep: texts } }, {}],
  ]) {
    const details = detailsOf(asked)
    assert.ok(Buffer.byteLength(details) <= 4096, `${Buffer.byteLength(details)}`)
    assert.ok(details.isWellFormed())
    JSON.parse(details)
  }
  assert.match(detailsOf(texts), /"text0":"€+…".*"\.\.\.":"\d+ more/)
})

test('what an operation is about is its id, another id, or its account', () => {
  const about = (tag: string, asked: object) => Object.values(aboutOf(operation({}, { tag }), { ...asked }))
  assert.deepEqual(about('Accounts', { id: 'shop' }), ['shop', 'shop'])
  assert.deepEqual(about('Webhooks', { id: 'crm' }), ['crm', null])
  assert.deepEqual(about('Flows', { account_id: 'shop', flow_id: '1' }), ['1', 'shop'])
  assert.deepEqual(about('Templates', { account_id: 'shop', name: 'x' }), ['shop', 'shop'])
  assert.deepEqual(about('Cache', { confirm: true, id: 5, hook_id: '' }), [null, null])
})
