// Groups of the simulated WhatsApp, with the real library as a member: what it asks, changes, is told, sends and reads.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, createClient, linked, loggedIn, prepareLibrary, startTrusted } from './client.ts'
import { ALICE, BOB, lid, ME, pn, told } from './stage.ts'

const EVE = '15559999999'

/** One stage for all: making a device takes most of the time, and groups do not know of each other. */
let whatsapp: WhatsAppSimulator
let client: Client
let second: Client
let alices: Client
let eves: Client

before(async () => {
  prepareLibrary()
  whatsapp = await startTrusted()
  const me = whatsapp.phone(ME, { name: 'Me' })
  whatsapp.phone(BOB)
  client = await linked(whatsapp, me)
  second = await linked(whatsapp, me)
  alices = await linked(whatsapp, whatsapp.phone(ALICE, { name: 'Alice' }))
  eves = await linked(whatsapp, whatsapp.phone(EVE))
})

after(async () => {
  for (const each of [client, second, alices, eves]) each.end()
  await whatsapp.close()
})

const textIn = (client: Client, text: string) =>
  client.messages.find(({ message }) => message?.extendedTextMessage?.text === text)
const subjectOf = (client: Client, subject: string) =>
  told(client, 'groups.update', ([first]) => first?.subject === subject)
const membersOf = (client: Client, id: string, action: string) =>
  told(client, 'group-participants.update', (event) => event.id === id && event.action === action)

describe('a group that a linked device makes', () => {
  it('is there for all members, and every answer says what it became', async () => {
    const socket = client.socket()
    const made = await socket.groupCreate('Team', [pn(ALICE), pn(BOB)])
    assert.deepEqual(
      [made.subject, made.addressingMode, made.size, made.owner, made.ownerPn],
      ['Team', 'lid', 3, lid(ME), pn(ME)],
    )
    assert.deepEqual(whatsapp.groups.view(made.id).members, { [ME]: 'superadmin', [ALICE]: 'member', [BOB]: 'member' })
    await told(client, 'groups.upsert', ([group]) => group?.id === made.id)

    assert.deepEqual(
      (await socket.groupParticipantsUpdate(made.id, [pn(EVE), pn(BOB), pn('19998887777')], 'add')).map(
        (each) => each.status,
      ),
      ['200', '409', '404'],
    )
    await socket.groupParticipantsUpdate(made.id, [lid(ALICE)], 'promote')
    assert.equal(whatsapp.groups.view(made.id).members[ALICE], 'admin')
    await socket.groupParticipantsUpdate(made.id, [lid(ALICE)], 'demote')
    const removed = await socket.groupParticipantsUpdate(made.id, [lid(BOB), '19998887777@s.whatsapp.net'], 'remove')
    assert.deepEqual(
      removed.map(({ status }) => status),
      ['200', '404'],
    )
    assert.deepEqual(whatsapp.groups.view(made.id).members, { [ME]: 'superadmin', [ALICE]: 'member', [EVE]: 'member' })
    for (const action of ['add', 'promote', 'demote', 'remove']) await membersOf(client, made.id, action)
  })

  it('takes a name, a description, settings, and tells of each', async () => {
    const socket = client.socket()
    const { id } = await socket.groupCreate('Team', [pn(ALICE)])
    await socket.groupUpdateSubject(id, 'Crew')
    await socket.groupUpdateDescription(id, 'All of us')
    await socket.groupSettingUpdate(id, 'announcement')
    await socket.groupSettingUpdate(id, 'locked')
    await socket.groupToggleEphemeral(id, 86_400)
    await socket.groupMemberAddMode(id, 'all_member_add')
    await socket.groupJoinApprovalMode(id, 'on')
    await subjectOf(client, 'Crew')
    await told(client, 'groups.update', ([first]) => first?.id === id && first.announce === true)
    const now = await socket.groupMetadata(id)
    assert.deepEqual(
      [
        now.subject,
        now.desc,
        now.announce,
        now.restrict,
        now.ephemeralDuration,
        now.memberAddMode,
        now.joinApprovalMode,
      ],
      ['Crew', 'All of us', true, true, 86_400, true, true],
    )
    await socket.groupUpdateDescription(id)
    await socket.groupSettingUpdate(id, 'not_announcement')
    assert.equal((await socket.groupMetadata(id)).desc, undefined)
    assert.equal(whatsapp.groups.view(id).announces, false)
    await assert.rejects(socket.groupUpdateSubject(id, 'x'.repeat(101)), /not-acceptable/)
    assert.equal((await socket.groupFetchAllParticipating())[id]?.subject, 'Crew')
  })

  it('has an invitation that is looked at, taken back and accepted', async () => {
    const socket = client.socket()
    const { id } = await socket.groupCreate('Team', [pn(ALICE)])
    const code = (await socket.groupInviteCode(id))!
    assert.equal((await eves.socket().groupGetInviteInfo(code)).subject, 'Team')
    const fresh = (await socket.groupRevokeInvite(id))!
    await assert.rejects(eves.socket().groupAcceptInvite(code), /not-acceptable/)
    await assert.rejects(eves.socket().groupMetadata(id), /forbidden/)
    assert.equal(await eves.socket().groupAcceptInvite(fresh), id)
    await told(eves, 'groups.upsert', ([group]) => group?.id === id)
    const { participants } = await membersOf(client, id, 'add')
    assert.deepEqual(
      participants.map((each) => each.phoneNumber),
      [pn(EVE)],
    )
    await assert.rejects(eves.socket().groupUpdateSubject('120363999@g.us', 'x'), /item-not-found/)
  })

  it('lets people wait until an admin decides', async () => {
    const socket = client.socket()
    const { id } = await socket.groupCreate('Team', [pn(ALICE)])
    await socket.groupJoinApprovalMode(id, 'on')
    await eves.socket().groupAcceptInvite(whatsapp.groups.view(id).inviteCode)
    await told(client, 'group.join-request', (asked) => asked.id === id && asked.participantPn === pn(EVE))
    const asking = await socket.groupRequestParticipantsList(id)
    assert.deepEqual(
      asking.map((each) => each.phone_number),
      [pn(EVE)],
    )
    await socket.groupRequestParticipantsUpdate(id, [lid(EVE)], 'reject')
    assert.deepEqual(whatsapp.groups.view(id).waiting, [])
    await assert.rejects(eves.socket().groupMetadata(id), /forbidden/)
    await eves.socket().groupAcceptInvite(whatsapp.groups.view(id).inviteCode)
    await socket.groupRequestParticipantsUpdate(id, [lid(EVE)], 'approve')
    assert.equal((await eves.socket().groupMetadata(id)).size, 3)
  })

  it('is left by the device', async () => {
    const { id } = await client.socket().groupCreate('Team', [pn(ALICE)])
    await client.socket().groupLeave(id)
    assert.deepEqual(Object.keys(whatsapp.groups.view(id).members), [ALICE])
    await assert.rejects(client.socket().groupMetadata(id), /forbidden/)
  })
})

describe('a group that is changed on a phone', () => {
  it('is told to the devices of its members, by whom and whom it was about', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME, BOB] })
    const [made] = await told(client, 'groups.upsert', ([group]) => group?.id === id)
    assert.deepEqual([made?.subject, made?.author, made?.authorPn], ['Club', lid(ALICE), pn(ALICE)])
    whatsapp.groups.change(id, ALICE, { is: 'subject', text: 'Chess club' })
    whatsapp.groups.change(id, ALICE, { is: 'add', who: [EVE] })
    whatsapp.groups.change(id, ALICE, { is: 'promote', who: [ME] })
    whatsapp.groups.change(id, ALICE, { is: 'remove', who: [BOB] })
    whatsapp.groups.change(id, EVE, { is: 'leave' })
    whatsapp.profiles.setPicture(ALICE, Buffer.from('jpeg'), id)
    const [named] = await subjectOf(client, 'Chess club')
    assert.equal(named?.author, lid(ALICE))
    const added = await membersOf(client, id, 'add')
    assert.deepEqual([added.author, added.participants[0]?.phoneNumber], [lid(ALICE), pn(EVE)])
    assert.equal((await membersOf(client, id, 'promote')).participants[0]?.phoneNumber, pn(ME))
    const leaving = await told(
      client,
      'group-participants.update',
      (e) => e.participants[0]?.phoneNumber === pn(EVE) && e.action === 'remove',
    )
    assert.equal(leaving.author, lid(EVE))
    await told(client, 'contacts.update', ([first]) => first?.id === id && first.imgUrl === 'changed')
  })

  it('is refused what its admins keep to themselves', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME] })
    whatsapp.groups.change(id, ALICE, { is: 'locked' })
    assert.throws(() => whatsapp.groups.change(id, ME, { is: 'subject', text: 'mine' }), /forbidden/)
    await assert.rejects(client.socket().groupUpdateSubject(id, 'mine'), /forbidden/)
    await assert.rejects(client.socket().groupParticipantsUpdate(id, [pn(BOB)], 'add'), /forbidden/)
    await assert.rejects(client.socket().groupInviteCode(id), /forbidden/)
    assert.throws(() => whatsapp.groups.view('1@g.us'), /no group 1@g.us/)
  })
})

for (const addressing of ['lid', 'pn'] as const) {
  describe(`messages in a group that goes by ${addressing}`, () => {
    it('are read by every member, phones and linked devices, the first and those after', async () => {
      const { id } = whatsapp.groups.create({
        subject: 'Club',
        creator: ALICE,
        members: [ME, BOB],
        addressing,
        quietly: true,
      })
      for (const text of ['first', 'second']) {
        const sent = await client.socket().sendMessage(id, { text })
        for (const phone of [ALICE, BOB, ME]) {
          const got = await whatsapp.phone(phone).hears((each) => each.id === sent?.key.id)
          assert.deepEqual([got.cipher, got.content.extendedTextMessage?.text, got.own], ['skmsg', text, phone === ME])
        }
        for (const device of [alices, second]) {
          const got = await device.until(() => device.messages.find((each) => each.key.id === sent?.key.id), text)
          assert.equal(got.message?.extendedTextMessage?.text, text)
          assert.equal(got.key.fromMe, device === second)
          const name = addressing === 'lid' ? lid(ME) : pn(ME)
          assert.equal(got.key.participant?.replace(/:\d+/, ''), name)
        }
      }
      assert.deepEqual(whatsapp.server.unread(), [])
    })

    it('come from phones to several devices, and to one that could not read them once more', async () => {
      const { id } = whatsapp.groups.create({
        subject: 'Club',
        creator: ALICE,
        members: [ME, BOB],
        addressing,
        quietly: true,
      })
      await whatsapp.phone(BOB).says(id, `hello ${addressing}`)
      await whatsapp.phone(BOB).says(id, `again ${addressing}`)
      for (const device of [client, second]) {
        const got = await device.until(
          () => device.messages.find((each) => each.message?.conversation === `again ${addressing}`),
          'both',
        )
        assert.deepEqual([got.key.remoteJid, got.key.fromMe], [id, false])
        assert.equal(got.key.participant, addressing === 'lid' ? lid(BOB) : pn(BOB))
        assert.equal(got.key.participantAlt, addressing === 'lid' ? pn(BOB) : lid(BOB))
      }
      whatsapp.server.corruptsNext(2)
      const broken = await whatsapp.phone(BOB).says(id, 'once more')
      for (const device of [client, second]) {
        await device.until(
          () => device.messages.find((each) => each.key.id === broken && each.message?.conversation === 'once more'),
          'the message after it was asked for again',
        )
      }
    })
  })
}

describe('a group message that does not get through', () => {
  it('comes again to a phone that asked for it', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME, BOB], quietly: true })
    const sent = await client.socket().sendMessage(id, { text: 'listen' })
    const bob = whatsapp.phone(BOB)
    await bob.hears((each) => each.id === sent?.key.id)
    await bob.asksAgain(sent!.key.id!)
    const again = await bob.hears((each) => each.id === sent?.key.id && each.repeated)
    assert.equal(again.content.extendedTextMessage?.text, 'listen')
  })

  it('comes again to the one linked device that could not read it', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME, EVE], quietly: true })
    let hasForgotten = false
    const { creds, keys } = eves.kept
    const forgetful: typeof keys = {
      ...keys,
      get: (type, ids) => (hasForgotten && type === 'sender-key' ? {} : keys.get(type, ids)),
    }
    eves.end()
    eves = createClient(whatsapp.url, {}, { creds, keys: forgetful })
    await loggedIn(whatsapp, whatsapp.phone(EVE), eves)
    await client.socket().sendMessage(id, { text: 'here is my key' })
    await eves.until(() => textIn(eves, 'here is my key'), 'the first message')
    eves.end()
    eves = createClient(whatsapp.url, {}, { creds, keys: forgetful })
    hasForgotten = true
    await loggedIn(whatsapp, whatsapp.phone(EVE), eves)
    const sent = await client.socket().sendMessage(id, { text: 'do you read me?' })
    const asked = await whatsapp.server.wait(() =>
      whatsapp.server.receipts().find((each) => each.type === 'retry' && each.ids[0] === sent?.key.id),
    )
    assert.equal(asked.from.number, EVE)
    hasForgotten = false
    await eves.until(() => textIn(eves, 'do you read me?'), 'the message after it was asked for again')
    assert.equal(
      whatsapp
        .phone(ALICE)
        .inbox()
        .filter((each) => each.id === sent?.key.id).length,
      1,
    )
  })

  it('is asked for again, by itself, by a phone that has no key for it', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME], quietly: true })
    await client.socket().sendMessage(id, { text: 'before Bob' })
    // A member of whom the device does not know: everybody gets the body, but nobody gave him the key.
    whatsapp.groups.change(id, ALICE, { is: 'add', who: [BOB] })
    const map = { [lid(ALICE)]: true, [lid(ME)]: true, [lid(BOB)]: true }
    await client.socket().authState.keys.set({ 'sender-key-memory': { [id]: map } })
    const sent = await client.socket().sendMessage(id, { text: 'for Bob, too' })
    const got = await whatsapp.phone(BOB).hears((each) => each.id === sent?.key.id)
    assert.equal(got.content.extendedTextMessage?.text, 'for Bob, too')
    assert.ok(whatsapp.server.unread().some((each) => each.id === sent?.key.id && each.by === BOB))
  })

  it('cannot be read by who left: nobody sends it there, and phones have a new key for the rest', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME, BOB, EVE], quietly: true })
    const bob = whatsapp.phone(BOB)
    const keyOf = async (text: string) => {
      const said = await bob.says(id, text)
      const { content } = await client.until(
        () => client.stanzas.find(({ tag, attrs }) => tag === 'message' && attrs.id === said),
        text,
      )
      return Array.isArray(content) && content.some(({ attrs }) => attrs.type !== 'skmsg')
    }
    assert.deepEqual([await keyOf('first'), await keyOf('second')], [true, false])
    await eves.until(() => eves.messages.find(({ message }) => message?.conversation === 'second'), 'second')
    whatsapp.groups.change(id, EVE, { is: 'leave' })
    const seen = eves.stanzas.length
    assert.deepEqual([await keyOf('without her'), await keyOf('still without her')], [true, false])
    await client.until(() => client.messages.find(({ message }) => message?.conversation === 'still without her'), 'it')
    assert.ok(!eves.stanzas.slice(seen).some(({ tag }) => tag === 'message'))
    // Had she got it nevertheless, her key would not open it.
    const last = client.stanzas.findLast(({ tag, attrs }) => tag === 'message' && attrs.from === id)
    assert.ok(Array.isArray(last?.content))
    const msg = Buffer.from(last.content.find(({ attrs }) => attrs.type === 'skmsg')?.content as Uint8Array)
    const asked = { group: id, authorJid: lid(BOB), msg }
    await assert.rejects(eves.socket().signalRepository.decryptGroupMessage(asked))
  })

  it('is not for those who are no members, or may not write', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME, BOB], quietly: true })
    await assert.rejects(whatsapp.phone(EVE).says(id, 'let me in'), /may not write/)
    whatsapp.groups.change(id, ALICE, { is: 'announcement' })
    await assert.rejects(whatsapp.phone(BOB).says(id, 'psst'), /may not write/)
    await whatsapp.phone(ALICE).says(id, 'silence')
  })

  it('is receipted by members', async () => {
    const { id } = whatsapp.groups.create({ subject: 'Club', creator: ALICE, members: [ME, BOB], quietly: true })
    const sent = await client.socket().sendMessage(id, { text: 'read this' })
    await whatsapp.phone(BOB).hears((each) => each.id === sent?.key.id)
    whatsapp.phone(BOB).reads(ME, [sent!.key.id!], { group: id })
    const his = (each: { key: { id?: string | null }; receipt: { userJid?: string | null } }) =>
      each.key.id === sent?.key.id && each.receipt.userJid === lid(BOB)
    const receipt = (await told(client, 'message-receipt.update', (list) => list.some(his))).find(his)
    assert.ok(receipt?.receipt.readTimestamp)
  })
})
