// The lanes of one hook: one delivery in flight per chat, in order.
import assert from 'node:assert/strict'
import test from 'node:test'
import { type Job, Lanes } from '../../src/delivery/lanes.ts'

function job(seq: number): Job {
  const event = { seq, type: 'message.received', account: 'a', chat: 'x', at: 0, data: '{}', raw: null }
  return { event, attempts: 0, firstAt: null, row: false, released: false, dropped: false }
}

test('the first of a chat starts, the others wait and follow in order', () => {
  const lanes = new Lanes()
  const [a, b, c] = [job(1), job(2), job(3)]
  assert.deepEqual([lanes.admit('x', a), lanes.admit('x', b), lanes.admit('x', c)], ['start', 'wait', 'wait'])
  assert.equal(lanes.leave('x', a), b)
  assert.equal(lanes.leave('x', b), c)
  assert.equal(lanes.leave('x', c), null)
  assert.deepEqual(lanes.blocked(), [])
})

test('chats do not wait for each other', () => {
  const lanes = new Lanes()
  assert.equal(lanes.admit('x', job(1)), 'start')
  assert.equal(lanes.admit('y', job(2)), 'start')
})

test('a head that fails gives its followers to the store, and so does everything that comes later', () => {
  const lanes = new Lanes()
  const [a, b, c] = [job(1), job(2), job(3)]
  lanes.admit('x', a)
  lanes.admit('x', b)
  assert.deepEqual(lanes.block('x', a), [b])
  assert.equal(lanes.admit('x', c), 'hold')
  assert.deepEqual(lanes.blocked(), [{ chat: 'x', head: 1 }])
})

test('a head that goes through after all asks for what is held; a thaw that finds all opens the chat', () => {
  const lanes = new Lanes()
  const [a, b, c] = [job(1), job(2), job(3)]
  lanes.admit('x', a)
  lanes.admit('x', b)
  lanes.block('x', a)
  assert.equal(lanes.resume('x', a), true)
  assert.equal(lanes.isBlockedBy('x', 1), false)
  assert.equal(lanes.leave('x', a), 'thaw')
  assert.equal(lanes.thawed('x', [b], true), b)
  assert.equal(lanes.admit('x', c), 'wait')
  assert.equal(lanes.leave('x', b), c)
})

test('while the store holds more than was thawed, new events queue behind that', () => {
  const lanes = new Lanes()
  lanes.restore('x', true)
  const b = job(2)
  lanes.thawed('x', [b], false)
  assert.equal(lanes.admit('x', job(9)), 'hold')
  assert.equal(lanes.leave('x', b), 'thaw')
  assert.equal(lanes.thawed('x', [], true), null)
  assert.equal(lanes.admit('x', job(10)), 'start')
})

test('a chat that is busy takes no second head', () => {
  const lanes = new Lanes()
  lanes.admit('x', job(1))
  assert.equal(lanes.resume('x', job(2)), false)
  assert.equal(lanes.idle('x'), false)
})

test('a job that waits can be taken out, one that runs cannot', () => {
  const lanes = new Lanes()
  const [a, b] = [job(1), job(2)]
  lanes.admit('x', a)
  lanes.admit('x', b)
  assert.equal(lanes.remove('x', 1), false)
  assert.equal(lanes.remove('x', 2), true)
  assert.equal(lanes.leave('x', a), null)
})

test('a job that does not run in its chat frees nothing there', () => {
  const lanes = new Lanes()
  const a = job(1)
  lanes.admit('x', a)
  assert.equal(lanes.leave('x', job(7)), null)
  assert.deepEqual(lanes.block('x', job(7)), [])
  assert.equal(lanes.idle('x'), false)
})
