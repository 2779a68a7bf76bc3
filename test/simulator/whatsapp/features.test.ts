// What surrounds messages in the simulated WhatsApp, as the real library sees it: files, profiles, presence, calls and notices.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { downloadMediaMessage, type WAMessage } from 'baileys'
import { type MediaStore, strange, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { openMedia } from '../../../simulator/whatsapp/media/index.ts'
import * as say from '../../../simulator/whatsapp/message-objects/index.ts'
import type { Client } from './client.ts'
import { ALICE, BOB, got, lid, ME, pn, type Stage, setStage, told } from './stage.ts'

let stage: Stage
let whatsapp: WhatsAppSimulator
let client: Client
let media: MediaStore

before(async () => {
  stage = await setStage()
  whatsapp = stage.whatsapp
  client = stage.client
  media = whatsapp.media
})

after(() => stage.end())

const download = (message: WAMessage) =>
  downloadMediaMessage(message, 'buffer', { host: media.host, ...stage.options } as never) as Promise<Buffer>

describe('files', () => {
  it('go out through the hosts that media_conn names, and are opened by the receiver', async () => {
    const body = Buffer.alloc(300_000, 'abc')
    const file = { document: body, mimetype: 'application/pdf', fileName: 'x.pdf' }
    const sent = await client.socket().sendMessage(pn(ALICE), file)
    const { content } = await whatsapp.phone(ALICE).hears((each) => each.id === sent?.key.id)
    const { directPath, mediaKey } = content.documentMessage!
    assert.deepEqual(openMedia(media.blob(directPath!)!, mediaKey!, 'document'), body)
  })

  it('come in, go away, and come again when the device asks for them', async () => {
    const plain = Buffer.from('a picture '.repeat(5000))
    const file = media.publish(plain, 'image')
    const id = await whatsapp.phone(ALICE).says(ME, say.image(file, { caption: 'look' }))
    const message = await got(client, id)
    assert.deepEqual(await download(message), plain)
    media.expire(file.directPath)
    await assert.rejects(download(message), /410|Gone|Failed to fetch/)
    await client.socket().updateMediaMessage(message)
    assert.notEqual(message.message?.imageMessage?.directPath, file.directPath)
    assert.deepEqual(await download(message), plain)
    whatsapp.reuploads('not-found')
    await assert.rejects(client.socket().updateMediaMessage(message))
    whatsapp.reuploads('brings')
  })
})

describe('profiles', () => {
  it('have pictures, which are told to devices when they change', async () => {
    await assert.rejects(client.socket().profilePictureUrl(pn(ALICE)), /item-not-found/)
    const picture = whatsapp.profiles.setPicture(ALICE, Buffer.from('a face'))
    await told(client, 'contacts.update', ([first]) => first?.id === lid(ALICE) && first.imgUrl === 'changed')
    assert.equal(await client.socket().profilePictureUrl(pn(ALICE), 'image'), picture?.url)
    whatsapp.profiles.setPicture(ALICE, null)
    await told(client, 'contacts.update', ([first]) => first?.id === lid(ALICE) && first.imgUrl === 'removed')
    await assert.rejects(client.socket().profilePictureUrl(lid(ALICE)), /item-not-found/)
  })

  it('have a line below the name, and no business', async () => {
    whatsapp.phone(ALICE, { about: 'At the pier' })
    const [about] = (await client.socket().fetchStatus(pn(ALICE))) ?? []
    assert.equal((about!.status as { status?: string }).status, 'At the pier')
    assert.equal(await client.socket().getBusinessProfile(pn(ALICE)), undefined)
    assert.deepEqual(
      (await client.socket().onWhatsApp(ALICE, '19998887777'))?.map(({ jid, exists }) => [jid, exists]),
      [[pn(ALICE), true]],
    )
  })
})

describe('presence', () => {
  it('is told only to a device that asked for it and is online itself', async () => {
    // The library does not go online before it knows its name, and that is a setting of the phone.
    await whatsapp.settings.shareKey(ME, 1)
    const value = { pushNameSetting: { name: 'Me' } }
    await whatsapp.settings.set(ME, { collection: 'critical_block', index: ['setting_pushName'], value })
    await told(client, 'creds.update', ({ me }) => me?.name === 'Me')
    assert.equal(whatsapp.presence.shows(ALICE, 'typing', { to: ME }), 0)
    await client.socket().presenceSubscribe(pn(ALICE))
    await client.socket().sendPresenceUpdate('available')
    await whatsapp.server.wait(() => whatsapp.presence.isWatched(ALICE, ME), { what: 'a subscription' })
    for (const [doing, seen] of [
      ['online', 'available'],
      ['typing', 'composing'],
      ['recording', 'recording'],
      ['offline', 'unavailable'],
    ] as const) {
      assert.equal(whatsapp.presence.shows(ALICE, doing, { to: ME }), 1)
      await told(
        client,
        'presence.update',
        ({ id, presences }) => id === pn(ALICE) && presences[pn(ALICE)]?.lastKnownPresence === seen,
      )
    }
    assert.equal(whatsapp.presence.shows(BOB, 'typing', { to: ME }), 0)
  })

  it('of a device is seen', async () => {
    await client.socket().sendPresenceUpdate('composing', pn(BOB))
    const typing = await whatsapp.server.wait(() => whatsapp.presence.told().find(({ to }) => to === pn(BOB)))
    assert.deepEqual(typing, { by: ME, device: 1, to: pn(BOB), doing: 'typing' })
  })
})

describe('calls', () => {
  const states = (id: string) => client.events.flatMap((update) => update.call ?? []).filter((call) => call.id === id)

  it('ring, and are declined by the device', async () => {
    const call = whatsapp.calls.ring(ALICE, ME, { video: true })
    const [offer] = await told(client, 'call', ([first]) => first?.id === call.id)
    assert.deepEqual(
      [offer?.status, offer?.from, offer?.callerPn, offer?.isVideo],
      ['offer', lid(ALICE), pn(ALICE), true],
    )
    await client.socket().rejectCall(call.id, offer!.from)
    await whatsapp.server.wait(() =>
      whatsapp.calls.list().find(({ id, state }) => id === call.id && state === 'declined'),
    )
    assert.throws(() => whatsapp.calls.end(call.id), /no call .* that rings/)
  })

  it('are missed', async () => {
    const { id } = whatsapp.calls.ring(BOB, ME)
    whatsapp.calls.end(id, 'missed')
    await client.until(() => states(id).some(({ status }) => status === 'timeout'), 'the end of the call')
  })
})

describe('status and channels', () => {
  it('bring what phones post there', async () => {
    const id = await whatsapp.status.post(ALICE, [ME], say.text('at the pier'))
    const post = await got(client, id)
    assert.deepEqual([post.key.remoteJid, post.message?.conversation], ['status@broadcast', 'at the pier'])
    assert.equal(post.key.participant, lid(ALICE))
    const news = whatsapp.channels.says('120363000000000009@newsletter', [ME], say.text('extra!'))
    const piece = await got(client, news)
    assert.deepEqual([piece.key.remoteJid, piece.message?.conversation], ['120363000000000009@newsletter', 'extra!'])
  })

  it('take what the device posts there', async () => {
    const audience = { statusJidList: [pn(ALICE), pn(ME)] }
    const sent = await client.socket().sendMessage('status@broadcast', { text: 'my day' }, audience)
    const seen = await whatsapp.phone(ALICE).hears((each) => each.id === sent?.key.id)
    assert.equal(seen.content.extendedTextMessage?.text, 'my day')
    assert.deepEqual(whatsapp.phone(BOB).inbox(), [])
    await client.socket().sendMessage('120363000000000009@newsletter', { text: 'my news' })
    const [published] = await whatsapp.server.wait(
      () => whatsapp.channels.published().length > 0 && whatsapp.channels.published(),
    )
    assert.equal(published?.content.extendedTextMessage?.text, 'my news')
    assert.deepEqual(whatsapp.server.unread(), [])
  })
})

describe('notices', () => {
  it('make the device bring keys when there are few left', async () => {
    whatsapp.notices.runsLowOnKeys(ME, 1)
    const [device] = await whatsapp.server.wait(() => {
      const devices = whatsapp.phone(ME).companions()
      return (devices[0]?.keys ?? 0) > 2 && devices
    })
    assert.ok((device?.keys ?? 0) > 2)
  })

  it('tell of a phone that was set up anew, which is written to with new keys', async () => {
    await client.socket().sendMessage(pn(BOB), { text: 'before' })
    whatsapp.notices.reinstalls(BOB, [ME])
    await whatsapp.server.wait(() => whatsapp.phone(ME).companions()[0]?.waiting.length === 0, { what: 'the notice' })
    const id = await whatsapp.phone(BOB).says(ME, 'it is me')
    assert.equal((await got(client, id)).message?.conversation, 'it is me')
    const sent = await client.socket().sendMessage(pn(BOB), { text: 'after' })
    await whatsapp.phone(BOB).hears((each) => each.id === sent?.key.id)
  })

  it('tell of settings, blocks, devices and restrictions', async () => {
    whatsapp.notices.disappearing(ME, 86_400)
    await told(
      client,
      'creds.update',
      (creds) => creds.accountSettings?.defaultDisappearingMode?.ephemeralExpiration === 86_400,
    )
    whatsapp.notices.blocks(ME, BOB)
    await told(client, 'blocklist.update', ({ blocklist, type }) => blocklist[0] === lid(BOB) && type === 'add')
    whatsapp.notices.timelock(ME, Date.now() + 60_000)
    await told(client, 'connection.update', ({ reachoutTimeLock }) => reachoutTimeLock?.isActive === true)
    whatsapp.notices.devices(ME, { contact: ME, device: 1, is: 'add' })
    await whatsapp.server.wait(() => whatsapp.phone(ME).companions()[0]?.waiting.length === 0, {
      what: 'all confirmed',
    })
  })
})

describe('strange stanzas', () => {
  it('reach the device as they are, and are never kept', async () => {
    const from = lid(ALICE)
    const plain = strange.plaintext({ from, id: 'FORGED1' }, say.text('never encrypted'))
    assert.equal(whatsapp.strange(ME, 1, plain), true)
    assert.equal((await got(client, 'FORGED1')).message?.conversation, 'never encrypted')
    const bad = [
      strange.noise({ from }),
      strange.noise({ from }, 'hologram'),
      strange.hollow({ from }),
      strange.nameless(),
    ]
    assert.equal(whatsapp.strange(ME, 1, [...bad, ...strange.ofTomorrow({ from })]), true)
    const id = await whatsapp.phone(ALICE).says(ME, 'still there?')
    assert.equal((await got(client, id)).message?.conversation, 'still there?')
    assert.throws(() => whatsapp.strange(ME, 7, plain), /no linked device 7/)
  })
})
