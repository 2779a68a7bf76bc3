// Signatures and secrets, judged by the reference library of Standard Webhooks.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { newHookSecret, parseHookSecret, signature } from '../../../src/delivery/webhook/sign.ts'
import { Failure } from '../../../src/model/failure.ts'

function secretOf(bytes: number): string {
  return `whsec_${Buffer.alloc(bytes, 5).toString('base64')}`
}

function headersFor(secret: string, body: string, timestampS = Math.floor(Date.now() / 1000)): Record<string, string> {
  const id = 'evt_01'
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signature(parseHookSecret(secret), { id, timestampS }, Buffer.from(body)),
  }
}

describe('a signature', () => {
  for (const secret of [newHookSecret(), secretOf(24), secretOf(25), secretOf(26), secretOf(64)]) {
    it(`with a secret of ${secret.length} characters is accepted by the reference library`, () => {
      const body = '{"text":"grüße 👋"}'
      assert.deepEqual(new Webhook(secret).verify(body, headersFor(secret, body)), { text: 'grüße 👋' })
    })
  }

  it('of another body, another time or another secret is refused by it', () => {
    const secret = newHookSecret()
    const headers = headersFor(secret, '{}')
    assert.throws(() => new Webhook(secret).verify('{ }', headers))
    assert.throws(() => new Webhook(newHookSecret()).verify('{}', headers))
    const later = String(Number(headers['webhook-timestamp']) + 1)
    assert.throws(() => new Webhook(secret).verify('{}', { ...headers, 'webhook-timestamp': later }))
    assert.throws(() => new Webhook(secret).verify('{}', headersFor(secret, '{}', 1_600_000_000)))
  })

  it('is the one that the specification gives as its example', () => {
    // The test vector of the reference libraries of Standard Webhooks.
    const key = parseHookSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    const stamp = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1_614_265_330 }
    const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    assert.equal(signature(key, stamp, Buffer.from('{"test": 2432232314}')), expected)
  })
})

describe('a secret', () => {
  it('that is made is new each time and can be read', () => {
    const made = new Set(Array.from({ length: 100 }, newHookSecret))
    assert.equal(made.size, 100)
    for (const secret of made) assert.equal(parseHookSecret(secret).symmetricKeySize, 32)
  })

  const bad = [
    '',
    'whsec_',
    secretOf(23),
    secretOf(65),
    secretOf(32).slice('whsec_'.length),
    secretOf(32).replace('whsec_', 'WHSEC_'),
    secretOf(32).replace('=', ''),
    `${secretOf(32)}\n`,
    `whsec_ ${secretOf(32).slice('whsec_'.length)}`,
    `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}`,
    'whsec_not base64 at all, but long enough to be one',
  ]
  for (const text of bad) {
    it(`${JSON.stringify(text.slice(0, 24))} (${text.length} characters) is refused, and not repeated`, () => {
      assert.throws(
        () => parseHookSecret(text),
        (error) =>
          error instanceof Failure &&
          error.code === 'invalid' &&
          error.message.startsWith('secret ') &&
          (text.length < 12 || !error.message.includes(text)),
      )
    })
  }
})
