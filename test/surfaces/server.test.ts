// The listener itself: broken HTTP, slow clients, asking before sending, ports that are taken, stopping.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/kit/clock.ts'
import { silentLog } from '../../src/kit/log.ts'
import { createHttpServer } from '../../src/server.ts'
import { createFakeGateway } from './fake-gateway.ts'
import { KEY, startServer } from './start.ts'

/** Writes text to a fresh connection; answers all that came until the other side closed it, or until `until` came. */
async function talk(url: string, text: string, until?: RegExp): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let heard = ''
  socket.setEncoding('utf8')
  socket.write(text)
  for await (const chunk of socket) {
    heard += chunk
    if (until?.test(heard)) break
  }
  socket.destroy()
  return heard
}

const HEAD = 'POST /api/send HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

test('what is not HTTP is 400, headers above 16 KB are 431, in sentences', async (t) => {
  const { url } = await startServer(t)
  assert.match(await talk(url, 'hello\r\n\r\n'), /^HTTP\/1\.1 400 .*\r\n\r\nThat is not HTTP$/s)
  assert.match(await talk(url, `${HEAD}X-A: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
  assert.match(
    await talk(url, `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    /^HTTP\/1\.1 400 /,
  )
})

test('a client that asks before it sends is told to go on only when its key is good', async (t) => {
  const { url, inside } = await startServer(t)
  const body = '{"account_id":"shop","to":"1","text":"x"}'
  const ask = `${HEAD}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n`
  const without = await talk(url, `${ask}\r\n`, /Unauthorized/)
  assert.match(without, /^HTTP\/1\.1 401 /)
  const withKey = await talk(url, `${ask}x-api-key: ${KEY}\r\n\r\n${body}`, /"status":"ok"/)
  assert.match(withKey, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  assert.equal(inside.sent.length, 1)
})

test('so it is for files, which go through to who sends them', async (t) => {
  const { url, inside } = await startServer(t)
  const data = Buffer.alloc(500_000, 'file').toString('base64')
  const body = JSON.stringify({ account_id: 'shop', to: '15550000001', image_data: data })
  const head = HEAD.replace('/api/send', '/api/send/image')
  const ask = `${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\nx-api-key: ${KEY}\r\n`
  const heard = await talk(url, `${ask}\r\n${body}`, /"status":"ok"/)
  assert.match(heard, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  const [sent] = inside.sent
  assert.equal(sent?.file?.size, 500_000)
  assert.equal(existsSync(sent.file.path), false, 'nobody kept it')
})

test('links to files are served without a key, and are nothing else than that', async (t) => {
  const { url, inside } = await startServer(t)
  const response = await fetch(`${url}/media/med_1?e=1&s=x`)
  assert.deepEqual([response.status, await response.text()], [404, 'There is no file med_1'])
  assert.equal((await fetch(`${url}/media/`)).status, 404)
  assert.equal((await fetch(`${url}/media/med_1`, { method: 'POST', body: 'x' })).status, 404)
  assert.ok(inside.callbacks.every(({ method, path }) => path !== '/media/med_1' || method === 'POST'))
})

test('an address that has used up its tries is noted once', async (t) => {
  const { url, inside } = await startServer(t)
  const get = (key: string) => fetch(`${url}/api/hooks`, { headers: { 'x-api-key': key } })
  for (let guess = 0; guess < 12; guess++) await get(`wrong-${guess}`)
  assert.deepEqual(inside.audited, [
    {
      ...{ caller: 'anyone', callerName: 'anyone', address: '127.0.0.1', operation: 'authenticate' },
      ...{ target: null, account: null, outcome: 'rate-limited', details: '{}' },
    },
  ])
})

test('after a refusal the connection is good for the next request, also when its body was still coming', async (t) => {
  const { url } = await startServer(t)
  const body = 'x'.repeat(200_000)
  const next = `GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  const heard = await talk(url, `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}${next}`)
  assert.match(heard, /^HTTP\/1\.1 401 .*HTTP\/1\.1 200 .*\{"status":"healthy"\}$/s)
})

test('a body above 16 MB is 413 whether its length was told or not', async (t) => {
  const { url } = await startServer(t)
  const large = new Blob(['x'.repeat(17 * 1024 * 1024)])
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
  const told = await fetch(`${url}/api/send`, { method: 'POST', headers, body: large })
  assert.equal(told.status, 413)
  const streamed = await fetch(`${url}/api/send`, { method: 'POST', headers, body: large.stream(), duplex: 'half' })
  assert.equal(streamed.status, 413)
  assert.match(await streamed.text(), /larger than 16777216 bytes/)
})

test('a port that is taken and an address of another machine are told in a sentence', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const address = other.address()
  assert.ok(typeof address === 'object' && address)
  const start = (host: string, port: number) => {
    const keyring = { check: async () => null }
    const gateway = createFakeGateway()
    const views = { gateway, gatewayFor: () => gateway, keyring }
    const more = { config: { host, port }, uploadLimit: 1024, log: silentLog, clock: systemClock }
    return createHttpServer({ ...views, ...more }).start()
  }
  const taken = `Port ${address.port} of 127.0.0.1 is taken by another program; choose another port`
  await assert.rejects(start('127.0.0.1', address.port), { name: 'Failure', message: taken })
  await assert.rejects(start('192.0.2.1', 0), { name: 'Failure', code: 'invalid' })
})

test('stopping ends what is in flight, takes nothing new, and does not wait for idle connections', async (t) => {
  const { url, server, gateway } = await startServer(t)
  let arrived = () => {}
  let release = () => {}
  const inHandler = new Promise<void>((resolve) => (arrived = resolve))
  const gate = new Promise<void>((resolve) => (release = resolve))
  const metrics = gateway.system.metrics
  gateway.system.metrics = async () => {
    arrived()
    await gate
    return metrics()
  }
  const idle = connect(Number(new URL(url).port), '127.0.0.1')
  await once(idle, 'connect')
  const inFlight = fetch(`${url}/metrics`, { headers: { 'x-api-key': KEY } })
  await inHandler
  const stopped = server.stop()
  await assert.rejects(fetch(`${url}/health`))
  release()
  const response = await inFlight
  assert.equal(response.status, 200)
  assert.match(await response.text(), /up 1/)
  await stopped
  await server.stop()
  idle.destroy()
})
