// Who is who over a linked device: numbers and LIDs of one person, names, groups, and one's own phone.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as objects from '../../../../simulator/whatsapp/message-objects/index.ts'
import { sessionInMemory } from '../session.ts'
import { ANN, ANN_LID, BEN, BEN_LID, GROUP, inGroup, type Loose, ME, MY_JID, Stand, wire } from './stand.ts'

const HELLO = wire(objects.text('hello'))
const METADATA = {
  ...{ id: GROUP, subject: 'Night shift', desc: 'After ten', addressingMode: 'lid' },
  participants: [
    { id: BEN_LID, phoneNumber: BEN, admin: 'admin' },
    { id: ANN_LID, phoneNumber: ANN, admin: null },
  ],
}

describe('a person', () => {
  it('is one chat, whether WhatsApp writes the number or the LID', async () => {
    const at = new Stand()
    const byNumber = await at.one(HELLO, { chat: ANN, chatAlt: ANN_LID })
    const byLid = await at.one(HELLO, { chat: ANN_LID, chatAlt: null, pushName: null })
    assert.equal(byLid.chat, byNumber.chat)
    assert.deepEqual(byLid.data.from, byNumber.data.from)
  })

  it('stays one chat over a restart', async () => {
    const session = sessionInMemory()
    const before = await new Stand({ session }).one(HELLO, { chat: ANN_LID, chatAlt: ANN })
    const after = await new Stand({ session }).one(HELLO, { chat: ANN_LID, chatAlt: null, pushName: null })
    assert.deepEqual(after.data.chat, before.data.chat)
    assert.equal(after.data.chat.name, 'Ann Obi')
  })

  it('whose number WhatsApp keeps to itself is known by the LID', async () => {
    const { data, chat } = await new Stand().one(HELLO, { chat: ANN_LID })
    assert.equal(chat, ANN_LID)
    assert.deepEqual(data.from, { id: ANN_LID, phone: null, lid: ANN_LID, name: 'Ann Obi' })
  })

  it('is told by the number from when it is learned, by whatever way', async () => {
    for (const learn of [
      (at: Stand) => at.notice('lid-mapping.update', { lid: ANN_LID, pn: ANN }),
      (at: Stand) => at.notice('contacts.upsert', { id: ANN, lid: ANN_LID }),
      (at: Stand) => at.notice('groups.update', METADATA),
      (at: Stand) => at.told(HELLO, inGroup({ from: ANN_LID, fromAlt: ANN })),
    ]) {
      const at = new Stand({ groups: { [GROUP]: METADATA } })
      await learn(at)
      assert.equal((await at.one(HELLO, { chat: ANN_LID })).chat, '15551234567')
    }
  })

  it('writes from any device as the same person', async () => {
    const { data } = await new Stand().one(HELLO, {
      chat: '15551234567:12@s.whatsapp.net',
      from: '15551234567:12@s.whatsapp.net',
    })
    assert.equal(data.chat.id, '15551234567')
  })

  it('without number and LID, like the bot of Meta, is known by the whole address', async () => {
    const { data } = await new Stand().one(HELLO, { chat: '867051314767696@bot' })
    assert.deepEqual(data.chat, { id: '867051314767696@bot', phone: null, lid: null, name: 'Ann Obi', is_group: false })
  })
})

describe('a group', () => {
  it('has its name and its id, and tells who wrote by number and LID', async () => {
    const at = new Stand({ groups: { [GROUP]: METADATA } })
    const { data, chat } = await at.one(HELLO, inGroup({ from: BEN_LID, fromAlt: BEN }))
    assert.equal(chat, GROUP)
    assert.deepEqual(data.chat, { id: GROUP, phone: null, lid: null, name: 'Night shift', is_group: true })
    assert.deepEqual(data.from, { id: '15557654321', phone: '+15557654321', lid: BEN_LID, name: 'Ben' })
  })

  it('is asked for once, however many messages come at the same moment', async () => {
    const at = new Stand({ groups: { [GROUP]: METADATA } })
    await Promise.all([1, 2, 3].map(() => at.told(HELLO, inGroup())))
    await at.told(HELLO, inGroup())
    assert.deepEqual(at.asked, [GROUP])
  })

  it('that cannot be asked for costs no message, and is not asked for at every one', async () => {
    const at = new Stand()
    assert.equal((await at.one(HELLO, inGroup())).data.chat.name, null)
    assert.equal((await at.one(HELLO, inGroup())).data.chat.id, GROUP)
    assert.equal(at.asked.length, 1)
  })

  it('that never answers holds a message up for a moment only', async () => {
    const clock = {
      now: () => Date.now(),
      after: (_: number, run: () => void) => ({ cancel: clearImmediate.bind(null, setImmediate(run)) }),
    }
    const at = new Stand({ clock, groups: { [GROUP]: () => new Promise(() => {}) } })
    assert.equal((await at.one(HELLO, inGroup())).data.chat.name, null)
  })

  it('is called by its new name once that is told', async () => {
    const at = new Stand({ groups: { [GROUP]: METADATA } })
    await at.told(HELLO, inGroup())
    await at.notice('groups.update', { id: GROUP, subject: 'Day shift' })
    assert.equal((await at.one(HELLO, inGroup())).data.chat.name, 'Day shift')
  })
})

describe('one’s own phone', () => {
  it('writes from us, into the chat of the other', async () => {
    const at = new Stand()
    await at.told(HELLO, { chat: ANN, chatAlt: ANN_LID })
    const { data, chat, type } = await at.one(HELLO, { chat: ANN_LID, from: MY_JID, fromMe: true, pushName: 'Shop' })
    assert.deepEqual([type, chat, data.from_me], ['message.received', '15551234567', true])
    assert.deepEqual(data.from, { id: '15550000001', phone: '+15550000001', lid: ME.lid, name: null })
    assert.equal(data.chat.name, 'Ann Obi', 'and not our own name')
  })

  it('is never taken for the other, though WhatsApp tells our own number beside the chat', async () => {
    const at = new Stand()
    const { data } = await at.one(HELLO, { chat: BEN_LID, chatAlt: MY_JID, from: MY_JID, fromMe: true })
    assert.equal(data.chat.id, BEN_LID)
    assert.equal(data.chat.phone, null)
  })

  it('may write to itself', async () => {
    const { data } = await new Stand().one(HELLO, { chat: MY_JID, from: MY_JID, fromMe: true })
    assert.equal(data.chat.id, '15550000001')
  })

  it('is not told of what this server sent itself', async () => {
    const at = new Stand()
    at.sent('3EB0OURS', '15551234567')
    assert.deepEqual(await at.told(HELLO, { id: '3EB0OURS', from: MY_JID, fromMe: true }), [])
    const stranger = await at.one(HELLO, { id: '3EB0OURS' })
    assert.equal(stranger.data.from_me, false, 'an id alone makes nobody us')
  })
})

describe('broadcasts', () => {
  const status = { chat: 'status@broadcast', from: ANN }
  const channel = { chat: '120363999999999999@newsletter', pushName: null }
  it('are left out unless their owner wants them', async () => {
    const at = new Stand()
    assert.deepEqual([...(await at.told(HELLO, status)), ...(await at.told(HELLO, channel))], [])
    assert.deepEqual(at.dropped, [])
  })
  it('are chats of their own when wanted', async () => {
    const at = new Stand({ web: { broadcasts: true } })
    const seen = await at.one(HELLO, status)
    assert.deepEqual(
      [seen.chat, seen.data.chat.is_group, seen.data.from.id],
      ['status@broadcast', false, '15551234567'],
    )
    const told = await at.one(HELLO, channel)
    assert.deepEqual([told.chat, told.data.from.id], [channel.chat, channel.chat])
  })
  it('to a list belong to the chat with their writer', async () => {
    const { data }: Loose = await new Stand().one(HELLO, { chat: '1700000000@broadcast', from: ANN })
    assert.equal(data.chat.id, '15551234567')
  })
})

describe('recording', () => {
  it('that fails is told to WhatsApp by failing, and keeps the order of a chat', async () => {
    const at = new Stand()
    at.trouble = new Error('disk full')
    await assert.rejects(at.told(HELLO), /disk full/)
    at.trouble = null
    const names = await Promise.all(['1', '2', '3'].map((text) => at.told(wire(objects.text(text)))))
    assert.ok(names.length === 3)
    assert.deepEqual(
      at.drafts.map(({ data }) => JSON.parse(data).text.body),
      ['1', '2', '3'],
    )
  })
})
