// Which headers a hook may bring, and how ours are made fit.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkHookHeaders, headerSafe, sendableHeaders } from '../../../src/delivery/webhook/headers.ts'
import { Failure } from '../../../src/model/failure.ts'

const bad: [name: string, value: string][] = [
  ['Host', 'inside'],
  ['content-length', '1'],
  ['Transfer-Encoding', 'chunked'],
  ['CONNECTION', 'close'],
  ['Upgrade', 'h2c'],
  ['Keep-Alive', 'timeout=1'],
  ['Expect', '100-continue'],
  ['Content-Type', 'text/plain'],
  ['User-Agent', 'me'],
  ['webhook-id', '1'],
  ['Webhook-Signature', 'v1,x'],
  ['X-WhatsHooked-Event', 'x'],
  ['x-whatshooked-anything', 'x'],
  ['X-Injected', 'a\r\nHost: inside'],
  ['X-Injected', 'a\nb'],
  ['X-Nul', 'a\0b'],
  ['X-Wide', 'grüße €'],
  ['X Space', 'a'],
  ['X-Colon:', 'a'],
  ['X-Break\r\nHost', 'a'],
  ['', 'a'],
]
const good: [name: string, value: string][] = [
  ['Authorization', 'Bearer abc'],
  ['X-Api-Key', ''],
  ['X-Tab', 'a\tb'],
  ['X-Latin', 'grüße'],
  ['cookie', 'a=b; c=d'],
]

describe('a header of a hook', () => {
  for (const [name, value] of bad) {
    it(`${JSON.stringify(name)}: ${JSON.stringify(value)} is refused at registration, and left out when sent`, () => {
      assert.throws(
        () => checkHookHeaders({ 'X-Good': '1', [name]: value }),
        (error) => error instanceof Failure && error.code === 'invalid' && error.message.includes(JSON.stringify(name)),
      )
      assert.deepEqual(sendableHeaders({ 'X-Good': '1', [name]: value }), ['X-Good', '1'])
    })
  }
  for (const [name, value] of good) {
    it(`${name}: ${JSON.stringify(value)} is taken and sent`, () => {
      checkHookHeaders({ [name]: value })
      assert.deepEqual(sendableHeaders({ [name]: value }), [name, value])
    })
  }

  it('is refused when it is one too many, or too long', () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`X-${index}`, '1']))
    assert.throws(() => checkHookHeaders(many), Failure)
    assert.throws(() => checkHookHeaders({ 'X-Long': 'x'.repeat(8192) }), Failure)
  })
})

describe('a value of ours in a header', () => {
  for (const value of [
    'shop',
    'message.received',
    'a/b+c@d',
    '100%',
    'with space',
    'grüße',
    'a\r\nb',
    '%41',
    'x\ud800',
  ]) {
    it(`${JSON.stringify(value)} is visible ASCII and can be read back`, () => {
      assert.match(headerSafe(value), /^[\x21-\x7e]+$/)
      assert.equal(decodeURIComponent(headerSafe(value)), value.toWellFormed())
    })
  }
})
