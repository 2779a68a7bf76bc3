// The catalogue of events, and what a hook may ask for.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkEventPatterns, EVENT_TYPES, isEventPattern, nearestPatterns } from '../../src/model/event-types.ts'
import { Failure } from '../../src/model/failure.ts'

describe('the catalogue', () => {
  it('has each type once, with a paragraph and a sample that can be written', () => {
    const types = EVENT_TYPES.map(({ type }) => type)
    assert.equal(new Set(types).size, types.length)
    for (const { type, about, sample } of EVENT_TYPES) {
      assert.match(about, /^[A-Z].{30,}\.$/s, type)
      assert.ok(Object.keys(JSON.parse(JSON.stringify(sample))).length > 0, type)
    }
  })
})

describe('a hook', () => {
  it('may ask for types, for families of them, and for any field of Meta’s', () => {
    for (const text of [
      '*',
      'message.*',
      'message.received',
      'phone_number.*',
      'meta.*',
      'meta.history',
      'meta.unknown',
    ]) {
      assert.ok(isEventPattern(text), text)
    }
  })
  it('may not ask for what there is not', () => {
    for (const text of [
      '',
      'message',
      'message.',
      'message.recieved',
      '*.*',
      'meta.',
      'meta.<field>',
      'meta.A',
      'toString',
      '.*',
    ]) {
      assert.ok(!isEventPattern(text), text)
    }
  })
  it('is told what it may have meant', () => {
    assert.equal(nearestPatterns('message.recieved')[0], 'message.received')
    assert.equal(nearestPatterns('Messages')[0], 'message.*')
    assert.deepEqual(nearestPatterns('qr'), ['account.qr'])
    assert.deepEqual(nearestPatterns('template.approved'), ['template.*'])
    assert.deepEqual(nearestPatterns('zzz'), [])
    assert.deepEqual(nearestPatterns('x'.repeat(100_000)), [])
  })
  it('is refused by a sentence with the wrong name and the near ones', () => {
    checkEventPatterns(['message.*', 'meta.calls'])
    assert.throws(
      () => checkEventPatterns(['message.*', 'mesage.sent']),
      (error) => {
        assert.ok(error instanceof Failure)
        assert.equal(error.code, 'invalid')
        assert.match(error.message, /^events: there is no event "mesage\.sent"; did you mean message\.sent/)
        return true
      },
    )
  })
})
