// What the end of a connection comes to: each row of the table, as WhatsApp writes them.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { backoffMs, stillOutdated, verdictOf } from '../../../../src/transports/web/reconnect.ts'
import { createStand, type Stand } from './stand.ts'

let at: Stand
before(async () => {
  at = await createStand()
})
afterEach(async () => {
  at.sim.server.refusesLogin(null)
  at.sim.server.letsIn(null)
  await at.clear()
})
after(() => at.close())

const states = () => at.states.map(({ is }) => is)

describe('an end that passes', () => {
  it('is followed by a new connection, and by what came meanwhile', async () => {
    const line = await at.linked()
    at.states.length = 0
    at.sim.server.refusesLogin('503')
    at.sim.server.drops()
    const { reason } = await at.is(line, 'retrying')
    assert.match(reason ?? '', /connection to WhatsApp ended/)
    await at.ann.says(at.own.number, 'while you were away')
    at.sim.server.refusesLogin(null)
    await at.is(line, 'connected')
    await at.until('the message', () => at.drafts.find(({ data }) => data.includes('while you were away')))
    assert.equal(states()[0], 'retrying')
    assert.equal(states().at(-1), 'connected')
  })

  for (const code of ['503', '500', '515']) {
    it(`is one with the code ${code}`, async () => {
      const line = await at.linked()
      at.states.length = 0
      at.sim.server.streamError(code)
      await at.until('another state', () => at.states.length > 0)
      await at.is(line, 'connected')
      assert.deepEqual(states(), [code === '515' ? 'connecting' : 'retrying', 'connected'])
    })
  }

  it('is not waited out in a loop when WhatsApp asks for a restart again and again', async () => {
    const line = await at.linked()
    at.sim.server.streamError('515')
    await at.until('the restart', () => line.state().is !== 'connected')
    await at.is(line, 'connected')
    at.states.length = 0
    at.sim.server.streamError('515')
    await at.until('the wait', () => at.states[0]?.is === 'retrying')
    await at.is(line, 'connected')
  })
})

describe('a session that is used somewhere else', () => {
  it('is tried once more and not fought over', async () => {
    const line = await at.linked()
    at.sim.server.streamError('440')
    assert.match((await at.is(line, 'retrying')).reason ?? '', /tried once more/)
    await at.is(line, 'connected')
    at.sim.server.streamError('440')
    assert.match((await at.is(line, 'replaced')).reason ?? '', /somewhere else/)
    assert.notEqual(at.session.credentialsNow, null)
    await at.until('nobody to be connected', () => at.sim.server.connections() === 0)
    await line.stop()
    let opened = 0
    const done = at.sim.server.on('opened', () => {
      opened += 1
    })
    const next = at.open()
    next.start()
    assert.match((await at.is(next, 'replaced')).reason ?? '', /disable and enable the account here/)
    assert.equal(opened, 0, 'after a restart neither')
    done()
  })
})

describe('a version that is too old', () => {
  it("is renewed once, by WhatsApp's own page, for a login and for a link", async () => {
    const line = await at.linked()
    await line.stop()
    at.sim.server.letsIn(1050000001)
    const next = at.open()
    next.start()
    await at.is(next, 'connected')
    assert.equal(at.states.filter(({ is }) => is === 'broken').length, 0)
  })

  it('is the end when today has none that WhatsApp takes, until the account is enabled anew', async () => {
    const line = await at.linked()
    at.sim.server.refusesLogin('405')
    at.sim.server.drops()
    assert.match((await at.is(line, 'broken')).reason ?? '', /too old, and knows no newer one\. Update WhatsHooked\./)
    await at.until('nobody to be connected', () => at.sim.server.connections() === 0)
  })
})

describe('a farewell', () => {
  it('is said to WhatsApp when a line is unlinked, in whatever state it is', async () => {
    const line = await at.linked()
    await line.stop()
    const idle = at.open()
    assert.equal(await idle.unlink(), true)
    await at.until('the phone to list none', () => at.own.companions().every(({ linked }) => !linked))
    assert.equal(at.session.credentialsNow, null)
  })

  it('that cannot be said is told as such, and the session is wiped all the same', async () => {
    const line = await at.linked()
    at.sim.server.refusesLogin('503')
    at.sim.server.drops()
    await at.is(line, 'retrying')
    assert.equal(await line.unlink(), false)
    assert.deepEqual([at.session.credentialsNow, at.session.rows.size, line.state().is], [null, 0, 'unlinked'])
  })
})

describe('a start', () => {
  it('throws away what is left of a pairing that came to nothing', async () => {
    await at.session.put({
      credentials: JSON.stringify({ me: { id: '15550000001@s.whatsapp.net' } }),
      keys: [{ type: 'pre-key', id: '1', value: '{}' }],
    })
    const line = at.open()
    line.start()
    await at.is(line, 'unlinked')
    assert.deepEqual([at.session.credentialsNow, at.session.rows.size], [null, 0])
  })
})

describe('an end for good', () => {
  it('is the removal of the device at the phone: the session is wiped', async () => {
    const line = await at.linked()
    at.own.unlinks()
    assert.match((await at.is(line, 'logged_out')).reason ?? '', /removed this device/)
    await at.until('the session to be gone', () => at.session.credentialsNow === null && at.session.rows.size === 0)
    await at.own.scans((await line.pairing?.begin())?.text ?? '')
    await at.is(line, 'connected')
  })

  it('is the removal while nobody was connected, too', async () => {
    const line = await at.linked()
    await line.stop()
    at.own.unlinks()
    const next = at.open()
    next.start()
    await at.is(next, 'logged_out')
  })

  for (const [code, sentence] of [
    ['402', /banned this number for a while/],
    ['403', /turns this number away/],
  ] as const) {
    it(`is a login that is refused with ${code}: the session stays, and nothing is tried`, async () => {
      const line = await at.linked()
      await line.stop()
      at.sim.server.refusesLogin(code)
      const next = at.open()
      next.start()
      assert.match((await at.is(next, 'broken')).reason ?? '', sentence)
      assert.notEqual(at.session.credentialsNow, null)
      await at.until('nobody to be connected', () => at.sim.server.connections() === 0)
    })
  }
})

describe('a ban for a while', () => {
  it('whose end WhatsApp tells is tried again then, and not before', async () => {
    const line = await at.linked()
    await line.stop()
    at.sim.server.refusesLogin('402', 1)
    const next = at.open()
    next.start()
    const { reason } = await at.is(next, 'broken')
    assert.match(reason ?? '', /banned this number for a while: until 20\d\d-.*Z\. It is tried again then/)
    at.sim.server.refusesLogin(null)
    assert.equal(next.state().is, 'broken')
    await at.is(next, 'connected')
  })
})

describe('the verdict', () => {
  const closed = (code: number | null, text = 'x') => verdictOf({ code, text }, { isSecond: false, now: 0 })

  it('goes by the code', () => {
    assert.deepEqual(
      [515, 428, 408, 503, 500, null].map((code) => {
        const verdict = closed(code)
        return verdict.is === 'again' ? verdict.wait : verdict.is
      }),
      ['none', 'growing', 'growing', 'growing', 'growing', 'growing'],
    )
    assert.deepEqual(
      [401, 406, 402, 403, 405, 409, 411, 400].map((code) => closed(code).is),
      ['logged_out', 'logged_out', 'broken', 'broken', 'outdated', 'broken', 'broken', 'broken'],
    )
  })

  it('names who stands between here and WhatsApp when a certificate is wrong', () => {
    const verdict = closed(400, 'noise certificate signature invalid')
    assert.match(verdict.reason, /reads along/)
    assert.equal(verdict.is === 'broken' && verdict.look, 'rarely', 'for a network may be left')
  })

  it('looks again only where something may heal by itself, and else says who has to act', () => {
    const looks = [400, 402, 403, 409, 411].map((code) => {
      const verdict = closed(code)
      return verdict.is === 'broken' ? [verdict.look, verdict.reason.endsWith('or restart the server.')] : null
    })
    assert.deepEqual(looks, Array(5).fill([null, true]))
    const banned = verdictOf({ code: 402, text: 'x', bannedMs: 60_000 }, { isSecond: false, now: 1000 })
    assert.equal(banned.is === 'broken' && banned.look, 61_000)
    const unknown = stillOutdated('Too old', 'unknown')
    assert.equal(unknown.is === 'broken' && unknown.look, 'rarely')
  })
})

describe('the waits', () => {
  it('double, are random, and end at the most', () => {
    const wait = (failures: number, random: number) => backoffMs(failures, { leastMs: 1000, mostMs: 300_000, random })
    assert.deepEqual([wait(1, 0), wait(5, 0), wait(500, 0)], [1000, 1000, 1000])
    assert.deepEqual(
      [wait(1, 1), wait(2, 1), wait(3, 1), wait(9, 1), wait(500, 1)],
      [2000, 4000, 8000, 300_000, 300_000],
    )
    assert.equal(wait(3, 0.5), 4500)
  })
})
