// What goes wrong at WhatsApp: refused and late acknowledgements, throttled look-ups, numbers that are not there.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { BinaryNode } from 'baileys'
import type { Phone, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, createClient, linked, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

describe('the simulated WhatsApp', () => {
  let whatsapp: WhatsAppSimulator
  let me: Phone
  let alice: Phone
  let client: Client

  before(async () => {
    whatsapp = await startTrusted()
    me = whatsapp.phone('15550000001', { name: 'Me' })
    alice = whatsapp.phone('15551234567', { name: 'Alice' })
    client = await linked(whatsapp, me)
  })
  after(async () => {
    client.end()
    await whatsapp.close()
    assert.deepEqual(whatsapp.server.broken(), [])
  })
  const send = async (text: string): Promise<string> =>
    (await client.socket().sendMessage(alice.pn, { text }))?.key.id ?? ''
  const isAckOf =
    (id: string) =>
    ({ tag, attrs }: BinaryNode): boolean =>
      tag === 'ack' && attrs.class === 'message' && attrs.id === id
  const statusesOf = (id: string) =>
    client.events
      .flatMap((event) => event['messages.update'] ?? [])
      .filter(({ key }) => key.id === id)
      .map(({ update }) => update)

  it('refuses messages with an error, and gives them to nobody', async () => {
    for (const error of ['463', '479', '429']) {
      whatsapp.server.answersAck(error)
      const id = await send(`refused with ${error}`)
      const update = await client.until(() => statusesOf(id)[0], 'the refusal')
      assert.equal(update.status, 0)
      assert.equal(update.messageStubParameters?.[0], error)
      assert.equal(
        alice.inbox().some((message) => message.id === id),
        false,
      )
    }
    whatsapp.server.answersAck(null)
  })

  it('keeps acknowledgements back until it is told', async () => {
    whatsapp.server.holdsAcks()
    const id = await send('taken, but not said so')
    await alice.hears((message) => message.id === id)
    assert.equal(client.stanzas.some(isAckOf(id)), false)
    whatsapp.server.releasesAcks()
    await client.until(() => client.stanzas.find(isAckOf(id)), 'the acknowledgement')
  })

  it('tells of delivery, reading and listening when the phone does', async () => {
    const id = await send('how far is it?')
    await alice.hears((message) => message.id === id)
    alice.delivers(me.number, [id])
    await client.until(() => statusesOf(id).some(({ status }) => status === 3), 'delivery')
    alice.reads(me.number, [id])
    await client.until(() => statusesOf(id).some(({ status }) => status === 4), 'reading')
    alice.plays(me.number, [id])
    await client.until(() => statusesOf(id).some(({ status }) => status === 5), 'listening')
  })

  it('tells several in one receipt, and at once for phones that do it by themselves', async () => {
    const ids = [await send('first'), await send('second')]
    alice.reads(me.number, ids)
    for (const id of ids) await client.until(() => statusesOf(id).some(({ status }) => status === 4), 'reading')
    const eager = whatsapp.phone('15557654300', { autoDelivers: true })
    const id = (await client.socket().sendMessage(eager.pn, { text: 'there already?' }))?.key.id ?? ''
    await client.until(() => statusesOf(id).some(({ status }) => status === 3), 'delivery')
  })

  it('knows who is on WhatsApp and who is not', async () => {
    const found = await client.socket().onWhatsApp('15551234567', '19998887777')
    assert.deepEqual(found, [{ jid: alice.pn, exists: true }])
    const isAnswer = (stanza: BinaryNode) => JSON.stringify(stanza).includes('19998887777')
    assert.match(JSON.stringify(client.stanzas.findLast(isAnswer)), /"type":"out"/)
    const status = await client.socket().fetchStatus(alice.pn)
    assert.match(JSON.stringify(status), /using WhatsApp/)
  })

  it('throttles look-ups', async () => {
    whatsapp.server.throttlesLookups()
    await assert.rejects(client.socket().onWhatsApp('15551234567'), /rate-overlimit/)
    assert.equal((await client.socket().onWhatsApp('15551234567'))?.length, 1)
  })

  it('keeps privacy settings and the list of who is blocked', async () => {
    await client.socket().updateReadReceiptsPrivacy('none')
    assert.equal((await client.socket().fetchPrivacySettings(true)).readreceipts, 'none')
    await client.socket().updateBlockStatus(alice.lid, 'block')
    assert.deepEqual(await client.socket().fetchBlocklist(), [alice.lid])
    await client.socket().updateBlockStatus(alice.lid, 'unblock')
    assert.deepEqual(await client.socket().fetchBlocklist(), [])
  })

  it('takes presence and typing, and shows a phone that types', async () => {
    const heard: string[] = []
    whatsapp.server.on('heard', ({ tag, content }) => {
      heard.push(Array.isArray(content) ? `${tag} ${content[0]?.tag}` : tag)
    })
    await client.socket().sendPresenceUpdate('composing', alice.pn)
    await whatsapp.server.wait(() => heard.includes('chatstate composing'))
    alice.types(me.number)
    const presence = await client.until(
      () => client.events.find((event) => event['presence.update'])?.['presence.update'],
      'that she types',
    )
    assert.equal(presence.presences[alice.lid]?.lastKnownPresence, 'composing')
  })

  it('gives the token of who was written to, which is shown when writing back', async () => {
    const hers = await linked(whatsapp, alice)
    await client.socket().sendMessage(alice.pn, { text: 'you may write to me' })
    await hers.until(() => hers.stanzas.find(({ attrs }) => attrs.type === 'privacy_token'), 'the token')
    await whatsapp.server.wait(() => alice.companions()[0]?.waiting.length === 0)
    const shown = Promise.withResolvers<boolean>()
    const stop = whatsapp.server.on('heard', ({ tag, content }) => {
      if (tag === 'message' && Array.isArray(content)) shown.resolve(content.some((part) => part.tag === 'tctoken'))
    })
    await hers.socket().sendMessage(me.lid, { text: 'I do' })
    assert.equal(await shown.promise, true)
    stop()
    hers.end()
  })

  it('asks a device for more keys when others have used up nearly all', async () => {
    const [device] = me.companions()
    assert.ok(device)
    const user = { tag: 'user', attrs: { jid: device.lid } }
    const key = { tag: 'key', attrs: {}, content: Array.from({ length: device.keys - 3 }, () => user) }
    await client.socket().query({
      tag: 'iq',
      attrs: { type: 'get', xmlns: 'encrypt', to: 's.whatsapp.net' },
      content: [key],
    })
    await whatsapp.server.wait(() => (me.companions()[0]?.keys ?? 0) > 3)
  })

  it('takes new connections while it is silent, and says nothing on them', async () => {
    whatsapp.server.goesSilent()
    const deaf = createClient(whatsapp.url)
    deaf.connect()
    await whatsapp.server.wait(() => whatsapp.server.connections() === 2)
    assert.deepEqual(deaf.stanzas, [])
    whatsapp.server.speaksAgain()
    deaf.end()
  })

  it('answers a question that it does not know with an error, and remembers it', async () => {
    assert.deepEqual(whatsapp.server.unhandled(), [])
    const question = { tag: 'iq', attrs: { type: 'get', xmlns: 'w:riddle', to: 's.whatsapp.net' } }
    await assert.rejects(client.socket().query(question), /feature-not-implemented/)
    assert.equal(whatsapp.server.unhandled()[0]?.attrs.xmlns, 'w:riddle')
  })
})
