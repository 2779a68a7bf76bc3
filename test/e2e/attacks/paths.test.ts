// Names that want to be paths: in addresses, ids, file names and bodies. Nothing outside of the data folder is read or written.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import type { Receiver } from '../../../simulator/receiver/index.ts'
import { linkKey, secretKey } from '../../../src/secret-key.ts'
import { FORM_TYPE } from '../../suites/bad-input.ts'
import { until } from '../conditions.ts'
import { as, newKey } from '../keys/walk.ts'
import { type Stage, settingsOf, startStage } from '../stage.ts'
import { knock, leave, type Told } from './knock.ts'

const CANARY = 'what lies beside the data folder'
const ZOE = '15550001111'

/** The folder that the data folder lies in, two levels down. */
const around = mkdtempSync(join(tmpdir(), 'whatshooked-around-'))
const data = join(around, 'srv', 'data')
let stage: Stage
let number: NumberSetup
let receiver: Receiver
let untouched: string[]
const ends: (() => Promise<void>)[] = [async () => rmSync(around, { recursive: true, force: true })]

/** Everything around the data folder, and what is in it by its kinds: files that come and go keep their folder. */
function listing(): string[] {
  const entries = readdirSync(around, { recursive: true, withFileTypes: true })
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name).slice(around.length))
  return paths.filter((path) => !/^\/srv\/data\/(whatshooked\.db|media\/med_[0-9A-Z]{26}$)/.test(path)).toSorted()
}

before(async () => {
  mkdirSync(join(around, 'srv'))
  for (const place of ['canary.txt', 'srv/canary.txt']) writeFileSync(join(around, place), CANARY)
  stage = await startStage({ after: (run) => void ends.unshift(run) }, { config: { data } })
  stage.meta.limits({ window: false })
  number = await stage.addAccount('shop')
  const account = { id: 'shop', type: 'business-api', business_api: settingsOf(number) } as const
  await stage.api.updateAccount({ ...account, media: { download: true } })
  receiver = await stage.addHook('crm')
  untouched = listing()
})
afterEach(() => {
  assert.deepEqual(listing(), untouched, 'nothing was left, inside or outside')
  for (const place of ['canary.txt', 'srv/canary.txt']) assert.equal(readFileSync(join(around, place), 'utf8'), CANARY)
})
after(async () => {
  leave()
  for (const end of ends) await end()
})

const NAMES = [
  ...['../canary.txt', '../../canary.txt', '..', '.', '/etc/passwd', `${around}/canary.txt`, 'media/../../canary.txt'],
  ...['..\\..\\canary.txt', 'C:\\windows\\win.ini', 'a\0.png', '....//canary.txt', '~/.ssh/id_rsa', 'secret.key'],
]

/** As it may stand in an address: each way to write its slashes and dots. */
function spellings(name: string): string[] {
  const once = encodeURIComponent(name)
  const dots = once.replaceAll('.', '%2e')
  return [
    encodeURI(name),
    once,
    dots,
    dots.replaceAll('%', '%25'),
    once.replaceAll('%2F', '%c0%af'),
    once.toLowerCase(),
  ]
}

function assertNothing(told: Told, what: string): void {
  assert.ok(told.status >= 400 && told.status < 500, `${what}: ${told.status} ${told.text.slice(0, 200)}`)
  assert.doesNotMatch(told.text, /what lies beside|root:|BEGIN|SQLite/, what)
  assert.ok(!told.text.includes(readFileSync(join(data, 'secret.key'), 'utf8').trim()), what)
}

describe('an address', () => {
  it('that climbs out of a folder leads nowhere, however it is written, with a key and without', async () => {
    const roots = [
      '/media/',
      '/docs/',
      '/docs/static/',
      '/',
      '/webhooks/whatsapp/',
      '/api/hooks/',
      '/api/messages/',
      '/api/deliveries/',
    ]
    for (const root of roots) {
      for (const path of NAMES.flatMap(spellings)) {
        for (const headers of [{}, as(stage.key)]) {
          assertNothing(await knock(stage.url, { path: `${root}${path}`, headers }), `${root}${path}`)
        }
      }
    }
  })

  it('of a file that is signed as it should be still has to be of a file that came in', async () => {
    const key = linkKey(secretKey(data, null))
    const expires = String(Math.ceil(Date.now() / 1000) + 3600)
    for (const id of [...NAMES, 'med_', `med_${'0'.repeat(26)}`, `../media/med_${'0'.repeat(26)}`]) {
      const signature = createHmac('sha256', key).update(`${id}\n${expires}`).digest('base64url')
      const path = `/media/${encodeURIComponent(id)}?expires=${expires}&signature=${signature}`
      const told = await knock(stage.url, { path })
      assertNothing(told, id)
      assert.ok(told.status === 404 || told.status === 400 || told.status === 410, `${id}: ${told.status}`)
    }
  })
})

describe('an id', () => {
  it('that would be a path of Meta’s is refused, and Meta is not asked', async () => {
    const asked = stage.meta.requests().length
    const ids = [
      '../../me',
      '..',
      `${number.phoneNumberId}/../me`,
      '1?fields=access_token',
      '1#x',
      '1%2f..',
      'a/b',
      '\\..',
    ]
    const post = async (path: string, body: object) => {
      const headers = { ...as(stage.key), 'content-type': 'application/json' }
      return knock(stage.url, { method: 'POST', path, headers, body: JSON.stringify(body) })
    }
    for (const id of ids) {
      const one = { account_id: 'shop' }
      const tries: [string, object, string][] = [
        ['/api/media-delete', { ...one, media_id: id }, 'media_id'],
        ['/api/send/image', { ...one, to: `+${ZOE}`, media_id: id }, 'media_id'],
        ['/api/flows/get', { ...one, flow_id: id }, 'flow_id'],
        ['/api/flows/delete', { ...one, flow_id: id }, 'flow_id'],
        ['/api/catalogs/products', { ...one, catalog_id: id }, 'catalog_id'],
        ['/api/phone-numbers/register', { ...one, phone_number_id: id, pin: '123456' }, 'phone_number_id'],
      ]
      for (const [path, body, field] of tries) {
        const { status, text } = await post(path, body)
        assert.deepEqual([status, text.startsWith(`${field}: `)], [400, true], `${path} ${id}: ${text}`)
      }
    }
    assert.equal(stage.meta.requests().length, asked)
  })

  it('that would be a path of ours is refused: `session_path` and names of accounts and hooks', async () => {
    const headers = { ...as(stage.key), 'content-type': 'application/json' }
    for (const name of NAMES.filter((one) => one !== 'secret.key' && one !== '.')) {
      const body = JSON.stringify({ id: 'web', type: 'whatsmeow', session_path: name })
      const { status, text } = await knock(stage.url, { method: 'POST', path: '/api/accounts/add', headers, body })
      assert.deepEqual([status, text.startsWith('session_path: ')], [400, true], `${name}: ${text}`)
    }
    for (const id of NAMES.filter((one) => one !== 'secret.key')) {
      const hook = JSON.stringify({ id, name: 'n', url: receiver.url, active: true })
      const { status, text } = await knock(stage.url, { method: 'POST', path: '/api/hooks/add', headers, body: hook })
      assert.deepEqual([status, text.startsWith('id: ')], [400, true], `${id}: ${text}`)
    }
  })
})

describe('the name of a file', () => {
  it('that comes in is told and served as it is, and is no name on disk', async () => {
    const before = receiver.received.length
    const names = NAMES.filter((name) => !name.includes('\0'))
    for (const filename of names) {
      stage.meta
        .customer(ZOE)
        .sendsMedia('document', { bytes: Buffer.from('%PDF-1.7'), mimeType: 'application/pdf', filename })
    }
    const told = () => receiver.received.slice(before).map(({ body }) => JSON.parse(body))
    const files = () => told().flatMap(({ type, data }) => (type === 'message.received' ? [data.media] : []))
    await until(() => files().length === names.length, 'all are told')
    for (const { url, file_id } of files()) {
      assert.match(file_id, /^med_[0-9A-Z]{26}$/)
      const answer = await fetch(url)
      assert.equal(await answer.text(), '%PDF-1.7')
      const disposition = answer.headers.get('content-disposition') ?? ''
      assert.match(disposition, /^attachment; filename="[^"\\/]*"; filename\*=UTF-8''[^/\\ ]*$/)
    }
  })

  it('that is uploaded reaches Meta without folders, and is no name on disk', async () => {
    const before = stage.meta.requests().length
    for (const name of NAMES) {
      const part = (field: string, more: string, value: string) =>
        `--between-the-parts\r\nContent-Disposition: form-data; name="${field}"${more}\r\n\r\n${value}\r\n`
      const file = part('file', `; filename="${name}"\r\nContent-Type: image/png`, '\x89PNG')
      const body = `${part('account_id', '', 'shop')}${file}--between-the-parts--\r\n`
      const headers = { ...as(stage.key), 'content-type': FORM_TYPE }
      const { status, text } = await knock(stage.url, { method: 'POST', path: '/api/media/upload', headers, body })
      assert.ok(status === 200 || status === 400, `${name}: ${status} ${text}`)
    }
    const uploads = stage.meta.requests().slice(before)
    assert.ok(uploads.length >= NAMES.length - 1)
    for (const { rawBody } of uploads) assert.doesNotMatch(rawBody, /filename="[^"]*[/\\\0]/)
  })

  it('that the receiver of a document is to see stays within its quotes on the way to Meta, and is no name on disk', async () => {
    const before = stage.meta.requests().length
    const names = [
      ...NAMES.filter((name) => !name.includes('\0')),
      'a"; name="type',
      'a\r\nX-Evil: 1\r\n\r\nb',
      '--form-',
      'a\\"',
    ]
    for (const filename of names) {
      const document = { document_data: 'JVBERg==', mime_type: 'application/pdf', filename }
      // Meta refuses names that are none (`..`); how each went out is what counts here.
      await stage.api.sendDocument({ account_id: 'shop', to: `+${ZOE}`, ...document }).catch(() => {})
    }
    const uploads = stage.meta
      .requests()
      .slice(before)
      .filter(({ path }) => path.endsWith('/media'))
    assert.equal(uploads.length, names.length)
    for (const { rawBody } of uploads) {
      const heads = rawBody.split('\r\n').filter((line) => /^(content-|x-)/i.test(line))
      assert.equal(heads.length, 4, rawBody)
      assert.equal(rawBody.match(/; name="/g)?.length, 3, rawBody)
    }
  })

  it('in the place of a file is none: a body in JSON cannot name a file of this machine', async () => {
    const path = join(around, 'canary.txt')
    const posing = { filepath: path, path, originalFilename: 'x.png', mimetype: 'image/png', size: 10 }
    const to = { account_id: 'shop', to: `+${ZOE}` }
    const bodies: [string, string, unknown][] = [
      ['/api/media/upload', 'application/json', { account_id: 'shop', file: posing, files: [posing] }],
      ['/api/media/upload', FORM_TYPE, { account_id: 'shop', file: posing, files: { file: posing } }],
      ['/api/media/upload', 'multipart/form-data', { account_id: 'shop', file: path }],
      ['/api/send/image', 'application/json', { ...to, files: [posing], image_data: 'AAAA' }],
      ['/api/send/image', 'application/json', { ...to, image_data: posing }],
      ['/api/send/image', 'application/json', { ...to, image_data: [path] }],
      ['/api/send/image', 'application/json', { ...to, image_data: `file://${path}` }],
      ['/api/send/image', 'application/json', { ...to, image_data: `data:image/png;base64,@${path}` }],
      ['/api/send/image', 'application/json', { ...to, image_url: `file://${path}` }],
      ['/api/send/image', 'application/json', { ...to, image_url: path }],
      ['/api/send/document', FORM_TYPE, { ...to, document_data: posing }],
    ]
    const uploads = () => stage.meta.media().length
    const before = uploads()
    for (const [where, type, body] of bodies) {
      const headers = { ...as(stage.key), 'content-type': type }
      const told = await knock(stage.url, { method: 'POST', path: where, headers, body: JSON.stringify(body) })
      assert.equal(told.status, 400, `${where} ${JSON.stringify(body)}: ${told.text}`)
      assertNothing(told, where)
    }
    assert.equal(uploads(), before, 'no file went to Meta')
  })

  it('from a caller that may not is dropped with its file', async () => {
    await stage.addAccount('other')
    const key = await newKey(stage, ['send'], ['other'])
    const body = JSON.stringify({ account_id: 'shop', to: `+${ZOE}`, image_data: 'AAAA'.repeat(1000) })
    const headers = { ...as(key), 'content-type': 'application/json' }
    const { status } = await knock(stage.url, { method: 'POST', path: '/api/send/image', headers, body })
    assert.equal(status, 400)
  })
})
