// What newer phones encrypt with the secret of the message that it is about: edits, reactions, comments.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { createSecrets } from '../../../../src/transports/web/receive/secrets.ts'
import { sessionInMemory } from '../session.ts'
import { ANN, ANN_LID, BEN, FILE, GROUP, inGroup, type Loose, ME, MY_JID, Stand, wire } from './stand.ts'

const { secretComment, secretEdit, secretEventEdit, secretReaction, text, withSecret } = objects
const HELO = withSecret(text('helo'))
const key = (more: Loose = {}): Loose => ({ remoteJid: MY_JID, id: 'M1', fromMe: true, ...more })
/** Ann says something of her message, under the names that her phone uses. */
const byAnn = (more: Loose = {}): Loose => ({ key: key(), secret: HELO.secret, asker: ANN, answerer: ANN, ...more })
const hears = (at: Stand, more: Loose = {}): Promise<unknown> => at.told(wire(HELO.message), { id: 'M1', ...more })

describe('an encrypted edit', () => {
  it('is told as what the message is now, like any other', async () => {
    for (const whole of [true, false]) {
      const at = new Stand()
      await hears(at)
      const { type, data } = await at.one(wire(secretEdit(byAnn(), text('hello'), { whole })), { id: 'E1' })
      assert.deepEqual(
        [type, data.message_id, data.target_id, data.message_type, data.text],
        ['message.edited', 'E1', 'M1', 'text', { body: 'hello' }],
      )
    }
  })
  it('of a caption has the file', async () => {
    const at = new Stand({ download: true })
    await hears(at)
    const { data, draft } = await at.one(wire(secretEdit(byAnn(), objects.image(FILE, { caption: 'this shelf' }))))
    assert.deepEqual(data.image, { caption: 'this shelf' })
    assert.equal(draft.media?.id, data.media.file_id)
  })
  it('is read after a restart, and whichever names WhatsApp used', async () => {
    const session = sessionInMemory()
    await hears(new Stand({ session }))
    const both = { chat: ANN_LID, chatAlt: ANN }
    for (const more of [{}, { asker: ANN_LID }, { answerer: ANN_LID }, { asker: ANN_LID, answerer: ANN_LID }]) {
      const { data } = await new Stand({ session }).one(wire(secretEdit(byAnn(more), text('hello'))), both)
      assert.deepEqual([data.text, data.chat.id], [{ body: 'hello' }, '15551234567'])
    }
  })
  it('is read when its writer was known by LID alone before', async () => {
    const session = sessionInMemory()
    await hears(new Stand({ session }), { chat: ANN_LID })
    const edit = secretEdit(byAnn({ asker: ANN_LID, answerer: ANN_LID }), text('hello'))
    const { data } = await new Stand({ session }).one(wire(edit), { chat: ANN, chatAlt: ANN_LID })
    assert.equal(data.text.body, 'hello')
  })
  it('on our own phone is of what the phone or this server wrote', async () => {
    const own = { chat: ANN, from: MY_JID, fromMe: true }
    const at = new Stand()
    await hears(at, own)
    const names = { asker: ME.lid, answerer: ME.lid }
    const edit = await at.one(wire(secretEdit(byAnn(names), text('hello'))), own)
    assert.deepEqual([edit.type, edit.data.from_me, edit.data.text.body], ['message.edited', true, 'hello'])
    at.sent('OUT1', '15551234567')
    await at.receiver.wrote('OUT1', wire(HELO.message))
    const ofOurs = await at.one(wire(secretEdit(byAnn({ ...names, key: key({ id: 'OUT1' }) }), text('mended'))), own)
    assert.deepEqual([ofOurs.data.target_id, ofOurs.data.text.body], ['OUT1', 'mended'])
  })
  it('of a message that is not known says that there was one, and why it cannot be read', async () => {
    const { type, data } = await new Stand().one(wire(secretEdit(byAnn(), text('hello'))))
    assert.deepEqual([type, data.target_id, data.message_type], ['message.edited', 'M1', 'unsupported'])
    assert.match(data.unsupported.reason, /secret is not known/)
    assert.equal(data.errors[0].details, data.unsupported.reason)
  })
  it('that does not open with the secret says so', async () => {
    const at = new Stand()
    await hears(at)
    const { data } = await at.one(wire(secretEdit(byAnn({ secret: Buffer.alloc(32) }), text('hello'))))
    assert.match(data.unsupported.reason, /cannot be opened/)
  })
  it('of another’s message is forged, though whoever is in the group knows its secret', async () => {
    const group = key({ remoteJid: GROUP })
    const as = (answerer: string, asker: string): Loose =>
      wire(secretEdit(byAnn({ key: group, answerer, asker }), text('I owe you')))
    const session = sessionInMemory()
    for (const isRestarted of [false, true]) {
      const first = new Stand({ session })
      await hears(first, inGroup({ from: ANN, fromAlt: ANN_LID }))
      const at = isRestarted ? new Stand({ session }) : first
      for (const [answerer, asker] of [
        [BEN, ANN],
        [BEN, BEN],
        [ANN, ANN],
      ] as const)
        assert.deepEqual(await at.told(as(answerer, asker), inGroup({ from: BEN })), [])
      assert.deepEqual(at.dropped, ['forged', 'forged', 'forged'])
    }
  })
  it('of a message whose id was taken again is of the first one', async () => {
    const at = new Stand()
    await hears(at, inGroup({ from: ANN }))
    const other = withSecret(text('mine'))
    await at.told(wire(other.message), inGroup({ id: 'M1', from: BEN }))
    const stolen = secretEdit(byAnn({ secret: other.secret, asker: BEN, answerer: BEN }), text('I owe you'))
    assert.deepEqual(await at.told(wire(stolen), inGroup({ from: BEN })), [])
    const { data } = await at.one(wire(secretEdit(byAnn(), text('hello'))), inGroup({ from: ANN }))
    assert.equal(data.text.body, 'hello')
  })
  it('that holds an edit of another message, or none, is malformed', async () => {
    const at = new Stand()
    await hears(at)
    const other = objects.edit(key({ id: 'M2' }), text('x'))
    for (const content of [other, objects.reaction(key(), '!'), {}])
      assert.deepEqual(await at.told(wire(secretEdit(byAnn(), content, { whole: false }))), [])
    assert.deepEqual(await at.told(wire({ secretEncryptedMessage: { secretEncType: 2 } })), [])
    assert.deepEqual(at.dropped, Array(4).fill('malformed'))
  })
  it('fails, to come again, when the connection is gone that could read it', async () => {
    const at = new Stand()
    await hears(at)
    at.isCut = true
    await assert.rejects(at.told(wire(secretEdit(byAnn(), text('hello')))), /given up/)
  })
})

describe('what else is encrypted so', () => {
  it('is a changed event, with or without the message around it', async () => {
    const occasion = objects.event({ name: 'Sale', startsAt: 1_795_000_000 })
    const at = new Stand()
    await at.told(wire(occasion.message), inGroup({ id: 'M1', from: ANN }))
    for (const bare of [false, true]) {
      const now = { name: 'Sale, off', startsAt: 1_795_000_000, isCanceled: true }
      const edit = secretEventEdit(byAnn({ secret: occasion.secret }), now, { bare })
      const { type, data } = await at.one(wire(edit), inGroup({ from: ANN }))
      assert.deepEqual(
        [type, data.target_id, data.event.name, data.event.canceled],
        ['message.edited', 'M1', 'Sale, off', true],
      )
    }
    const reply = objects.eventReply({ ...byAnn({ secret: occasion.secret }), answerer: BEN }, 'going')
    const { data } = await at.one(wire(reply), inGroup({ from: BEN }))
    assert.equal(data.event_response.response, 'going', 'and answers to it are still read')
  })
  it('is a reaction, of anybody, and its end', async () => {
    const at = new Stand()
    await hears(at, inGroup({ from: ANN, fromAlt: ANN_LID }))
    for (const emoji of ['🎉', '']) {
      const reaction = secretReaction(byAnn({ asker: ANN_LID, answerer: BEN }), emoji)
      const { type, data } = await at.one(wire(reaction), inGroup())
      assert.deepEqual([type, data.reaction], ['message.reaction', { message_id: 'M1', emoji }])
      assert.equal(data.target_id, 'M1')
    }
  })
  it('is a comment, which answers the message', async () => {
    const at = new Stand()
    await hears(at, inGroup({ from: ANN }))
    const { type, data } = await at.one(wire(secretComment(byAnn({ answerer: BEN }), text('so true'))), inGroup())
    assert.deepEqual(
      [type, data.text.body, data.context.quoted_id, data.from.id],
      ['message.received', 'so true', 'M1', '15557654321'],
    )
  })
  it('is told as unknown, with why, when it cannot be read', async () => {
    const at = new Stand()
    for (const content of [secretReaction(byAnn(), '!'), secretComment(byAnn(), text('x'))]) {
      const { data } = await at.one(wire(content))
      assert.deepEqual([data.message_type, data.target_id], ['unknown', 'M1'])
      assert.match(data.unknown.reason, /secret is not known/)
    }
    const tomorrow = {
      secretEncryptedMessage: { targetMessageKey: key(), secretEncType: 9, encPayload: FILE.mediaKey },
    }
    const { data } = await at.one(tomorrow)
    assert.deepEqual([data.unknown, data.target_id], [{ type: 'secretEncryptedMessage' }, 'M1'])
  })
  it('never shows a secret', async () => {
    const at = new Stand()
    await hears(at)
    await at.told(wire(secretEdit(byAnn(), withSecret(text('hello'), Buffer.from(HELO.secret)).message)))
    assert.ok(!JSON.stringify(at.drafts).includes(HELO.secret.toString('base64')))
  })
})

describe('the secrets of messages', () => {
  it('are kept in a fixed number of places, where polls are not in the way of talk', async () => {
    const session = sessionInMemory()
    const at = new Stand({ session })
    const question = objects.poll('Which?', ['Red', 'Blue'])
    await at.told(wire(question.message), inGroup({ id: 'POLL', from: ANN }))
    const secrets = createSecrets(session)
    const about = { chat: '15551234567', authors: [ANN], secret: HELO.secret, options: [] }
    for (let no = 0; no < 6000; no += 1) await secrets.keep('secret', { ...about, id: `M${no}` })
    assert.equal((await secrets.find({ id: about.chat, phone: null, lid: null }, 'M5999'))?.id, 'M5999')
    assert.ok([...session.rows.keys()].filter((name) => name.startsWith('secret/')).length <= 4096)
    const vote = objects.vote({ key: key({ id: 'POLL' }), secret: question.secret, asker: ANN, answerer: BEN }, ['Red'])
    assert.deepEqual((await at.one(wire(vote), inGroup())).data.poll_vote.options, ['Red'])
  })
})
