// A linked device that comes back: logging in, being refused, being cut off, and what waited for it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Curve } from 'baileys'
import type { Phone, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, createClient, linked, loggedIn, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

describe('a linked device', () => {
  let whatsapp: WhatsAppSimulator
  let me: Phone
  let alice: Phone
  let client: Client
  const others: Client[] = []

  before(async () => {
    whatsapp = await startTrusted()
    me = whatsapp.phone('15550000001', { name: 'Me' })
    alice = whatsapp.phone('15551234567', { name: 'Alice' })
    client = await linked(whatsapp, me)
  })
  after(async () => {
    for (const one of [client, ...others]) one.end()
    await whatsapp.close()
    assert.deepEqual(whatsapp.server.unhandled(), [])
    assert.deepEqual(whatsapp.server.broken(), [])
  })
  const arrived = (id: string) =>
    client.until(() => client.messages.find(({ key, message }) => key.id === id && message), `message ${id}`)

  it('brings its keys once, and has them checked at each login', async () => {
    client.end()
    await client.closed()
    await loggedIn(whatsapp, me, client)
    const asked = whatsapp.server.iqs()
    assert.deepEqual(
      [asked['encrypt/set/registration'], asked['encrypt/get/count'], asked['encrypt/get/digest']],
      [1, 2, 2],
    )
  })

  it('gets what waited while its socket was cut, marked as offline', async () => {
    whatsapp.server.drops(me.companions()[0])
    assert.equal((await client.closed()).code, 428)
    const ids = [await alice.says(me.number, 'one'), await alice.says(me.number, 'two')]
    assert.equal(me.companions()[0]?.waiting.length, 2)
    await loggedIn(whatsapp, me, client)
    for (const id of ids) await arrived(id)
    const of = (id: string) => client.stanzas.findLast(({ tag, attrs }) => tag === 'message' && attrs.id === id)
    assert.deepEqual(
      ids.map((id) => of(id)?.attrs.offline),
      ['0', '1'],
    )
    const end = client.stanzas.findLast(
      ({ tag, content }) => tag === 'ib' && JSON.stringify(content).includes('"offline"'),
    )
    assert.match(JSON.stringify(end), /"count":"2"/)
    await whatsapp.server.wait(() => me.companions()[0]?.waiting.length === 0)
  })

  it('gets a message once more when it left before it confirmed it', async () => {
    client.socket().ws.on('CB:message', () => client.socket().ws.close())
    const id = await alice.says(me.number, 'hold on')
    await client.closed()
    assert.equal(me.companions()[0]?.waiting[0]?.id, id)
    await loggedIn(whatsapp, me, client)
    await whatsapp.server.wait(() => me.companions()[0]?.waiting.length === 0)
    assert.equal(client.stanzas.filter(({ tag, attrs }) => tag === 'message' && attrs.id === id).length, 2)
  })

  it('hears nothing of a deaf server, whose sockets stay open, and is heard again later', async () => {
    whatsapp.server.goesSilent(me.companions()[0])
    const before = client.stanzas.length
    const id = await alice.says(me.number, 'can you hear me?')
    const ping = { tag: 'iq', attrs: { type: 'get', xmlns: 'w:p', to: 's.whatsapp.net' } }
    await assert.rejects(client.socket().query(ping, 50), /Timed Out/)
    assert.equal(client.stanzas.length, before)
    assert.equal(me.companions()[0]?.online, true)
    whatsapp.server.speaksAgain()
    await arrived(id)
  })

  it('is told to come back later (503), and that another one has taken its place (440)', async () => {
    whatsapp.server.streamError('503')
    assert.equal((await client.closed()).code, 503)
    await loggedIn(whatsapp, me, client)
    const twin = createClient(whatsapp.url, {}, client.kept)
    others.push(twin)
    twin.connect()
    await twin.opened()
    assert.equal((await client.closed()).code, 440)
    whatsapp.server.streamError('440')
    assert.equal((await twin.closed()).code, 440)
    await loggedIn(whatsapp, me, client)
  })

  it('is refused with any reason that is asked for', async () => {
    client.end()
    await client.closed()
    for (const reason of ['403', '405', '503']) {
      whatsapp.server.refusesLogin(reason)
      client.connect()
      assert.equal((await client.closed()).code, Number(reason))
    }
    whatsapp.server.refusesLogin(null)
    await loggedIn(whatsapp, me, client)
  })

  it('is refused (401) when it does not hold the key with which it was linked', async () => {
    const creds = { ...client.kept.creds, noiseKey: Curve.generateKeyPair() }
    const thief = createClient(whatsapp.url, {}, { creds, keys: client.kept.keys })
    others.push(thief)
    thief.connect()
    assert.equal((await thief.closed()).code, 401)
    assert.equal(me.companions()[0]?.online, true)
  })

  it('renews its signed key, which must carry its signature', async () => {
    await client.socket().rotateSignedPreKey()
    const { signedPreKey } = client.kept.creds
    assert.equal(signedPreKey.keyId, 2)
    const bob = whatsapp.phone('15557654321')
    await arrived(await bob.says(me.number, 'with the new key'))
    signedPreKey.signature = Buffer.alloc(64, 3)
    const signedIdentityKey = Curve.generateKeyPair()
    Object.assign(client.socket().authState.creds, { signedIdentityKey })
    await assert.rejects(client.socket().rotateSignedPreKey(), /bad-request/)
  })

  it('is told that it was unlinked (401), and not let in any more', async () => {
    me.unlinks(1)
    assert.equal((await client.closed()).code, 401)
    assert.deepEqual(me.companions(), [])
    client.connect()
    assert.equal((await client.closed()).code, 401)
  })
})
