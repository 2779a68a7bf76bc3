// Whose turn it is to send: never more than allowed in any stretch of time, in order per chat, nobody starved.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createPacer, type Pacer } from '../../src/gateway/messages/pacer.ts'
import type { Pacing } from '../../src/model/account.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'

const PACING: Pacing = { perSecond: 80, pairBurst: 45, pairEveryS: 6 }

interface Turn {
  readonly chat: string
  readonly n: number
  /** On the clock that goes on evenly, ms. */
  readonly at: number
}

class Desk {
  readonly clock = new FakeClock()
  readonly turns: Turn[] = []
  pacing: Pacing
  readonly pacer: Pacer
  #asked = 0
  #waiting = 0

  constructor(pacing: Pacing) {
    this.pacing = pacing
    this.pacer = createPacer({ clock: this.clock, pacing: () => this.pacing })
  }

  get waiting(): number {
    return this.#waiting
  }

  /** As a send does it: at once where that is allowed, else it waits. True when it went at once. */
  send(chat: string): boolean {
    const n = this.#asked++
    const tell = () => this.turns.push({ chat, n, at: this.clock.steady() })
    if (this.pacer.take('shop', chat)) {
      tell()
      return true
    }
    this.#waiting += 1
    void this.pacer.wait('shop', chat).then((turn) => {
      this.#waiting -= 1
      if (turn) tell()
    })
    return false
  }

  times(chat: string): number[] {
    return this.turns.filter((turn) => turn.chat === chat).map(({ at }) => at)
  }
}

/** Holds every stretch between two turns against what a bucket of `most` that drains one each `everyMs` lets through. */
function checkRate(times: readonly number[], most: number, everyMs: number): void {
  for (const [first, from] of times.entries())
    for (const [last, to] of times.entries()) {
      if (last < first) continue
      const allowed = Math.max(1, most) + (to - from) / everyMs + 1e-6
      assert.ok(last - first + 1 <= allowed, `${last - first + 1} from ${from} to ${to}, ${allowed} are allowed`)
    }
}

const chats = fc.constantFrom('a', 'b', 'c', 'd')
const deeds = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ send: chats, times: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 3, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 4000 }) }) },
    { weight: 1, arbitrary: fc.record({ jump: fc.integer({ min: -3_600_000, max: 3_600_000 }) }) },
  ),
  { maxLength: 30 },
)
const pacings = fc.record({
  perSecond: fc.constantFrom(0.5, 1, 3, 7.5, 80),
  pairBurst: fc.integer({ min: 1, max: 6 }),
  pairEveryS: fc.constantFrom(0, 0.1, 1, 6),
})

describe('the pacer', () => {
  it('never lets more go in any stretch of time than is allowed, keeps the order of each chat, and starves nobody', async () => {
    await fc.assert(
      fc.asyncProperty(pacings, deeds, async (pacing, done) => {
        const desk = new Desk(pacing)
        let asked = 0
        for (const deed of done) {
          if ('pass' in deed) await desk.clock.advance(deed.pass)
          else if ('jump' in deed) desk.clock.jump(deed.jump)
          else for (let n = 0; n < deed.times; n += 1, asked += 1) desk.send(deed.send)
        }
        await settle()
        const everyMs = 1000 / pacing.perSecond
        // Each that waits needs a turn of its account and one of its chat: it cannot take longer than all in a row.
        await desk.clock.advance(asked * (everyMs + pacing.pairEveryS * 1000 + 2))
        assert.deepEqual([desk.turns.length, desk.waiting, desk.clock.timers], [asked, 0, 0])
        const all = desk.turns.map(({ at }) => at)
        checkRate(all, pacing.perSecond, everyMs)
        for (const chat of ['a', 'b', 'c', 'd']) {
          if (pacing.pairEveryS > 0) checkRate(desk.times(chat), pacing.pairBurst, pacing.pairEveryS * 1000)
          const order = desk.turns.filter((turn) => turn.chat === chat).map(({ n }) => n)
          assert.deepEqual(
            order,
            order.toSorted((a, b) => a - b),
          )
        }
      }),
      { numRuns: 150 },
    )
  })

  it('lets a second’s worth go at once and the rest evenly, without a timer while nobody waits', async () => {
    const desk = new Desk(PACING)
    for (let n = 0; n < 80; n += 1) assert.ok(desk.send(`chat ${n}`))
    assert.equal(desk.clock.timers, 0)
    for (let n = 80; n < 240; n += 1) assert.ok(!desk.send(`chat ${n}`))
    assert.equal(desk.clock.timers, 1)
    await desk.clock.advance(1000)
    assert.ok(Math.abs(desk.turns.length - 160) <= 1, String(desk.turns.length))
    await desk.clock.advance(1010)
    assert.equal(desk.turns.length, 240)
    assert.equal(desk.clock.timers, 0)
    const gaps = desk.turns.slice(81).map(({ at }, index) => at - (desk.turns[80 + index]?.at ?? 0))
    assert.ok(Math.max(...gaps) <= 14, `they go evenly: ${Math.max(...gaps)} ms`)
  })

  it('holds up a chat at its own limit, and no other chat for it', async () => {
    const desk = new Desk(PACING)
    for (let n = 0; n < 50; n += 1) desk.send('busy')
    assert.equal(desk.turns.length, 45)
    assert.ok(desk.send('other'))
    assert.equal(desk.pacer.nextAt('shop'), desk.clock.now() + 6000)
    await desk.clock.advance(5999)
    assert.equal(desk.times('busy').length, 45)
    await desk.clock.advance(1)
    assert.equal(desk.times('busy').length, 46)
    await desk.clock.advance(24_000)
    assert.equal(desk.times('busy').length, 50)
    assert.equal(desk.pacer.nextAt('shop'), null)
  })

  it('gives each waiting chat its turn, however much one of them has to say', async () => {
    const desk = new Desk({ perSecond: 1, pairBurst: 1000, pairEveryS: 0 })
    for (let n = 0; n < 100; n += 1) desk.send('talker')
    desk.send('quiet')
    await desk.clock.advance(2000)
    assert.equal(desk.times('quiet').length, 1)
  })

  it('lets nobody overtake who comes while others wait', async () => {
    const desk = new Desk({ perSecond: 1, pairBurst: 10, pairEveryS: 0 })
    desk.send('a')
    desk.send('b')
    await desk.clock.advance(999)
    assert.ok(!desk.send('c'))
    await desk.clock.advance(5000)
    assert.deepEqual(
      desk.turns.map(({ chat }) => chat),
      ['a', 'b', 'c'],
    )
  })

  it('takes up a changed pacing at once, also for those who wait, and none of what was used is forgiven', async () => {
    const desk = new Desk({ perSecond: 1, pairBurst: 5, pairEveryS: 100 })
    for (let n = 0; n < 10; n += 1) desk.send('a')
    await desk.clock.advance(10_000)
    assert.equal(desk.turns.length, 5)
    desk.pacing = { perSecond: 10, pairBurst: 5, pairEveryS: 1 }
    desk.pacer.changed('shop')
    await desk.clock.advance(2000)
    assert.equal(desk.turns.length, 7)
    desk.pacing = { perSecond: 10, pairBurst: 100, pairEveryS: 1 }
    desk.pacer.changed('shop')
    await settle()
    assert.equal(desk.turns.length, 10)
  })

  it('gives back a turn that nothing went out with', async () => {
    const desk = new Desk({ perSecond: 1, pairBurst: 1, pairEveryS: 60 })
    assert.ok(desk.pacer.take('shop', 'a'))
    desk.send('a')
    desk.pacer.giveBack('shop', 'a')
    await settle()
    assert.deepEqual(desk.times('a'), [0])
    assert.ok(!desk.pacer.take('shop', 'a'))
  })

  it('ends every wait when it stops, and gives no turn after that', async () => {
    const desk = new Desk({ perSecond: 1, pairBurst: 1, pairEveryS: 60 })
    for (const chat of ['a', 'a', 'b']) desk.send(chat)
    desk.pacer.stop()
    await settle()
    assert.deepEqual([desk.turns.length, desk.waiting, desk.clock.timers], [1, 0, 0])
    assert.ok(!desk.pacer.take('shop', 'c'))
    assert.equal(await desk.pacer.wait('shop', 'c'), false)
  })

  it('paces each account by itself', () => {
    const clock = new FakeClock()
    const pacer = createPacer({ clock, pacing: (account) => ({ ...PACING, perSecond: account === 'slow' ? 1 : 1000 }) })
    assert.deepEqual(
      [pacer.take('slow', 'a'), pacer.take('slow', 'b'), pacer.take('fast', 'a'), pacer.take('fast', 'b')],
      [true, false, true, true],
    )
  })

  it('remembers what counts for a chat, however many others come', async () => {
    const desk = new Desk({ perSecond: 10_000, pairBurst: 2, pairEveryS: 60 })
    assert.deepEqual([desk.send('busy'), desk.send('busy')], [true, true])
    for (let n = 0; n < 5000; n += 1) assert.ok(desk.send(`chat ${n}`))
    assert.ok(!desk.send('busy'))
    await desk.clock.advance(60_000)
    assert.equal(desk.times('busy').length, 3)
  })
})
