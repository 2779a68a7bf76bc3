// The body of a webhook in our own format.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createNativeFormat, nativeBody } from '../../../src/delivery/formats/native.ts'
import { eventId, type RecordedEvent } from '../../../src/model/event.ts'

function eventOf(more: Partial<RecordedEvent> = {}): RecordedEvent {
  const at = Date.UTC(2026, 7, 22, 12, 30, 15, 250)
  return { seq: 42, type: 'message.received', account: 'shop', chat: null, at, data: '{"a":1}', raw: null, ...more }
}

describe('the native body', () => {
  it('has id, type, timestamp, account and data, in this order and nothing else', () => {
    const event = eventOf()
    const head = `{"id":"${eventId(event)}","type":"message.received","timestamp":"2026-08-22T12:30:15.250Z"`
    assert.equal(nativeBody(event, false), `${head},"account_id":"shop","data":{"a":1}}`)
  })

  it('has the recorded data to the last character, also where a parser would change it', () => {
    const data = '{"n":12345678901234567890,"e":1.0,"k":"\\u00e9","k":"twice", "z" : -0}'
    assert.ok(nativeBody(eventOf({ data }), false).endsWith(`"data":${data}}`))
  })

  it('stays JSON for an account and a type with quotes and line ends in them', () => {
    const body: unknown = JSON.parse(nativeBody(eventOf({ account: 'a"\\\n', type: 'meta."x"' }), false))
    assert.deepEqual(Object.entries(body as object).slice(1, 4), [
      ['type', 'meta."x"'],
      ['timestamp', '2026-08-22T12:30:15.250Z'],
      ['account_id', 'a"\\\n'],
    ])
  })

  const raw = '{"big":12345678901234567890}'
  const cases: [data: string, expected: string][] = [
    ['{"a":1}', `{"a":1,"raw":${raw}}`],
    ['{}', `{"raw":${raw}}`],
    ['{ }', `{"raw":${raw}}`],
    [' {"a":"}"} ', ` {"a":"}","raw":${raw}}`],
    ['{"a":{"b":[{}]}}', `{"a":{"b":[{}]},"raw":${raw}}`],
  ]
  for (const [data, expected] of cases) {
    it(`has the other side's object as data.raw when asked: ${data}`, () => {
      const body = nativeBody(eventOf({ data, raw }), true)
      assert.ok(body.endsWith(`"data":${expected}}`), body)
      JSON.parse(body)
    })
  }

  it('has no raw when the hook does not ask, or there is none', () => {
    assert.ok(nativeBody(eventOf({ raw }), false).endsWith('"data":{"a":1}}'))
    assert.ok(nativeBody(eventOf(), true).endsWith('"data":{"a":1}}'))
  })
})

describe('the formatter', () => {
  it('writes an event once for all hooks, and apart for those that want the raw object', () => {
    const format = createNativeFormat()
    const event = eventOf({ raw: '{}' })
    assert.equal(format(event, false).body, format(event, false).body)
    assert.equal(format(event, true).body, format(event, true).body)
    assert.notDeepEqual(format(event, true).body, format(event, false).body)
    assert.equal(format(event, true).id, eventId(event))
  })

  it('writes the same bytes for an event that was read again from the store', () => {
    const format = createNativeFormat()
    const data = '{"text":"grüße 👋"}'
    assert.deepEqual(format(eventOf({ data }), false).body, createNativeFormat()(eventOf({ data }), false).body)
  })
})
