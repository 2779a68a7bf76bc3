// The library as it comes believes every signature; as it is used here it does not, and that is tried at every start.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as stock from 'baileys'
import { loadLibrary } from '../../../../src/transports/web/socket/load.ts'
import { checkSignatures } from '../../../../src/transports/web/socket/self-test.ts'

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
