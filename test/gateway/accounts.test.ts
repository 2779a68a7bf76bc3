// Accounts within the gateway: what is set of pacing and files, what waits, and whether their callback is reached.
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { createHookGuard } from '../../src/delivery/webhook/guard.ts'
import { createLinking } from '../../src/gateway/accounts/linking.ts'
import { createAccounts } from '../../src/gateway/accounts.ts'
import { createKeyedQueue } from '../../src/kit/keyed-queue.ts'
import { silentLog } from '../../src/kit/log.ts'
import { DEFAULT_PACING } from '../../src/model/account.ts'
import { DEFAULT_MEDIA } from '../../src/model/media.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'
import { type Ending, keep, stand, text } from './stand.ts'

const CLOUD = { phoneNumberId: '1', accessToken: 'token', verifyToken: 'verify me' }

async function standing(t: Ending, publicUrl: string | null = null) {
  const clock = new FakeClock()
  const made = await stand(t, await keep(t, clock))
  const intake = { record: async () => [], note: () => {}, lastEventAt: () => null }
  const { store, lines, messages } = made
  const linking = createLinking({ store, lines, intake, clock, log: silentLog, deviceOf: () => null })
  const accounts = createAccounts({
    store,
    guard: createHookGuard([]),
    lines,
    intake,
    publicUrl,
    now: () => clock.now(),
    messages,
    linking,
    inTurn: createKeyedQueue(),
  })
  await accounts.add({ id: 'one', kind: 'cloud', cloud: CLOUD })
  return { ...made, clock, accounts }
}

async function serving(t: Ending, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function callbackFinding(t: Ending, publicUrl: string | null, disabled = false) {
  const { accounts } = await standing(t, publicUrl)
  if (disabled) await accounts.disable('one')
  const findings = await accounts.examine('one', { mend: false })
  assert.deepEqual(
    findings.map(({ check }) => check),
    ['token', 'callback'],
  )
  return findings.at(-1)
}

it('pacing and files have their defaults, and what is set of them stays until it is set again', async (t) => {
  const { accounts, lines, store } = await standing(t)
  const of = () => accounts.get('one').account
  assert.deepEqual([of().pacing, of().media], [DEFAULT_PACING, DEFAULT_MEDIA])
  await accounts.update({ id: 'one', kind: 'cloud', pacing: { perSecond: 5 }, media: { download: true } })
  await accounts.update({ id: 'one', kind: 'cloud', media: { maxBytes: 10 }, pacing: {} })
  const wanted = [
    { ...DEFAULT_PACING, perSecond: 5 },
    { ...DEFAULT_MEDIA, download: true, maxBytes: 10 },
  ]
  assert.deepEqual([of().pacing, of().media], wanted)
  const kept = (await store.accounts.all()).find(({ id }) => id === 'one')
  assert.deepEqual([kept?.pacing, kept?.media, lines.account('one')?.pacing.perSecond], [...wanted, 5])
})

it('what waits is told with the account, and goes when its pacing is raised', async (t) => {
  const { accounts, messages, clock } = await standing(t)
  await accounts.update({ id: 'one', kind: 'cloud', pacing: { perSecond: 0.01 } })
  const send = (to: string) => messages.send({ account: 'one', to, content: text('x') })
  await send('1')
  const waits = [send('2'), send('3')]
  await settle()
  assert.deepEqual(accounts.get('one').queue, { waiting: 2, nextAt: clock.now() + 100_000 })
  await accounts.update({ id: 'one', kind: 'cloud', pacing: { perSecond: 80 } })
  for (const { state } of await Promise.all(waits)) assert.equal(state, 'sent')
  assert.deepEqual(accounts.get('one').queue, { waiting: 0, nextAt: null })
})

it('an examination asks the callback what Meta asks, at the public address of this server', async (t) => {
  let asked: URLSearchParams | null = null
  const url = await serving(t, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
    asked = searchParams
    const ours = pathname === '/webhooks/whatsapp/one' && searchParams.get('hub.verify_token') === 'verify me'
    if (ours) response.end(searchParams.get('hub.challenge'))
    else response.writeHead(403).end()
  })
  const found = await callbackFinding(t, `${url}/`)
  assert.deepEqual([found?.result, (asked as URLSearchParams | null)?.get('hub.mode')], ['warning', 'subscribe'])
  assert.match(found?.says ?? '', /answers, but Meta calls only https/)
})

it('an address that leads elsewhere is a problem, with what to look at', async (t) => {
  const answers: readonly [RequestListener, RegExp][] = [
    [(_, response) => response.end('Welcome'), /answers 200, but not with the challenge/],
    [(_, response) => response.writeHead(301, { location: '/x' }).end(), /a redirect, which Meta does not follow/],
    [(_, response) => response.writeHead(403).end(), /403: whoever answers there does not know/],
    [(_, response) => response.writeHead(502).end(), /answers 502/],
    [(request) => request.socket.destroy(), /cannot be reached from here/],
  ]
  for (const [answer, says] of answers) {
    const found = await callbackFinding(t, await serving(t, answer))
    assert.equal(found?.result, 'problem')
    assert.match(found?.says ?? '', says)
    assert.match(found?.fix ?? '', /WHATSHOOKED_PUBLIC_URL/)
  }
})

it('without a public address, and for a disabled account, the callback is not tried, and that is said', async (t) => {
  const unset = await callbackFinding(t, null)
  assert.deepEqual([unset?.result, unset?.fix?.includes('WHATSHOOKED_PUBLIC_URL')], ['skipped', true])
  const disabled = await callbackFinding(t, 'http://127.0.0.1:1', true)
  assert.deepEqual([disabled?.result, disabled?.fix], ['skipped', 'Enable the account'])
})

it('there is nothing to examine of an account that is not there', async (t) => {
  const { accounts } = await standing(t)
  await assert.rejects(async () => accounts.examine('nobody', { mend: false }), { code: 'not-found' })
})
