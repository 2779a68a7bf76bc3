// When a failed delivery is tried again.
import assert from 'node:assert/strict'
import test from 'node:test'
import { longestWaitMs, nextAttempt } from '../../src/delivery/retry.ts'
import { DEFAULT_RETRY } from '../../src/model/hook.ts'

const HOUR = 3_600_000
const firstAt = Date.UTC(2026, 0, 1)

function waitAfter(attempts: number, random: number, retryAfterMs: number | null = null, since = 0): number {
  const now = firstAt + since
  const next = nextAttempt(DEFAULT_RETRY, { attempts, firstAt, now, retryAfterMs }, () => random)
  assert.ok(next !== 'dead')
  return next.dueAt - now
}

test('the waits are 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h, and 8 h from then on', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15].map((attempts) => waitAfter(attempts, 0.5) / 1000)
  assert.deepEqual(waits, [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800, 28_800])
})

test('jitter spreads a wait by a fifth to either side and no further', () => {
  assert.equal(waitAfter(4, 0), 480_000)
  assert.equal(waitAfter(4, 1), 720_000)
  const waits = new Set(Array.from({ length: 100 }, (_, index) => waitAfter(4, index / 100)))
  assert.equal(waits.size, 100)
})

test('what the receiver asks for goes before the schedule, to the millisecond, in either direction', () => {
  assert.equal(waitAfter(1, 0, 30_000), 30_000)
  assert.equal(waitAfter(9, 1, 30_000), 30_000)
  assert.equal(waitAfter(1, 0, 8 * HOUR), 8 * HOUR)
})

test('a receiver that asks for no wait at all still gets a second', () => {
  assert.equal(waitAfter(3, 0.5, 0), 1000)
})

test('the last try is made when the time is up, however long the schedule or the receiver would wait', () => {
  assert.equal(waitAfter(12, 0.5, null, 70 * HOUR), 2 * HOUR)
  assert.equal(waitAfter(12, 0.5, 8 * HOUR, 71 * HOUR), HOUR)
})

test('what fails when the time is up is dead', () => {
  const failed = { attempts: 12, firstAt, retryAfterMs: 1000 }
  assert.equal(nextAttempt(DEFAULT_RETRY, { ...failed, now: firstAt + 72 * HOUR }, Math.random), 'dead')
  assert.notEqual(nextAttempt(DEFAULT_RETRY, { ...failed, now: firstAt + 72 * HOUR - 1 }, Math.random), 'dead')
})

test('a policy of the owner replaces the whole schedule', () => {
  const policy = { delaysS: [1, 2], giveUpAfterS: 10 }
  const at = (attempts: number, since: number) =>
    nextAttempt(policy, { attempts, firstAt, now: firstAt + since, retryAfterMs: null }, () => 0.5)
  assert.deepEqual(at(1, 0), { dueAt: firstAt + 1000 })
  assert.deepEqual(at(7, 3000), { dueAt: firstAt + 5000 })
  assert.equal(at(8, 10_000), 'dead')
})

test('no wait is longer than the longest wait', () => {
  for (const attempts of [1, 5, 9, 20]) assert.ok(waitAfter(attempts, 1) <= longestWaitMs(DEFAULT_RETRY))
  assert.ok(waitAfter(1, 1, 8 * HOUR) <= longestWaitMs({ delaysS: [1], giveUpAfterS: 10 }))
})
