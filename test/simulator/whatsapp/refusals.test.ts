// What the simulated WhatsApp refuses by itself, as WhatsApp does: stanzas out of shape, stale lists, missing tokens, too much at once.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { BinaryNode } from 'baileys'
import type { Phone, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, linked, loggedIn, prepareLibrary, startTrusted } from './client.ts'

prepareLibrary()

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
})

const ackOf = (who: Client, id: string): Promise<BinaryNode> =>
  who.until(() => who.stanzas.find(({ tag, attrs }) => tag === 'ack' && attrs.id === id), `the answer to ${id}`)
const send = async (who: Client, to: string, text: string): Promise<BinaryNode> =>
  ackOf(who, (await who.socket().sendMessage(to, { text }))?.key.id ?? '')

const enc = (type = 'msg', attrs: Record<string, string> = { v: '2' }): BinaryNode => ({
  ...{ tag: 'enc', attrs: { type, ...attrs }, content: Buffer.from('sealed') },
})
const part = (jid: string | undefined, ...content: BinaryNode[]): BinaryNode => ({
  ...{ tag: 'to', attrs: jid ? { jid } : {}, content },
})
const all = (...content: BinaryNode[]): BinaryNode => ({ tag: 'participants', attrs: {}, content })
let count = 0
async function raw(attrs: Record<string, string>, content: BinaryNode[]): Promise<string | undefined> {
  const id = `RAW${++count}`
  await client.socket().sendNode({ tag: 'message', attrs: { id, ...attrs }, content })
  return (await ackOf(client, id)).attrs.error
}

describe('a message out of shape', () => {
  it('is refused (479) and reaches nobody', async () => {
    const to = { to: alice.pn, type: 'text' }
    const wrong: [Record<string, string>, BinaryNode[]][] = [
      [{ to: alice.pn }, [all(part(alice.pn, enc()))]],
      [to, []],
      [to, [all(part(alice.pn))]],
      [to, [all(part(undefined, enc()))]],
      [to, [all(part(alice.pn, enc(), enc()))]],
      [to, [all(part(alice.pn, enc('rot13')))]],
      [to, [all(part(alice.pn, enc('msg', {})))]],
      [
        { to: me.pn, type: 'text', category: 'peer' },
        [enc(), { tag: 'tctoken', attrs: {}, content: Buffer.from('t') }],
      ],
      [{ to: 'status@broadcast', type: 'text', addressing_mode: 'lid' }, [enc('skmsg')]],
    ]
    for (const [attrs, content] of wrong)
      assert.equal(await raw(attrs, content), '479', JSON.stringify({ attrs, content }))
    assert.deepEqual(alice.inbox(), [])
    assert.deepEqual(whatsapp.server.unread(), [])
  })

  it('ends the stream when it does not even say whose it is', async () => {
    await client.socket().sendNode({ tag: 'message', attrs: { type: 'text', to: alice.pn }, content: [enc()] })
    const isEnd = (each: BinaryNode) => JSON.stringify(each).includes('xml-not-well-formed')
    const ended = await client.until(() => client.stanzas.find(isEnd), 'the end')
    assert.deepEqual(ended.attrs, {})
    await client.closed()
    assert.match(String(whatsapp.server.broken()[0]), /without id/)
    await loggedIn(whatsapp, me, client)
  })

  it('is refused (421) in a group that is addressed otherwise', async () => {
    const { id } = whatsapp.groups.create({
      subject: 'Club',
      creator: alice.number,
      members: [me.number],
      quietly: true,
    })
    assert.equal(await raw({ to: id, type: 'text', addressing_mode: 'pn' }, [enc('skmsg')]), '421')
    const mixed = [all(part(alice.lid, enc('pkmsg')), part(me.pn, enc('pkmsg'))), enc('skmsg')]
    assert.equal(await raw({ to: id, type: 'text', addressing_mode: 'lid' }, mixed), '421')
  })
})

describe('what comes too late, or twice', () => {
  it('is taken without harm: answers to nothing, receipts for messages that never were', async () => {
    const questions = client.stanzas.length
    await client.socket().sendNode({ tag: 'iq', attrs: { id: 'nobody-asked', type: 'result', to: 's.whatsapp.net' } })
    await client.socket().sendNode({ tag: 'receipt', attrs: { id: 'NEVER', to: alice.lid, type: 'read' } })
    const ack = await ackOf(client, 'NEVER')
    assert.equal(ack.attrs.class, 'receipt')
    assert.ok(client.stanzas.slice(questions).every(({ attrs }) => attrs.id !== 'nobody-asked'))
  })

  it('is an error where a device is not there any more', async () => {
    const user = { tag: 'user', attrs: { jid: '15551234567:77@s.whatsapp.net' } }
    const key = { tag: 'key', attrs: {}, content: [user] }
    const attrs = { type: 'get', xmlns: 'encrypt', to: 's.whatsapp.net' }
    const answer = await client.socket().query({ tag: 'iq', attrs, content: [key] })
    assert.match(JSON.stringify(answer), /not-acceptable/)
  })
})

describe('a message for another list of devices', () => {
  it('is taken, and the answer carries the hash of the right one', async () => {
    const bob = whatsapp.phone('15557654321')
    assert.equal((await send(client, bob.pn, 'to your phone')).attrs.phash, undefined)
    // Bob links a device, and the sender does not hear of it.
    whatsapp.server.goesSilent(me.companions()[0])
    const his = await linked(whatsapp, bob)
    assert.deepEqual(
      me.companions()[0]?.waiting.map(({ type }) => type),
      ['devices'],
    )
    whatsapp.server.speaksAgain()
    await whatsapp.server.wait(() => me.companions()[0]?.waiting.length === 0, { what: 'the notice' })
    assert.equal((await send(client, bob.pn, 'to all of you')).attrs.phash, undefined)
    const ack = await raw({ to: bob.pn, type: 'text' }, [all(part(bob.pn, enc()))])
    assert.equal(ack, undefined)
    const { attrs } = await ackOf(client, `RAW${count}`)
    assert.match(attrs.phash ?? '', /^2:[A-Za-z0-9+/]{8}$/)
    his.end()
  })
})

describe('people who blocked somebody', () => {
  it('hear nothing of that person, who is told nothing', async () => {
    const carol = whatsapp.phone('15557654322')
    const hers = await linked(whatsapp, carol)
    whatsapp.notices.blocks(carol.number, me.number)
    await whatsapp.server.wait(() => carol.companions()[0]?.waiting.length === 0)
    assert.equal((await send(client, carol.pn, 'are you there?')).attrs.error, undefined)
    await me.says(carol.number, 'and from my phone?')
    assert.deepEqual([carol.inbox(), carol.companions()[0]?.waiting], [[], []])
    hers.end()
  })
})

describe('where tokens are wanted', () => {
  it('nobody is written to (463) who did not write first', async () => {
    whatsapp.server.wantsTokens(true)
    const dave = whatsapp.phone('15557654323')
    assert.equal((await send(client, dave.pn, 'hello stranger')).attrs.error, '463')
    assert.deepEqual(dave.inbox(), [])
    await dave.says(me.number, 'who is there?')
    await client.until(() => client.stanzas.find(({ attrs }) => attrs.type === 'privacy_token'), 'his token')
    await whatsapp.server.wait(() => me.companions()[0]?.waiting.length === 0)
    assert.equal((await send(client, dave.lid, 'me')).attrs.error, undefined)
    assert.equal((await dave.hears(() => true)).text, 'me')
    whatsapp.server.wantsTokens(false)
  })

  it('a token of somebody else is none', async () => {
    whatsapp.server.wantsTokens(true)
    const token = { tag: 'tctoken', attrs: {}, content: Buffer.alloc(16, 1) }
    assert.equal(await raw({ to: alice.pn, type: 'text' }, [all(part(alice.pn, enc())), token]), '463')
    whatsapp.server.wantsTokens(false)
  })
})

describe('limits', () => {
  it('refuse what is too much (429), and let it through again without them', async () => {
    whatsapp.server.limits('messages', { count: 2, withinMs: 60_000 })
    const errors: (string | undefined)[] = []
    for (const text of ['one', 'two', 'three']) errors.push((await send(client, alice.pn, text)).attrs.error)
    assert.deepEqual(errors, [undefined, undefined, '429'])
    whatsapp.server.limits('messages', null)
    assert.equal((await send(client, alice.pn, 'four')).attrs.error, undefined)
    whatsapp.server.limits('lookups', { count: 1, withinMs: 60_000 })
    await client.socket().onWhatsApp(alice.number)
    await assert.rejects(client.socket().onWhatsApp(alice.number), /rate-overlimit/)
    whatsapp.server.limits('lookups', null)
  })

  it('hold for what is kept: records are forgotten when one says so', async () => {
    assert.ok(alice.inbox().length > 0)
    whatsapp.server.clears()
    assert.deepEqual([alice.inbox(), whatsapp.server.receipts(), whatsapp.server.iqs()], [[], [], {}])
  })
})
