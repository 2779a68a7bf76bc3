// Messages between phones and linked devices, encrypted for each device, read with the library's own Signal.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type BinaryNode, proto } from 'baileys'
import type { Phone, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, linked, loggedIn, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

let whatsapp: WhatsAppSimulator
let me: Phone
let alice: Phone
let client: Client

const arrived = (id: string) => client.until(() => client.messages.find(({ key }) => key.id === id), `message ${id}`)
const send = async (to: string, text: string): Promise<string> => {
  const sent = await client.socket().sendMessage(to, { text })
  assert.ok(sent?.key.id)
  return sent.key.id
}

before(async () => {
  whatsapp = await startTrusted()
  me = whatsapp.phone('15550000001', { name: 'Me' })
  alice = whatsapp.phone('15551234567', { name: 'Alice' })
  client = await linked(whatsapp, me)
})

after(async () => {
  client.end()
  await whatsapp.close()
  assert.deepEqual(whatsapp.server.unhandled(), [])
  assert.deepEqual(whatsapp.server.broken(), [])
})

describe('a phone that writes to a linked device', () => {
  it('begins a session, and is known by both its names', async () => {
    const id = await alice.says(me.number, 'hi from alice')
    const { message, key, pushName } = await arrived(id)
    assert.equal(message?.conversation, 'hi from alice')
    assert.equal(key.remoteJid, alice.lid)
    assert.equal(key.remoteJidAlt, alice.pn)
    assert.equal(key.fromMe, false)
    assert.equal(pushName, 'Alice')
  })

  it('goes on with the session once the device has answered', async () => {
    const answer = await send(alice.pn, 'I heard you')
    await alice.hears(({ id }) => id === answer)
    const id = await alice.says(me.number, 'and I you')
    await arrived(id)
    const { content } = client.stanzas.find(({ tag, attrs }) => tag === 'message' && attrs.id === id) ?? {}
    assert.ok(Array.isArray(content))
    assert.equal(content[0]?.attrs.type, 'msg')
  })

  it('may address by phone number instead', async () => {
    const { key } = await arrived(await alice.says(me.number, 'by number', { addressing: 'pn' }))
    assert.equal(key.remoteJid, alice.pn)
    assert.equal(key.remoteJidAlt, alice.lid)
  })

  it('sends messages as the protocol has them', async () => {
    const { message } = await arrived(
      await alice.says(me.number, { locationMessage: { degreesLatitude: 48.2, degreesLongitude: 16.4 } }),
    )
    assert.equal(message?.locationMessage?.degreesLatitude, 48.2)
  })

  it('gives the own phone’s messages to its linked device as copies', async () => {
    const { key, message } = await arrived(await me.says(alice.number, 'from my phone'))
    assert.equal(message?.conversation, 'from my phone')
    assert.equal(key.fromMe, true)
    assert.equal(key.remoteJid, alice.lid)
    assert.equal(key.remoteJidAlt, alice.pn)
  })

  it('is told by the device that the message arrived', async () => {
    const id = await alice.says(me.number, 'did it arrive?')
    const receipt = await whatsapp.server.wait(() => whatsapp.server.receipts().find(({ ids }) => ids.includes(id)))
    assert.equal(receipt.type, 'inactive')
    assert.equal(me.companions()[0]?.waiting.length, 0)
  })
})

describe('a linked device that writes', () => {
  it('is read by the other phone, by its own phone as a copy, and acknowledged', async () => {
    const id = await send(alice.pn, 'hello alice')
    const received = await alice.hears((message) => message.id === id)
    assert.deepEqual(
      [received.text, received.from, received.device, received.own],
      ['hello alice', me.number, 1, false],
    )
    const copy = await me.hears((message) => message.id === id)
    assert.deepEqual([copy.text, copy.own, copy.to], ['hello alice', true, alice.pn])
    const isAck = ({ tag, attrs }: BinaryNode) => tag === 'ack' && attrs.class === 'message' && attrs.id === id
    const ack = await client.until(() => client.stanzas.find(isAck), 'the acknowledgement')
    assert.equal(ack.attrs.error, undefined)
  })

  it('reaches somebody it has never seen, by phone number and by LID', async () => {
    const bob = whatsapp.phone('15557654321', { name: 'Bob' })
    const carol = whatsapp.phone('15557654322', { name: 'Carol', lid: '4242424242' })
    const toBob = await send(bob.pn, 'hello bob')
    assert.equal((await bob.hears(({ id }) => id === toBob)).cipher, 'pkmsg')
    const toCarol = await send(carol.lid, 'hello carol')
    const received = await carol.hears(({ id }) => id === toCarol)
    assert.deepEqual([received.text, received.to], ['hello carol', '4242424242@lid'])
  })

  it('sends again, with a new session, what a phone could not read', async () => {
    const id = await send(alice.pn, 'once more, please')
    await alice.hears((message) => message.id === id)
    await alice.asksAgain(id)
    const again = await alice.hears((message) => message.id === id && message.repeated)
    assert.deepEqual([again.text, again.cipher], ['once more, please', 'pkmsg'])
  })

  it('gets a message again that it could not read', async () => {
    whatsapp.server.corruptsNext()
    const id = await alice.says(me.number, 'broken at first')
    await whatsapp.server.wait(() =>
      whatsapp.server.receipts().some(({ ids, type }) => ids.includes(id) && type === 'retry'),
    )
    const read = await client.until(
      () => client.messages.find(({ key, message }) => key.id === id && message),
      'the message, sent again',
    )
    assert.equal(read.message?.conversation, 'broken at first')
  })

  it('gets a message again that it could not read twice, with keys that it brings itself', async () => {
    whatsapp.server.corruptsNext(2)
    const id = await alice.says(me.number, 'broken twice')
    await client.until(() => client.messages.find(({ key, message }) => key.id === id && message), 'the message')
    const asked = whatsapp.server.receipts().filter(({ ids, type }) => ids.includes(id) && type === 'retry')
    assert.equal(asked.length, 2)
  })

  it('gets a copy of its own phone’s message again that it could not read', async () => {
    whatsapp.server.corruptsNext()
    const id = await me.says(alice.number, 'a broken copy')
    const read = await client.until(
      () => client.messages.find(({ key, message }) => key.id === id && message),
      'the copy',
    )
    assert.deepEqual([read.message?.conversation, read.key.fromMe], ['a broken copy', true])
  })

  it('is not believed when it begins a session without the word of its phone', async () => {
    const dave = whatsapp.phone('15557654399', { asksByItself: false })
    const socket = client.socket()
    const { account } = client.kept.creds
    assert.ok(account?.accountSignature)
    const signature = account.accountSignature
    account.accountSignature = Buffer.alloc(64, 1)
    await socket.sendMessage(dave.pn, { text: 'believe me' })
    const unread = await whatsapp.server.wait(() => whatsapp.server.unread().find(({ by }) => by === dave.number))
    account.accountSignature = signature
    assert.match(unread.why, /vouches/)
    assert.deepEqual(dave.inbox(), [])
  })
})

describe('two linked devices of one phone, and one of another', () => {
  let second: Client
  let hers: Client
  const written = new Map<string, proto.IMessage>()
  const write = async (text: string): Promise<string> => {
    const sent = await second.socket().sendMessage(alice.pn, { text })
    assert.ok(sent?.key.id && sent.message)
    written.set(sent.key.id, sent.message)
    return sent.key.id
  }
  before(async () => {
    second = await linked(whatsapp, me, { getMessage: async ({ id }) => written.get(id ?? '') })
    hers = await linked(whatsapp, alice)
  })
  after(() => {
    second.end()
    hers.end()
  })
  const seenBy = (who: Client, id: string) =>
    who.until(() => who.messages.find(({ key, message }) => key.id === id && message), `message ${id}`)

  it('each get what a phone writes', async () => {
    const id = await alice.says(me.number, 'to all of you')
    const seen = await Promise.all([client, second, hers].map((who) => seenBy(who, id)))
    assert.deepEqual(
      seen.map(({ key }) => key.fromMe),
      [false, false, true],
    )
  })

  it('each get what another of them writes, and know who wrote it', async () => {
    // A device keeps lists of devices for minutes: one that has just come knows of all.
    const id = await write('from my second device')
    const [own, other] = await Promise.all([seenBy(client, id), seenBy(hers, id)])
    assert.deepEqual([own.key.fromMe, own.key.remoteJid], [true, alice.pn])
    assert.deepEqual([other.key.fromMe, other.key.remoteJid, other.pushName], [false, me.pn, 'Me'])
    assert.equal(other.message?.extendedTextMessage?.text, 'from my second device')
    await alice.hears((message) => message.id === id && message.device === 2)
  })

  it('ask each other again for what they could not read', async () => {
    whatsapp.server.corruptsNext(2)
    const id = await write('broken on its way')
    for (const who of [client, hers]) {
      const read = await seenBy(who, id)
      assert.equal(read.message?.extendedTextMessage?.text, 'broken on its way')
    }
  })

  it('live and end apart: what becomes of one leaves the others alone, and all hear of it', async () => {
    const third = await linked(whatsapp, me)
    const id = third.kept.creds.me?.id
    const notice = (who: Client, is: string) =>
      who.until(
        () =>
          who.stanzas.find(({ attrs, content }) => {
            const [part] = Array.isArray(content) ? content : []
            return attrs.type === 'devices' && part?.tag === is && JSON.stringify(part).includes(String(id))
          }),
        `${is} of ${id}`,
      )
    for (const who of [client, second, hers]) await notice(who, 'add')
    me.unlinks(3)
    assert.equal((await third.closed()).code, 401)
    for (const who of [client, second, hers]) await notice(who, 'remove')
    const text = 'to the two that are left'
    const said = await alice.says(me.number, text)
    for (const who of [client, second]) assert.equal((await seenBy(who, said)).message?.conversation, text)
    whatsapp.server.drops(me.companions()[1])
    assert.equal((await second.closed()).code, 428)
    assert.equal(me.companions()[0]?.online, true)
    await loggedIn(whatsapp, me, second)
    third.end()
  })

  it('hear from each other that messages arrived and were read', async () => {
    const id = await write('tell me when you read it')
    const { key } = await seenBy(hers, id)
    await hers.socket().readMessages([key])
    const statuses = () =>
      second.events
        .flatMap((event) => event['messages.update'] ?? [])
        .filter((update) => update.key.id === id)
        .map(({ update }) => update.status)
    await second.until(() => statuses().includes(proto.WebMessageInfo.Status.READ), 'the receipt')
  })
})
