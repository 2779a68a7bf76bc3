// A memory of a fixed size.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLru } from '../../src/kit/lru.ts'

describe('a memory of a fixed size', () => {
  it('lets go of what was not asked for the longest', () => {
    const lru = createLru<number>({ most: 2 })
    lru.set('a', 1)
    lru.set('b', 2)
    assert.equal(lru.get('a'), 1)
    lru.set('c', 3)
    assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c')], [1, undefined, 3])
    lru.forget('a')
    assert.deepEqual([...lru.values()], [3])
  })

  it('does not know what is too old, however often it was asked for', () => {
    let now = 0
    const lru = createLru<number>({ most: 2, holdsMs: 10, now: () => now })
    lru.set('a', 1)
    now = 9
    assert.equal(lru.get('a'), 1)
    now = 10
    assert.equal(lru.get('a'), undefined)
    lru.set('a', 2)
    assert.equal(lru.get('a'), 2)
  })
})
