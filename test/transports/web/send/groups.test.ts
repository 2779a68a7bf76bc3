// Messages to groups: only by members, with those named whom the text names.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ANN,
  fileOf,
  GROUP,
  groupWith,
  isSendError,
  ME,
  MY_LID,
  media,
  say,
  send,
  sendStand,
  withStatus,
} from './stand.ts'

const MIN_MS = 60_000
const toGroup = { chat: GROUP }

describe('a message to a group', () => {
  it('goes to the group', async () => {
    const { to, content } = await send(sendStand(), say('hello'), toGroup)
    assert.equal(to, GROUP)
    assert.deepEqual(content, { text: 'hello', linkPreview: null })
  })

  it('asks who is in it once in five minutes, and anew when something in it changed', async () => {
    const at = sendStand()
    await send(at, say('1'), toGroup)
    at.clock.pass(4 * MIN_MS)
    await send(at, say('2'), toGroup)
    assert.equal(at.socket.groupQueries, 1)
    at.sender.notice('group-participants.update', { id: GROUP })
    await send(at, say('3'), toGroup)
    assert.equal(at.socket.groupQueries, 2)
    at.sender.notice('groups.update', { id: 'another@g.us' })
    at.sender.notice('contacts.update', { id: GROUP })
    await send(at, say('4'), toGroup)
    assert.equal(at.socket.groupQueries, 2)
    at.clock.pass(5 * MIN_MS)
    await send(at, say('5'), toGroup)
    assert.equal(at.socket.groupQueries, 3)
  })

  it('is refused when the number is not a member, and goes out once it is', async () => {
    const at = sendStand()
    at.socket.groups.set(GROUP, groupWith(ANN))
    const outside = isSendError(
      { outcome: 'refused', callersFault: true },
      /^to: this number is not a member of the group/,
    )
    await assert.rejects(send(at, say('x'), toGroup), outside)
    at.socket.fails.set('group', withStatus('forbidden', 403))
    await assert.rejects(send(at, say('x'), toGroup), outside)
    assert.equal(at.socket.sent.length, 0)
    at.socket.fails.clear()
    at.socket.groups.set(GROUP, groupWith(ANN, ME))
    await send(at, say('x'), toGroup)
  })

  it('is refused when there is no such group, and put off when WhatsApp does not tell', async () => {
    const at = sendStand()
    const unknown = isSendError({ callersFault: true }, /there is no group 120363999999999999@g.us/)
    await assert.rejects(send(at, say('x'), { chat: '120363999999999999@g.us' }), unknown)
    at.socket.fails.set('group', new Error('Timed Out'))
    await assert.rejects(
      send(at, say('x'), toGroup),
      isSendError({ callersFault: false, retryAfterMs: 5000 }, /Timed Out/),
    )
  })

  it('in which only admins write is refused to others', async () => {
    const at = sendStand()
    at.socket.groups.set(GROUP, { ...groupWith(ME, ANN), announce: true })
    await assert.rejects(send(at, say('x'), toGroup), isSendError({ callersFault: true }, /only admins write/))
    const participants = [{ id: MY_LID, phoneNumber: `${ME}@s.whatsapp.net`, admin: 'superadmin' }]
    at.socket.groups.set(GROUP, { id: GROUP, participants, announce: true })
    at.sender.notice('groups.update', { id: GROUP })
    await send(at, say('x'), toGroup)
  })

  it('knows the number as a member by its LID alone', async () => {
    const at = sendStand()
    at.socket.groups.set(GROUP, { id: GROUP, participants: [{ id: MY_LID, admin: null }] })
    await send(at, say('x'), toGroup)
  })

  it('that was addressed in the way of old has its group asked for anew', async () => {
    const at = sendStand()
    at.socket.ack = '421'
    await assert.rejects(send(at, say('x'), toGroup))
    at.socket.ack = null
    await send(at, say('x'), toGroup)
    assert.equal(at.socket.groupQueries, 2)
  })
})

describe('people named in a text', () => {
  const mentioned = async (text: string) => {
    const at = sendStand()
    const ben = { id: '900000000000002@lid', phoneNumber: '15557654321@s.whatsapp.net', admin: null }
    const eve = { id: '900000000000003:0@lid', admin: null }
    const known = groupWith(ME, ANN).participants as unknown[]
    at.socket.groups.set(GROUP, { id: GROUP, participants: [...known, ben, eve] })
    return (await send(at, say(text), toGroup)).content.mentions
  }

  it('are mentioned when they are in the group', async () => {
    assert.deepEqual(await mentioned('hi @15551234567 and @15557654321, @15551234567!'), [
      '15551234567@s.whatsapp.net',
      '15557654321@s.whatsapp.net',
    ])
    assert.deepEqual(await mentioned('@900000000000003'), ['900000000000003@lid'])
  })

  it('are not when they are not, and neither are addresses of other kinds', async () => {
    assert.equal(await mentioned('@27829999999 mail@15551234567 @15551234567x @@15551234567 @1'), undefined)
  })

  it('are mentioned in captions, too', async () => {
    const at = sendStand()
    const id = await at.sender.upload('image', fileOf('x', 'image/png'))
    const { content } = await send(at, media('image', id, { caption: 'see @15551234567' }), toGroup)
    assert.deepEqual(content.mentions, ['15551234567@s.whatsapp.net'])
  })

  it('are not in a chat with one person', async () => {
    assert.equal((await send(sendStand(), say('@15551234567'))).content.mentions, undefined)
  })
})
