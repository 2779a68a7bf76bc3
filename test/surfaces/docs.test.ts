// The reference page: works from this server alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './start.ts'

test('everything that the page names is on this server, and nothing in it runs or comes from elsewhere', async (t) => {
  const { url } = await startServer(t)
  const response = await fetch(`${url}/docs`)
  const page = await response.text()
  assert.equal(response.status, 200)
  const policy = response.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'; script-src 'self';/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.doesNotMatch(page, /https?:|<script>|\son\w+=/)
  const named = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address]) => String(address))
  assert.ok(named.length >= 5)
  for (const address of named) {
    const part = await fetch(new URL(address, `${url}/docs`))
    assert.equal(part.status, 200, address)
    assert.ok((await part.arrayBuffer()).byteLength > 100, address)
    assert.equal(part.headers.get('x-content-type-options'), 'nosniff', address)
  }
})

test('the page reads the document from here and shows no badge of a stranger', async (t) => {
  const { url } = await startServer(t)
  const start = await (await fetch(`${url}/docs/start.js`)).text()
  assert.match(start, /url: 'openapi\.json'/)
  assert.match(start, /validatorUrl: null/)
  const moved = await fetch(`${url}/docs/`)
  assert.equal(moved.url, `${url}/docs`)
})

test('nothing else of the package, and nothing outside of it, is served', async (t) => {
  const { url } = await startServer(t)
  const paths = [
    'package.json',
    'index.html',
    'swagger-ui.js',
    '..%2fpackage.json',
    '%2e%2e/%2e%2e/package.json',
    'swagger-ui.css.map',
  ]
  for (const path of paths) assert.equal((await fetch(`${url}/docs/${path}`)).status, 404, path)
})
