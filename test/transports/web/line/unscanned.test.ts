// A QR code that nobody scans in time.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createStand, pairingOf, type Stand } from './stand.ts'

let at: Stand
before(async () => {
  at = await createStand({ qrLivesMs: [300] })
})
after(() => at.close())

describe('a code that nobody scans', () => {
  it('ends the pairing with a sentence that says how to begin anew, and nothing goes on by itself', async () => {
    const line = at.open()
    line.start()
    await pairingOf(line).begin()
    const { reason } = await at.is(line, 'unlinked')
    assert.match(reason ?? '', /No phone scanned the code in time/)
    assert.equal(pairingOf(line).offer(), null)
    await at.until('the connection to end', () => at.sim.server.connections() === 0)
    assert.equal((await pairingOf(line).begin()).by, 'qr')
  })
})
