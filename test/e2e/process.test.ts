// The server as a process: how it starts, what it says when it cannot, how it stops, and what it leaves on disk.
import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { startMetaSimulator } from '../../simulator/meta/index.ts'
import { type Answer, startReceiver } from '../../simulator/receiver/index.ts'
import { loadConfig } from '../../src/config.ts'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import { systemClock } from '../../src/kit/clock.ts'
import { silentLog } from '../../src/kit/log.ts'
import { startWhatsHooked } from '../../src/main.ts'
import { messagesBody, postCallback, text } from './callback.ts'
import { type Ended, run, type Settings, startChild, throwAway } from './child.ts'
import { idsAt, isMessage, until } from './conditions.ts'
import { settingsOf } from './stage.ts'

const KEY = 'wh_process_9Lq2xTr8VbNc5Wz3Km7Yd4Fs'
const DATABASE = 'whatshooked.db'

/** All bytes that are in a folder. */
function bytesOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n')
}

/** One sentence on stderr, nothing of the inside of the program, and that exit code. */
function refusedStart(ended: Ended, code: number, says: RegExp): void {
  assert.equal(ended.code, code, `${ended.err}${ended.out}`)
  assert.match(ended.err, says)
  assert.equal(ended.err.trim().split('\n').length, 1, ended.err)
  assert.doesNotMatch(ended.err, /\bat .+:\d+|node:internal|\.ts\b/)
  assert.doesNotMatch(ended.out, /listens on/)
}

/** A server with a number `shop` and a hook `crm`, both simulated. */
async function running(
  t: TestContext,
  { answer, more = {} }: { answer?: () => Answer | Promise<Answer>; more?: Settings } = {},
) {
  const meta = await startMetaSimulator()
  const receiver = await startReceiver({ ...(answer && { answer }) })
  t.after(async () => {
    await meta.close()
    await receiver.close()
  })
  const settings = { data: throwAway(t), api_key: KEY, graph_url: meta.url, allowed_hook_hosts: '127.0.0.1', ...more }
  const child = await startChild(t, settings)
  const api = createClient(native, { baseUrl: child.url, key: KEY })
  const number = meta.addNumber({ callbackUrl: `${child.url}/webhooks/whatsapp/shop` })
  await api.addAccount({ id: 'shop', type: 'business-api', business_api: settingsOf(number) })
  const retry = { delays: [1], give_up_after: 86_400 }
  const events = ['message.received']
  const { secret } = await api.addHook({ id: 'crm', name: 'CRM', url: receiver.url, active: true, events, retry })
  receiver.trust(secret)
  const says = (url: string, id: string, chat: string) =>
    postCallback(url, { number, body: messagesBody(number, [text(id, 'a word that nobody logs', chat)], chat) })
  return { settings, child, api, number, receiver, secret, says }
}

/** Sends without pause, in eight chats, until it is stopped; tells which were acknowledged. */
function load(url: string, says: (url: string, id: string, chat: string) => Promise<number>) {
  const acknowledged: string[] = []
  let stopped = false
  const chats = Array.from({ length: 8 }, async (_, chat) => {
    for (let n = 0; !stopped; n += 1) {
      const status = await says(url, `${chat}.${n}`, `1555${3000000 + chat}`).catch(() => 0)
      if (status === 200) acknowledged.push(`${chat}.${n}`)
      else await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })
  return {
    acknowledged,
    async stop() {
      stopped = true
      await Promise.all(chats)
    },
  }
}

test('SIGTERM under load ends it with 0 in time, and everything that it acknowledged arrives', async (t) => {
  const slow = () => new Promise<Answer>((resolve) => setTimeout(() => resolve({}), 50))
  const { settings, child, says, receiver } = await running(t, { answer: slow })
  const traffic = load(child.url, says)
  await until(() => traffic.acknowledged.length > 300, '300 are acknowledged')
  const { code, tookMs, err } = await child.end()
  await traffic.stop()
  assert.equal(code, 0, err)
  assert.ok(tookMs < 30_000, `${tookMs} ms`)
  assert.ok(new Set(idsAt(receiver)).size < traffic.acknowledged.length, 'some still waited when it ended')
  const again = await startChild(t, settings)
  await until(() => new Set(idsAt(receiver)).size >= traffic.acknowledged.length, 'all arrive', 30_000)
  const arrived = new Set(idsAt(receiver))
  assert.deepEqual(
    traffic.acknowledged.filter((id) => !arrived.has(id)),
    [],
  )
  assert.equal(idsAt(receiver).length, arrived.size, 'a clean stop doubles nothing')
  assert.equal((await again.end()).code, 0)
})

test('a second SIGTERM ends it at once, although a hook still hangs', async (t) => {
  const { child, says, receiver } = await running(t, { answer: () => new Promise<Answer>(() => {}) })
  await says(child.url, 'm1', '15550001111')
  await receiver.next(isMessage)
  child.process.kill('SIGTERM')
  await until(async () => !(await fetch(`${child.url}/health`).catch(() => null)), 'it takes no more connections')
  const { tookMs, code } = await child.end()
  assert.ok(tookMs < 2000, `${tookMs} ms`)
  assert.equal(code, 1)
})

test('a client that never ends its request does not keep the stop from coming to its own end', async (t) => {
  const { child } = await running(t)
  const half = connect(Number(new URL(child.url).port), '127.0.0.1')
  half.on('error', () => {})
  t.after(() => void half.destroy())
  half.write(`POST /api/send HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\ncontent-type: application/json\r\n`)
  half.write('content-length: 100\r\n\r\n{')
  // Answered behind it, so the half request has arrived.
  await (await fetch(`${child.url}/health`)).arrayBuffer()
  const { code, out } = await child.end('SIGTERM')
  assert.equal(code, 0)
  assert.match(out, /process\.stopped/, 'all was closed, rather than cut off when the time was up')
})

test('what stands in the way of a start is said in one sentence', async (t) => {
  const folder = throwAway(t)
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => void taken.close())
  const port = String((taken.address() as { port: number }).port)
  const file = join(folder, 'a-file')
  writeFileSync(file, 'x')
  const own = { data: join(folder, 'data'), api_key: KEY, port: '0' }
  const cases: readonly (readonly [settings: Settings, code: number, says: RegExp, words?: readonly string[]])[] = [
    [{ ...own, port }, 1, new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken`)],
    [{ ...own, data: file }, 1, /data folder .*a-file cannot be written to \(ENOTDIR\)/],
    [{ ...own, data: '/proc/nowhere/data' }, 1, /data folder \/proc\/nowhere\/data cannot be written to/],
    [{ ...own, api_key: 'short' }, 78, /API key .* shorter than 16 bytes/],
    [{ ...own, api_key: 'change-me-to-something-long' }, 78, /API key .* stands in examples/],
    [{ ...own, username: 'admin' }, 78, /username and password go together/],
    [{ ...own, port: 'http' }, 78, /WHATSHOOKED_PORT: must be a number/],
    [{ ...own, secret_key: 'c2hvcnQ=' }, 78, /WHATSHOOKED_SECRET_KEY: must be 32 bytes/],
    [{ ...own, allowed_hook_hosts: '10.0.0.0/99' }, 78, /allowed_hook_hosts: "10\.0\.0\.0\/99"/],
    [{ ...own, host: '192.0.2.1' }, 78, /192\.0\.2\.1 is not an address of this machine/],
    [{ ...own, config: join(folder, 'absent.json') }, 78, /absent\.json cannot be read/],
    [
      { ...own, whatsapp_trust: join(folder, 'absent.json') },
      78,
      /whatsapp_trust: the file .*absent\.json cannot be read/,
    ],
    [own, 78, /--prot is no setting/, ['serve', '--prot', '1']],
    [own, 64, /"sevre" is no command/, ['sevre']],
  ]
  const files: readonly (readonly [content: string, says: RegExp])[] = [
    ['{"port": ', /config-\d\.json is no valid JSON/],
    ['{"prot": 1}', /config-\d\.json has "prot", which is no setting/],
    ['{"event_cache": {"enabled": "perhaps"}}', /"event_cache\.enabled" in the config file: must be true or false/],
  ]
  const ended = await Promise.all(
    cases.map(([settings, code], index) =>
      run(
        t,
        { ...settings, ...(code === 78 && { data: join(folder, `data-${index}`) }) },
        ...(cases[index]?.[3] ?? ['serve']),
      ),
    ),
  )
  for (const [index, [, code, says]] of cases.entries()) refusedStart(ended[index] as Ended, code, says)
  const misread = files.map(async ([content, says], index) => {
    const config = join(folder, `config-${index}.json`)
    writeFileSync(config, content)
    refusedStart(await run(t, { ...own, config }, 'serve'), 78, says)
  })
  await Promise.all(misread)
  assert.equal(readFileSync(file, 'utf8'), 'x')
})

test('whoever starts a WhatsApp beside the server is asked where it is when a linked device first needs it', async (t) => {
  const folder = throwAway(t)
  const trust = join(folder, 'trust.json')
  const asked: number[] = []
  const whatsapp = () => {
    asked.push(1)
    return { whatsapp_url: 'ws://127.0.0.1:9/ws/chat', whatsapp_trust: trust }
  }
  const flags = { data: join(folder, 'data'), 'api-key': KEY, port: '0' }
  const fatal = (sentence: string): never => assert.fail(sentence)
  const around = { clock: systemClock, log: silentLog, announce() {}, fatal, whatsapp }
  const server = await startWhatsHooked(loadConfig({ flags, env: {} }).config, around)
  t.after(() => server.stop())
  const api = createClient(native, { baseUrl: server.url, key: KEY })
  for (const id of ['one', 'two']) await api.addAccount({ id, type: 'whatsmeow', disabled: true })
  assert.equal(asked.length, 0)
  await assert.rejects(api.examineAccount({ id: 'one' }), /whatsapp_trust: the file .*trust\.json cannot be read/)
  writeFileSync(trust, '{}')
  for (const id of ['one', 'two']) await api.examineAccount({ id })
  assert.equal(asked.length, 2, 'and then never again')
})

test('the first start makes a key and shows it once; the folder has its hash alone, and nobody else may read it', async (t) => {
  const data = join(throwAway(t), 'new', 'folder')
  const first = await startChild(t, { data })
  const key = /wh_[A-Za-z0-9_-]{43}/.exec(first.said().out)?.[0] ?? assert.fail(first.said().out)
  const tries = async (url: string, headers: Record<string, string>) =>
    (await fetch(`${url}/api/hooks`, { headers })).status
  assert.deepEqual([await tries(first.url, { 'x-api-key': key }), await tries(first.url, {})], [200, 401])
  assert.equal((await first.end()).code, 0)
  assert.equal(first.said().out.split(key).length, 2, 'shown once')
  assert.ok(!bytesOf(data).includes(key.slice(3)))
  const second = await startChild(t, { data })
  assert.equal(await tries(second.url, { authorization: `Bearer ${key}` }), 200)
  await second.end()
  assert.doesNotMatch(second.said().out + second.said().err, /wh_/)
  for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o077, 0, name)
  assert.equal(statSync(data).mode & 0o077, 0)
})

test('no secret is in clear in the folder or in a log at debug, and no message is in the log', async (t) => {
  const { child, api, settings, number, secret, says, receiver } = await running(t, { more: { log_level: 'debug' } })
  const header = 'Bearer header-credential-3141592653'
  await api.updateHook({ id: 'crm', headers: { Authorization: header } })
  await says(child.url, 'm1', '15550001111')
  await receiver.next(isMessage)
  await api.sendMessage({ account_id: 'shop', to: '+15550001111', text: 'a sentence that nobody logs' }).catch(() => {})
  await fetch(`${child.url}/api/hooks`, { headers: { 'x-api-key': 'wrong-key-2718281828' } })
  const secrets = {
    key: KEY,
    token: number.token,
    appSecret: number.appSecret,
    secret: secret.slice(6),
    header: header.slice(7),
  }
  const onDisk = bytesOf(settings.data)
  const { out, err } = await child.end()
  const closed = bytesOf(settings.data)
  assert.match(out, /process\.ready/)
  for (const [name, value] of Object.entries(secrets)) {
    assert.ok(!onDisk.includes(value) && !closed.includes(value), `${name} is on disk`)
    assert.ok(!(out + err).includes(value), `${name} is in the log`)
  }
  assert.ok(onDisk.includes('a word that nobody logs'), 'the search can find something')
  assert.doesNotMatch(out + err, /nobody logs|wrong-key-2718281828/)
})

test('a folder that another server uses is refused, and left alone', async (t) => {
  const data = throwAway(t)
  const first = await startChild(t, { data, api_key: KEY })
  refusedStart(await run(t, { data, api_key: KEY, port: '0' }, 'serve'), 1, /Another server uses the data folder/)
  assert.equal((await fetch(`${first.url}/ready`)).status, 200)
  await first.end('SIGKILL')
  assert.equal((await (await startChild(t, { data, api_key: KEY })).end()).code, 0)
})

test('a damaged file, one of a newer release and a wrong key stop the start, and nothing is made anew', async (t) => {
  const { child, settings } = await running(t)
  await child.end()
  const copy = (name: string) => {
    const data = join(settings.data, name)
    mkdirSync(data)
    for (const file of [DATABASE, 'secret.key']) copyFileSync(join(settings.data, file), join(data, file))
    return {
      data,
      file: join(data, DATABASE),
      start: (more: Settings = {}) => run(t, { ...settings, data, port: '0', ...more }, 'serve'),
    }
  }
  const cut = copy('cut')
  truncateSync(cut.file, Math.floor(statSync(cut.file).size / 2))
  const empty = copy('empty')
  truncateSync(empty.file, 0)
  const junk = copy('junk')
  writeFileSync(junk.file, 'this is not a database, but somebody needs it still')
  const refused = [cut, empty, junk].map(async ({ file, start }) => {
    const before = readFileSync(file)
    refusedStart(await start(), 1, /whatshooked\.db is damaged .*restore a backup/)
    assert.ok(readFileSync(file).equals(before), 'it is left as it was')
  })
  await Promise.all(refused)
  const newer = copy('newer')
  const db = new DatabaseSync(newer.file)
  db.exec('PRAGMA user_version = 999')
  db.close()
  refusedStart(await newer.start(), 1, /newer release .*schema is 999/)
  const other = copy('other')
  refusedStart(
    await other.start({ secret_key: Buffer.alloc(32, 9).toString('base64') }),
    1,
    /sealed with another key: set WHATSHOOKED_SECRET_KEY/,
  )
  const lost = copy('lost')
  writeFileSync(join(lost.data, 'secret.key'), '')
  refusedStart(await lost.start(), 78, /secret\.key does not hold a key/)
  const right = copy('right')
  assert.ok(existsSync(right.file))
  assert.equal((await (await startChild(t, { ...settings, data: right.data })).end()).code, 0)
})
