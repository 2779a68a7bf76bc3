// Hooks as a way in for attackers: addresses of the inside, redirects, certificates, headers.
import assert from 'node:assert/strict'
import dns from 'node:dns'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Answer, startReceiver } from '../../simulator/receiver/index.ts'
import { messagesBody, text } from './callback.ts'
import { refusal, until } from './conditions.ts'
import { startStage } from './stage.ts'

const INSIDE = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
  ],
  ...[
    '127.255.255.254',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'x.localhost',
    '0',
    '0.0.0.0',
  ],
  ...[
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
  ],
  ...[
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[fe80::1]',
    'metadata.google.internal',
  ],
]

test('addresses of the inside are refused at add and at update, and not one is told', async (t) => {
  const stage = await startStage(t, { config: { allowed_hook_hosts: '' } })
  const own = { id: 'h', name: 'H', active: true, url: 'http://8.8.8.8/' }
  await stage.api.addHook({ ...own, active: false })
  for (const host of INSIDE) {
    const url = `http://${host}:9/`
    for (const call of [stage.api.addHook({ ...own, id: 'x', url }), stage.api.updateHook({ id: 'h', url })]) {
      const sentence = await refusal(call)
      assert.doesNotMatch(sentence, /127\.0\.0\.1|::1|169\.254/, `${host}: ${sentence}`)
    }
  }
  for (const url of [
    'ftp://8.8.8.8/',
    'file:///etc/passwd',
    'gopher://8.8.8.8/',
    'http://user:pw@8.8.8.8/',
    'http://',
    'x',
  ])
    await refusal(stage.api.addHook({ ...own, id: 'x', url }))
  assert.equal((await stage.api.getHook({ id: 'h' })).url, own.url)
})

test('a name that comes to point inside is refused by the test button and at delivery, and is never reached', async (t) => {
  let answers = [{ address: '8.8.8.8', family: 4 }]
  const real = dns.promises.lookup
  t.after(() => {
    dns.promises.lookup = real
    syncBuiltinESMExports()
  })
  // The system's resolver is the one thing that cannot be had over a loopback socket.
  dns.promises.lookup = (async () => answers) as unknown as typeof real
  syncBuiltinESMExports()
  const stage = await startStage(t, { config: { allowed_hook_hosts: '' } })
  const canary = await startReceiver()
  t.after(() => canary.close())
  const url = `http://hooks.example.com:${new URL(canary.url).port}/`
  const retry = { delays: [1], give_up_after: 1 }
  await stage.api.addHook({ id: 'rebound', name: 'R', url, active: true, retry, events: ['message.*'] })
  answers = [{ address: '127.0.0.1', family: 4 }]
  const pressed = await stage.api.testHook({ id: 'rebound' })
  assert.deepEqual([pressed.status, pressed.http_status], ['failed', null])
  assert.match(pressed.error ?? '', /address is not allowed.*WHATSHOOKED_ALLOWED_HOOK_HOSTS/)
  const number = await stage.addAccount('shop')
  await stage.callback(number, messagesBody(number, [text('wamid.1')]))
  const dead = async () => (await stage.api.listDeliveries({ hook: 'rebound', state: 'dead' })).deliveries[0]
  await until(async () => (await dead()) !== undefined, 'the delivery is given up')
  assert.match((await dead())?.last_attempt?.error ?? '', /address is not allowed/)
  assert.doesNotMatch(JSON.stringify([pressed, await dead()]), /127\.0\.0\.1/)
  assert.equal(canary.received.length, 0)
})

test('a redirect is not followed and counts as a failure', async (t) => {
  const inside = await startReceiver()
  t.after(() => inside.close())
  const statuses = [301, 302, 303, 307, 308]
  const answer = (): Answer => ({ status: statuses.shift() ?? 302, headers: { location: inside.url } })
  const stage = await startStage(t)
  const { api } = stage
  const number = await stage.addAccount('shop')
  await stage.addHook('crm', { answer }, { retry: { delays: [1], give_up_after: 86_400 } })
  for (const status of [...statuses]) {
    const result = await api.testHook({ id: 'crm' })
    assert.deepEqual(
      [result.status, result.http_status, result.error],
      ['failed', status, `answered ${status}; redirects are not followed`],
    )
  }
  await stage.callback(number, messagesBody(number, [text('wamid.1')]))
  await until(
    async () => (await api.listDeliveries({ hook: 'crm', state: 'retry' })).deliveries.length === 1,
    'it is to be retried',
  )
  assert.equal(inside.received.length, 0)
})

test('allow_insecure passes a certificate that nobody vouches for, for that hook only', async (t) => {
  const sample = (name: string) => readFileSync(new URL(`../samples/tls/${name}`, import.meta.url))
  const server = createServer({ key: sample('test.key'), cert: sample('self-signed.pem') }, (request, response) => {
    request.resume().on('end', () => response.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => void server.close())
  const { api } = await startStage(t)
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await api.addHook({ id: 'lax', name: 'Lax', url, active: true, allow_insecure: true })
  await api.addHook({ id: 'strict', name: 'Strict', url, active: true })
  assert.equal((await api.testHook({ id: 'lax' })).status, 'ok')
  const refused = await api.testHook({ id: 'strict' })
  assert.deepEqual([refused.status, refused.error], ['failed', 'self-signed certificate'])
  await api.updateHook({ id: 'lax', allow_insecure: false })
  assert.equal((await api.testHook({ id: 'lax' })).status, 'failed')
})

test('headers that break or steer a request are refused', async (t) => {
  const { api, ...stage } = await startStage(t)
  const receiver = await stage.addHook('crm')
  const bad: Record<string, string>[] = [
    { 'X-A': 'a\r\nX-B: c' },
    { 'X-A': 'a\nb' },
    { 'X-A': 'a\0' },
    { 'X-A': 'ж' },
    { 'X A': 'b' },
    { 'X-A\r\nX-B': 'c' },
    { '': 'b' },
    { Host: 'inside' },
    { 'content-length': '0' },
    { 'Transfer-Encoding': 'chunked' },
    { Connection: 'close' },
    { 'Webhook-Id': 'x' },
    { 'X-WhatsHooked-Event': 'x' },
    { 'Content-Type': 'text/plain' },
    { 'Content-Encoding': 'gzip' },
    { 'User-Agent': 'x' },
    { 'X-Long': 'x'.repeat(9000) },
    Object.fromEntries(Array.from({ length: 3 }, (_, index) => [`X-${index}`, 'x'.repeat(4000)])),
  ]
  for (const headers of bad) {
    const name = JSON.stringify(headers).slice(0, 60)
    assert.match(await refusal(api.updateHook({ id: 'crm', headers })), /headers/, name)
    await refusal(api.addHook({ id: 'x', name: 'X', url: receiver.url, active: true, headers }))
  }
  assert.equal((await api.listHooks()).length, 1)
})
