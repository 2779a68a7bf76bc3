// Linking a phone over HTTP: as JSON for programs, as a picture, and as a page for people.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import { createGatewayFor } from '../../src/gateway/view.ts'
import type { Caller } from '../../src/model/caller.ts'
import { modulesIn, readPng } from '../kit/png-reader.ts'
import { readQr } from '../kit/qr-reader.ts'
import { FakeClock } from '../suites/fake-clock.ts'
import { QR } from './fake-gateway.ts'
import { KEY, startServer, USER } from './start.ts'

const NOW = Date.UTC(2026, 0, 31, 12)
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const basic = (name: string, password: string) => ({ authorization: `Basic ${btoa(`${name}:${password}`)}` })

async function started(t: Parameters<typeof startServer>[0]) {
  const stand = await startServer(t, { clock: new FakeClock(NOW) })
  await stand.gateway.accounts.add({ id: 'phone', kind: 'web', web: { proxy: 'http://user:password@proxy.example' } })
  await stand.gateway.accounts.add({ id: 'shop', kind: 'cloud', cloud: {} })
  const api = createClient(native, { baseUrl: stand.url, key: KEY })
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${stand.url}${path}`, { headers: { 'x-api-key': KEY, ...headers } })
  return { ...stand, api, ask }
}

/** The text of the code that a page draws. */
function drawn(html: string): string {
  const [, low = '', size = ''] = /viewBox="(-\d+) -\d+ (\d+) \d+"/.exec(html) ?? []
  const width = Number(size) + 2 * Number(low)
  const field = Array.from({ length: width }, () => Array.from({ length: width }, () => false))
  for (const [, x, y] of html.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) field[Number(y)]![Number(x)] = true
  return readQr(field)
}

it('programs get the code as JSON, with what the person has to do', async (t) => {
  const { api, inside } = await started(t)
  const offered = await api.getPairingQr({ id: 'phone' })
  const expires_at = new Date(inside.offer.expiresAt).toISOString()
  assert.deepEqual(
    { ...offered, instructions: '' },
    { account_id: 'phone', qr: QR, code: null, expires_at, instructions: '' },
  )
  assert.match(offered.instructions, /Linked devices.*point the camera.*may restrict or ban/s)
  const code = await api.requestPairingCode({ id: 'phone', phone: '+1 (555) 000-0001' })
  assert.deepEqual([code.code, inside.asked], ['K4RT9WQX', [['phone', 'pairing code', '+1 (555) 000-0001']]])
  assert.match(code.instructions, /Link with phone number instead/)
  inside.offer = { by: 'code', text: 'K4RT9WQX', expiresAt: NOW }
  const other = await api.getPairingQr({ id: 'phone' })
  assert.deepEqual([other.qr, other.code], [null, 'K4RT9WQX'])
})

it('a picture is the very code, by its address and by what is accepted', async (t) => {
  const { ask, inside } = await started(t)
  const ways: [string, Record<string, string>][] = [
    ['/api/accounts/phone/qr.png', {}],
    ['/api/accounts/phone/qr.png', { accept: 'application/json' }],
    ['/api/accounts/phone/qr', { accept: 'image/png' }],
    ['/api/accounts/phone/qr', { accept: 'image/avif,image/webp,image/*;q=0.8,*/*;q=0.5' }],
  ]
  for (const [path, headers] of ways) {
    const answer = await ask(path, headers)
    const told = [answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]
    assert.deepEqual(told, [200, 'image/png', 'no-store'])
    const { field, border } = modulesIn(readPng(Buffer.from(await answer.arrayBuffer())))
    assert.deepEqual([readQr(field), border], [QR, 4])
  }
  inside.offer = { by: 'code', text: 'K4RT9WQX', expiresAt: NOW }
  const none = await ask('/api/accounts/phone/qr.png')
  assert.deepEqual([none.status, (await none.text()).startsWith('There is no QR code now')], [404, true])
})

it('whoever does not ask for a page or a picture gets JSON', async (t) => {
  const { ask } = await started(t)
  const accepted = ['*/*', 'application/json', 'application/json, text/html;q=0.9', 'text/plain', '', 'html']
  for (const accept of accepted) {
    const answer = await ask('/api/accounts/phone/qr', { accept })
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8', accept)
    await answer.arrayBuffer()
  }
})

it('a browser gets a page that draws the code, renews itself and asks nobody for anything', async (t) => {
  const { ask, inside } = await started(t)
  const answer = await ask('/api/accounts/phone/qr', { accept: BROWSER })
  const html = await answer.text()
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /https?:|\*/)
  assert.doesNotMatch(html, /src=|https?:\/\/|<script /)
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text = '']) => text)
  const hashes = scripts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  assert.deepEqual(/script-src ([^;]*)/.exec(policy)?.[1]?.split(' '), hashes, 'no other script runs')
  assert.equal(drawn(html), QR)
  assert.match(html, /Linked devices.*Good for 20 more seconds/s)
  assert.match(html, new RegExp(`http-equiv="refresh" content="\\d+;url=\\?until=${NOW + 600_000}"`))
  inside.offer = { by: 'code', text: 'K4RT9WQX', expiresAt: NOW + 60_000 }
  const typed = await (await ask('/api/accounts/phone/qr', { accept: BROWSER })).text()
  assert.match(typed, /K4RT-9WQX.*Link with phone number instead/s)
})

it('a page that was left open stops renewing itself, whatever it is told about its end', async (t) => {
  const { ask } = await started(t)
  const page = async (query: string) => (await ask(`/api/accounts/phone/qr${query}`, { accept: BROWSER })).text()
  assert.match(await page(`?until=${NOW + 1}`), /http-equiv="refresh"/)
  for (const query of [`?until=${NOW}`, '?until=x', '?until=-1']) {
    const html = await page(query)
    assert.doesNotMatch(html, /http-equiv="refresh"/)
    assert.match(html, /no longer renews itself/)
  }
  assert.match(await page(`?until=${NOW * 2}`), new RegExp(`until=${NOW + 600_000}"`))
})

it('a linked account says so to people, and is refused to programs', async (t) => {
  const { ask, inside } = await started(t)
  inside.linked = true
  const page = await (await ask('/api/accounts/phone/qr', { accept: BROWSER })).text()
  assert.match(page, /phone is linked/)
  assert.doesNotMatch(page, /http-equiv="refresh"|<svg/)
  assert.equal((await ask('/api/accounts/phone/qr', { accept: 'application/json' })).status, 400)
})

it('a refused link is told to people, with a way to begin anew, and the page is at rest', async (t) => {
  const { ask, inside } = await started(t)
  const page = async (query = '') => (await ask(`/api/accounts/phone/qr${query}`, { accept: BROWSER })).text()
  inside.refusal = 'id: WhatsApp wants a passkey'
  const refused = await page()
  assert.match(refused, /role="status"[^>]*>WhatsApp wants a passkey</)
  assert.doesNotMatch(refused, /http-equiv="refresh"|<script|<svg/)
  assert.match(refused, /href="\?anew=true"/)
  assert.equal(drawn(await page('?anew=true')), QR)
  inside.webState = 'connecting'
  const scanned = await page()
  assert.match(scanned, /A phone took the code/)
  assert.match(scanned, /http-equiv="refresh"/)
  inside.webState = 'broken'
  assert.match(await page(), /cannot be linked now.*WhatsApp wants a passkey/s)
})

it('a number of the Cloud API is not said to be linked', async (t) => {
  const { ask } = await started(t)
  const page = await (await ask('/api/accounts/shop/qr', { accept: BROWSER })).text()
  assert.match(page, /No phone is linked to shop/)
  assert.doesNotMatch(page, /The phone is linked/)
})

it('a browser is asked for a password, and the API key is one; nobody else sees a code', async (t) => {
  const { url } = await started(t)
  const ask = (headers: Record<string, string>, path = '/api/accounts/phone/qr') =>
    fetch(`${url}${path}`, { headers: { accept: BROWSER, ...headers } })
  const asked = await ask({})
  assert.deepEqual([asked.status, asked.headers.get('www-authenticate')?.split(' ')[0]], [401, 'Basic'])
  for (const headers of [basic('', KEY), basic('anybody', KEY), basic(USER.username, USER.password)])
    assert.equal((await ask(headers)).status, 200)
  for (const path of ['/api/accounts/phone/qr', '/api/accounts/phone/qr.png'])
    for (const headers of [basic('', 'wrong'), { 'x-api-key': 'wrong' }])
      assert.equal((await ask(headers, path)).status, 401)
  // Only here: elsewhere a password is a password.
  assert.equal((await fetch(`${url}/api/accounts`, { headers: basic('', KEY) })).status, 401)
  assert.equal((await ask(basic('', KEY), '/api/accounts/nobody/qr')).status, 404)
  const refused = await asked.text()
  assert.match(asked.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(refused, /an API key that may administer accounts \(scope admin\) as the password/)
})

it('the account that is asked for cannot write on the page', async (t) => {
  const { ask, gateway } = await started(t)
  const id = '<img src=x onerror=alert(1)>"\'&'
  await gateway.accounts.add({ id, kind: 'web' })
  const html = await (await ask(`/api/accounts/${encodeURIComponent(id)}/qr`, { accept: BROWSER })).text()
  assert.match(html, /&#60;img/)
  assert.doesNotMatch(html, /<img/)
})

it('a session goes out and in, and neither it nor its password is in the audit log', async (t) => {
  const { api, inside } = await started(t)
  const { session, instructions } = await api.exportSession({ id: 'phone', password: 'correct horse battery' })
  assert.match(instructions, /disabled here now/)
  await api.importSession({ id: 'phone', session, password: 'correct horse battery' })
  assert.deepEqual(inside.asked, [
    ['phone', 'export', 'correct horse battery'],
    ['phone', 'import', session, 'correct horse battery'],
  ])
  await assert.rejects(api.exportSession({ id: 'phone', password: 'short' }), /at least 12 characters/)
  assert.deepEqual(
    inside.audited.map(({ operation, account }) => [operation, account]),
    [
      ['exportSession', 'phone'],
      ['importSession', 'phone'],
      ['exportSession', 'phone'],
    ],
  )
  assert.doesNotMatch(JSON.stringify(inside.audited), /correct horse|whatshooked-session/)
})

it('an account whose session was handed over says what not to do, and whoever enables it is warned', async (t) => {
  const { api, inside } = await started(t)
  assert.deepEqual(await api.enableAccount({ id: 'phone' }), { status: 'ok', account_id: 'phone' })
  inside.handedOverAt = Date.UTC(2026, 0, 31)
  await api.addAccount({ id: 'gone', type: 'whatsmeow', disabled: true })
  assert.match((await api.getAccountStatus({ id: 'gone' })).advice ?? '', /^Do not enable it while the other server/)
  assert.equal((await api.enableAccount({ id: 'gone' })).warning, 'It was handed over')
})

it('settings of a linked device read back with the proxy masked, and are refused for other numbers', async (t) => {
  const { api, inside } = await started(t)
  const of = async (id: string) => (await api.listAccounts()).find((one) => one.id === id)?.web
  assert.deepEqual(await of('phone'), {
    proxy: '***mple',
    broadcasts: false,
    typing: true,
    new_chats_a_day: 50,
    jitter_ms: 800,
  })
  assert.equal(await of('shop'), undefined)
  const web = { proxy: 'http://user:password@other.example', typing: false }
  await api.updateAccount({ id: 'phone', type: 'web', web })
  assert.doesNotMatch(JSON.stringify(inside.audited), /user:password/)
  await assert.rejects(
    api.updateAccount({ id: 'shop', type: 'cloud', web, business_api: { phone_number_id: '1', access_token: 't' } }),
    /^Failure: web: is only for type whatsmeow/,
  )
  await assert.rejects(api.updateAccount({ id: 'phone', type: 'web', web: { proxy: 'ftp://x' } }), /web.proxy: must be/)
})

it('a key that may not administer is shown no code in any form', async (t) => {
  const reader: Caller = { id: 'key:1', name: 'k', scopes: ['read', 'send', 'hooks'], accounts: null }
  const { url, gateway } = await startServer(t, { callerOf: () => reader })
  await gateway.accounts.add({ id: 'phone', kind: 'web' })
  for (const accept of ['application/json', 'image/png', BROWSER]) {
    const ask = { headers: { accept, 'x-api-key': 'a key that may read' } }
    assert.equal((await fetch(`${url}/api/accounts/phone/qr`, ask)).status, 403, accept)
    assert.equal((await fetch(`${url}/api/accounts/phone/qr.png`, ask)).status, 403)
  }
})

it('a key for other accounts finds no account to link', async (t) => {
  const { gateway } = await started(t)
  const caller: Caller = { id: 'key:1', name: 'k', scopes: ['admin'], accounts: ['shop'] }
  const { pairing } = createGatewayFor(gateway)(caller)
  for (const call of [
    pairing.qr('phone'),
    pairing.code('phone', '+15550000001'),
    pairing.exportSession('phone', 'correct horse battery'),
    pairing.importSession('phone', 'x', 'correct horse battery'),
  ])
    await assert.rejects(call, { code: 'not-found', message: 'id: there is no account "phone"' })
})
