// How answers look, and that what others wrote cannot steer a terminal.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plain, shown } from '../../src/cli/operations/output.ts'

/** What a customer may write to harm whoever reads it: a title, a colour, C1's CSI, a bell, a turned direction. */
const EVIL = '\x1b]0;mine\x07\x1b[31mred\u009b2J\r\n\u202egnp.exe\u2066\u2028\x7f'
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

describe('a table', () => {
  it('has a column for each field, aligned, and none that is empty in every row', () => {
    const rows = [
      { id: 'a', state: 'delivered', error: null, last: { status: 200 } },
      { id: 'bbb', state: 'dead', error: null, last: { status: 503 } },
    ]
    const expected = ['id   state      last.status', 'a    delivered  200', 'bbb  dead       503']
    assert.equal(shown(rows, 'table'), expected.join('\n'))
  })

  it('that is wider than the terminal becomes a block for each row', () => {
    const rows = [
      { id: 'a', text: 'x'.repeat(30) },
      { id: 'b', text: null },
    ]
    assert.equal(shown(rows, 'table', 30), `id    a\ntext  ${'x'.repeat(30)}\n\nid    b\ntext  -`)
  })

  it('says so when there is nothing', () => {
    assert.equal(shown([], 'table'), '(none)')
    assert.equal(shown({ next: null, deliveries: [] }, 'table'), 'next  -\n\ndeliveries:\n(none)')
  })

  it('shows an object as lines, lists of words with commas, and deep things as JSON', () => {
    const answer = { id: 'a', events: ['x', 'y'], deep: { one: { two: [{}] } } }
    assert.equal(shown(answer, 'table'), 'id        a\nevents    x, y\ndeep.one  {"two":[{}]}')
  })

  it('carries no control character of what others wrote, neither in cells nor in names', () => {
    const evil = [{ [EVIL]: EVIL, deep: { a: { b: EVIL } }, list: [EVIL] }]
    for (const width of [10, 10_000]) {
      for (const line of shown(evil, 'table', width).split('\n')) assert.doesNotMatch(line, CONTROL)
    }
    for (const line of shown({ one: EVIL, [EVIL]: evil }, 'table').split('\n')) assert.doesNotMatch(line, CONTROL)
  })

  it('leaves letters of all languages and emoji as they are', () => {
    const text = 'Zoë 日本 👩‍👩‍👧 עברית'
    assert.equal(plain(text), text)
  })
})

describe('JSON', () => {
  it('reads back as what was answered, and carries no control character but line breaks', () => {
    const answer = { text: EVIL, list: [1, null, true] }
    const text = shown(answer, 'json')
    assert.deepEqual(JSON.parse(text), answer)
    assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u)
  })
})

describe('a text', () => {
  it('ends without a line break, and carries no control character', () => {
    assert.equal(shown('a 1\nb\x1b[2J 2\n', 'table'), 'a 1\nb [2J 2')
  })
})
