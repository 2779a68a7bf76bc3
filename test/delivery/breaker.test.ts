// The breaker: spares a receiver that is down, and tries it in time.
import assert from 'node:assert/strict'
import test from 'node:test'
import { Breaker } from '../../src/delivery/breaker.ts'
import { FakeClock } from '../suites/fake-clock.ts'

function stand() {
  const clock = new FakeClock()
  const probes: number[] = []
  let recovered = 0
  const breaker = new Breaker(clock, {
    probe: () => {
      probes.push(clock.steady() / 1000)
      breaker.failure()
    },
    recovered: () => {
      recovered += 1
    },
  })
  const fail = (times: number) => {
    for (let left = times; left > 0; left -= 1) breaker.failure()
  }
  return { clock, breaker, probes, fail, recovered: () => recovered }
}

test('ten failures in a row open it, and not nine', () => {
  const { breaker, fail } = stand()
  fail(9)
  assert.equal(breaker.open, false)
  fail(1)
  assert.equal(breaker.open, true)
})

test('one success in between begins the count anew', () => {
  const { breaker, fail } = stand()
  fail(9)
  breaker.success()
  fail(9)
  assert.equal(breaker.open, false)
})

test('it tries every 5 s for 10 minutes, then every 30 s', async () => {
  const { clock, probes, fail } = stand()
  fail(10)
  await clock.advance(20 * 60_000)
  const fast = Array.from({ length: 120 }, (_, index) => (index + 1) * 5)
  assert.deepEqual(probes.slice(0, 120), fast)
  const gaps = probes.slice(121).map((at, index) => at - (probes[index + 120] ?? 0))
  assert.ok(gaps.length >= 18)
  assert.ok(
    gaps.every((gap) => gap === 30),
    gaps.join(' '),
  )
})

test('a probe that finds nothing to try is due again', async () => {
  const clock = new FakeClock()
  let probes = 0
  const breaker = new Breaker(clock, { probe: () => (probes += 1), recovered: () => {} })
  for (let left = 10; left > 0; left -= 1) breaker.failure()
  await clock.advance(26_000)
  assert.equal(probes, 5)
})

test('the first success closes it, says so once, and ends the tries', async () => {
  const { clock, breaker, probes, fail, recovered } = stand()
  fail(10)
  breaker.success()
  breaker.success()
  assert.equal(breaker.open, false)
  assert.equal(recovered(), 1)
  await clock.advance(60_000)
  assert.deepEqual(probes, [])
})

test('once stopped it calls nobody and leaves no timer, whatever what was in flight comes to', async () => {
  const { clock, breaker, probes, fail, recovered } = stand()
  fail(9)
  breaker.stop()
  fail(5)
  assert.equal(clock.timers, 0)
  breaker.success()
  await clock.advance(60_000)
  assert.deepEqual(probes, [])
  assert.equal(recovered(), 0)
})
