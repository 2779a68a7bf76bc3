// What people write as a recipient, and the one id that a chat has.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Failure } from '../../../../src/model/failure.ts'
import { chatIdOf, chatOfJid, jidOfChat, kindOfChat, phoneOf } from '../../../../src/transports/web/address.ts'

const refuses = (to: string, words: RegExp) =>
  assert.throws(
    () => chatIdOf(to),
    (thrown) =>
      thrown instanceof Failure &&
      thrown.code === 'invalid' &&
      /^to: /.test(thrown.message) &&
      words.test(thrown.message),
    to,
  )

describe('a recipient', () => {
  it('is a number, however people write it', () => {
    for (const to of [
      '27821234567',
      '+27 82 123-4567',
      '0027 82 123 4567',
      '+27 (0)82 123 4567',
      '(+27) 82.123.4567',
      '\u202a+27 82 123 4567\u202c',
      '27821234567@s.whatsapp.net',
      '27821234567:12@s.whatsapp.net',
      '27821234567@c.us',
      ' +27821234567 ',
    ])
      assert.equal(chatIdOf(to), '27821234567', to)
  })

  it('is a person whose number WhatsApp keeps to itself', () => {
    assert.equal(chatIdOf('900000000000001@lid'), '900000000000001@lid')
    assert.equal(chatIdOf('900000000000001:7@lid'), '900000000000001@lid')
  })

  it('is a group, of today or of old, with or without its server', () => {
    for (const id of ['120363012345678901', '27821234567-1400000000']) {
      assert.equal(chatIdOf(`${id}@g.us`), `${id}@g.us`)
      assert.equal(chatIdOf(id), `${id}@g.us`)
      assert.equal(kindOfChat(`${id}@g.us`), 'group')
    }
  })

  it('is refused with a sentence that says why', () => {
    refuses('082 123 4567', /country code is missing/)
    refuses('12345', /has 5 digits/)
    refuses('1234567890123456', /has 16 digits/)
    refuses('Ann', /is not a phone number/)
    refuses('', /is not a phone number/)
    refuses('status@broadcast', /is a status or a broadcast list/)
    refuses('120363012345678901@newsletter', /is a channel/)
    refuses('x@g.us', /is not the id of a group/)
    refuses('abc@lid', /LID/)
    refuses('ann@example.com', /is not an address on WhatsApp/)
    refuses('27821234567@s.whatsapp.net@g.us', /is not an address on WhatsApp/)
  })
})

describe('a chat', () => {
  it('has the id of its number where that is known, whichever name came first', () => {
    assert.equal(chatOfJid('27821234567:3@s.whatsapp.net'), '27821234567')
    assert.equal(chatOfJid('900000000000001@lid', '27821234567@s.whatsapp.net'), '27821234567')
    assert.equal(chatOfJid('27821234567@s.whatsapp.net', '900000000000001@lid'), '27821234567')
    assert.equal(chatOfJid('900000000000001:2@lid'), '900000000000001@lid')
    assert.equal(chatOfJid('27821234567-1400000000@g.us'), '27821234567-1400000000@g.us')
    assert.equal(chatOfJid('status@broadcast'), 'status@broadcast')
  })

  it('is written to under the id that it was heard under', () => {
    for (const jid of ['27821234567@s.whatsapp.net', '900000000000001@lid', '120363012345678901@g.us'])
      assert.equal(jidOfChat(chatIdOf(chatOfJid(jid))), jid)
    assert.equal(phoneOf('900000000000001@lid'), null)
  })
})
