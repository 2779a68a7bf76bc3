// Edits, revokes and votes over a linked device: who may change what, and what is forged.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { proto } from 'baileys'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { sessionInMemory } from '../session.ts'
import { ANN, ANN_LID, BEN, BEN_LID, FILE, GROUP, inGroup, type Loose, ME, MY_JID, Stand, wire } from './stand.ts'

const { edit, poll, revoke, text, vote } = objects
const METADATA = {
  ...{ id: GROUP, subject: 'Night shift' },
  participants: [
    { id: BEN_LID, phoneNumber: BEN, admin: 'superadmin' },
    { id: ANN_LID, phoneNumber: ANN, admin: null },
  ],
}
const own = (id: string, remoteJid = MY_JID): objects.MessageKey => ({ remoteJid, id, fromMe: true })
const ofOther = (id: string, participant: string): objects.MessageKey => ({
  remoteJid: GROUP,
  id,
  fromMe: false,
  participant,
})

describe('an edit', () => {
  it('is told as what the message is now, and of which message', async () => {
    const at = new Stand()
    await at.told(wire(text('helo')), { id: 'M1' })
    const { type, data } = await at.one(wire(edit(own('M1'), text('hello'))), { id: 'E1' })
    assert.equal(type, 'message.edited')
    assert.deepEqual([data.message_id, data.target_id, data.message_type], ['E1', 'M1', 'text'])
    assert.deepEqual(data.text, { body: 'hello' })
  })
  it('of a caption has the file, and comes wrapped as well as not', async () => {
    const at = new Stand({ download: true })
    const content = edit(own('M1'), objects.image(FILE, { caption: 'The other shelf' }))
    const { type, data, draft } = await at.one(wire({ editedMessage: { message: content } }))
    assert.deepEqual([type, data.image, data.target_id], ['message.edited', { caption: 'The other shelf' }, 'M1'])
    assert.equal(draft.media?.id, data.media.file_id)
  })
  it('that makes nothing of a message, or an edit of an edit, is nothing', async () => {
    const at = new Stand()
    for (const content of [{}, edit(own('X'), text('x')), objects.reaction(own('X'), '!')])
      assert.deepEqual(await at.told(wire(edit(own('M1'), content))), [])
  })
})

describe('a revoke', () => {
  it('is told with the message that it is of', async () => {
    const { type, data } = await new Stand().one(wire(revoke(own('M1'))), { id: 'R1' })
    assert.equal(type, 'message.revoked')
    assert.deepEqual([data.message_id, data.target_id, data.message_type], ['R1', 'M1', 'revoke'])
    assert.deepEqual(data.revoke, { original_message_id: 'M1' })
  })
  it('by an admin of the group takes back the message of another', async () => {
    const at = new Stand({ groups: { [GROUP]: METADATA } })
    const { data } = await at.one(wire(revoke(ofOther('M1', ANN))), inGroup({ from: BEN_LID, fromAlt: BEN }))
    assert.deepEqual([data.target_id, data.from.id], ['M1', '15557654321'])
  })
  it('on one’s own phone may be of any message', async () => {
    const { data } = await new Stand().one(wire(revoke(ofOther('M1', ANN))), inGroup({ from: MY_JID, fromMe: true }))
    assert.equal(data.from_me, true)
  })
})

/** What nobody may do, by name: who has written what before, and the forged message with its envelope. */
const FORGED: Record<string, { content: proto.IMessage; envelope?: Loose; prepare?: (at: Stand) => unknown }> = {
  'a revoke of our message, claimed as ours': { content: revoke({ remoteJid: ANN, id: 'M1', fromMe: false }) },
  'a revoke of a message that this server sent': {
    content: revoke(own('OUT1')),
    prepare: (at) => at.sent('OUT1', '15551234567'),
  },
  'an edit of a message that this server sent': {
    content: edit(own('OUT1'), text('I owe you')),
    prepare: (at) => at.sent('OUT1', '15551234567'),
  },
  'a revoke of what our phone wrote': {
    content: revoke(own('PHONE1')),
    prepare: (at) => at.told(wire(text('mine')), { id: 'PHONE1', from: MY_JID, fromMe: true }),
  },
  'an edit of what another wrote in the group': {
    content: edit(own('M1', GROUP), text('not what I said')),
    envelope: inGroup({ from: ANN }),
    prepare: (at) => at.told(wire(text('what I said')), inGroup({ id: 'M1', from: BEN })),
  },
  'an edit of another’s message by an admin': {
    content: edit(ofOther('M1', ANN), text('x')),
    envelope: inGroup({ from: BEN }),
  },
  'a revoke of another’s message by who is no admin': {
    content: revoke(ofOther('M1', BEN)),
    envelope: inGroup({ from: ANN_LID, fromAlt: ANN }),
  },
  'a revoke of another’s message in a group that cannot be asked for': {
    content: revoke(ofOther('M1', BEN)),
    envelope: { chat: '120363000000000009@g.us', from: ANN },
  },
  'keys of our state from a stranger': { content: objects.forged.appStateKeys() },
  'history from a stranger': { content: objects.forged.historyNotice(new Uint8Array(8)) },
  'a message said to have been asked of our phone': {
    content: objects.forged.resentMessage({ remoteJid: BEN, id: 'X', fromMe: false }, { conversation: 'x' }),
  },
  'numbers for ids from a stranger': {
    content: objects.forged.lidMapping([{ phone: 15550009999, lid: 900000000000111 }]),
  },
  'a message among our devices from a stranger': { content: text('psst'), envelope: { category: 'peer' } },
}

describe('what is forged', () => {
  for (const [name, { content, envelope = {}, prepare }] of Object.entries(FORGED)) {
    it(`(${name}) becomes no event, is counted, and warned of once`, async () => {
      const at = new Stand({ groups: { [GROUP]: METADATA } })
      await prepare?.(at)
      assert.deepEqual(await at.told(wire(content), envelope), [])
      assert.deepEqual(await at.told(wire(content), envelope), [])
      assert.deepEqual(at.dropped, ['forged', 'forged'])
      assert.equal(at.warnings.length, 1)
    })
  }
  it('never changes who is whom', async () => {
    const at = new Stand()
    await at.told(wire(objects.forged.lidMapping([{ phone: 15550009999, lid: 900000000000111 }])))
    assert.equal((await at.one(wire(text('x')), { chat: ANN_LID })).data.chat.id, ANN_LID)
  })
  it('by our own phone is what phones do, and becomes no event either', async () => {
    const at = new Stand()
    for (const content of [objects.forged.appStateKeys(), objects.ephemeralSetting(86_400, ANN), {}])
      assert.deepEqual(await at.told(wire(content), { chat: MY_JID, from: MY_JID, fromMe: true }), [])
    assert.ok(!at.dropped.includes('forged'))
  })
})

describe('a vote', () => {
  const question = poll('Which?', ['Red', 'Blue'], 0)
  const answering = { key: own('POLL'), secret: question.secret, asker: ANN, answerer: BEN }
  const ask = (at: Stand): Promise<unknown> =>
    at.told(wire(question.message), inGroup({ id: 'POLL', from: ANN, fromAlt: ANN_LID }))
  const cast = (chosen: string[], more: Loose = {}): Loose => wire(vote({ ...answering, ...more }, chosen))

  it('is read with the secret that the poll told, and may be taken back', async () => {
    const at = new Stand()
    await ask(at)
    const { type, data } = await at.one(cast(['Blue', 'Red']), inGroup({ fromAlt: BEN_LID }))
    assert.deepEqual([type, data.message_type, data.target_id], ['message.received', 'poll_vote', 'POLL'])
    assert.deepEqual(data.poll_vote, { poll_id: 'POLL', options: ['Blue', 'Red'] })
    assert.equal(data.from.id, '15557654321')
    const back = await at.one(cast([]), inGroup())
    assert.deepEqual(back.data.poll_vote, { poll_id: 'POLL', options: [] })
  })
  it('is read after a restart, and whichever names WhatsApp used for the two', async () => {
    const session = sessionInMemory()
    await ask(new Stand({ session }))
    const names: Loose[] = [{}, { asker: ANN_LID }, { answerer: BEN_LID }, { asker: ANN_LID, answerer: BEN_LID }]
    for (const more of names) {
      const { data } = await new Stand({ session }).one(cast(['Red'], more), inGroup({ from: BEN_LID, fromAlt: BEN }))
      assert.deepEqual(data.poll_vote.options, ['Red'])
    }
  })
  it('in a poll of our own phone is read as well', async () => {
    const at = new Stand()
    await at.told(wire(question.message), inGroup({ id: 'POLL', from: MY_JID, fromMe: true }))
    const { data } = await at.one(cast(['Red'], { asker: ME.lid }), inGroup())
    assert.deepEqual(data.poll_vote.options, ['Red'])
  })
  it('in a poll that is not known says so', async () => {
    const { data } = await new Stand().one(cast(['Red']), inGroup())
    assert.equal(data.poll_vote.options, null)
    assert.match(data.poll_vote.reason, /secret is not known/)
  })
  it('in the name of another cannot be opened, and says so', async () => {
    const at = new Stand()
    await ask(at)
    const { data } = await at.one(cast(['Red'], { answerer: '15550000077@s.whatsapp.net' }), inGroup())
    assert.equal(data.poll_vote.options, null)
    assert.match(data.poll_vote.reason, /cannot be opened/)
  })
  it('of a poll never shows its secret', async () => {
    const at = new Stand()
    await ask(at)
    assert.ok(!JSON.stringify(at.drafts).includes(question.secret.toString('base64')))
  })
  it('for an event says who comes', async () => {
    const at = new Stand()
    const occasion = objects.event({ name: 'Sale', startsAt: 1_795_000_000 })
    await at.told(wire(occasion.message), inGroup({ id: 'EV', from: ANN }))
    const reply = objects.eventReply(
      { key: own('EV'), secret: occasion.secret, asker: ANN, answerer: BEN },
      'not-going',
    )
    const { data } = await at.one(wire(reply), inGroup())
    assert.deepEqual(data.event_response, { event_id: 'EV', response: 'not_going', extra_guests: 0 })
    assert.equal(data.target_id, 'EV')
  })
})
