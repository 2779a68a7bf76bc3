// A connection that looks open and is dead: found, told, and replaced.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TUNE } from '../../../../src/transports/web/tune.ts'
import { watch } from '../../../../src/transports/web/watch.ts'
import { FakeClock } from '../../../suites/fake-clock.ts'
import { createStand, type Stand } from './stand.ts'

function watched() {
  const clock = new FakeClock()
  const seen = { asked: 0, silentAfter: [] as number[] }
  const held = watch({
    clock,
    quietMs: 25_000,
    answerMs: 20_000,
    async ask() {
      seen.asked += 1
    },
    silent: (ms) => void seen.silentAfter.push(ms),
  })
  return { clock, seen, held }
}

describe('the watch', () => {
  it('asks after 25 s without a frame, and gives up 20 s later: within a minute of the last frame', async () => {
    const { clock, seen } = watched()
    await clock.advance(24_999)
    assert.equal(seen.asked, 0)
    await clock.advance(1)
    assert.equal(seen.asked, 1)
    await clock.advance(19_999)
    assert.deepEqual(seen.silentAfter, [])
    await clock.advance(1)
    assert.deepEqual(seen.silentAfter, [45_000])
    await clock.advance(600_000)
    assert.equal(seen.silentAfter.length, 1)
  })

  it('asks nothing while frames come', async () => {
    const { clock, seen, held } = watched()
    for (let turn = 0; turn < 50; turn += 1) {
      await clock.advance(20_000)
      held.heard()
    }
    assert.equal(seen.asked, 0)
  })

  it('takes whatever comes for an answer, and goes on', async () => {
    const { clock, seen, held } = watched()
    for (let turn = 1; turn <= 10; turn += 1) {
      await clock.advance(25_000)
      assert.equal(seen.asked, turn)
      held.heard()
    }
    assert.deepEqual(seen.silentAfter, [])
  })

  it('asks soon after a sleep of the machine, which only the wall clock shows', async () => {
    const { clock, seen } = watched()
    await clock.advance(1000)
    clock.jump(8 * 3_600_000)
    await clock.advance(5000)
    assert.equal(seen.asked, 1)
    await clock.advance(20_000)
    assert.equal(seen.silentAfter.length, 1)
  })

  it('does nothing any more once it was stopped, and is not misled by a clock that is set back', async () => {
    const { clock, seen, held } = watched()
    clock.jump(-3_600_000)
    await clock.advance(25_000)
    assert.equal(seen.asked, 1)
    held.stop()
    await clock.advance(100_000)
    assert.deepEqual(seen.silentAfter, [])
    assert.equal(clock.timers, 0)
  })
})

describe('a line whose WhatsApp falls silent', () => {
  const clock = new FakeClock(Date.now())
  let at: Stand
  before(async () => {
    at = await createStand({ clock, tune: TUNE })
  })
  after(() => at.close())

  it('is stale within a minute, goes on trying, and is connected anew when WhatsApp speaks again', async () => {
    const line = await at.linked()
    at.states.length = 0
    at.sim.server.goesSilent()
    await clock.advance(60_000)
    const [stale] = at.states
    assert.equal(stale?.is, 'stale')
    assert.match(stale?.reason ?? '', /Nothing was heard from WhatsApp for \d+ s/)
    await clock.advance(120_000)
    assert.equal(line.state().is, 'retrying')
    assert.match(line.state().reason ?? '', /did not answer the login/)
    at.sim.server.speaksAgain()
    const connected = at.is(line, 'connected')
    for (let turn = 0; turn < 20 && line.state().is !== 'connected'; turn += 1) {
      await clock.advance(20_000)
      await Promise.race([connected, new Promise((resolve) => setTimeout(resolve, 300))])
    }
    await connected
    await at.ann.says(at.own.number, 'are you there?')
    await at.until('the message', () => at.drafts.find(({ data }) => data.includes('are you there?')))
    assert.ok((line.lastHeardAt() ?? 0) >= (stale?.since ?? 0))
  })
})
