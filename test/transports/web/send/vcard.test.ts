// Contact cards as vCards: whole, and escaped, so that nothing in a name can add a line.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { vcardOf } from '../../../../src/transports/web/send/vcard.ts'

describe('a contact card', () => {
  it('has everything that the Cloud API has for it', () => {
    const { displayName, vcard } = vcardOf({
      name: {
        formatted_name: 'Dr Ann B. Smith',
        first_name: 'Ann',
        last_name: 'Smith',
        middle_name: 'B.',
        prefix: 'Dr',
      },
      phones: [
        { phone: '+27 82 123-4567', type: 'CELL' },
        { wa_id: '15551234567', type: 'WORK', phone: '555 1234567' },
      ],
      emails: [{ email: 'ann@example.com', type: 'WORK' }],
      addresses: [{ street: '1 Main; Street', city: 'Cape Town', zip: '8001', country: 'South Africa', type: 'HOME' }],
      org: { company: 'Shop, Inc.', title: 'Owner' },
      urls: [{ url: 'https://example.com/a,b' }],
      birthday: '1990-01-02',
    })
    assert.equal(displayName, 'Dr Ann B. Smith')
    assert.deepEqual(vcard.split('\n'), [
      'BEGIN:VCARD',
      'VERSION:3.0',
      'N:Smith;Ann;B.;Dr;',
      'FN:Dr Ann B. Smith',
      'ORG:Shop\\, Inc.',
      'TITLE:Owner',
      'TEL;type=CELL;waid=27821234567:+27 82 123-4567',
      'TEL;type=WORK;waid=15551234567:555 1234567',
      'EMAIL;type=WORK:ann@example.com',
      'ADR;type=HOME:;;1 Main\\; Street;Cape Town;;8001;South Africa',
      'URL:https://example.com/a\\,b',
      'BDAY:1990-01-02',
      'END:VCARD',
    ])
  })

  it('with a name alone is one', () => {
    const { vcard } = vcardOf({
      name: { formatted_name: 'Ann' },
      phones: [{}, { type: 'CELL' }],
      emails: [{}],
      org: 'x',
    })
    assert.equal(vcard, 'BEGIN:VCARD\nVERSION:3.0\nN:;Ann;;;\nFN:Ann\nEND:VCARD')
  })

  it('with a number of a country that is not told does not say that it is on WhatsApp', () => {
    const { vcard } = vcardOf({ name: { formatted_name: 'Ann' }, phones: [{ phone: '082 123 4567', type: 'a;b:c' }] })
    assert.match(vcard, /\nTEL:082 123 4567\n/)
  })

  it('has as many lines as it has fields, whatever is in them', () => {
    const nasty = fc.string({ unit: fc.constantFrom('a', '\n', '\r', ';', ',', ':', '\\', '\u0000', '\u0085', 'ü') })
    fc.assert(
      fc.property(nasty, nasty, nasty, (name, phone, type) => {
        const { vcard } = vcardOf({ name: { formatted_name: `x${name}` }, phones: [{ phone: `1${phone}`, type }] })
        const lines = vcard.split(/\r\n|\r|\n/)
        assert.equal(lines.length, 6)
        assert.deepEqual([lines[0], lines[5]], ['BEGIN:VCARD', 'END:VCARD'])
        assert.ok(!vcard.includes('\u0000'))
        const value = lines[3]!.slice('FN:'.length).replace(/\\([\\,;n])/g, (_, one) => (one === 'n' ? '\n' : one))
        assert.equal(value, `x${name}`.replace(/\r\n|\r/g, '\n').replaceAll('\u0000', ''))
      }),
    )
  })
})
