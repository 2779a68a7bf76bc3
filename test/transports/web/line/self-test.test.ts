// The library as it comes believes every signature; as it is used here it does not, and that is tried at every start.
import assert from 'node:assert/strict'
import crypto, { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import * as stock from 'baileys'
import { loadLibrary } from '../../../../src/transports/web/socket/load.ts'
import { checkSignatures } from '../../../../src/transports/web/socket/self-test.ts'

const signal = createRequire(import.meta.url)('libsignal/src/crypto.js') as Record<
  'encrypt' | 'decrypt' | 'calculateMAC' | 'verifyMAC' | 'deriveSecrets',
  (...given: unknown[]) => unknown
>
const [asItComes, nodes] = [{ ...signal }, { ...crypto }]

describe('the test of signatures at the start', () => {
  it('fails for the library as it comes, and names what is not checked', () => {
    assert.throws(
      () => checkSignatures(stock),
      /does not check signatures, the server's certificates, the identity of a linked device/,
    )
  })

  it('passes once the library is repaired', async () => {
    checkSignatures(await loadLibrary())
  })

  it('fails when the repair is undone', async () => {
    const { Curve } = await loadLibrary()
    const { verify } = Curve
    try {
      Curve.verify = () => true
      assert.throws(() => checkSignatures(stock), /is not used/)
    } finally {
      Curve.verify = verify
    }
    checkSignatures(stock)
  })

  it('fails when a certificate is believed that was made for another key', async () => {
    const { Curve } = await loadLibrary()
    const { verify } = Curve
    try {
      // As careful as WhatsApp's other clients once were: each signature is right, and nobody asks whose key it is.
      Curve.verify = (key, message, signature) => {
        const copy = Buffer.from(key)
        return verify(copy, message, signature)
      }
      assert.throws(() => checkSignatures(stock), /does not check the server's certificates:/)
    } finally {
      Curve.verify = verify
    }
  })
})

describe('what libsignal encrypts with', () => {
  const [key, iv, data, salt] = [randomBytes(32), randomBytes(16), randomBytes(100), randomBytes(32)]
  const info = Buffer.from('WhisperMessageKeys')

  it('is quicker, and comes to the same', async () => {
    await loadLibrary()
    const given = {
      encrypt: [key, data, iv],
      decrypt: [key, asItComes.encrypt(key, data, iv), iv],
      calculateMAC: [Buffer.alloc(0), data],
      verifyMAC: [data, key, (asItComes.calculateMAC(key, data) as Buffer).subarray(0, 8), 8],
    } as const
    for (const [name, values] of Object.entries(given) as [keyof typeof given, readonly unknown[]][]) {
      assert.notEqual(signal[name], asItComes[name], name)
      assert.deepEqual(signal[name](...values), asItComes[name](...values), name)
    }
    for (const chunks of [undefined, 1, 2, 3]) {
      const values = [key, salt, info, chunks]
      assert.deepEqual(signal.deriveSecrets(...values), asItComes.deriveSecrets(...values))
    }
    for (const [mac, words] of [
      [randomBytes(8), /^Error: Bad MAC$/],
      [randomBytes(7), /Bad MAC length/],
    ] as const)
      for (const { verifyMAC } of [signal, asItComes]) assert.throws(() => verifyMAC(data, key, mac, 8), words)
  })

  it("leaves Node's own functions to everybody else", async () => {
    await loadLibrary()
    assert.deepEqual({ ...crypto }, nodes)
  })
})
