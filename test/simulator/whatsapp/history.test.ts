// The past and the settings that a phone shares with its devices, as the real library takes them in.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
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
    await assert.rejects(
      whatsapp.settings.set(ME, { collection: 'regular_low', index: ['mute', pn(BOB)], value: {} }),
      /a linked device has changed regular_low/,
    )
    second.end()
  })
})
