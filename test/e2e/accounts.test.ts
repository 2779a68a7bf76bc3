// Accounts, whole: what connecting finds, what it tells the operator when something is missing, and what is never lost or shown.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { NumberSetup } from '../../simulator/meta/index.ts'
import type { Log } from '../../src/kit/log.ts'
import type { Failure } from '../../src/model/failure.ts'
import { messagesBody, text } from './callback.ts'
import { eventOf, eventsOf, nextEvent } from './events.ts'
import { checkGraphCalls } from './graph-calls.ts'
import { type Ending, KEY, type Stage, settingsOf, startStage } from './stage.ts'

type Settings = Partial<ReturnType<typeof settingsOf>> & {
  waba_id?: string
  business_account_id?: string
  webhook_path?: string
  api_version?: string
}

function add(stage: Stage, number: NumberSetup, more: Settings = {}, id = 'shop') {
  return stage.api.addAccount({ id, type: 'business-api', business_api: { ...settingsOf(number), ...more } })
}

async function shown(stage: Stage, id = 'shop') {
  return (await stage.api.listAccounts()).find((account) => account.id === id)
}

async function refusal(call: Promise<unknown>): Promise<Failure> {
  return call.then(
    (answer) => assert.fail(`it went through: ${JSON.stringify(answer)}`),
    (thrown: Failure) => thrown,
  )
}

/** A log that keeps every line, with all that it carries. */
function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const write =
    (level: string, own: object) =>
    (line: string, fields: object = {}): void => {
      const plain = (_: string, value: unknown) =>
        value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value
      lines.push(JSON.stringify({ level, line, ...own, ...fields }, plain))
    }
  const make = (own: object): Log => ({
    debug: write('debug', own),
    info: write('info', own),
    warn: write('warn', own),
    error: write('error', own),
    child: (fields) => make({ ...own, ...fields }),
  })
  return { log: make({}), lines }
}

async function stateOf(stage: Stage, id = 'shop') {
  return stage.api.getAccountStatus({ id })
}

async function until(holds: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  for (const deadline = performance.now() + withinMs; !(await holds()); ) {
    if (performance.now() > deadline) throw new Error('not in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const standing = (t: Ending) => startStage(t)

it('adding fills in the number and finds the WABA by every way that there is', async (t) => {
  const stage = await standing(t)
  const plain = stage.meta.addNumber({})
  await add(stage, plain, { waba_id: plain.wabaId }, 'told')
  await add(stage, plain, { business_account_id: plain.businessId }, 'owned')
  const shared = stage.meta.addNumber({ shared: true, businessId: '700000000000001' })
  await add(stage, shared, { business_account_id: shared.businessId }, 'client')
  await add(stage, plain, { business_account_id: plain.wabaId }, 'pasted')
  await add(stage, plain, {}, 'by-health')
  stage.meta.changeNumber(plain.phoneNumberId, { fields: { health_status: null } })
  await add(stage, plain, {}, 'by-token')
  const businessId = '700000000000002'
  const token = stage.meta.addToken({})
  const many = Array.from({ length: 130 }, () => stage.meta.addNumber({ businessId, token }))
  const last = many.at(-1) as NumberSetup
  stage.meta.changeNumber(last.phoneNumberId, { fields: { health_status: null } })
  await add(stage, last, { business_account_id: businessId }, 'second-page')
  const found = Object.fromEntries(
    (await stage.api.listAccounts()).map(({ id, phone_number, business_api }) => [
      id,
      [phone_number, business_api?.waba_id],
    ]),
  )
  const own = [`+${plain.displayPhoneNumber.replaceAll(/\D/g, '')}`, plain.wabaId]
  assert.deepEqual(found, {
    told: own,
    owned: own,
    client: [`+${shared.displayPhoneNumber.replaceAll(/\D/g, '')}`, shared.wabaId],
    pasted: own,
    'by-health': own,
    'by-token': own,
    'second-page': [`+${last.displayPhoneNumber.replaceAll(/\D/g, '')}`, last.wabaId],
  })
  await stage.restart()
  assert.equal((await shown(stage, 'second-page'))?.business_api?.waba_id, last.wabaId)
  checkGraphCalls(stage.meta)
})

it("a failed add says what is missing in Meta's terms, and leaves nothing", async (t) => {
  const stage = await standing(t)
  const receiver = await stage.addHook('all')
  const number = stage.meta.addNumber({ callbackUrl: `${stage.url}/webhooks/whatsapp/shop` })
  const expired = stage.meta.addToken({ wabaIds: [number.wabaId], expiresAt: Date.now() - 1000 })
  const stranger = stage.meta.addToken({})
  const blind = stage.meta.addToken({ wabaIds: [number.wabaId], scopes: ['business_management'] })
  const refused: [Settings, number, number | undefined, RegExp][] = [
    [{ access_token: expired }, 190, 463, /has expired.*never expires/],
    [{ access_token: 'EAAnobodysTokenAtAll' }, 190, undefined, /access token is not valid/],
    [{ phone_number_id: '123456789' }, 100, 33, /phone_number_id is not the id that WhatsApp Manager shows/],
    [{ access_token: stranger }, 100, 33, /token may not see it.*whatsapp_business_management/],
    [{ access_token: blind }, 200, undefined, /whatsapp_business_management/],
  ]
  for (const [settings, code, subcode, advice] of refused) {
    const failure = await refusal(add(stage, number, settings))
    assert.deepEqual([failure.code, failure.facts.status], ['upstream', 500])
    assert.deepEqual([failure.facts.meta_code, failure.facts.subcode], [code, subcode], failure.message)
    assert.match(failure.message, advice)
    assert.match(failure.message, /fbtrace_id A\S+/)
    assert.ok(!failure.message.includes(String(settings.access_token)) && !failure.message.includes(number.token))
    assert.deepEqual(await stage.api.listAccounts(), [])
  }
  const path = await refusal(add(stage, number, { webhook_path: '/api/hooks' }))
  assert.equal(path.facts.status, 400)
  assert.equal(await stage.callback(number, messagesBody(number, [text('wamid.early')])), 404)
  await stage.restart()
  assert.deepEqual(await stage.api.listAccounts(), [])
  await add(stage, number)
  await nextEvent(receiver, ({ type }) => type === 'account.connected')
  assert.deepEqual(
    receiver.received.map(eventOf).map(({ type }) => type),
    ['account.connected'],
  )
})

it('a token that may send and nothing else makes an account that works, with a warning of what does not', async (t) => {
  const stage = await standing(t)
  stage.meta.limits({ window: false })
  const number = stage.meta.addNumber({})
  const access_token = stage.meta.addToken({ wabaIds: [number.wabaId], scopes: ['whatsapp_business_messaging'] })
  stage.meta.changeNumber(number.phoneNumberId, { fields: { health_status: null } })
  stage.meta.faults.add({ match: 'GET /debug_token', action: { kind: 'error', code: 100 } })
  await add(stage, number, { access_token })
  const { state, warnings } = await stateOf(stage)
  assert.equal(state, 'connected')
  assert.ok(warnings.some((warning) => /WhatsApp Business Account could not be found.*waba_id/.test(warning)))
  await stage.api.sendMessage({ account_id: 'shop', to: '15550001111', text: 'x' })
  checkGraphCalls(stage.meta)
})

it('of two adds of one account at once, one is refused', async (t) => {
  const stage = await standing(t)
  const number = stage.meta.addNumber({})
  const [one, two] = await Promise.allSettled([add(stage, number), add(stage, number)])
  assert.deepEqual([one.status, two.status].toSorted(), ['fulfilled', 'rejected'])
  assert.equal((await stateOf(stage)).state, 'connected')
  assert.equal((await refusal(add(stage, number))).facts.status, 400)
})

it('secrets are masked wherever they are read, kept when a mask comes back, and never in the log', async (t) => {
  const { log, lines } = keptLog()
  const stage = await startStage(t, { log })
  const number = await stage.addAccount('shop')
  const { phoneNumberId, token, appSecret, verifyToken } = number
  const account = await shown(stage)
  assert.deepEqual(account?.business_api, {
    phone_number_id: phoneNumberId,
    access_token: `***${token.slice(-4)}`,
    app_secret: `***${appSecret.slice(-4)}`,
    verify_token: verifyToken,
    waba_id: number.wabaId,
    api_version: 'v21.0',
  })
  assert.ok(account)
  await stage.api.updateAccount(account)
  await stage.api.updateAccount({ ...account, business_api: { ...account.business_api, access_token: '***' } })
  stage.meta.limits({ window: false })
  await stage.api.sendMessage({ account_id: 'shop', to: '15550001111', text: 'hello secret text' })
  assert.equal(await stage.callback(number, messagesBody(number, [text('wamid.1')])), 200)
  assert.equal(await stage.callback(number, messagesBody(number, [text('wamid.2')]), 'sha256=00'), 401)
  // All that may go wrong with them, too.
  stage.meta.faults.add({
    match: 'POST /*/messages',
    action: { kind: 'error', code: 190, message: `Malformed access token ${token}` },
    when: { next: 1 },
  })
  await refusal(stage.api.sendMessage({ account_id: 'shop', to: '15550001111', text: 'x' }))
  const read: string[] = []
  for (const path of ['accounts', 'accounts/shop/status', 'cache', 'deliveries', 'hooks']) {
    const response = await fetch(`${stage.url}/api/${path}`, { headers: { 'x-api-key': KEY } })
    read.push(await response.text())
  }
  await stage.restart()
  assert.ok(lines.length > 5)
  for (const secret of [token, appSecret, KEY]) {
    assert.deepEqual(
      lines.filter((line) => line.includes(secret)),
      [],
    )
    assert.deepEqual(
      read.filter((body) => body.includes(secret)),
      [],
    )
  }
  assert.deepEqual(
    lines.filter((line) => line.includes(verifyToken) || line.includes('hello secret text')),
    [],
  )
  checkGraphCalls(stage.meta)
})

it('an update is checked beside the account in use: a refused one leaves it as it was, callbacks never find nobody', async (t) => {
  const stage = await standing(t)
  stage.meta.limits({ window: false })
  const number = await stage.addAccount('shop')
  const before = await shown(stage)
  const receiver = await stage.addHook('all', {}, { events: ['message.*'] })
  stage.meta.faults.add({ match: 'GET /*', action: { kind: 'slow', ms: 400 } })
  for (const [settings, works] of [
    [{ access_token: 'EAAwrongAltogether' }, false],
    [{ api_version: 'v25.0' }, true],
  ] as const) {
    const { phone_number_id, access_token } = settingsOf(number)
    const business_api = { phone_number_id, access_token, ...settings }
    let ended = false
    const update = stage.api.updateAccount({ id: 'shop', type: 'cloud', business_api })
    const end = update
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        ended = true
      })
    for (let n = 0; !ended; n += 1) {
      const id = `wamid.${works}-${n}`
      assert.equal(await stage.callback(number, messagesBody(number, [text(id)])), 200, 'a callback during the update')
      const sent = await stage.api.sendMessage({ account_id: 'shop', to: '15550001111', text: `during ${n}` })
      assert.match(sent.message_id, /^wamid/)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.equal(await end, works)
    if (!works) assert.deepEqual(await shown(stage), before)
    assert.equal((await stateOf(stage)).state, 'connected')
  }
  assert.equal((await shown(stage))?.business_api?.api_version, 'v25.0')
  await receiver.next(() => eventsOf(receiver).some(({ data }) => data.message_id === 'wamid.true-0'))
  stage.meta.faults.clear()
  const other = stage.meta.addNumber({})
  const { phone_number_id, access_token } = settingsOf(other)
  await stage.api.updateAccount({ id: 'shop', type: 'cloud', business_api: { phone_number_id, access_token } })
  const moved = await shown(stage)
  assert.deepEqual(
    [moved?.phone_number, moved?.business_api?.waba_id],
    [`+${other.displayPhoneNumber.replaceAll(/\D/g, '')}`, other.wabaId],
    'what was found out about the number before is not kept',
  )
  await refusal(stage.api.updateAccount({ id: 'nobody', type: 'cloud', business_api: settingsOf(number) })).then(
    ({ facts }) => assert.equal(facts.status, 404),
  )
  checkGraphCalls(stage.meta)
})

it('a disabled account takes and sends nothing until it is enabled; a removed one is gone', async (t) => {
  const stage = await standing(t)
  const number = await stage.addAccount('shop', {})
  const receiver = await stage.addHook('all')
  const post = (id: string) => stage.callback(number, messagesBody(number, [text(id)]))
  await stage.api.disableAccount({ id: 'shop' })
  assert.deepEqual([(await shown(stage))?.disabled, (await stateOf(stage)).state], [true, 'off'])
  assert.equal(await post('wamid.off'), 404)
  await stage.restart()
  assert.deepEqual([(await shown(stage))?.disabled, (await stateOf(stage)).state], [true, 'off'])
  stage.meta.faults.add({ match: 'GET /*', action: { kind: 'error', code: 190, status: 401 }, when: { next: 1 } })
  await refusal(stage.api.enableAccount({ id: 'shop' }))
  assert.deepEqual([(await shown(stage))?.disabled, (await stateOf(stage)).state], [true, 'off'])
  await stage.api.enableAccount({ id: 'shop' })
  assert.equal((await stateOf(stage)).state, 'connected')
  assert.equal(await post('wamid.on'), 200)
  await nextEvent(receiver, ({ data }) => data.message_id === 'wamid.on')
  await stage.api.removeAccount({ id: 'shop' })
  assert.deepEqual(await stage.api.listAccounts(), [])
  assert.equal(await post('wamid.gone'), 404)
  assert.equal((await refusal(stage.api.removeAccount({ id: 'shop' }))).facts.status, 404)
  await stage.restart()
  assert.deepEqual(await stage.api.listAccounts(), [])
  checkGraphCalls(stage.meta)
})

it('a callback address of its own is where the account is called, and nowhere else', async (t) => {
  const stage = await startStage(t, { config: { public_url: 'https://wa.example.com/' } })
  const number = stage.meta.addNumber({ callbackUrl: `${stage.url}/meta/shop-1` })
  await add(stage, number, { webhook_path: '/meta/shop-1' })
  await stage.meta.verifyCallback(number.phoneNumberId)
  const { callback_path, callback_url } = await stateOf(stage)
  assert.deepEqual([callback_path, callback_url], ['/meta/shop-1', 'https://wa.example.com/meta/shop-1'])
  const receiver = await stage.addHook('all')
  const said = stage.meta.customer('15550001111').says('hi')
  await nextEvent(receiver, ({ data }) => data.message_id === said.id)
  const default_ = { ...number, callbackUrl: `${stage.url}/webhooks/whatsapp/shop` }
  assert.equal(await stage.callback(default_, messagesBody(number, [text('wamid.x')])), 404)
})

it('with Graph down at the start, an account is retrying, still takes callbacks, and recovers by itself', async (t) => {
  const stage = await standing(t)
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('all')
  const fault = stage.meta.faults.add({ match: 'GET /**', action: { kind: 'reset', when: 'before-body' } })
  await stage.restart()
  await nextEvent(receiver, ({ type }) => type === 'account.disconnected')
  const retrying = await stateOf(stage)
  assert.equal(retrying.state, 'retrying')
  assert.match(String(retrying.reason), /Graph/)
  assert.equal(await stage.callback(number, messagesBody(number, [text('wamid.meanwhile')])), 200)
  await nextEvent(receiver, ({ data }) => data.message_id === 'wamid.meanwhile')
  stage.meta.faults.clear(fault.id)
  await until(async () => (await stateOf(stage)).state === 'connected')
  await nextEvent(receiver, ({ type }) => type === 'account.connected')
  const told = receiver.received.map(eventOf).filter(({ type }) => type.startsWith('account.'))
  assert.deepEqual(
    told.map(({ type, account_id, data }) => [type, account_id, data.state]),
    [
      ['account.connecting', 'shop', 'connecting'],
      ['account.disconnected', 'shop', 'retrying'],
      ['account.connected', 'shop', 'connected'],
    ],
  )
})

it('a token that dies makes the account broken, says so as an event, and a new one heals it', async (t) => {
  const stage = await standing(t)
  stage.meta.limits({ window: false })
  const number = await stage.addAccount('shop')
  const receiver = await stage.addHook('all')
  stage.meta.addToken({ token: number.token, expiresAt: Date.now() - 1000 })
  const { facts } = await refusal(stage.api.sendMessage({ account_id: 'shop', to: '15550001111', text: 'x' }))
  assert.deepEqual([facts.meta_code, facts.subcode], [190, 463])
  const { data } = await nextEvent(receiver, ({ type }) => type === 'account.error')
  assert.equal(data.state, 'broken')
  assert.match(data.reason, /has expired/)
  assert.equal((await stateOf(stage)).state, 'broken')
  assert.equal(await stage.callback(number, messagesBody(number, [text('wamid.broken')])), 200)
  const access_token = stage.meta.addToken({ wabaIds: [number.wabaId] })
  await stage.api.updateAccount({
    id: 'shop',
    type: 'cloud',
    business_api: { phone_number_id: number.phoneNumberId, access_token },
  })
  await nextEvent(receiver, ({ type }) => type === 'account.connected')
  await stage.api.sendMessage({ account_id: 'shop', to: '15550001111', text: 'x' })
  checkGraphCalls(stage.meta)
})
