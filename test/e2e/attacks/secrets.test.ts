// Secrets that were given to the server: never read back, never passed on, never logged, never in clear on a stolen disk.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import type { Receiver } from '../../../simulator/receiver/index.ts'
import { loadConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/kit/clock.ts'
import { type Log, silentLog } from '../../../src/kit/log.ts'
import { startWhatsHooked } from '../../../src/main.ts'
import { messagesBody, text } from '../callback.ts'
import { run, throwAway } from '../child.ts'
import { until } from '../conditions.ts'
import { as, ask, type Ids, NOTHING, newKey, requestsAbout } from '../keys/walk.ts'
import { type Stage, startStage } from '../stage.ts'

const SECRET_KEY = Buffer.from('a key of thirty-two bytes, aside').toString('base64')
const PASSWORD = 'tr0ub4dor&3-and-much-more'
const HEADER = 'Bearer header-credential-1123581321'
const ZOE = '15550001111'
const FILE = { bytes: Buffer.from('%PDF-1.7 a bill'), mimeType: 'application/pdf', filename: '../../a bill of Zoe.pdf' }

let stage: Stage
let number: NumberSetup
let receiver: Receiver
let secrets: Record<string, string>
const logged: string[] = []
const ends: (() => Promise<void>)[] = []

/** Keeps all that is logged, whatever its level. */
const log: Log = (() => {
  const keep = (said: string, fields: object = {}) => {
    const flat = JSON.stringify(fields, (_, value) =>
      value instanceof Error ? `${value.stack} ${value.cause}` : value,
    )
    logged.push(`${said} ${flat}`)
  }
  return { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
})()

before(async () => {
  const config = { secret_key: SECRET_KEY, username: 'ana', password: PASSWORD }
  stage = await startStage({ after: (end) => void ends.push(end) }, { config, log })
  number = await stage.addAccount('shop', {
    appSecret: 'app-secret-2718281828459045',
    verifyToken: 'verify-token-314159',
  })
  const { phoneNumberId: phone_number_id, token: access_token, appSecret: app_secret } = number
  const business_api = { phone_number_id, access_token, app_secret }
  await stage.api.updateAccount({ id: 'shop', type: 'business-api', business_api, media: { download: true } })
  receiver = await stage.addHook('crm', {}, { headers: { Authorization: HEADER }, raw: true, media: 'both' })
  const made = await stage.api.addHook({ id: 'other', name: 'Other', url: receiver.url, active: false })
  const readKey = await newKey(stage, ['read'])
  secrets = {
    ...{ token: number.token, appSecret: number.appSecret, key: stage.key, madeKey: readKey, password: PASSWORD },
    ...{ hookSecret: made.secret.slice('whsec_'.length), header: HEADER.slice(7), secretKey: SECRET_KEY },
  }
  await traffic()
})
after(async () => {
  for (const end of ends) await end()
})

/** Messages and files in, messages out, refusals, failures at Meta. */
async function traffic(): Promise<void> {
  const { api, meta } = stage
  await stage.callback(number, messagesBody(number, [text('wamid.1', 'words of Zoe that nobody logs')]))
  meta.customer(ZOE).sendsMedia('document', FILE)
  await api.sendMessage({ account_id: 'shop', to: `+${ZOE}`, text: 'words of ours that nobody logs' })
  await stage.callback(number, messagesBody(number, [text('wamid.2')]), 'sha256=00')
  meta.faults.add({
    match: 'POST /*/messages',
    action: { kind: 'error', code: 190, message: `bad ${number.token}` },
    when: { next: 1 },
  })
  await api.sendMessage({ account_id: 'shop', to: `+${ZOE}`, text: 'once more' }).catch(() => {})
  await ask(
    stage,
    { method: 'GET', path: '/api/hooks', body: undefined, type: undefined },
    as('a-wrong-key-1618033988'),
  )
  await until(() => receiver.received.some(({ body }) => body.includes('a bill of Zoe')), 'the file is told')
  await meta.settled()
}

/** Which secrets are in a text. */
function found(told: string, but: readonly string[] = []): string[] {
  const all = Object.entries(secrets).filter(([name]) => !but.includes(name))
  return all.filter(([, secret]) => told.includes(secret)).map(([name]) => name)
}

describe('a secret that was saved', () => {
  it('is in no answer of any operation, right or wrong, in text or as a problem', async () => {
    const phone = { phoneNumberId: number.phoneNumberId }
    const there: Ids = { ...NOTHING, ...phone, account: 'shop', hook: 'crm' }
    const harmless = (name: string) => !/^(remove|disable|clear|update|enable|add)/.test(name)
    const own = requestsAbout(there).filter(({ name }) => harmless(name))
    assert.ok(own.length > 40)
    for (const request of [...own, ...requestsAbout(NOTHING)]) {
      for (const accept of ['text/plain', 'application/json']) {
        const { text: told } = await ask(stage, request, { ...as(stage.key), accept })
        const made = request.name === 'addKey' || request.name === 'addHook'
        assert.deepEqual(found(told), made ? found(told, ['madeKey', 'hookSecret']) : [], request.operationId)
      }
    }
    for (const path of ['/health', '/ready', '/openapi.json', '/docs', '/metrics', '/nothing'])
      assert.deepEqual(found(await (await fetch(stage.url + path, { headers: as(stage.key) })).text()), [], path)
  })

  it('is not in what `config explain` tells', async (t) => {
    const settings = { api_key: stage.key, password: PASSWORD, username: 'ana', secret_key: SECRET_KEY }
    const { out, err, code } = await run(t, { ...settings, data: throwAway(t) }, 'config', 'explain')
    assert.equal(code, 0, err)
    assert.match(out, /api_key/)
    assert.deepEqual(found(out + err), [])
  })

  it('is not in the log, which has no words of messages and no wrong key either', () => {
    assert.ok(
      logged.some((line) => line.includes('request.answered')),
      'there is a log',
    )
    assert.ok(
      logged.some((line) => line.includes('callback')),
      'also of callbacks',
    )
    assert.deepEqual(found(logged.join('\n')), [])
    assert.doesNotMatch(logged.join('\n'), /nobody logs|a-wrong-key|verify-token-314159|a bill of Zoe/)
  })

  it('is in no webhook: neither in its body nor in its headers, but for the header that its owner put there', async () => {
    await stage.api.testHook({ id: 'crm' })
    assert.ok(receiver.received.length >= 4)
    for (const { url, headers, body } of receiver.received) {
      assert.deepEqual(found(url + JSON.stringify(headers) + body, ['header']), [])
      assert.equal(headers.authorization, HEADER)
      assert.doesNotMatch(JSON.stringify(headers) + body, /verify-token-314159|"(api_?key|token|secret|access_token)"/i)
    }
  })
})

describe('a stolen disk', () => {
  /** A copy of the folder, as a thief or a backup has it. */
  function stolen(): string {
    const copy = mkdtempSync(join(tmpdir(), 'whatshooked-stolen-'))
    ends.push(async () => rmSync(copy, { recursive: true, force: true }))
    cpSync(stage.folder, copy, { recursive: true, filter: (name) => !name.endsWith('.lock') })
    return copy
  }

  const start = (data: string, secretKey = SECRET_KEY) => {
    const env = {
      WHATSHOOKED_DATA: data,
      WHATSHOOKED_SECRET_KEY: secretKey,
      WHATSHOOKED_API_KEY: stage.key,
      WHATSHOOKED_PORT: '0',
    }
    const own = { clock: systemClock, log: silentLog, announce: () => {}, fatal: assert.fail }
    return startWhatsHooked(
      loadConfig({ flags: {}, env: { ...env, WHATSHOOKED_GRAPH_URL: stage.meta.url } }).config,
      own,
    )
  }

  it('has no secret in clear, in no file and in no file’s name', () => {
    const entries = readdirSync(stolen(), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    assert.ok(files.some(({ name }) => name.endsWith('.db')) && files.some(({ name }) => name.startsWith('med_')))
    const bytes = files.map(({ parentPath, name }) => name + readFileSync(join(parentPath, name), 'latin1')).join('\n')
    assert.ok(bytes.includes('words of Zoe'), 'the search can find something')
    assert.deepEqual(found(bytes), [])
    assert.ok(!bytes.includes('verify-token-314159'))
    for (const { name } of entries) assert.doesNotMatch(name, /Zoe|bill|1555|shop/)
    assert.ok(!files.some(({ name }) => name === 'secret.key'), 'the key is aside')
  })

  it('opens with no other key', async () => {
    const other = Buffer.alloc(32, 7).toString('base64')
    await assert.rejects(start(stolen(), other), /sealed with another key/)
  })

  it('that was tampered with is refused: a ciphertext does not open in another place, nor changed, nor cut', async () => {
    const changes = [
      "UPDATE hook SET secret = (SELECT secret FROM hook other WHERE other.id = 'other') WHERE id = 'crm'",
      "UPDATE hook SET secret = (SELECT headers FROM hook other WHERE other.id = 'crm') WHERE id = 'other'",
      "UPDATE hook SET secret = substr(secret, 1, length(secret) - 3) || 'AAA' WHERE id = 'crm'",
      "UPDATE hook SET secret = substr(secret, 1, length(secret) - 8) WHERE id = 'crm'",
      "UPDATE hook SET secret = 'whsec_in-clear' WHERE id = 'crm'",
    ]
    for (const change of changes) {
      const copy = stolen()
      const db = new DatabaseSync(join(copy, 'whatshooked.db'))
      assert.equal(db.prepare(change).run().changes, 1, change)
      db.close()
      await assert.rejects(start(copy), /cannot be opened/, change)
    }
    const untouched = await start(stolen())
    await untouched.stop()
  })
})
