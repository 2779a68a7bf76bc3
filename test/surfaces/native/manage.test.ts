// What is managed at Meta, and what an examination finds, over a real socket.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { KEY, startServer } from '../start.ts'

const SHOP = { account_id: 'shop' }
const FLOW = { ...SHOP, flow_id: '7' }
const NUMBER = { ...SHOP, phone_number_id: '9' }

async function start(t: Parameters<typeof startServer>[0]) {
  const { url, inside } = await startServer(t)
  return { inside, client: createClient(native, { baseUrl: url, key: KEY }) }
}

test('each operation asks Meta for its own, and what reads answers as Meta did', async (t) => {
  const { inside, client } = await start(t)
  const template = { name: 'hello', language: 'en_US', category: 'UTILITY' as const, components: [{ type: 'BODY' }] }
  const answers = [
    await client.listTemplates(SHOP),
    await client.uploadTemplate({ ...SHOP, ...template }),
    await client.listFlows(SHOP),
    await client.createFlow({ ...SHOP, name: 'f', categories: ['OTHER'] }),
    await client.getFlow(FLOW),
    await client.uploadFlowAsset({ ...FLOW, asset_name: 'flow.json', asset_data: '{"version":"7.0"}' }),
    await client.listPhoneNumbers(SHOP),
    await client.listCatalogs(SHOP),
    await client.listProducts({ ...SHOP, catalog_id: '5' }),
    await client.getBusinessProfile(SHOP),
  ]
  assert.deepEqual(inside.asked.splice(0), [
    ['shop', 'templates.list'],
    ['shop', 'templates.create', template],
    ['shop', 'flows.list'],
    ['shop', 'flows.create', 'f', ['OTHER']],
    ['shop', 'flows.get', '7'],
    ['shop', 'flows.uploadAsset', '7', { name: 'flow.json', json: '{"version":"7.0"}' }],
    ['shop', 'phoneNumbers.list'],
    ['shop', 'catalogs.list'],
    ['shop', 'catalogs.products', '5'],
    ['shop', 'profile.get'],
  ])
  assert.deepEqual(answers[0], { asked: 'templates.list' })
  assert.equal(new Set(answers.map((answer) => answer.asked)).size, answers.length)
})

test('what changes something at Meta answers ok', async (t) => {
  const { inside, client } = await start(t)
  const answers = [
    await client.deleteTemplate({ ...SHOP, name: 'hello', language: 'en_US' }),
    await client.publishFlow(FLOW),
    await client.deprecateFlow(FLOW),
    await client.deleteFlow(FLOW),
    await client.verifyCode({ ...NUMBER, code: '0123' }),
    await client.registerPhoneNumber({ ...NUMBER, pin: '123456' }),
    await client.updateBusinessProfile({ ...SHOP, about: '', websites: [] }),
    await client.deleteMediaFile({ ...SHOP, media_id: '3' }),
  ]
  for (const answer of answers) assert.deepEqual(answer, { status: 'ok' })
  assert.deepEqual(inside.asked, [
    ['shop', 'templates.remove', 'hello', 'en_US'],
    ['shop', 'flows.publish', '7'],
    ['shop', 'flows.deprecate', '7'],
    ['shop', 'flows.remove', '7'],
    ['shop', 'phoneNumbers.verifyCode', '9', '0123'],
    ['shop', 'phoneNumbers.register', '9', '123456'],
    ['shop', 'profile.update', { about: '', websites: [] }],
    ['shop', 'media.remove', '3'],
  ])
})

test('a code is asked for in en_US when no language is named, or none that there is', async (t) => {
  const { inside, client } = await start(t)
  for (const language of [undefined, '', 'english', 'pt_BR', 'fil', 'EN_us']) {
    const named = language === undefined ? {} : { language }
    await client.requestVerificationCode({ ...NUMBER, code_method: 'VOICE', ...named })
  }
  const languages = inside.asked.map(([, , , , language]) => language)
  assert.deepEqual(languages, ['en_US', 'en_US', 'en_US', 'pt_BR', 'fil', 'en_US'])
  for (const code of ['123', '123456789', '12a4', '１２３４']) {
    await assert.rejects(client.verifyCode({ ...NUMBER, code }), { message: 'code: must be 4 to 8 digits' })
    await assert.rejects(client.registerPhoneNumber({ ...NUMBER, pin: code }), {
      message: 'pin: must be 4 to 8 digits',
    })
  }
})

test('an account that is not there is 400 with a sentence', async (t) => {
  const { client } = await start(t)
  await assert.rejects(client.listTemplates({ account_id: 'nobody' }), {
    message: 'There is no account nobody',
    facts: { status: 400 },
  })
})

test('an account is examined without being changed, and mended when that is asked for', async (t) => {
  const { client } = await start(t)
  await client.addAccount({ id: 'shop', type: 'whatsmeow' })
  const found = await client.examineAccount({ id: 'shop' })
  const finding = { check: 'subscription', result: 'problem', says: 'The app', fix: 'Subscribe' }
  assert.deepEqual(found, { account_id: 'shop', ok: false, findings: [finding] })
  const mended = await client.mendAccount({ id: 'shop' })
  assert.deepEqual([mended.ok, mended.findings[0]?.result], [true, 'ok'])
  await assert.rejects(client.examineAccount({ id: 'nobody' }), { code: 'not-found', facts: { status: 404 } })
})

test('pacing, media and the queue of an account read back', async (t) => {
  const { client } = await start(t)
  const media = { download: true, mime_types: ['image/*', 'application/pdf'] }
  await client.addAccount({ id: 'shop', type: 'whatsmeow', pacing: { per_second: 0.5 }, media })
  const [account] = await client.listAccounts()
  assert.deepEqual(account?.pacing, { per_second: 0.5, pair_burst: 45, pair_every: 6 })
  assert.deepEqual(account?.media, { ...media, max_bytes: 104_857_600 })
  const { pacing, queue } = await client.getAccountStatus({ id: 'shop' })
  assert.deepEqual(pacing, account?.pacing)
  assert.deepEqual(queue, { waiting: 2, next_at: '2026-01-31T12:00:00.000Z' })
  assert.ok(account)
  await client.updateAccount(account)
  const wrong = { id: 'shop', type: 'whatsmeow' as const, pacing: { pair_burst: 0 } }
  await assert.rejects(client.updateAccount(wrong), { message: 'pacing.pair_burst: must be at least 1' })
})

test('a hook says how it wants files', async (t) => {
  const { client } = await start(t)
  await client.addHook({ id: 'h', name: 'n', url: 'https://example.com', active: true })
  assert.equal((await client.getHook({ id: 'h' })).media, 'link')
  await client.updateHook({ id: 'h', media: 'both' })
  assert.equal((await client.getHook({ id: 'h' })).media, 'both')
})
