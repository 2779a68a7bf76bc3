// What the server says of itself, whole: health, readiness, metrics, its document and its reference page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messagesBody, text } from './callback.ts'
import { idsAt, until } from './conditions.ts'
import { type Stage, startStage } from './stage.ts'

const get = (stage: Stage, path: string, headers: Record<string, string> = {}) => fetch(stage.url + path, { headers })

/** Prometheus text, https://prometheus.io/docs/instrumenting/exposition_formats/: names and labels to values. */
function parsed(metrics: string): Map<string, number> {
  const values = new Map<string, number>()
  const typed = new Set<string>()
  const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
  const sample = new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{${label}(?:,${label})*,?\\})? (\\S+)$`)
  assert.ok(metrics.endsWith('\n'))
  for (const line of metrics.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line)
    if (type?.[1]) {
      assert.ok(!typed.has(type[1]), `${type[1]} has two types`)
      typed.add(type[1])
      continue
    }
    const [, name = '', labels = '', value = ''] = sample.exec(line) ?? assert.fail(`not a sample: ${line}`)
    assert.ok(typed.has(name) || typed.has(name.replace(/_(bucket|sum|count)$/, '')), `${name} has no type`)
    assert.ok(!values.has(name + labels), `${name}${labels} is there twice`)
    values.set(name + labels, Number(value))
    // Prometheus reads it however it is written; it is there when nothing was measured between two looks.
    assert.ok(!Number.isNaN(Number(value)) || /^nan$/i.test(value), line)
  }
  return values
}

test('health and readiness are open, and say nothing more', async (t) => {
  const stage = await startStage(t)
  for (const [path, body] of Object.entries({ '/health': { status: 'healthy' }, '/ready': { status: 'ready' } })) {
    const response = await get(stage, path)
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), body)
    assert.equal((await fetch(stage.url + path, { method: 'HEAD' })).status, 200, `HEAD ${path}`)
  }
})

test('metrics need the key, are text for Prometheus, and count what was', async (t) => {
  const stage = await startStage(t)
  assert.equal((await get(stage, '/metrics')).status, 401)
  const number = await stage.addAccount('shop')
  const good = await stage.addHook('good', {}, { events: ['message.*'] })
  const bad = await stage.addHook('bad', { answer: () => ({ status: 500 }) }, { events: ['message.*'] })
  const messages = Array.from({ length: 12 }, (_, index) => text(`m${index}`))
  for (let twice = 0; twice < 2; twice += 1) await stage.callback(number, messagesBody(number, messages))
  await until(() => idsAt(good).length === 12 && bad.received.length > 0, 'all is tried')
  // An attempt counts when its answer has come back, a moment after the receiver gave it.
  const attempts = async (name: string) =>
    parsed(await (await get(stage, '/metrics', { 'x-api-key': stage.key })).text()).get(
      `whatshooked_delivery_attempts_total{${name}}`,
    ) ?? 0
  const isCounted = async () =>
    (await attempts('hook="good",outcome="delivered"')) >= 12 && (await attempts('hook="bad",outcome="failed"')) >= 1
  await until(isCounted, 'all attempts are counted')

  const response = await get(stage, '/metrics', { 'x-api-key': stage.key })
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const body = await response.text()
  const values = parsed(body)
  const value = (name: string) => values.get(`whatshooked_${name}`)
  assert.equal(value('events_recorded_total{type="message.received"}'), 12)
  assert.equal(value('events_duplicate_total'), 12)
  assert.equal(value('delivery_attempts_total{hook="good",outcome="delivered"}'), 12)
  assert.ok((value('delivery_attempts_total{hook="bad",outcome="failed"}') ?? 0) >= 1)
  assert.equal(value('account_state{account="shop",state="connected"}'), 1)
  assert.deepEqual([value('hook_breaker_open{hook="good"}'), value('hook_breaker_open{hook="bad"}')], [0, 0])
  assert.equal(value('delivery_seconds_count'), values.get('whatshooked_delivery_seconds_bucket{le="+Inf"}'))
  assert.equal([...values.keys()].filter((key) => key.startsWith('whatshooked_info{version="')).length, 1)
  assert.ok((values.get('process_resident_memory_bytes') ?? 0) > 1e7)
  assert.ok(values.has('nodejs_eventloop_lag_p99_seconds'))
  for (const secret of [stage.key, number.token, number.appSecret, '15550001111', '127.0.0.1'])
    assert.ok(!body.includes(secret), secret)
  await stage.api.removeHook({ id: 'bad' })
  const after = parsed(await (await get(stage, '/metrics', { 'x-api-key': stage.key })).text())
  assert.ok(!after.has('whatshooked_hook_breaker_open{hook="bad"}'))
})

test('the document is OpenAPI 3.1 whose references all lead somewhere, and each of whose routes is there', async (t) => {
  const stage = await startStage(t)
  const response = await get(stage, '/openapi.json')
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  const document = (await response.json()) as {
    openapi: string
    info: { title: string; version: string }
    paths: Record<string, Record<string, { operationId: string; responses: Record<string, { description: string }> }>>
    components: { schemas: Record<string, unknown> }
  }
  assert.match(document.openapi, /^3\.1\.\d+$/)
  assert.ok(document.info.title !== '' && document.info.version !== '')
  for (const [, reference = ''] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
    let here: unknown = document
    for (const step of reference.replace(/^#\//, '').split('/')) here = (here as Record<string, unknown>)[step]
    assert.ok(here !== undefined, reference)
  }
  const ids = new Set<string>()
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, { operationId, responses }] of Object.entries(methods)) {
      assert.match(path, /^\//)
      assert.ok(!ids.has(operationId), operationId)
      ids.add(operationId)
      const good = Object.keys(responses).filter((status) => status.startsWith('2'))
      assert.ok(good.length > 0, operationId)
      for (const { description } of Object.values(responses)) assert.ok(description, operationId)
      const asked = await fetch(stage.url + path.replaceAll(/\{\w+\}/g, 'nobody'), { method: method.toUpperCase() })
      const isOpen = ['/health', '/ready', '/openapi.json'].includes(path)
      assert.equal(asked.status, isOpen ? 200 : 401, `${method} ${path} without a key`)
      await asked.arrayBuffer()
    }
  for (const id of Object.keys(stage.api)) assert.ok(ids.has(id), id)
})

test('the reference page takes everything from this server, and may take nothing from elsewhere', async (t) => {
  const stage = await startStage(t)
  const seen = new Set<string>()
  const waiting = ['/docs']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const response = await get(stage, path)
    assert.equal(response.status, 200, path)
    const type = response.headers.get('content-type') ?? ''
    const body = await response.text()
    if (type.startsWith('text/html') || type.startsWith('text/css')) {
      const named = /html/.test(type) ? /(?:href|src)="([^"]+)"/g : /(?:url\(|@import )["']?(?!data:)([^"')]+)/g
      for (const [, address = ''] of body.matchAll(named)) {
        const there = new URL(address, stage.url + path)
        assert.equal(there.origin, stage.url, `${path} names ${address}`)
        waiting.push(there.pathname)
      }
    }
    if (path !== '/docs' && !path.startsWith('/docs/')) continue
    const policy = response.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src '(none|self)'/, path)
    for (const source of policy.split(/[; ]+/).filter((word) => /[:*.]/.test(word))) assert.equal(source, 'data:', path)
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/)
  }
  assert.ok(seen.size >= 5, [...seen].join())
})
