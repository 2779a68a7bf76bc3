// A server whose certificates end in another key than the one that is believed.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { createStand, pairingOf, type Stand } from './stand.ts'

let at: Stand
before(async () => {
  at = await createStand({ trust: { noise_root: randomBytes(32).toString('base64') } })
})
after(() => at.close())

describe('a server that cannot prove that it is WhatsApp', () => {
  it('gets no key of ours: the line is broken, and says who may stand in between', async () => {
    const line = at.open()
    line.start()
    await assert.rejects(pairingOf(line).begin(), /did not prove that it is WhatsApp's/)
    const { reason } = await at.is(line, 'broken')
    assert.match(reason ?? '', /a proxy, an antivirus/)
    await at.until('the connection to end', () => at.sim.server.connections() === 0)
  })
})
