// What every server of the WhatsHooked API must keep to, operation by operation: run it against any that listens.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Compile } from 'typebox/compile'
import { type CallInput, createClient } from '../../src/contract/client.ts'
import { type Native, native } from '../../src/contract/native/index.ts'
import { type Input, type Operation, routesOf, splitRoute } from '../../src/contract/operation.ts'
import { FORM_TYPE, formParts, formText, type Wrong, wrongRequests } from './bad-input.ts'

/** An input for every operation; one that is only known when its turn comes is a function. */
export type Good = { readonly [K in keyof Native]: CallInput<Native[K]> | (() => CallInput<Native[K]>) }

export interface RunningServer {
  readonly url: string
  /** A key that is good there. */
  readonly key: string
  /** What must succeed there, in the order in which it is called. */
  readonly good: Good
  /** Fails when something is amiss after all of it. */
  check(): void
  stop(): Promise<void>
}

const NOBODY = { account_id: 'nobody' }
const TO = { ...NOBODY, to: '+15550000001' }
const FLOW = { ...NOBODY, flow_id: '1' }
const NUMBER = { ...NOBODY, phone_number_id: '1' }
const BASE64 = 'AAAA'

/** A well-formed input for every operation; nothing that it names need be there. */
export const SAMPLES: { readonly [K in keyof Native]: Input<Native[K]> } = {
  healthCheck: {},
  getReadiness: {},
  getMetrics: {},
  getOpenApi: {},
  listHooks: {},
  getHook: { id: 'nobody' },
  addHook: { id: 'nobody', name: 'n', url: 'https://example.com/hook', active: true },
  updateHook: { id: 'nobody' },
  removeHook: { id: 'nobody' },
  testHook: { id: 'nobody' },
  listAccounts: {},
  addAccount: { id: 'nobody', type: 'business-api', business_api: { phone_number_id: '1', access_token: 't' } },
  updateAccount: { id: 'nobody', type: 'business-api' },
  removeAccount: { id: 'nobody' },
  disableAccount: { id: 'nobody' },
  enableAccount: { id: 'nobody' },
  getAccountStatus: { id: 'nobody' },
  examineAccount: { id: 'nobody' },
  mendAccount: { id: 'nobody' },
  getPairingQr: { id: 'nobody' },
  requestPairingCode: { id: 'nobody', phone: '+15550000001' },
  exportSession: { id: 'nobody', password: 'correct horse battery' },
  importSession: { id: 'nobody', session: 'whatshooked-session.v1.x', password: 'correct horse battery' },
  sendMessage: { ...TO, text: 'hello' },
  sendImage: { ...TO, image_data: BASE64, caption: 'c' },
  sendVideo: { ...TO, video_data: BASE64, mime_type: 'video/mp4' },
  sendDocument: { ...TO, document_data: BASE64, filename: 'a.pdf' },
  sendAudio: { ...TO, audio_data: BASE64, voice: true },
  sendSticker: { ...TO, sticker_data: BASE64 },
  sendLocation: { ...TO, latitude: 1.5, longitude: -2 },
  sendContacts: { ...TO, contacts: [{ name: { formatted_name: 'Ana' }, phones: [{ phone: '+15550000002' }] }] },
  sendInteractive: { ...TO, interactive: { type: 'button', body: { text: 'b' }, action: { buttons: [] } } },
  sendTemplate: { ...TO, template: { name: 'hello', language: { code: 'en_US' } } },
  sendFlow: { ...TO, flow_id: '1', flow_token: 't', body_text: 'b', button_text: 'go' },
  sendReaction: { ...TO, message_id: 'wamid.none', emoji: '👍' },
  sendCatalog: { ...TO, body_text: 'b' },
  sendSingleProduct: { ...TO, catalog_id: '1', product_retailer_id: 'p', body_text: 'b' },
  sendProductList: {
    ...TO,
    catalog_id: '1',
    header_text: 'h',
    body_text: 'b',
    sections: [{ title: 't', product_items: [{ product_retailer_id: 'p' }] }],
  },
  markAsRead: { ...NOBODY, message_id: 'wamid.none' },
  getMessage: { id: 'nobody' },
  listTemplates: NOBODY,
  uploadTemplate: { ...NOBODY, name: 'hello', language: 'en_US', category: 'UTILITY', components: [{ type: 'BODY' }] },
  deleteTemplate: { ...NOBODY, name: 'hello', language: 'en_US' },
  listFlows: NOBODY,
  createFlow: { ...NOBODY, name: 'f', categories: ['OTHER'] },
  getFlow: FLOW,
  uploadFlowAsset: { ...FLOW, asset_name: 'flow.json', asset_data: '{}' },
  publishFlow: FLOW,
  deprecateFlow: FLOW,
  deleteFlow: FLOW,
  listPhoneNumbers: NOBODY,
  requestVerificationCode: { ...NUMBER, code_method: 'SMS', language: 'pt_BR' },
  verifyCode: { ...NUMBER, code: '123456' },
  registerPhoneNumber: { ...NUMBER, pin: '123456' },
  listCatalogs: NOBODY,
  listProducts: { ...NOBODY, catalog_id: '1' },
  getBusinessProfile: NOBODY,
  updateBusinessProfile: { ...NOBODY, about: 'a', websites: ['https://example.com'] },
  uploadMedia: { ...NOBODY, file: 'PNG', type: 'image/png' },
  deleteMediaFile: { ...NOBODY, media_id: '1' },
  listDeliveries: {},
  getDelivery: { id: 'nobody' },
  retryDelivery: { id: 'nobody' },
  retryDeadDeliveries: { hook_id: 'nobody' },
  getCachedEvents: {},
  clearCache: { confirm: true },
  getCacheStats: {},
  replayCachedEvents: {},
  getCachedEvent: { id: 'nobody' },
  deleteCachedEvent: { id: 'nobody' },
  replayCachedEvent: { id: 'nobody' },
  listKeys: {},
  addKey: { name: 'n', scopes: ['read'] },
  removeKey: { id: 'nobody' },
  listAudit: {},
}

const STACK = /\bat .+:\d+:\d+|node:internal|node_modules|\.[jt]s:\d+/

interface Route {
  readonly said: Operation
  readonly method: string
  readonly path: string
  readonly sample: Record<string, unknown>
}

function queryOf({ said, sample }: Route): string {
  const names = Object.keys(said.input.query?.properties ?? {}).filter((name) => name in sample)
  return new URLSearchParams(names.map((name): [string, string] => [name, String(sample[name])])).toString()
}

function urlOf(route: Route, wrong: Partial<Wrong>): string {
  const path = route.path.replace(/\{\w+\}/, () => wrong.path ?? encodeURIComponent(String(route.sample.id)))
  const query = wrong.query ?? (wrong.body === undefined ? queryOf(route) : '')
  return query ? `${path}?${query}` : path
}

/** The sample as the body of a request. */
function bodyOf({ said, sample }: Route): string | undefined {
  if (!said.input.body) return undefined
  return said.input.body.as === 'multipart' ? formText(formParts(sample)) : JSON.stringify(sample)
}

/** Sends a request of a route, wrong as asked, with what else is right about it. */
function ask(server: RunningServer, route: Route, wrong: Partial<Wrong>, headers: Record<string, string>) {
  const { said, method } = route
  const body = wrong.body ?? (wrong.query === undefined ? bodyOf(route) : undefined)
  const usual = said.input.body?.as === 'multipart' ? FORM_TYPE : 'application/json'
  const type = wrong.contentType === undefined ? usual : wrong.contentType
  return fetch(server.url + urlOf(route, wrong), {
    method,
    headers: { ...headers, ...(body !== undefined && type !== null && { 'content-type': type }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body) }),
    redirect: 'error',
  })
}

async function assertRefused(response: Response, status: number, names: string, what: string): Promise<void> {
  const text = await response.text()
  assert.equal(response.status, status, `${what}: ${response.status} ${text.slice(0, 200)}`)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain/, what)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff', what)
  assert.ok(text.includes(names), `${what}: the sentence does not say ${names}: ${text.slice(0, 200)}`)
  assert.doesNotMatch(text, STACK, what)
}

function checkRoute(server: () => RunningServer, operationId: string, route: Route): void {
  const { said } = route
  if (!said.open) {
    test(`${operationId} answers 401 to who has no key, and looks at nothing else`, async () => {
      for (const headers of [{}, { 'x-api-key': '' }, { authorization: 'Bearer' }, { authorization: 'Digest x' }]) {
        const response = await ask(server(), route, {}, headers)
        assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/)
        await assertRefused(response, 401, 'Unauthorized', 'no key')
      }
      if (!said.input.body) return
      const large = await ask(server(), route, { body: 'x'.repeat(4 * 1024 * 1024) }, {})
      await assertRefused(large, 401, 'Unauthorized', '4 MB without a key')
    })
  }
  test(`${operationId} refuses what it does not take, and names the field`, async () => {
    const wrongs = wrongRequests(said, route.sample, queryOf(route))
    assert.ok(wrongs.length >= 4)
    const key = { 'x-api-key': server().key }
    for (const wrong of wrongs)
      await assertRefused(await ask(server(), route, wrong, key), 400, wrong.names, wrong.what)
    const first = wrongs[0]!
    const response = await ask(server(), route, first, { ...key, accept: 'application/json' })
    const problem: Record<string, unknown> = Object(await response.json())
    assert.equal(response.headers.get('content-type')?.split(';')[0], 'application/problem+json')
    assert.deepEqual({ status: problem.status, code: problem.code }, { status: 400, code: 'invalid' })
    assert.ok(String(problem.detail).includes(first.names))
  })
}

/** Registers the tests; `open` starts the server, or finds the one that runs. */
export function surfaceSuite(name: string, open: () => Promise<RunningServer>): void {
  describe(name, () => {
    let server: RunningServer | undefined
    const running = (): RunningServer => {
      assert.ok(server)
      return server
    }
    before(async () => {
      server = await open()
    })
    after(() => server?.stop())

    for (const [operationName, said] of Object.entries<Operation>(native)) {
      const sample = { ...Object.entries(SAMPLES).find(([one]) => one === operationName)?.[1] }
      for (const { operationId, method, path } of routesOf(operationName, said)) {
        checkRoute(running, operationId, { said, method, path, sample })
      }
    }

    test('every operation does what it is for, and answers as the contract says', async () => {
      const { good } = running()
      const left = Object.keys(native).filter((name) => !(name in good))
      assert.deepEqual(left, [], 'operations without a good input')
      for (const [operationName, input] of Object.entries(good)) {
        await checkGood(running(), operationName as keyof Native, typeof input === 'function' ? input() : input)
      }
    })

    test('afterwards nothing is amiss', () => running().check())
  })
}

/** Calls an operation, under its alias too, and holds status, type and body of the answers against the contract. */
async function checkGood(server: RunningServer, operationName: keyof Native, input: object): Promise<void> {
  const said: Operation = native[operationName]
  let last: Response | undefined
  const client: Record<string, unknown> = createClient(native, {
    baseUrl: server.url,
    key: server.key,
    fetch: async (url, init) => {
      last = await fetch(url, init)
      return last
    },
  })
  const call = client[operationName]
  assert.ok(typeof call === 'function')
  const answer: unknown = await call(input).catch((thrown: Error) => assert.fail(`${operationName}: ${thrown.message}`))
  assert.ok(last)
  checkAnswer(operationName, last, answer)
  if (!said.alias) return
  const route = { said, ...splitRoute(said.alias.route), sample: { ...input } }
  const again = await ask(server, route, {}, { 'x-api-key': server.key })
  checkAnswer(operationName, again, await again.json())
}

function checkAnswer(operationName: keyof Native, { status, headers }: Response, answer: unknown): void {
  const { output, status: wanted = 200 }: Operation = native[operationName]
  assert.equal(status, wanted, operationName)
  const type = output.as === 'json' ? 'application/json; charset=utf-8' : output.type
  assert.equal(headers.get('content-type'), type, operationName)
  if (output.as === 'text') assert.equal(typeof answer, 'string', operationName)
  else assert.deepEqual(Compile(output.schema).Errors(answer), [], operationName)
}
