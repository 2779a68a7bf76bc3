// What happens around messages over a linked device: groups, presence, calls, contacts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN, ANN_LID, AT, BEN, BEN_LID, GROUP, type Loose, MY_JID, Stand } from './stand.ts'

const METADATA = {
  ...{ id: GROUP, subject: 'Night shift', desc: 'After ten', creation: AT / 1000, owner: BEN_LID },
  participants: [
    { id: BEN_LID, phoneNumber: BEN, admin: 'admin' },
    { id: ANN_LID, phoneNumber: ANN, admin: null },
  ],
}
const chat = { id: GROUP, phone: null, lid: null, name: 'Night shift', is_group: true }
const ann = { id: '15551234567', phone: '+15551234567', lid: ANN_LID, name: null }

describe('a group', () => {
  it('that is new to us is told with all that it is', async () => {
    const [told] = await new Stand().notice('groups.upsert', METADATA)
    assert.equal(told?.type, 'group.updated')
    assert.equal(told?.chat, GROUP)
    const { value, ...rest } = told?.data ?? {}
    assert.deepEqual(rest, {
      ...{ chat, change: 'create', subject: 'Night shift', description: 'After ten' },
      timestamp: '2026-11-22T10:00:00.000Z',
    })
    assert.equal(value.participants.length, 2)
  })

  it('is told of each of its settings that changes', async () => {
    const at = new Stand()
    await at.notice('groups.upsert', METADATA)
    for (const [value, change] of [
      [{ subject: 'Day shift' }, 'subject'],
      [{ desc: 'Before ten' }, 'description'],
      [{ announce: true }, 'announce'],
      [{ restrict: false }, 'restrict'],
      [{ inviteCode: 'AbC' }, 'invite_link'],
      [{ memberAddMode: true }, 'member_add'],
      [{ joinApprovalMode: true }, 'join_approval'],
      [{ ephemeralDuration: 86_400 }, 'ephemeral'],
    ] as const) {
      const [told] = await at.notice('groups.update', { id: GROUP, ...value, author: BEN })
      assert.equal(told?.data.change, change)
      assert.equal(told?.data.value.author, BEN)
    }
  })

  it('that is read anew is told of only where it is not as it was', async () => {
    const at = new Stand()
    assert.deepEqual(await at.notice('groups.update', METADATA), [], 'the first time there is nothing to compare')
    assert.deepEqual(await at.notice('groups.update', METADATA), [])
    const told = await at.notice('groups.update', { ...METADATA, subject: 'Day shift' })
    assert.deepEqual(
      told.map(({ data }) => [data.change, data.subject]),
      [['subject', 'Day shift']],
    )
  })

  it('tells who came, who went and who asks to', async () => {
    const at = new Stand()
    await at.notice('groups.upsert', METADATA)
    for (const participants of [[{ id: ANN_LID, phoneNumber: ANN }], [{ id: ANN, lid: ANN_LID }], [ANN_LID]]) {
      const [told] = await at.notice('group-participants.update', {
        id: GROUP,
        author: BEN,
        participants,
        action: 'remove',
      })
      assert.equal(told?.type, 'group.participants')
      assert.deepEqual([told?.data.chat, told?.data.action, told?.data.participants], [chat, 'remove', [ann]])
    }
    const request = { id: GROUP, author: ANN_LID, participant: ANN_LID, participantPn: ANN, action: 'created' }
    const [asks] = await at.notice('group.join-request', request)
    assert.deepEqual([asks?.data.action, asks?.data.participants], ['join_request_created', [ann]])
  })

  it('lets those revoke whom it made admins, and not those whom it unmade', async () => {
    const at = new Stand()
    await at.notice('groups.upsert', METADATA)
    const revoke = { protocolMessage: { type: 0, key: { remoteJid: GROUP, id: 'M', fromMe: false, participant: BEN } } }
    const tries = (): Promise<Loose[]> => at.told(revoke, { chat: GROUP, from: ANN_LID, fromAlt: ANN })
    const act = (action: string): Promise<Loose[]> =>
      at.notice('group-participants.update', { id: GROUP, participants: [{ id: ANN_LID, phoneNumber: ANN }], action })
    assert.equal((await tries()).length, 0)
    await act('promote')
    assert.equal((await tries()).length, 1)
    await act('demote')
    assert.equal((await tries()).length, 0)
  })
})

describe('presence', () => {
  it('is told for each who is named, but ourselves', async () => {
    const at = new Stand()
    await at.notice('groups.upsert', METADATA)
    const presences = {
      [ANN]: { lastKnownPresence: 'composing' },
      [MY_JID]: { lastKnownPresence: 'available' },
      [BEN_LID]: { lastKnownPresence: 'unavailable', lastSeen: AT / 1000 },
    }
    const told = await at.notice('presence.update', { id: GROUP, presences })
    assert.deepEqual(
      told.map(({ type, data }) => [type, data.chat.id, data.from.id, data.presence, data.last_seen]),
      [
        ['presence.updated', GROUP, '15551234567', 'composing', null],
        ['presence.updated', GROUP, '15557654321', 'unavailable', '2026-11-22T10:00:00.000Z'],
      ],
    )
  })
})

describe('a call', () => {
  const offer = {
    chatId: ANN_LID,
    from: ANN_LID,
    callerPn: ANN,
    id: 'CALL1',
    date: new Date(AT),
    status: 'offer',
    isVideo: false,
  }
  it('is told when it rings, and once', async () => {
    const at = new Stand()
    const [told] = await at.notice('call', offer)
    assert.equal(told?.type, 'call.received')
    const { value, ...rest } = told?.data ?? {}
    assert.deepEqual(rest, {
      ...{ call_id: 'CALL1', chat: { ...ann, is_group: false }, from: ann, timestamp: '2026-11-22T10:00:00.000Z' },
    })
    assert.equal(value.isVideo, false)
    assert.equal((await at.notice('call', { ...offer, offline: true }))[0]?.key, told?.key)
    for (const status of ['ringing', 'accept', 'reject', 'terminate', 'timeout'])
      assert.deepEqual(await at.notice('call', { ...offer, status }), [])
    assert.deepEqual(await at.notice('call', { ...offer, from: MY_JID }), [])
  })
  it('in a group belongs to the chat of the group', async () => {
    const at = new Stand()
    await at.notice('groups.upsert', METADATA)
    assert.equal((await at.notice('call', { ...offer, isGroup: true, groupJid: GROUP }))[0]?.chat, GROUP)
  })
})

describe('a contact', () => {
  it('is told when somebody whom we know gets a new name in the address book', async () => {
    const at = new Stand()
    assert.deepEqual(await at.notice('contacts.upsert', { id: ANN, name: 'Ann' }), [], 'the book as it was')
    assert.deepEqual(await at.notice('contacts.upsert', { id: ANN, name: 'Ann' }), [])
    const [told] = await at.notice('contacts.upsert', { id: ANN, name: 'Ann Obi' })
    assert.equal(told?.type, 'contact.updated')
    assert.deepEqual(told?.data.contact, { id: '15551234567', phone: '+15551234567', lid: null, name: 'Ann Obi' })
    assert.deepEqual([told?.data.change, told?.data.previous_lid], ['saved', null])
  })
  it('is told when the person got another id', async () => {
    const at = new Stand()
    assert.deepEqual(await at.notice('lid-mapping.update', { lid: ANN_LID, pn: ANN }), [])
    assert.deepEqual(await at.notice('lid-mapping.update', { lid: ANN_LID, pn: ANN }), [])
    const [told] = await at.notice('lid-mapping.update', { lid: '900000000000333@lid', pn: ANN })
    assert.deepEqual([told?.data.change, told?.data.previous_lid], ['user_id', ANN_LID])
    assert.equal(told?.data.contact.lid, '900000000000333@lid')
  })
  it('lends a name to who gives none', async () => {
    const at = new Stand()
    await at.notice('contacts.update', { id: ANN, notify: 'Ann O.' })
    const [told] = await at.told({ conversation: 'x' }, { pushName: null })
    assert.equal(told?.data.from.name, 'Ann O.')
  })
})

describe('a notice', () => {
  it('of a kind that we have no event for, or that is none, tells nothing and never fails', async () => {
    const at = new Stand()
    for (const value of [{}, { id: 'rubbish' }, { id: GROUP }, { id: null, presences: 7, participants: {} }]) {
      for (const what of [
        'labels.edit',
        'groups.upsert',
        'presence.update',
        'call',
        'contacts.update',
        'lid-mapping.update',
      ]) {
        if (what === 'groups.upsert' && value.id === GROUP) continue
        assert.deepEqual(await at.notice(what, value), [], what)
      }
    }
  })
})
