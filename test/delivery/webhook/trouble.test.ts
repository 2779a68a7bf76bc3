// Receivers that are away, hung, broken or hostile: each ends in an outcome with a sentence for the hook's owner.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import type { Outcome } from '../../../src/delivery/sink.ts'
import { createHookGuard } from '../../../src/delivery/webhook/guard.ts'
import { AUTHORITY, eventOf, hookOf, openSink, rawReceiver, receiver, tlsReceiver } from './stand.ts'

function assertFailed(outcome: Outcome, error: string | RegExp, status: number | null = null): void {
  assert.equal(outcome.delivered, false)
  assert.equal(outcome.status, status)
  if (typeof error === 'string') assert.equal(outcome.error, error)
  else assert.match(outcome.error ?? '', error)
  assert.doesNotMatch(outcome.error ?? '', /127\.0|::1|10\.0/)
  assert.equal(outcome.answer, '')
}

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const CLOSED = 'the connection was closed before an answer came'
const INCOMPLETE = 'the connection was closed before the answer was complete'
const NOT_HTTP = 'the answer is not valid HTTP'

describe('a receiver that cannot be reached', () => {
  it('because nobody listens', async (t) => {
    const outcome = await openSink(t).send(hookOf(`http://127.0.0.1:${await closedPort()}/`), eventOf(), 1)
    assertFailed(outcome, 'connection refused')
  })

  it('because its name does not resolve', async (t) => {
    assertFailed(await openSink(t).send(hookOf('http://nobody.test/'), eventOf(), 1), 'name does not resolve')
  })

  it('because the name server does not answer', async (t) => {
    const guard = createHookGuard([], () => Promise.reject(Object.assign(new Error(), { code: 'EAI_AGAIN' })))
    const outcome = await openSink(t, { guard }).send(hookOf('http://nobody.test/'), eventOf(), 1)
    assertFailed(outcome, 'name does not resolve: the name server does not answer')
  })

  for (const url of ['http://10.0.0.1/', 'http://169.254.169.254/', 'http://[::1]/', 'http://inside.test/']) {
    it(`because ${url} is inside and not listed, with the setting's name and no address`, async (t) => {
      const guard = createHookGuard([], async () => [{ address: '10.0.0.1', family: 4 }])
      const outcome = await openSink(t, { guard }).send(hookOf(url), eventOf(), 1)
      assertFailed(outcome, /^the address is not allowed; .*WHATSHOOKED_ALLOWED_HOOK_HOSTS$/)
    })
  }

  it('because its name has turned to an inside address, which sees no connection', async (t) => {
    const inside = await receiver(t)
    let address = '1.1.1.1'
    const guard = createHookGuard([], async () => [{ address, family: 4 }])
    const url = `http://rebind.test:${inside.port}/`
    await guard.checkUrl(url)
    address = '127.0.0.1'
    assertFailed(await openSink(t, { guard }).send(hookOf(url), eventOf(), 1), /^the address is not allowed/)
    assert.equal(inside.connections(), 0)
  })
})

describe('a receiver with TLS', () => {
  const reasons: [certificate: string, error: string][] = [
    ['expired', 'certificate expired'],
    ['wrong-name', 'certificate is for another name'],
    ['self-signed', 'self-signed certificate'],
  ]
  for (const [certificate, error] of reasons) {
    it(`and a certificate that is ${certificate} gets nothing, and everything with allow_insecure`, async (t) => {
      const { url, got } = await tlsReceiver(t, certificate)
      const sink = openSink(t, { ca: [AUTHORITY] })
      assertFailed(await sink.send(hookOf(url), eventOf(), 1), error)
      assert.equal(got.length, 0)
      const outcome = await sink.send(hookOf(url, { no: 2, allowInsecure: true }), eventOf(), 1)
      assert.deepEqual([outcome.delivered, got.length], [true, 1])
      assertFailed(await sink.send(hookOf(url), eventOf(), 2), error)
    })
  }

  it('and a certificate of an authority that nobody knows gets nothing', async (t) => {
    const { url } = await tlsReceiver(t, 'good')
    const outcome = await openSink(t).send(hookOf(url), eventOf(), 1)
    assertFailed(outcome, 'the certificate is not from a known authority, or its chain is incomplete')
  })

  it('and a good certificate gets its webhooks, all on one connection', async (t) => {
    const { url, got, connections } = await tlsReceiver(t, 'good')
    const sink = openSink(t, { ca: [AUTHORITY] })
    for (let attempt = 1; attempt <= 5; attempt++) {
      assert.equal((await sink.send(hookOf(url), eventOf(), attempt)).error, null)
    }
    assert.deepEqual([got.length, connections()], [5, 1])
  })

  it('that in truth speaks plain HTTP is told so', async (t) => {
    const { port } = await receiver(t)
    const outcome = await openSink(t).send(hookOf(`https://127.0.0.1:${port}/`), eventOf(), 1)
    assertFailed(outcome, /TLS/)
  })
})

describe('a receiver that takes too long', () => {
  const timeoutMs = 150
  it('to answer at all', async (t) => {
    const { url, got } = await receiver(t, () => {})
    const outcome = await openSink(t, { timeoutMs }).send(hookOf(url), eventOf(), 1)
    assertFailed(outcome, 'timed out after 0.15 s')
    assert.ok(outcome.tookMs >= 140 && outcome.tookMs < 2000)
    assert.equal(got.length, 1)
  })

  it('because its name server hangs', async (t) => {
    const guard = createHookGuard([], () => new Promise(() => {}))
    const outcome = await openSink(t, { guard, timeoutMs }).send(hookOf('http://hung.test/'), eventOf(), 1)
    assertFailed(outcome, 'timed out after 0.15 s')
  })

  it('to shake hands', async (t) => {
    const { url } = await rawReceiver(t, {})
    const outcome = await openSink(t, { timeoutMs }).send(hookOf(url.replace('http:', 'https:')), eventOf(), 1)
    assertFailed(outcome, 'timed out after 0.15 s')
  })

  it('because its headers come one byte at a time', async (t) => {
    const { url } = await rawReceiver(t, { onData: (socket) => trickle(socket, 'HTTP/1.1 200 OK\r\nX-Slow: ') })
    assertFailed(await openSink(t, { timeoutMs }).send(hookOf(url), eventOf(), 1), 'timed out after 0.15 s')
  })

  for (const head of ['content-length: 60000', 'transfer-encoding: chunked', 'connection: close']) {
    it(`because its body (${head}) comes one byte at a time, although it said 200`, async (t) => {
      const start = `HTTP/1.1 200 OK\r\n${head}\r\n\r\n`
      const { url } = await rawReceiver(t, { onData: (socket) => trickle(socket, start, head.includes('chunked')) })
      const outcome = await openSink(t, { timeoutMs }).send(hookOf(url), eventOf(), 1)
      assertFailed(outcome, 'timed out after 0.15 s: answered 200, but the answer did not end', 200)
    })
  }

  it('because it promises an answer with 103 again and again', async (t) => {
    const { url } = await rawReceiver(t, {
      onData: (socket) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5)
        socket.on('close', () => clearInterval(timer))
      },
    })
    assertFailed(await openSink(t, { timeoutMs }).send(hookOf(url), eventOf(), 1), 'timed out after 0.15 s')
  })

  it('does not keep another hook waiting', async (t) => {
    const { url } = await receiver(t, (response, got) => {
      if (got.url === '/quick') response.end()
    })
    const sink = openSink(t, { timeoutMs: 1000 })
    const hung = Array.from({ length: 16 }, (_, index) => sink.send(hookOf(url, { no: index }), eventOf(), 1))
    const quick = await sink.send(hookOf(url.replace('/in', '/quick'), { no: 99 }), eventOf(), 1)
    assert.ok(quick.delivered && quick.tookMs < 500)
    for (const outcome of await Promise.all(hung)) assertFailed(outcome, 'timed out after 1 s')
  })
})

/** Writes a start and then one byte (or chunk) every few ms for as long as the other side listens. */
function trickle(socket: Socket, start: string, isChunked = false): void {
  socket.write(start)
  const timer = setInterval(() => socket.write(isChunked ? '1\r\nx\r\n' : 'x'), 5)
  socket.on('close', () => clearInterval(timer))
}

describe('a receiver that is broken', () => {
  const broken: [what: string, bytes: string, error: string, status: number | null][] = [
    ['hangs up without a word', '', CLOSED, null],
    ['hangs up within the status line', 'HTTP/1.1 2', CLOSED, null],
    ['hangs up within the headers', 'HTTP/1.1 200 OK\r\nX-A: b', CLOSED, null],
    ['hangs up within the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{', INCOMPLETE, 200],
    ['hangs up within the chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc', INCOMPLETE, 200],
    ['writes bad chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc', NOT_HTTP, 200],
    ['is no web server', '220 mail.test ESMTP\r\n', NOT_HTTP, null],
    ['writes noise', '\u0000\u0001\u0002\u00ff\r\n\r\n', NOT_HTTP, null],
    ['has two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', NOT_HTTP, null],
    ['has a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', NOT_HTTP, null],
    ['says 100 unasked', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', NOT_HTTP, null],
    ['changes the protocol', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n', NOT_HTTP, null],
    [
      'has endless headers',
      `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}`,
      'the headers of the answer are too long',
      null,
    ],
  ]
  for (const [what, bytes, error, status] of broken) {
    it(`because it ${what}`, async (t) => {
      const { url } = await rawReceiver(t, { onData: (socket) => socket.end(bytes, 'latin1') })
      assertFailed(await openSink(t, { timeoutMs: 5000 }).send(hookOf(url), eventOf(), 1), error, status)
    })
  }

  const resets: [what: string, bytes: string, status: number | null][] = [
    ['after the request', '', null],
    ['within the headers', 'HTTP/1.1 200 OK\r\nX-A: b', null],
    ['within the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{', 200],
  ]
  for (const [what, bytes, status] of resets) {
    it(`because it resets the connection ${what}`, async (t) => {
      const onData = (socket: Socket) =>
        void socket.write(bytes || '\r\n', () => setImmediate(() => socket.resetAndDestroy()))
      const { url } = await rawReceiver(t, { onData })
      const outcome = await openSink(t, { timeoutMs: 5000 }).send(hookOf(url), eventOf(), 1)
      // The reset may overtake what was written before it.
      assert.ok(outcome.status === status || outcome.status === null)
      assertFailed(outcome, /^the connection was closed before/, outcome.status)
    })
  }

  it('because it resets every connection as soon as it is open', async (t) => {
    const { url, connections } = await rawReceiver(t, { onOpen: (socket) => socket.resetAndDestroy() })
    assertFailed(await openSink(t, { timeoutMs: 5000 }).send(hookOf(url), eventOf(), 1), CLOSED)
    assert.equal(connections(), 1)
  })

  const fine: [what: string, bytes: string][] = [
    ['HTTP/1.0 and no length', 'HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{"a":1}'],
    [
      'HTTP/1.1 that ends with the connection',
      'HTTP/1.1 200 OK\r\ncontent-type: text/json\r\nconnection: close\r\n\r\n{"a":1}',
    ],
    [
      'early hints before it',
      'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: text/json\r\ncontent-length: 7\r\n\r\n{"a":1}',
    ],
  ]
  for (const [what, bytes] of fine) {
    it(`is not one with ${what}`, async (t) => {
      const { url } = await rawReceiver(t, { onData: (socket) => socket.end(bytes) })
      const outcome = await openSink(t).send(hookOf(url), eventOf(), 1)
      assert.deepEqual([outcome.delivered, outcome.status, outcome.answer], [true, 200, '{"a":1}'])
    })
  }

  it('is believed when it answers before it has read the body', async (t) => {
    const data = JSON.stringify({ big: 'x'.repeat(5_000_000) })
    const { url } = await rawReceiver(t, {
      onData: (socket) => {
        socket.pause()
        socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      },
    })
    const outcome = await openSink(t, { timeoutMs: 5000 }).send(hookOf(url), eventOf({ data }), 1)
    assertFailed(outcome, 'answered 413', 413)
  })
})

describe('a hook that cannot be used', () => {
  const hooks: [what: string, url: string, secret: string | null, error: RegExp][] = [
    ['an empty URL', '', null, /url of the hook/],
    ['another scheme', 'file:///etc/passwd', null, /url of the hook/],
    ['a bad secret', 'http://hook.test/', 'secret', /^secret must be/],
  ]
  for (const [what, url, secret, error] of hooks) {
    it(`because of ${what} fails without a throw`, async (t) => {
      const hook = hookOf(url, secret === null ? {} : { secret })
      assertFailed(await openSink(t).send(hook, eventOf(), 1), error)
    })
  }
})
