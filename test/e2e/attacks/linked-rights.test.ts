// Who may link a phone, take its session away, and see what that takes; what a thief finds; who is taken for WhatsApp.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WebSocketServer } from 'ws'
import { type Receiver, startReceiver } from '../../../simulator/receiver/index.ts'
import { startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { createAuthority } from '../../../simulator/whatsapp/wire/certificates.ts'
import { createFrames, createNoise, frameOf } from '../../../simulator/whatsapp/wire/noise.ts'
import { loadConfig } from '../../../src/config.ts'
import { type Client, createClient } from '../../../src/contract/client.ts'
import { type Native, native } from '../../../src/contract/native/index.ts'
import { openSession } from '../../../src/gateway/accounts/session-text.ts'
import { systemClock } from '../../../src/kit/clock.ts'
import type { Log } from '../../../src/kit/log.ts'
import { startWhatsHooked } from '../../../src/main.ts'
import { until } from '../conditions.ts'
import { as, ask, newKey } from '../keys/walk.ts'
import { KEY } from '../stage.ts'
import { settingsFor } from '../web/stage.ts'

const ME = '15550000001'
const PASSWORD = 'a password of the export, long'
const text = { body: undefined, type: undefined }

let whatsapp: WhatsAppSimulator
let api: Client<Native>
let url: string
let folder: string
let receiver: Receiver
const logged: string[] = []
const ends: (() => Promise<void> | void)[] = []

/** Keeps all that is logged, whatever its level. */
const log: Log = (() => {
  const keep = (said: string, fields: object = {}) => {
    const flat = (_: string, value: unknown) => (value instanceof Error ? `${value.stack} ${value.cause}` : value)
    logged.push(`${said} ${JSON.stringify(fields, flat)}`)
  }
  return { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
})()

function newFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'whatshooked-rights-'))
  ends.push(() => rmSync(made, { recursive: true, force: true }))
  return made
}

async function start(at: { url: string }, data: string): Promise<string> {
  const trust = join(data, '..', 'trust.json')
  await whatsapp.writeTrust(trust)
  const settings = Object.entries(settingsFor({ ...whatsapp, url: at.url }, { data, trust }))
  const env = Object.fromEntries(settings.map(([name, value]) => [`WHATSHOOKED_${name.toUpperCase()}`, value]))
  const own = { clock: systemClock, log, announce: () => {}, fatal: assert.fail }
  const server = await startWhatsHooked(loadConfig({ flags: { port: '0' }, env }).config, own)
  ends.unshift(() => server.stop())
  return server.url
}

before(async () => {
  whatsapp = await startWhatsAppSimulator()
  ends.push(() => whatsapp.close())
  folder = join(newFolder(), 'data')
  url = await start(whatsapp, folder)
  api = createClient(native, { baseUrl: url, key: KEY })
  receiver = await startReceiver()
  ends.push(() => receiver.close())
  const about = { url: receiver.url, active: true, events: ['message.*', 'account.connected'] }
  await api.addHook({ id: 'crm', name: 'CRM', ...about })
})
after(async () => {
  for (const end of ends) await end()
})

/** Every way to a code or a session, and what is asked there. */
const WAYS = (id: string) => [
  ...['', '.png'].map((form) => ({ method: 'GET', path: `/api/accounts/${id}/qr${form}`, ...text })),
  ...[
    ['pairing-code', { phone: '+15550000002' }],
    ['session/export', { password: PASSWORD }],
    ['session/import', { session: 'whatshooked-session.v1.x', password: PASSWORD }],
  ].map(([way, body]) => ({
    method: 'POST',
    path: `/api/accounts/${id}/${way}`,
    body: JSON.stringify(body),
    type: 'application/json',
  })),
]

describe('a code that links a phone, and a session', () => {
  it('are for keys that may administer the account, whatever form they are asked for in', async () => {
    await api.addAccount({ id: 'mine', type: 'whatsmeow' })
    await api.addAccount({ id: 'other', type: 'whatsmeow' })
    const little = await newKey({ api }, ['read', 'send', 'hooks'])
    const foreign = await newKey({ api }, ['admin'], ['other'])
    for (const way of WAYS('mine'))
      for (const accept of ['*/*', 'text/html', 'image/png', 'application/json']) {
        const answers = await Promise.all([little, foreign].map((key) => ask({ url }, way, { ...as(key), accept })))
        const [refused, unseen] = answers
        const asked = `${way.path} as ${accept}`
        assert.equal(refused?.status, 403, asked)
        assert.equal(unseen?.status, 404, `${asked}: ${unseen?.text}`)
        for (const { text: told, headers } of answers) {
          assert.doesNotMatch(told, /<svg|2@|linked_devices/, asked)
          assert.notEqual(headers.get('content-type'), 'image/png', asked)
        }
      }
  })

  it('are not in the cache for keys that may not have them', async () => {
    const { qr } = await api.getPairingQr({ id: 'mine' })
    const little = as(await newKey({ api }, ['read', 'hooks']))
    await until(async () => (await api.getCachedEvents({ event_type: 'account.qr' })).count > 0, 'it is cached')
    const { cached_events: events } = await api.getCachedEvents({ event_type: 'account.qr' })
    assert.ok(events.some(({ event }) => codeOf(event) === qr))
    for (const path of ['/api/cache', '/api/cache?event_type=account.qr', `/api/cache/event?id=${events[0]?.id}`]) {
      const { status, text: told } = await ask({ url }, { method: 'GET', path, ...text }, little)
      assert.equal(status, 200)
      assert.match(told, /"code":\s*"\*\*\*"/)
      for (const { event } of events) assert.ok(!told.includes(JSON.stringify(codeOf(event))), path)
    }
  })

  it('asked for hundreds of times at once are one code, over one connection', async () => {
    let opened = 0
    const stop = whatsapp.server.on('opened', () => {
      opened += 1
    })
    const asked = await Promise.all(Array.from({ length: 200 }, () => api.getPairingQr({ id: 'mine' })))
    stop()
    assert.equal(new Set(asked.map(({ qr }) => qr)).size, 1)
    assert.ok(opened <= 1, `${opened} connections`)
  })

  it('are nowhere in clear: not in the log, the metrics, the audit log, a hook, nor on a stolen disk', async () => {
    const { qr } = await api.getPairingQr({ id: 'mine' })
    await whatsapp.phone(ME).scans(String(qr))
    await until(async () => (await api.getAccountStatus({ id: 'mine' })).state === 'connected', 'it is linked')
    const id = await whatsapp.phone('15551234567', { name: 'Ann' }).says(ME, 'hello')
    await receiver.next(({ body }) => body.includes(id))
    const { session } = await api.exportSession({ id: 'mine', password: PASSWORD })
    await assert.rejects(api.importSession({ id: 'mine', session: session.slice(0, -9), password: PASSWORD }))
    const { credentials, keys } = await openSession(session, PASSWORD)
    const secrets = [...credentials.matchAll(/"private":\{[^{}]*"data":"([^"]{40,})"/g)].map(([, key]) => String(key))
    const signal = keys.filter(({ type }) => /^(session|pre-key|sender-key)$/.test(type))
    assert.ok(secrets.length >= 2 && signal.length > 10, `${secrets.length} and ${signal.length} keys`)
    const inside = signal.flatMap(({ value }) => [...(value ?? '').matchAll(/[A-Za-z0-9+/]{42,}={0,2}/g)].map(String))
    const all = [PASSWORD, session, ...secrets, ...inside, ...secrets.map((key) => raw(key))]
    const told = await Promise.all(
      ['/metrics', '/api/audit', '/api/accounts', '/api/accounts/mine/status'].map((path) =>
        ask({ url }, { method: 'GET', path, ...text }, as(KEY)).then(({ status, text: body }) => {
          assert.equal(status, 200, path)
          return body
        }),
      ),
    )
    const hooked = receiver.received.map(({ url: to, headers, body }) => to + JSON.stringify(headers) + body)
    for (const place of [logged.join('\n'), ...told, ...hooked]) {
      assert.deepEqual(found(place, [...all, String(qr), String(qr).split(',')[3] ?? '']), [])
    }
    assert.ok(
      logged.some((line) => line.startsWith('request.answered')),
      'there is a log',
    )
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const disk = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n')
    assert.ok(disk.includes('"hello"'), 'the search can find something')
    assert.deepEqual(found(disk, all), [])
  })
})

function codeOf({ data }: { readonly data: object }): unknown {
  return 'code' in data ? data.code : null
}

function found(place: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => secret !== '' && place.includes(secret))
}

/** The key's own bytes, as they are found in a file that was read as Latin-1. */
function raw(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1')
}

describe('somebody in the place of WhatsApp', () => {
  let mode: 'redirects' | 'pretends' = 'redirects'
  let frames = 0
  let led = 0
  let elsewhere: Receiver
  let theirs: Client<Native>
  before(async () => {
    elsewhere = await startReceiver()
    const server = createServer()
    const sockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (mode === 'redirects') {
        led += 1
        const to = elsewhere.url.replace('http', 'ws')
        return socket.end(`HTTP/1.1 302 Found\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`)
      }
      sockets.handleUpgrade(request, socket, head, (client) => {
        const cut = createFrames()
        const noise = createNoise(createAuthority(Math.floor(Date.now() / 1000)))
        client.on('message', (chunk: Buffer) => {
          for (const frame of cut(chunk)) {
            frames += 1
            if (frames === 1) client.send(frameOf(noise.hello(frame)))
          }
        })
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ends.push(async () => {
      server.closeAllConnections()
      server.close()
      await elsewhere.close()
    })
    const { port } = server.address() as AddressInfo
    const data = join(newFolder(), 'data')
    theirs = createClient(native, { baseUrl: await start({ url: `ws://127.0.0.1:${port}/ws/chat` }, data), key: KEY })
  })

  it('leads nobody elsewhere', async () => {
    await theirs.addAccount({ id: 'led', type: 'whatsmeow' })
    await until(() => led > 0, 'it is led away')
    assert.equal(elsewhere.received.length, 0)
    await theirs.removeAccount({ id: 'led' })
    assert.equal(elsewhere.received.length, 0)
  })

  it('who cannot prove to be it is shown no key, and the account says why', async () => {
    mode = 'pretends'
    await theirs.addAccount({ id: 'fooled', type: 'whatsmeow' })
    await until(async () => (await theirs.getAccountStatus({ id: 'fooled' })).state === 'broken', 'it is seen through')
    assert.match(String((await theirs.getAccountStatus({ id: 'fooled' })).reason), /did not prove/)
    assert.equal(frames, 1)
  })

  it('fills no memory with a frame that unpacks to a hundred times its size', async () => {
    const load = fileURLToPath(new URL('../../../src/transports/web/socket/load.ts', import.meta.url))
    const code = `
      import { deflateSync } from 'node:zlib'
      const { loadLibrary } = await import(${JSON.stringify(load)})
      const { decodeBinaryNode } = await loadLibrary()
      const bomb = Buffer.concat([Buffer.of(2), deflateSync(Buffer.alloc(65 * 1024 * 1024))])
      process.stdout.write(await decodeBinaryNode(bomb).then(() => 'read', (error) => error.code))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
    assert.equal(stdout, 'ERR_BUFFER_TOO_LARGE')
  })
})
