// What reaches the caller when Meta refuses to manage something: all of Meta's words, in both forms, and never the token.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import { native } from '../../../src/contract/native/index.ts'
import { type Operation, splitRoute } from '../../../src/contract/operation.ts'
import { FORM_TYPE, formParts, formText } from '../../suites/bad-input.ts'
import { type Stage, settingsOf, startStage } from '../stage.ts'

const SHOP = { account_id: 'shop' }
const FLOW = { ...SHOP, flow_id: '11' }
const NUMBER = { ...SHOP, phone_number_id: '11' }

/** Everything that is managed at Meta. */
const MANAGED = {
  listTemplates: SHOP,
  uploadTemplate: { ...SHOP, name: 'hello', language: 'en_US', category: 'UTILITY' },
  deleteTemplate: { ...SHOP, name: 'hello', language: 'en_US' },
  listFlows: SHOP,
  createFlow: { ...SHOP, name: 'f', categories: ['OTHER'] },
  getFlow: FLOW,
  uploadFlowAsset: { ...FLOW, asset_name: 'flow.json', asset_data: '{}' },
  publishFlow: FLOW,
  deprecateFlow: FLOW,
  deleteFlow: FLOW,
  listPhoneNumbers: SHOP,
  requestVerificationCode: { ...NUMBER, code_method: 'SMS' },
  verifyCode: { ...NUMBER, code: '123456' },
  registerPhoneNumber: { ...NUMBER, pin: '123456' },
  listCatalogs: SHOP,
  listProducts: { ...SHOP, catalog_id: '11' },
  getBusinessProfile: SHOP,
  updateBusinessProfile: { ...SHOP, about: 'a' },
  uploadMedia: { ...SHOP, file: 'PNG', type: 'image/png' },
  deleteMediaFile: { ...SHOP, media_id: '11' },
} as const
type Managed = keyof typeof MANAGED

interface Told {
  readonly status: number
  readonly type: string
  readonly text: string
}

async function ask(stage: Stage, name: Managed, input: object, accept = 'text/plain'): Promise<Told> {
  const said: Operation = native[name]
  const { method, path } = splitRoute(said.route)
  const isForm = said.input.body?.as === 'multipart'
  const response = await fetch(`${stage.url}${path}`, {
    method,
    headers: { 'x-api-key': stage.key, accept, 'content-type': isForm ? FORM_TYPE : 'application/json' },
    body: isForm ? formText(formParts({ ...input })) : JSON.stringify(input),
  })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, text: await response.text() }
}

let stage: Stage
let number: NumberSetup
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
  number = await stage.addAccount('shop')
})
afterEach(() => stage.meta.faults.clear())
after(async () => {
  for (const end of ends) await end()
})

describe('what Meta refuses', () => {
  it('is looked at for everything that is managed there', () => {
    const managed = Object.entries<Operation>(native).filter(
      ([name, { fails, effect }]) => fails.includes('lost-answer') && effect !== 'sends' && name !== 'markAsRead',
    )
    assert.deepEqual(Object.keys(MANAGED).toSorted(), managed.map(([name]) => name).toSorted())
  })

  it('is told in its words by every operation that manages something, with the trace id and without the token', async () => {
    const message = `(#131031) Business Account locked for ${number.token}`
    stage.meta.faults.add({ match: '* /**', action: { kind: 'error', code: 131031, subcode: 7, message } })
    for (const name of Object.keys(MANAGED) as Managed[]) {
      const plain = await ask(stage, name, MANAGED[name])
      assert.deepEqual([plain.status, plain.type], [500, 'text/plain; charset=utf-8'], name)
      assert.match(plain.text, /^Meta API error: .*Business Account locked for \*\*\*/, name)
      assert.match(plain.text, /\(code 131031, subcode 7, fbtrace_id A\S{22}\)/, name)
      const problem = await ask(stage, name, MANAGED[name], 'application/problem+json')
      assert.deepEqual([problem.status, problem.type], [500, 'application/problem+json; charset=utf-8'], name)
      const { type, title, detail, fbtrace_id, meta_title, ...facts } = JSON.parse(problem.text)
      assert.deepEqual(facts, { status: 500, code: 'upstream', meta_code: 131031, subcode: 7, http_status: 400 }, name)
      assert.equal(type, 'about:blank')
      assert.ok(title && String(detail).includes(fbtrace_id) && /^A\S{22}$/.test(fbtrace_id), name)
      assert.equal(meta_title, message.replace(number.token, '***'), name)
      for (const { text } of [plain, problem]) assert.ok(!text.includes(number.token), name)
    }
  })

  it('is told with the details that Meta has for users', async () => {
    const body = { ...MANAGED.uploadTemplate, components: [{ type: 'BODY', text: '{{1}} is at the start' }] }
    const plain = await ask(stage, 'uploadTemplate', body)
    assert.equal(plain.status, 500)
    const problem = JSON.parse((await ask(stage, 'uploadTemplate', body, 'application/json')).text)
    assert.ok(String(problem.details).length > 20)
    for (const word of [problem.meta_title, problem.details, `code ${problem.meta_code}`, `subcode ${problem.subcode}`])
      assert.ok(plain.text.includes(word), `${plain.text} lacks ${word}`)
  })

  it('with a call that comes too often says when to come again', async () => {
    stage.meta.faults.add({ match: '* /**', action: { kind: 'throttle', retryAfter: 40, code: 80008 } })
    const response = await fetch(`${stage.url}/api/flows`, {
      method: 'POST',
      headers: { 'x-api-key': stage.key, 'content-type': 'application/json' },
      body: JSON.stringify(SHOP),
    })
    assert.deepEqual([response.status, response.headers.get('retry-after')], [500, '40'])
    assert.match(await response.text(), /code 80008/)
  })

  it('cannot be told when its answer is lost: a change is 502, and says that nobody knows', async () => {
    stage.meta.faults.add({ match: 'POST /*/flows', action: { kind: 'reset', when: 'after-body' } })
    const { status, text } = await ask(stage, 'createFlow', MANAGED.createFlow)
    assert.equal(status, 502)
    assert.match(text, /answer of Graph was lost.*Whether the change was made is not known/)
  })
})

describe('an account', () => {
  it('whose WABA cannot be found says what to set, and does all that needs no WABA', async () => {
    const alone = stage.meta.addNumber({ token: stage.meta.addToken({ scopes: ['whatsapp_business_messaging'] }) })
    stage.meta.addToken({ token: alone.token, scopes: ['whatsapp_business_messaging'] })
    stage.meta.changeNumber(alone.phoneNumberId, { fields: { health_status: null } })
    stage.meta.faults.add({ match: 'GET /debug_token', action: { kind: 'error', code: 100 } })
    stage.meta.faults.add({ match: 'GET /*/phone_numbers', action: { kind: 'error', code: 200 } })
    await stage.api.addAccount({ id: 'alone', type: 'cloud', business_api: settingsOf(alone) })
    const account = { account_id: 'alone' }
    for (const name of ['listTemplates', 'createFlow', 'listPhoneNumbers', 'listCatalogs'] as const) {
      const { status, text } = await ask(stage, name, { ...MANAGED[name], ...account })
      assert.equal(status, 500)
      assert.match(text, /WhatsApp Business Account of this number could not be found. Set waba_id/)
    }
    const { warnings } = await stage.api.getAccountStatus({ id: 'alone' })
    assert.ok(warnings.some((warning) => warning.includes('set waba_id')))
    assert.equal((await ask(stage, 'uploadMedia', { ...MANAGED.uploadMedia, ...account })).status, 200)
  })

  it('that is not there, or is switched off, is refused with 400 before Meta is asked', async () => {
    await stage.api.disableAccount({ id: 'shop' })
    const asked = stage.meta.requests().length
    for (const name of Object.keys(MANAGED) as Managed[]) {
      const missing = await ask(stage, name, { ...MANAGED[name], account_id: 'nobody' })
      assert.deepEqual([missing.status, missing.text], [400, 'account_id: there is no account "nobody"'], name)
      const off = await ask(stage, name, MANAGED[name])
      assert.equal(off.status, 400, name)
      assert.match(off.text, /disabled/, name)
    }
    assert.equal(stage.meta.requests().length, asked)
    await stage.api.enableAccount({ id: 'shop' })
  })
})
