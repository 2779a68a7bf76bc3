// The window of one hook: what it has in memory, and up to where all is finished.
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Window } from '../../src/delivery/window.ts'

function event(seq: number, size = 2) {
  return { seq, type: 't', account: 'a', chat: null, at: 0, data: 'x'.repeat(size), raw: null }
}

test('the lowest unfinished event is known, in whatever order events finish', () => {
  const orders = fc.shuffledSubarray(
    Array.from({ length: 60 }, (_, index) => index + 1),
    { minLength: 60, maxLength: 60 },
  )
  fc.assert(
    fc.property(orders, (order) => {
      const window = new Window()
      const open = new Set<number>()
      for (let seq = 1; seq <= 60; seq += 1) {
        window.take(seq)
        open.add(seq)
      }
      for (const seq of order) {
        assert.equal(window.lowest, Math.min(...open))
        window.finish(seq)
        open.delete(seq)
      }
      assert.equal(window.lowest, null)
    }),
    { numRuns: 50 },
  )
})

test('it is full at a thousand events, and roomy at half of that', () => {
  const window = new Window()
  for (let seq = 1; seq <= 1000; seq += 1) window.enter(event(seq))
  assert.equal(window.full, true)
  window.leave(event(1))
  assert.equal(window.full, false)
  assert.equal(window.roomy, false)
  for (let seq = 2; seq <= 500; seq += 1) window.leave(event(seq))
  assert.equal(window.roomy, true)
})

test('a few large events fill it as well', () => {
  const window = new Window()
  for (let seq = 1; seq <= 4; seq += 1) window.enter(event(seq, 1_000_000))
  assert.equal(window.full, true)
  window.leave(event(1, 1_000_000))
  assert.equal(window.full, false)
})

test('finishing what was not taken from the log changes nothing', () => {
  const window = new Window()
  window.take(5)
  window.finish(4)
  assert.equal(window.lowest, 5)
})

test('finished events are let go of while one of them stays open', () => {
  const window = new Window()
  for (let seq = 1; seq <= 100_000; seq += 1) {
    window.take(seq)
    if (seq !== 99_999) window.finish(seq)
  }
  assert.equal(window.lowest, 99_999)
  window.finish(99_999)
  assert.equal(window.lowest, null)
})
