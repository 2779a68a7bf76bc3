// The past and the settings that a phone shares with its devices, as the real library takes them in.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { strange, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import type { Client } from './client.ts'
import { linked } from './client.ts'
import { ALICE, BOB, lid, ME, pn, type Stage, setStage, told } from './stage.ts'

let stage: Stage
let whatsapp: WhatsAppSimulator
let client: Client

before(async () => {
  stage = await setStage({ shouldSyncHistoryMessage: () => true })
  whatsapp = stage.whatsapp
  client = stage.client
})

after(() => stage.end())

describe('history', () => {
  for (const inline of [true, false]) {
    it(`comes ${inline ? 'within the message' : 'as a file'}`, async () => {
      const chat = {
        with: ALICE,
        name: 'Alice from the pier',
        messages: [
          { content: `old ${inline}`, at: 1_700_000_000, id: `H${inline}` },
          { content: 'answer', at: 1_700_000_100, fromMe: true },
        ],
      }
      await whatsapp.history.send(ME, 1, { kind: inline ? 'initial' : 'recent', inline, chats: [chat], people: [BOB] })
      const wanted = `H${inline}`
      const set = await told(client, 'messaging-history.set', ({ messages }) =>
        messages.some(({ key }) => key.id === wanted),
      )
      assert.deepEqual(
        set.contacts.map(({ id, name }) => [id, name]),
        [[lid(ALICE), 'Alice from the pier']],
      )
      const old = set.messages.find(({ key }) => key.id === wanted)
      assert.deepEqual(
        [old?.key.remoteJid, old?.key.fromMe, old?.message?.conversation],
        [lid(ALICE), false, `old ${inline}`],
      )
      const { lidMapping } = client.socket().signalRepository
      assert.equal(await lidMapping.getPNForLID(lid(BOB)), `${BOB}:0@s.whatsapp.net`)
    })
  }

  it('brings the names by which people go', async () => {
    await whatsapp.history.send(ME, 1, { kind: 'push-names', inline: true, names: [BOB] })
    const set = await told(client, 'messaging-history.set', ({ contacts }) =>
      contacts.some(({ notify }) => notify === 'Bob'),
    )
    assert.equal(set.contacts[0]?.id, lid(BOB))
  })
})

describe('what a device asks of its phone', () => {
  const request = (count: number, oldest: { id: string; at: number }) =>
    client.socket().fetchMessageHistory(count, { remoteJid: lid(BOB), fromMe: false, id: oldest.id }, oldest.at * 1000)

  it('is answered with the messages before the one that it names, newest first', async () => {
    const messages = ['one', 'two', 'three', 'four'].map((content, at) => ({
      content,
      at: 1_600_000_000 + at,
      id: content,
    }))
    whatsapp.history.remembers(ME, [{ with: BOB, messages }])
    const id = await request(2, { id: 'four', at: 1_600_000_003 })
    const isAnswer = (set: { peerDataRequestSessionId?: string | null }) => set.peerDataRequestSessionId === id
    const { messages: older } = await told(client, 'messaging-history.set', isAnswer)
    assert.deepEqual(
      older.map(({ key }) => key.id),
      ['three', 'two'],
    )
  })

  it('is answered with a message that never came, as far as the phone has it', async () => {
    const from = lid(BOB)
    whatsapp.history.remembers(ME, [
      { with: BOB, messages: [{ content: 'only on the phone', at: 1_700_000_000, id: 'LOST' }] },
    ])
    whatsapp.strange(ME, 1, strange.unavailable({ from, id: 'LOST' }))
    const asked = await client.socket().requestPlaceholderResend({ remoteJid: from, id: 'LOST', fromMe: false })
    assert.ok(asked)
    const found = () => client.messages.find(({ key, message }) => key.id === 'LOST' && message?.conversation)
    assert.equal((await client.until(found, 'the message')).message?.conversation, 'only on the phone')
  })

  it('is not answered by a phone that is switched off', async () => {
    whatsapp.phone(ME, { answersRequests: false })
    const id = await request(2, { id: 'four', at: 1_600_000_003 })
    await whatsapp.phone(ME).hears((each) => each.id === id)
    whatsapp.phone(ME, { answersRequests: true })
    const second = await request(1, { id: 'four', at: 1_600_000_003 })
    await told(client, 'messaging-history.set', (set) => set.peerDataRequestSessionId === second)
    assert.ok(!client.events.some((event) => event['messaging-history.set']?.peerDataRequestSessionId === id))
  })
})

describe('settings', () => {
  it('are opened by devices that have the key, and by no others', async () => {
    await whatsapp.settings.shareKey(ME, 1)
    await told(client, 'creds.update', ({ myAppStateKeyId }) => myAppStateKeyId !== undefined)
    await whatsapp.settings.nameContact(ME, ALICE, 'Alice Pier')
    await told(client, 'contacts.upsert', ([contact]) => contact?.name === 'Alice Pier')
    await whatsapp.settings.nameContact(ME, ALICE, 'Alice Harbour')
    await told(client, 'contacts.upsert', ([contact]) => contact?.name === 'Alice Harbour')
    assert.equal(whatsapp.settings.patches(ME, 'critical_unblock_low'), 2)
  })

  it('are changed by a device, and told to the others', async () => {
    const second = await linked(whatsapp, whatsapp.phone(ME), stage.options)
    await whatsapp.settings.shareKey(ME, 2)
    await told(second, 'creds.update', ({ myAppStateKeyId }) => myAppStateKeyId !== undefined)
    await client.socket().chatModify({ pin: true }, pn(BOB))
    assert.equal(whatsapp.settings.patches(ME, 'regular_low'), 1)
    await told(second, 'chats.update', ([chat]) => chat?.id === pn(BOB) && chat.pinned !== undefined)
    // The phone follows what its devices change, and goes on from there.
    const mute = { muteAction: { muted: true, muteEndTimestamp: 2_000_000_000_000 } }
    await whatsapp.settings.set(ME, { collection: 'regular_low', index: ['mute', pn(BOB)], value: mute, version: 2 })
    for (const each of [client, second]) {
      await told(each, 'chats.update', ([chat]) => chat?.id === pn(BOB) && chat.muteEndTime !== undefined)
    }
    second.end()
  })

  it('come whole, as a file, to a device that knows nothing yet', async () => {
    await whatsapp.settings.nameContact(ME, BOB, 'Bob Jetty')
    const third = await linked(whatsapp, whatsapp.phone(ME), stage.options)
    await whatsapp.settings.shareKey(ME, 3)
    await told(third, 'creds.update', ({ myAppStateKeyId }) => myAppStateKeyId !== undefined)
    const before = whatsapp.media.requests().length
    await third.socket().resyncAppState(['critical_unblock_low'], true)
    for (const name of ['Alice Harbour', 'Bob Jetty']) {
      await told(third, 'contacts.upsert', ([contact]) => contact?.name === name)
    }
    assert.equal(whatsapp.media.requests().length, before + 1)
    await whatsapp.settings.nameContact(ME, BOB, 'Bob Quay')
    await told(third, 'contacts.upsert', ([contact]) => contact?.name === 'Bob Quay')
    third.end()
  })
})
