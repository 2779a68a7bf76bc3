// How connections are kept, shared and let go.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { createHookGuard } from '../../../src/delivery/webhook/guard.ts'
import { createPools } from '../../../src/delivery/webhook/pools.ts'
import { systemClock } from '../../../src/kit/clock.ts'
import { eventOf, hookOf, openSink, rawReceiver, receiver } from './stand.ts'

describe('connections', () => {
  it('are kept: a hundred webhooks one after the other use one', async (t) => {
    const { url, got, connections } = await receiver(t)
    const sink = openSink(t)
    for (let seq = 1; seq <= 100; seq++) await sink.send(hookOf(url), eventOf({ seq }), 1)
    assert.deepEqual([got.length, connections()], [100, 1])
  })

  it('are kept after failures and after answers that nobody asked for', async (t) => {
    const { url, connections } = await receiver(t, (response) => response.writeHead(500).end('x'.repeat(60_000)))
    const sink = openSink(t)
    for (let attempt = 1; attempt <= 5; attempt++) await sink.send(hookOf(url), eventOf(), attempt)
    assert.equal(connections(), 1)
  })

  it('are shared by the hooks of an origin, which let go of them with the last one', async (t) => {
    const { url, connections } = await receiver(t)
    const sink = openSink(t)
    for (const no of [1, 2, 3]) await sink.send(hookOf(`${url}/${no}`, { no }), eventOf(), 1)
    assert.equal(connections(), 1)
    sink.forget(1)
    sink.forget(2)
    await sink.send(hookOf(url, { no: 3 }), eventOf(), 1)
    assert.equal(connections(), 1)
    sink.forget(3)
    await sink.send(hookOf(url, { no: 3 }), eventOf(), 1)
    assert.equal(connections(), 2)
  })

  it('carry one request at a time, as many side by side as are sent', async (t) => {
    const waiting: (() => void)[] = []
    const { url, connections } = await receiver(t, (response) => {
      waiting.push(() => response.end())
      if (waiting.length === 100) for (const go of waiting) go()
    })
    const sink = openSink(t)
    const all = Array.from({ length: 100 }, (_, index) => sink.send(hookOf(url, { no: index % 7 }), eventOf(), 1))
    for (const outcome of await Promise.all(all)) assert.equal(outcome.delivered, true)
    assert.equal(connections(), 100)
  })

  it('of hooks that skip verification are not those of hooks that do not', async (t) => {
    const { url, connections } = await receiver(t)
    const sink = openSink(t)
    await sink.send(hookOf(url), eventOf(), 1)
    await sink.send(hookOf(url, { no: 2, allowInsecure: true }), eventOf(), 1)
    assert.equal(connections(), 2)
  })

  it('that the receiver closes while the next request is on its way cost no attempt', async (t) => {
    let requests = 0
    const { url, connections } = await rawReceiver(t, {
      onData: (socket: Socket) => {
        requests++
        // It says nothing of closing, and closes when the second request is there already.
        if (requests === 2) socket.end()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      },
    })
    const sink = openSink(t)
    assert.equal((await sink.send(hookOf(url), eventOf(), 1)).delivered, true)
    const outcome = await sink.send(hookOf(url), eventOf(), 1)
    assert.deepEqual([outcome.delivered, outcome.error], [true, null])
    assert.deepEqual([requests, connections()], [3, 2])
  })

  it('that the receiver always closes before it answers are tried no more than twice', async (t) => {
    let requests = 0
    const { url } = await rawReceiver(t, {
      onData: (socket: Socket) => {
        requests++
        if (requests > 1) socket.end()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      },
    })
    const sink = openSink(t)
    await sink.send(hookOf(url), eventOf(), 1)
    const outcome = await sink.send(hookOf(url), eventOf(), 1)
    assert.equal(outcome.error, 'the connection was closed before an answer came')
    assert.equal(requests, 3)
  })

  it('are used again by a hook that was changed, with its new secret and headers', async (t) => {
    const { url, got, connections } = await receiver(t)
    const sink = openSink(t)
    await sink.send(hookOf(url, { headers: { 'X-Version': '1' } }), eventOf(), 1)
    await sink.send(hookOf(url, { headers: { 'X-Version': '2' } }), eventOf(), 1)
    assert.deepEqual(
      got.map((one) => one.headers['x-version']),
      ['1', '2'],
    )
    assert.equal(connections(), 1)
  })

  it('to an origin that nothing was sent to for a while are closed, but not under a request', () => {
    let now = 1000
    const timers: { at: number; run: () => void }[] = []
    const clock = {
      now: () => now,
      after(ms: number, run: () => void) {
        timers.push({ at: now + ms, run })
        return { cancel() {} }
      },
    }
    const pass = (ms: number) => {
      now += ms
      for (const timer of timers.splice(0)) timer.at <= now ? timer.run() : timers.push(timer)
    }
    const pools = createPools({ guard: createHookGuard([]), clock, timeoutMs: 1000, idleMs: 300_000, ca: [] })
    const quiet = pools.enter({ origin: 'http://quiet.test', isInsecure: false }, 1)
    const busy = pools.enter({ origin: 'http://busy.test', isInsecure: false }, 2)
    assert.equal(pools.count(), 2)
    pools.leave(quiet)
    pass(240_000)
    assert.equal(pools.count(), 2)
    pass(60_000)
    assert.equal(pools.count(), 1)
    pass(600_000)
    assert.equal(pools.count(), 1)
    pools.leave(busy)
    for (let minute = 0; minute < 6; minute++) pass(60_000)
    assert.equal(pools.count(), 0)
    assert.equal(timers.length, 0)
  })

  it('are all closed with the sink, which lets what is in flight come to its end and takes nothing more', async (t) => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<() => void>()
    const { url } = await receiver(t, (response) => isAsked(() => response.end()))
    const sink = openSink(t, { clock: systemClock })
    const sending = sink.send(hookOf(url), eventOf(), 1)
    const answer = await asked
    const closing = sink.close()
    assert.equal((await sink.send(hookOf(url), eventOf(), 1)).error, 'the server is stopping')
    answer()
    assert.equal((await sending).delivered, true)
    await closing
  })
})
