// Answers cut off at every byte, and answers damaged at random: each must end in an outcome, and nothing may crash.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { eventOf, hookOf, openSink, rawReceiver } from './stand.ts'

const ANSWERS = [
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}',
  'HTTP/1.1 200 OK\r\ncontent-type: text/json\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\nx-t: 1\r\n\r\n',
  'HTTP/1.1 503 Busy\r\nretry-after: 5\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nno',
]

describe('an answer', () => {
  for (const answer of ANSWERS) {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      it(`${answer.slice(9, 12)}, cut by ${end} at any byte, is a failure; whole, it is what it says`, async (t) => {
        let bytes = ''
        const { url } = await rawReceiver(t, {
          onData: (socket) => {
            if (end === 'end') socket.end(bytes)
            else if (bytes === '') socket.resetAndDestroy()
            else socket.write(bytes, () => socket.resetAndDestroy())
          },
        })
        const sink = openSink(t, { timeoutMs: 5000 })
        for (let length = 0; length <= answer.length; length++) {
          bytes = answer.slice(0, length)
          const outcome = await sink.send(hookOf(url), eventOf(), 1)
          assert.equal(outcome.delivered, outcome.error === null)
          if (length < answer.length) assert.equal(outcome.delivered, false, JSON.stringify(bytes))
          else if (end === 'end') {
            assert.equal(outcome.delivered, answer.includes(' 200 '))
            assert.equal(outcome.answer, outcome.delivered ? '{"a":1}' : '')
            assert.equal(outcome.retryAfterMs, outcome.delivered ? null : 5000)
          }
        }
      })
    }
  }

  it('damaged at random ends in an outcome with its reason', async (t) => {
    let bytes = Buffer.alloc(0)
    const { url } = await rawReceiver(t, { onData: (socket) => socket.end(bytes) })
    const sink = openSink(t, { timeoutMs: 5000 })
    const damage = fc.array(fc.record({ at: fc.nat(200), byte: fc.nat(255), put: fc.boolean() }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ANSWERS), damage, async (answer, places) => {
        const letters = [...Buffer.from(answer)]
        for (const { at, byte, put } of places) letters.splice(at, put ? 0 : 1, byte)
        bytes = Buffer.from(letters)
        const outcome = await sink.send(hookOf(url), eventOf(), 1, true)
        assert.equal(outcome.delivered, outcome.error === null)
        assert.ok(outcome.delivered || (outcome.error ?? '').length > 5)
        assert.ok(outcome.tookMs < 4000)
      }),
      { numRuns: 300 },
    )
  })
})
