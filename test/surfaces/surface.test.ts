// The surface itself: what compiles, and what strangers' JSON may not do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messages } from '../../src/contract/native/messages.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { MAX_DEPTH, readJson } from '../../src/surfaces/json.ts'
import type { Handlers } from '../../src/surfaces/surface.ts'
import { KEY, startServer } from './start.ts'

type Said = Handlers<Gateway, typeof messages>

const markAsRead: Said['markAsRead'] = () => ({ status: 'ok' })
const getMessage: Said['getMessage'] = () => assert.fail('never called')

test('a handler that is missing, one too many and one that answers something else do not compile', () => {
  // @ts-expect-error getMessage is missing
  const missing: Said = { markAsRead }
  // @ts-expect-error nothing is called surplus
  const surplus: Said = { markAsRead, getMessage, surplus: markAsRead }
  // @ts-expect-error the contract says ok
  const other: Said = { getMessage, markAsRead: () => ({ status: 'okay' }) }
  // @ts-expect-error the contract has no such field of the input
  const input: Said = { getMessage, markAsRead: (_call, { no_such_field }) => ({ status: no_such_field }) }
  const right: Said = { markAsRead, getMessage }
  for (const handlers of [missing, surplus, other, input, right]) assert.equal(typeof handlers, 'object')
  assert.deepEqual(Object.keys(right).sort(), Object.keys(messages).sort())
})

const json = (text: string) => readJson(Buffer.from(text))

test('JSON is taken up to its depth, with brackets and quotes inside of texts left alone', () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  assert.ok(json(nested(MAX_DEPTH)))
  assert.throws(() => json(nested(MAX_DEPTH + 1)), { message: /^a: is nested deeper than 64 levels/ })
  assert.deepEqual(json(`{"a":"${'['.repeat(100)}","b":"\\"[","c":"\\\\"}`), { a: '['.repeat(100), b: '"[', c: '\\' })
  assert.throws(() => json(`{"a":"\\\\","b":${'['.repeat(70)}`), { message: /^b: is nested deeper/ })
  assert.throws(() => json('"'), { message: /not valid JSON/ })
  assert.throws(() => json(''), { message: /not valid JSON/ })
})

test('keys that poison objects are refused wherever they stand, and no prototype is changed', () => {
  for (const text of ['{"__proto__":{"x":1}}', '[{"a":{"__proto__":1}}]', '{"constructor":{"prototype":{"x":1}}}']) {
    assert.throws(() => json(text), { code: 'invalid' }, text)
  }
  assert.throws(() => json('{"a":[{"__proto__":1}]}'), { message: /^a\.0\.__proto__: / })
  assert.throws(() => json('{"\\u005f_proto__":1}'), { message: /^__proto__: / })
  assert.deepEqual(json('{"constructor":"x","prototype":1}'), { constructor: 'x', prototype: 1 })
  assert.equal('x' in {}, false)
})

test('bodies that are made to be slow are refused quickly', async (t) => {
  const { url } = await startServer(t)
  const mega = 1024 * 1024
  const texts = {
    'a million keys': `{${Array.from({ length: mega }, (_, at) => `"k${at}":1`).join(',')}}`,
    'open brackets': '['.repeat(8 * mega),
    backslashes: `{"text":"${'\\\\'.repeat(4 * mega)}"}`,
    'combining marks': JSON.stringify({ account_id: 'a', to: '1', text: `e${'\u0301'.repeat(4 * mega)}` }),
    'joined emoji': JSON.stringify({ account_id: 'a', to: '1', text: '👩‍👩‍👧‍👦'.repeat(mega / 4) }),
    'an id': JSON.stringify({ account_id: `${'a'.repeat(8 * mega)}!`, to: '1', text: 'x' }),
  }
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
  for (const [what, body] of Object.entries(texts)) {
    const response = await fetch(`${url}/api/send`, { method: 'POST', headers, body })
    assert.equal(response.status, 400, what)
    assert.ok((await response.text()).length < 300, what)
  }
  const began = performance.now()
  assert.equal((await fetch(`${url}/health`)).status, 200)
  assert.ok(performance.now() - began < 1000)
})
