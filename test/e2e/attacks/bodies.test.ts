// Bodies that are meant to hurt: too large, packed, too deep, poisoned, never ending, and hard for the rules about them.
// That every operation refuses what is too deep or poisoned is in the suite of surfaces.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import { messagesBody, sign, text } from '../callback.ts'
import { idsAt, until } from '../conditions.ts'
import { as, NOTHING, type Request, requestsAbout } from '../keys/walk.ts'
import { type Stage, startStage } from '../stage.ts'
import { knock, leave } from './knock.ts'

let stage: Stage
let number: NumberSetup
const ends: (() => Promise<void>)[] = []
const prototype = () => Reflect.ownKeys(Object.prototype).map(String)
const untouched = prototype()
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
  number = await stage.addAccount('shop')
})
afterEach(async () => {
  assert.deepEqual(prototype(), untouched)
  assert.equal((await knock(stage.url, { path: '/ready' })).status, 200)
})
after(async () => {
  leave()
  for (const end of ends) await end()
})

const bodied = requestsAbout(NOTHING).filter(({ body }) => body !== undefined)

/** Sends bytes over a connection of its own and answers the first that comes back. */
async function raw(bytes: string | Uint8Array): Promise<string> {
  const socket = open()
  try {
    socket.write(bytes)
    const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(5000) })
    return String(chunk)
  } finally {
    socket.destroy()
  }
}

function open(): Socket {
  const { hostname, port } = new URL(stage.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  return socket
}

function head(
  { method, path, type }: Pick<Request, 'method' | 'path' | 'type'>,
  more: Record<string, string | number>,
): string {
  const fields = { host: 'x', 'x-api-key': stage.key, 'content-type': type ?? 'application/json', ...more }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

describe('a body', () => {
  it('that is said to be a terabyte is 413 on every route, before a byte of it comes', async () => {
    assert.ok(bodied.length > 40)
    for (const request of bodied) {
      assert.match(await raw(head(request, { 'content-length': 1024 ** 4 })), /^HTTP\/1\.1 413 /, request.operationId)
    }
  })

  it('that is packed is 400 on every route, and never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024))
    for (const request of bodied) {
      for (const packed of ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip']) {
        const more = { 'content-encoding': packed, 'content-length': 1000 }
        assert.match(await raw(head(request, more)), /^HTTP\/1\.1 400 [\s\S]*Content-Encoding/, request.operationId)
      }
      const headers = {
        ...as(stage.key),
        'content-type': request.type,
        'content-encoding': 'gzip',
        'transfer-encoding': 'chunked',
      }
      const { status } = await knock(stage.url, { method: request.method, path: request.path, headers, body: bomb })
      assert.equal(status, 400, request.operationId)
    }
    const callback = { 'x-hub-signature-256': sign(bomb, number.appSecret), 'content-encoding': 'gzip' }
    const path = '/webhooks/whatsapp/shop'
    assert.equal((await knock(stage.url, { method: 'POST', path, headers: callback, body: bomb })).status, 400)
  })

  it('whose length is said in two ways, or wrongly, is no request', async () => {
    const line = `POST /api/send HTTP/1.1\r\nhost: x\r\nx-api-key: ${stage.key}\r\ncontent-type: application/json\r\n`
    const wrong = [
      'content-length: 5\r\ncontent-length: 6\r\n\r\n{}   ',
      'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'content-length: -1\r\n\r\n',
      'content-length: 0x10\r\n\r\n',
      'transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
      'transfer-encoding: identity, chunked, x\r\n\r\n0\r\n\r\n',
      'content-length : 2\r\n\r\n{}',
    ]
    for (const rest of wrong) assert.match(await raw(line + rest), /^HTTP\/1\.1 400 /, JSON.stringify(rest))
  })

  it('that does not come holds up nobody: five hundred half requests leave the others as they are', async () => {
    const times = async () => {
      const took: number[] = []
      for (let n = 0; n < 40; n += 1)
        took.push((await knock(stage.url, { path: '/api/hooks', headers: as(stage.key) })).tookMs)
      return took.toSorted((a, b) => a - b)[35] ?? 0
    }
    const alone = await times()
    const halves = Array.from({ length: 500 }, open)
    await Promise.all(halves.map((socket) => once(socket, 'connect')))
    for (const [at, socket] of halves.entries()) {
      socket.write(
        at % 2 === 0
          ? 'GET /api/hooks HTTP/1.1\r\nx-a: '
          : head({ method: 'POST', path: '/api/send', type: undefined }, { 'content-length': 100 }),
      )
    }
    const beside = await times()
    for (const socket of halves) socket.destroy()
    assert.ok(beside < 2 * alone + 100, `${beside} ms beside them, ${alone} ms alone`)
  })
})

describe('a callback of Meta’s', () => {
  it('that is absurdly deep or poisoned is taken in a moment, and costs no other message', async () => {
    const receiver = await stage.addHook('crm', {}, { raw: true, events: ['message.received'] })
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
    const list = '['.repeat(20_000) + ']'.repeat(20_000)
    const poisons = [
      `"x":${deep}`,
      `"x":${list}`,
      '"__proto__":{"admin":true}',
      '"constructor":{"prototype":{"admin":true}}',
      `"type":"text","text":${deep}`,
      `"text":{"body":${list}}`,
      '"text":{"__proto__":{"body":"x"},"body":"y"}',
      '"context":{"__proto__":{"from":"x"},"id":null}',
    ]
    for (const [at, poison] of poisons.entries()) {
      const whole = messagesBody(number, [text(`wamid.before.${at}`), text('POISON'), text(`wamid.after.${at}`)])
      const body = whole.replace('"id":"POISON"', `"id":"wamid.poison.${at}",${poison}`)
      const began = performance.now()
      const headers = { 'x-hub-signature-256': sign(body, number.appSecret) }
      const path = '/webhooks/whatsapp/shop'
      const { status, text: said } = await knock(stage.url, { method: 'POST', path, headers, body })
      assert.ok(performance.now() - began < 2000)
      assert.equal(status, 200, `${poison.slice(0, 40)}: ${said}`)
      const told = () => [`wamid.before.${at}`, `wamid.after.${at}`].every((id) => idsAt(receiver).includes(id))
      await until(told, `the others beside ${poison.slice(0, 40)} are told`)
    }
    assert.equal(Reflect.get({}, 'admin'), undefined)
    await stage.api.removeHook({ id: 'crm' })
  })
})
