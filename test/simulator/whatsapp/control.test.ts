// The control API of the simulated WhatsApp: a device is linked and written to over HTTP alone, and mistakes are named.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, createClient, loggedIn, prepareLibrary, startTrusted } from './client.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as they are, and the assertions say what they must be
type Json = any

const [ME, ALICE] = ['15550000001', '15551234567']
let whatsapp: WhatsAppSimulator
let client: Client

async function call(route: string, body?: unknown) {
  const [method = '', path = ''] = route.split(' ')
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`http://127.0.0.1:${whatsapp.port}/_control${path}`, {
    method,
    ...(body === undefined ? {} : { body: payload }),
  })
  return { status: response.status, body: (await response.json()) as Json }
}

before(async () => {
  prepareLibrary()
  whatsapp = await startTrusted()
  client = createClient(whatsapp.url)
})

after(async () => {
  client.end()
  await whatsapp.close()
})

describe('the control API', () => {
  it('links a device by its QR code', async () => {
    assert.equal((await call(`POST /phones/${ME}`, { name: 'Me' })).body.number, ME)
    await call(`POST /phones/${ALICE}`, { name: 'Alice', autoDelivers: true })
    client.connect()
    const qr = await client.until(() => client.qrs.at(-1), 'a QR code')
    const device = await call(`POST /phones/${ME}/scans`, { qr })
    assert.deepEqual([device.status, device.body.id], [200, 1])
    await client.closed()
    await loggedIn(whatsapp, whatsapp.phone(ME), client)
    const { body } = await call('GET /phones')
    assert.deepEqual(
      body.map((each: Json) => [each.number, each.devices.length]),
      [
        [ME, 1],
        [ALICE, 0],
      ],
    )
  })

  it('lets people say texts, whole messages and files, edit them, take them back and react', async () => {
    const seen = (id: string) =>
      client.until(() => client.messages.find(({ key }) => key.id === id), `the message ${id}`)
    const { body: said } = await call(`POST /phones/${ALICE}/says`, { to: ME, text: 'hi' })
    assert.equal((await seen(said.id)).message?.conversation, 'hi')
    const message = { locationMessage: { degreesLatitude: 48.2, degreesLongitude: 16.4 } }
    const { body: place } = await call(`POST /phones/${ALICE}/says`, { to: ME, message })
    assert.equal((await seen(place.id)).message?.locationMessage?.degreesLatitude, 48.2)
    const file = { to: ME, kind: 'voice', data: 'T2dnUw==' }
    const { body: voice } = await call(`POST /phones/${ALICE}/sends-media`, file)
    const { audioMessage } = (await seen(voice.id)).message!
    assert.deepEqual([audioMessage?.ptt, Number(audioMessage?.fileLength)], [true, 4])
    const { body: edit } = await call(`POST /phones/${ALICE}/edits`, { to: ME, id: said.id, text: 'hello' })
    assert.equal((await seen(edit.id)).message?.protocolMessage?.editedMessage?.conversation, 'hello')
    const { body: revoke } = await call(`POST /phones/${ALICE}/revokes`, { to: ME, id: said.id })
    assert.equal((await seen(revoke.id)).message?.protocolMessage?.key?.id, said.id)
    const { body: reaction } = await call(`POST /phones/${ALICE}/reacts`, { to: ME, id: said.id, emoji: '👍' })
    assert.equal((await seen(reaction.id)).message?.reactionMessage?.text, '👍')
  })

  it('shows what a phone got, and lets it read and quote that', async () => {
    const sent = await client.socket().sendMessage(`${ALICE}@s.whatsapp.net`, { text: 'for Alice' })
    const id = sent!.key.id!
    await whatsapp.phone(ALICE).hears((each) => each.id === id)
    const { body: inbox } = await call(`GET /phones/${ALICE}/inbox`)
    const got = inbox.find((each: Json) => each.id === id)
    assert.equal(got.content.extendedTextMessage.text, 'for Alice')
    await call(`POST /phones/${ALICE}/reads`, { from: ME, ids: [id] })
    await client.until(
      () =>
        client.events.some((e) =>
          e['messages.update']?.some(({ key, update }) => key.id === id && update.status === 4),
        ),
      'read',
    )
    const { body: answer } = await call(`POST /phones/${ALICE}/says`, { to: ME, text: 'this?', quotes: id })
    const quoting = await client.until(() => client.messages.find(({ key }) => key.id === answer.id), 'the answer')
    assert.equal(quoting.message?.extendedTextMessage?.contextInfo?.stanzaId, id)
  })

  it('makes groups, changes them and speaks in them', async () => {
    const { body: group } = await call('POST /groups', { subject: 'Club', creator: ALICE, members: [ME] })
    const change = await call(`POST /groups/${group.id}/changes`, { by: ALICE, is: 'subject', text: 'Chess' })
    assert.equal(change.body.group.subject, 'Chess')
    const { body: said } = await call(`POST /phones/${ALICE}/says`, { to: group.id, text: 'hi club' })
    const got = await client.until(() => client.messages.find(({ key }) => key.id === said.id), 'the message')
    assert.equal(got.key.remoteJid, group.id)
    assert.match(
      (await call(`POST /groups/${group.id}/changes`, { by: ALICE, is: 'add' })).body.error,
      /who is missing/,
    )
    assert.match((await call(`POST /groups/${group.id}/changes`, { by: ME, is: 'locked' })).body.error, /forbidden/)
  })

  it('rings, and makes the server fall silent and drop', async () => {
    const { body: ring } = await call(`POST /phones/${ALICE}/calls`, { to: ME, video: true })
    await client.until(() => client.events.some((each) => each.call?.some(({ id }) => id === ring.id)), 'the call')
    assert.equal((await call(`POST /calls/${ring.id}/ends`, { how: 'missed' })).body.state, 'missed')
    assert.deepEqual((await call('POST /server/goes-silent')).body, { ok: true })
    assert.deepEqual((await call('POST /server/speaks-again', { phone: ME, id: 1 })).body, { ok: true })
    await call('POST /server/speaks-again')
    await call('POST /server/drops', { phone: ME, id: 1 })
    assert.equal((await client.closed()).code, 428)
  })

  it('sets limits, wants tokens, plants the past, shows a passkey, and forgets what was recorded', async () => {
    assert.deepEqual((await call('POST /server/limits', { of: 'lookups', count: 0 })).body, { ok: true })
    client.connect()
    await client.opened()
    await assert.rejects(client.socket().onWhatsApp(ALICE), /rate-overlimit/)
    await call('POST /server/limits', { of: 'lookups', count: null })
    assert.equal((await client.socket().onWhatsApp(ALICE))?.length, 1)
    assert.deepEqual((await call('POST /server/wants-tokens', { on: true })).body, { ok: true })
    await call('POST /server/wants-tokens', { on: false })
    const line = { text: 'long ago', at: 1_600_000_000, id: 'OLD1' }
    const past = { with: ALICE, messages: [line] }
    assert.deepEqual((await call(`POST /phones/${ME}/remembers`, past)).body, { ok: true })
    const wrong = await call(`POST /phones/${ME}/remembers`, { with: ALICE, messages: [{ at: 1 }] })
    assert.deepEqual([wrong.status, wrong.body.error], [400, 'text is missing'])
    const { body } = await call(`POST /phones/${ME}/passkey`, { options: { challenge: 'YWJj' } })
    assert.equal(body.type, 'public-key')
    assert.match((await call(`POST /phones/${ME}/passkey`, { options: {} })).body.error, /no challenge/)
    await call('POST /server/clears')
    assert.deepEqual((await call('GET /inbox')).body, [])
  })

  it('keeps a log of stanzas, and tells whom to trust', async () => {
    const { body: log } = await call('GET /log')
    assert.ok(log.some((each: Json) => each.to === 'server' && each.stanza.tag === 'iq'))
    assert.ok(log.length <= 1000)
    assert.deepEqual((await call('GET /trust')).body, whatsapp.trust)
    assert.deepEqual((await call('GET /server')).body.unhandled, [])
  })

  it('is not started twice on one port, and says so', async () => {
    await assert.rejects(startWhatsAppSimulator({ port: whatsapp.port }), { code: 'EADDRINUSE' })
  })

  it('names what is wrong with a request', async () => {
    const refused = async (route: string, body: unknown) => {
      const answer = await call(route, body)
      return [answer.status, answer.body.error]
    }
    const says = `POST /phones/${ALICE}/says`
    assert.deepEqual(await refused(says, { to: ME }), [400, 'say either text or message'])
    assert.deepEqual(await refused(says, { text: 'x' }), [400, 'to is missing'])
    assert.deepEqual(await refused(says, { to: ME, text: 5 }), [400, 'text must be a text'])
    assert.deepEqual(await refused(says, '{'), [400, 'the body is not JSON'])
    assert.deepEqual(await refused(says, []), [400, 'the body must be a JSON object'])
    assert.match(String((await refused(says, { to: ME, txt: 'x' }))[1]), /^txt is not known here; known: to, text/)
    assert.match(String((await refused(says, { to: ME, message: { hologram: {} } }))[1]), /knows no hologram/)
    assert.deepEqual(await refused(says, { to: '123456', text: 'x' }), [400, '123456 is not on WhatsApp'])
    assert.match(
      String((await refused('POST /phones/123456/says', { to: ME, text: 'x' }))[1]),
      /nobody has the number 123456/,
    )
    assert.match(String((await refused('POST /server/drops', { phone: ME }))[1]), /named by phone and id, both/)
    assert.match(String((await refused('POST /phones/abc', {}))[1]), /no phone number/)
    const lost = await call('GET /nowhere')
    assert.deepEqual([lost.status, lost.body.error], [404, 'there is no GET /_control/nowhere'])
    assert.ok(lost.body.routes.includes('POST /phones/{id}/says'))
    const response = await fetch(`http://127.0.0.1:${whatsapp.port}/`)
    assert.equal(response.status, 426)
  })
})
