// What people write as a recipient.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Failure } from '../../../src/model/failure.ts'
import { chatIdOf } from '../../../src/transports/cloud/address.ts'

describe('a recipient', () => {
  const digits: [string, string][] = [
    ['+27 82 123-4567', '27821234567'],
    ['27821234567', '27821234567'],
    ['0027 (82) 123.45.67', '27821234567'],
    ['+44 (0)20 7946 0018', '442079460018'],
    ['27821234567@s.whatsapp.net', '27821234567'],
    ['27821234567:12@s.whatsapp.net', '27821234567'],
    ['27821234567@c.us', '27821234567'],
    ['\u202a+1\u00a0650\u2011555\u20111234\u202c', '16505551234'],
    ['  +16505551234 ', '16505551234'],
  ]
  for (const [written, id] of digits) {
    it(`written ${JSON.stringify(written)} is ${id}`, () => assert.equal(chatIdOf(written), id))
  }
  it('may be a user id or a group id of Meta’s', () => {
    for (const id of [
      'US.13491208655302741918',
      'US.ENT.9zY',
      'Y2FwaV9ncm91cDoxNTU1MDEwMDIwMDoxMjAzNjM0MDAwMDAwMDAwMDEZD',
    ]) {
      assert.equal(chatIdOf(id), id)
    }
  })
  const wrong = [
    '',
    '+',
    'Ada',
    '082 123 4567',
    '12345',
    '1234567890123456',
    '120363041234567890@g.us',
    '1234567@lid',
    'ada@example.com',
  ]
  for (const written of [...wrong, '+27 82 x', 'us.134', '٢٧٨٢١٢٣٤٥٦٧', '27821234567,27821234568', '../../me']) {
    it(`written ${JSON.stringify(written)} is refused by a sentence that names to`, () => {
      assert.throws(
        () => chatIdOf(written),
        (error) => {
          assert.ok(error instanceof Failure)
          assert.equal(error.code, 'invalid')
          assert.match(error.message, /^to: .*\+27821234567/)
          return true
        },
      )
    })
  }
})
