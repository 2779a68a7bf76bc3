// Linking a phone: by QR code and by pairing code, and all that can come of it.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { BinaryNode } from 'baileys'
import { createStand, OWN, pairingOf, type Stand } from './stand.ts'

let at: Stand
before(async () => {
  at = await createStand()
})
afterEach(async () => {
  at.sim.server.failsLinks(null)
  await at.clear()
})
after(() => at.close())

const failure = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error && 'code' in error)
  assert.equal(error.code, code)
  assert.match(error.message, pattern)
  return true
}

describe('a line without a session', () => {
  it('waits, and says how linking begins', async () => {
    const line = at.open()
    assert.equal(line.state().is, 'off')
    line.start()
    const { reason } = await at.is(line, 'unlinked')
    assert.match(reason ?? '', /Ask for a QR code or a pairing code/)
    assert.equal(pairingOf(line).offer(), null)
    assert.equal(line.lastHeardAt(), null)
    await line.connect()
  })

  it('is linked by a QR code, learns its number, and logs in by itself', async () => {
    const line = at.open()
    line.start()
    await at.is(line, 'unlinked')
    const offer = await pairingOf(line).begin()
    assert.equal(offer.by, 'qr')
    assert.ok(offer.expiresAt > Date.now() + 50_000)
    assert.deepEqual(pairingOf(line).offer(), offer)
    assert.deepEqual(at.offers, [offer])
    assert.equal(line.state().is, 'pairing')
    await at.own.scans(offer.text)
    await at.is(line, 'connected')
    assert.equal(pairingOf(line).offer(), null)
    assert.ok(at.learned.includes(`+${OWN}`))
    assert.deepEqual(
      at.states.map(({ is }) => is),
      ['unlinked', 'pairing', 'connecting', 'connected'],
    )
    assert.ok(Date.now() - (line.lastHeardAt() ?? 0) < 5000)
    await assert.rejects(pairingOf(line).begin(), failure('exists', /a phone is linked/))
  })

  it('is linked by a pairing code', async () => {
    const line = at.open()
    line.start()
    const offer = await pairingOf(line).code(`+1 (555) 000-0001`)
    assert.equal(offer.by, 'code')
    assert.match(offer.text, /^[0-9A-Z]{8}$/)
    assert.deepEqual(pairingOf(line).offer(), offer)
    await at.own.enters(offer.text)
    await at.is(line, 'connected')
  })

  it('takes no number for a pairing code that is none', async () => {
    const line = at.open()
    line.start()
    for (const phone of ['', 'abc', '123', '0', '+1'.padEnd(30, '2')])
      await assert.rejects(pairingOf(line).code(phone), failure('invalid', /^phone: /), phone)
  })

  it('begins anew when a pairing code was never typed and the server was restarted', async () => {
    const line = at.open()
    line.start()
    await pairingOf(line).code(OWN)
    await line.stop()
    assert.notEqual(at.session.credentialsNow, null)
    const next = at.open()
    next.start()
    await at.is(next, 'unlinked')
    await at.own.scans((await pairingOf(next).begin()).text)
    await at.is(next, 'connected')
  })

  it('is linked by a code with another secret when WhatsApp calls the first one back', async () => {
    at.sim.server.failsLinks({ kind: 'refresh' })
    const heard: (string | undefined)[] = []
    const stop = at.sim.server.on('heard', ({ tag, attrs }) => void (tag === 'ack' && heard.push(attrs.type)))
    const line = at.open()
    line.start()
    const first = await pairingOf(line).begin()
    await assert.rejects(at.own.scans(first.text), /called the secret of this QR code back/)
    const second = await at.until('another code', () => at.offers.at(-1) !== first && at.offers.at(-1))
    const [before, now] = [first, second].map(({ text }) => text.split(','))
    assert.notEqual(now?.[3], before?.[3])
    assert.deepEqual(now?.with(3, ''), before?.with(3, ''))
    assert.ok(second.expiresAt <= first.expiresAt + 50)
    assert.ok(at.session.credentialsNow?.includes(now?.[3] ?? '?'))
    await at.until('the ack of the notice', () => heard.includes('companion_reg_refresh'))
    stop()
    await at.own.scans(second.text)
    await at.is(line, 'connected')
  })

  it('shows a new code in place of the one before when it is begun anew', async () => {
    const line = at.open()
    line.start()
    const first = await pairingOf(line).begin()
    const second = await pairingOf(line).begin()
    assert.notEqual(first.text, second.text)
    await assert.rejects(at.own.scans(first.text))
    await at.own.scans(second.text)
    await at.is(line, 'connected')
  })
})

describe('a link that comes to nothing', () => {
  it('ends when WhatsApp refuses it, and is not tried again', async () => {
    at.sim.server.failsLinks({ kind: 'refuse', code: '403' })
    const line = at.open()
    line.start()
    const { text } = await pairingOf(line).begin()
    await assert.rejects(at.own.scans(text))
    const state = await at.until('the end', () => line.state().is !== 'pairing' && line.state())
    assert.ok(['unlinked', 'broken'].includes(state.is), state.is)
    assert.ok((state.reason ?? '').length > 20)
    await at.until('the connection to end', () => at.sim.server.connections() === 0)
    assert.equal(pairingOf(line).offer(), null)
  })

  it('says so when WhatsApp wants a passkey', async () => {
    at.sim.server.failsLinks({ kind: 'passkey' })
    const line = at.open()
    line.start()
    const { text } = await pairingOf(line).begin()
    await assert.rejects(at.own.scans(text))
    assert.match((await at.is(line, 'unlinked')).reason ?? '', /passkey/)
  })

  it('says so when WhatsApp wants a passkey after a code was typed', async () => {
    at.sim.server.failsLinks({ kind: 'passkey' })
    const line = at.open()
    line.start()
    const { text } = await pairingOf(line).code(OWN)
    await assert.rejects(at.own.enters(text))
    assert.match((await at.is(line, 'unlinked')).reason ?? '', /passkey/)
  })

  it('says so also when it is told by a code that comes without its key alone', async () => {
    const line = at.open()
    line.start()
    const asking: { send(stanza: BinaryNode): void }[] = []
    const stop = at.sim.server.on('candidate', (connection) => void asking.push(connection))
    await pairingOf(line).code(OWN)
    stop()
    const said = { tag: 'link_code_companion_reg', attrs: { stage: 'primary_hello' }, content: [] }
    const attrs = { from: 's.whatsapp.net', type: 'link_code_companion_reg', id: '1', t: '1' }
    asking[0]?.send({ tag: 'notification', attrs, content: [said] })
    assert.match((await at.is(line, 'unlinked')).reason ?? '', /passkey/)
  })

  it('is not taken from a phone that signs with a key that is not its own', async () => {
    at.sim.server.failsLinks({ kind: 'stranger' })
    const line = at.open()
    line.start()
    const { text } = await pairingOf(line).begin()
    await assert.rejects(at.own.scans(text))
    assert.match((await at.is(line, 'unlinked')).reason ?? '', /signature/)
    assert.equal(at.session.credentialsNow, null)
  })

  it('leaves the line unlinked when the connection is cut', async () => {
    const line = at.open()
    line.start()
    await pairingOf(line).begin()
    at.sim.server.drops()
    assert.match((await at.is(line, 'unlinked')).reason ?? '', /begin anew/)
  })
})

describe('a linked device', () => {
  it('logs in again after a restart', async () => {
    const line = await at.linked()
    await line.stop()
    assert.equal(line.state().is, 'off')
    const next = at.open()
    next.start()
    await at.is(next, 'connected')
    assert.equal(at.own.companions().filter(({ linked, online }) => linked && online).length, 1)
  })

  it('is unlinked at the phone, too', async () => {
    const line = await at.linked()
    const mine = at.own.companions().at(-1)?.id
    await line.unlink()
    assert.equal(line.state().is, 'unlinked')
    assert.equal(at.session.credentialsNow, null)
    assert.equal(at.session.rows.size, 0)
    await at.until('the phone to hear of it', () => at.own.companions().every(({ id }) => id !== mine))
    await at.own.scans((await pairingOf(line).begin()).text)
    await at.is(line, 'connected')
  })

  it('logs in once more to say farewell when it is not in use', async () => {
    const line = await at.linked()
    const mine = at.own.companions().at(-1)?.id
    await line.stop()
    const parked = at.open()
    await parked.unlink()
    await at.until('the phone to hear of it', () => at.own.companions().every(({ id }) => id !== mine))
    assert.equal(at.session.credentialsNow, null)
  })
})
