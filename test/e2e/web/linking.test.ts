// Linking a phone to an account through the API, and what becomes of an account whose phone unlinks or that is removed.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { refusal, typeOf, until } from '../conditions.ts'
import { eventOf } from '../events.ts'
import { type Ending, KEY } from '../stage.ts'
import { startWebStage, untilState, type WebStage } from './stage.ts'

/** What the store holds of an account's session. */
function sessionOf(folder: string, id: string) {
  const database = new DatabaseSync(join(folder, 'whatshooked.db'), { readOnly: true })
  try {
    const credentials = database.prepare('SELECT credentials FROM session WHERE account = ?').all(id)
    const keys = database.prepare('SELECT * FROM session_key WHERE account = ?').all(id)
    return { credentials: credentials.map((row) => String(row.credentials)), keys }
  } finally {
    database.close()
  }
}

describe('a phone is linked to an account', () => {
  let stage: WebStage
  const endings: (() => Promise<void>)[] = []
  const ending: Ending = { after: (run) => void endings.push(run) }
  before(async () => {
    stage = await startWebStage(ending)
  })
  after(async () => {
    for (const end of endings) await end()
  })

  it('the code is told as JSON, as a picture and as a page, and a phone that scans it is linked', async () => {
    const { api, url, whatsapp } = stage
    await api.addAccount({ id: 'shop', type: 'whatsmeow' })
    const offer = await api.getPairingQr({ id: 'shop' })
    assert.equal(offer.code, null)
    assert.ok(Date.parse(String(offer.expires_at)) > Date.now())
    assert.match(offer.instructions, /\w+ .*\./)

    const asked = (accept: string) =>
      fetch(`${url}/api/accounts/shop/qr`, { headers: { accept, authorization: `Bearer ${KEY}` } })
    const picture = await asked('image/png')
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png'])
    const png = Buffer.from(await picture.arrayBuffer())
    assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    assert.equal(png.toString('latin1', 12, 16), 'IHDR')
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
    assert.ok(width === height && width >= 200, `${width} x ${height}`)
    const page = await asked('text/html')
    assert.match(String(page.headers.get('content-type')), /^text\/html/)
    assert.match(await page.text(), /<svg|<img/)
    const stranger = await fetch(`${url}/api/accounts/shop/qr`, { headers: { accept: 'image/png' } })
    assert.equal(stranger.status, 401)

    await whatsapp.phone('15550000001', { name: 'Shop' }).scans(String(offer.qr))
    await untilState(api, 'shop', 'connected')
    const { data: shown } = await stage.told('shop', 'account.qr', ({ data }) => data.code === offer.qr)
    assert.equal(shown.expires_at, offer.expires_at)
    await stage.told('shop', 'account.connecting')
    await stage.told('shop', 'account.connected')
    const order = stage.receiver.received.filter(({ body }) => body.includes('"shop"')).map(typeOf)
    assert.ok(order.indexOf('account.qr') < order.indexOf('account.connected'), order.join())
    assert.ok(stage.receiver.received.every(({ signed }) => signed === true || signed === null))
    const again = await refusal(api.getPairingQr({ id: 'shop' }), 'exists')
    assert.match(again, /linked/)
  })

  it('the status tells the number, and when WhatsApp was last heard', async () => {
    const status = await stage.api.getAccountStatus({ id: 'shop' })
    assert.deepEqual([status.state, status.phone_number, status.advice], ['connected', '+15550000001', null])
    const heard = Date.parse(String(status.last_heard_at))
    assert.ok(heard > Date.now() - 60_000 && heard <= Date.now(), String(status.last_heard_at))
  })

  it('an account that no phone is linked to says what to do', async () => {
    const { api } = stage
    await api.addAccount({ id: 'bare', type: 'whatsmeow' })
    await stage.told('bare', 'account.qr')
    const { state, advice } = await api.getAccountStatus({ id: 'bare' })
    assert.equal(state, 'pairing')
    assert.match(String(advice), /scan|link/i)
    const why = await refusal(api.sendMessage({ account_id: 'bare', to: '+15551234567', text: 'hi' }), 'not-connected')
    assert.match(why, /phone/i)
    await api.removeAccount({ id: 'bare' })
  })

  it('a link that WhatsApp refuses ends in a sentence, for whoever asks again too, until it is begun anew', async () => {
    const { api, whatsapp, url } = stage
    await api.addAccount({ id: 'refused', type: 'whatsmeow' })
    const { qr } = await api.getPairingQr({ id: 'refused' })
    whatsapp.server.failsLinks({ kind: 'passkey' })
    await assert.rejects(whatsapp.phone('15550000003').scans(String(qr)))
    whatsapp.server.failsLinks(null)
    const { data } = await stage.told('refused', 'account.disconnected', ({ data }) =>
      /passkey/.test(String(data.reason)),
    )
    assert.equal(data.state, 'unlinked')
    for (let asked = 0; asked < 3; asked += 1)
      assert.match(await refusal(api.getPairingQr({ id: 'refused' }), 'upstream'), /passkey/)
    const picture = await fetch(`${url}/api/accounts/refused/qr.png`, { headers: { 'x-api-key': KEY } })
    assert.match(await picture.text(), /passkey/)
    const { state, reason } = await api.getAccountStatus({ id: 'refused' })
    assert.equal(state, 'unlinked')
    assert.match(String(reason), /passkey/)
    const anew = await api.getPairingQr({ id: 'refused', anew: true })
    assert.notEqual(anew.qr, qr)
    await api.removeAccount({ id: 'refused' })
  })

  it('a code that is typed into the phone links it, too', async () => {
    const { api, whatsapp } = stage
    const phone = whatsapp.phone('15550000002', { name: 'Desk' })
    await api.addAccount({ id: 'desk', type: 'whatsmeow' })
    const { code } = await api.requestPairingCode({ id: 'desk', phone: '+1 555 000 0002' })
    assert.match(code, /^[0-9A-Z]{8}$/)
    const waiting = await api.getPairingQr({ id: 'desk' })
    assert.deepEqual([waiting.qr, waiting.code], [null, code])
    await phone.enters(code)
    await untilState(api, 'desk', 'connected')
    const { data } = await stage.told('desk', 'account.pairing_code')
    assert.equal(data.code, code)
    await stage.told('desk', 'account.connected')
    assert.equal((await api.getAccountStatus({ id: 'desk' })).phone_number, '+15550000002')
  })

  it('a phone that unlinks leaves the account logged out, and nothing more is sent', async () => {
    const { api, whatsapp } = stage
    whatsapp.phone('15550000002').unlinks()
    const { data } = await stage.told('desk', 'account.logged_out')
    assert.equal(data.state, 'logged_out')
    const { state, advice } = await api.getAccountStatus({ id: 'desk' })
    assert.equal(state, 'logged_out')
    assert.match(String(advice), /\w+ .*\./)
    whatsapp.phone('15551234567')
    const why = await refusal(api.sendMessage({ account_id: 'desk', to: '+15551234567', text: 'hi' }), 'not-connected')
    assert.match(why, /link|unlinked|removed/i)
    assert.deepEqual(whatsapp.phone('15551234567').inbox(), [])
    const last = stage.receiver.received.map(eventOf).filter(({ account_id }) => account_id === 'desk')
    assert.equal(last.filter(({ type }) => type === 'account.logged_out').length, 1)
    await until(() => sessionOf(stage.folder, 'desk').credentials.length === 0, 'the session is forgotten')
    assert.deepEqual(sessionOf(stage.folder, 'desk').keys, [])
  })

  it('a phone may be linked to two accounts, but one session belongs to one of them', async () => {
    const { api, whatsapp } = stage
    await api.addAccount({ id: 'second', type: 'whatsmeow' })
    const { qr } = await api.getPairingQr({ id: 'second' })
    await whatsapp.phone('15550000001').scans(String(qr))
    await untilState(api, 'second', 'connected')
    const password = 'correct horse battery'
    const { session } = await api.exportSession({ id: 'second', password })
    for (const id of ['third', 'fourth']) await api.addAccount({ id, type: 'whatsmeow', disabled: true })
    await api.importSession({ id: 'third', session, password })
    assert.match(await refusal(api.importSession({ id: 'fourth', session, password }), 'exists'), /"third"/)
    assert.match(await refusal(api.enableAccount({ id: 'second' }), 'exists'), /"third"/)
    assert.equal((await api.getAccountStatus({ id: 'shop' })).state, 'connected')
    for (const id of ['second', 'third', 'fourth']) assert.deepEqual(await api.removeAccount({ id }), { status: 'ok' })
  })

  it('an account that is removed is unlinked from the phone, and nothing of its session stays in the store', async () => {
    const { api, whatsapp, folder } = stage
    const { credentials, keys } = sessionOf(folder, 'shop')
    assert.ok(credentials.length === 1 && keys.length > 10, `${credentials.length} credentials, ${keys.length} keys`)
    await api.removeAccount({ id: 'shop' })
    assert.deepEqual(
      whatsapp
        .phone('15550000001')
        .companions()
        .filter(({ linked }) => linked),
      [],
    )
    assert.deepEqual(sessionOf(folder, 'shop'), { credentials: [], keys: [] })
    await refusal(api.getAccountStatus({ id: 'shop' }), 'not-found')
    const { data } = await stage.told('shop', 'account.disconnected', ({ data }) => data.state === 'removed')
    assert.match(String(data.reason), /was removed/)
  })
})
