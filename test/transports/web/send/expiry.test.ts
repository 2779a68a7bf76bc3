// Chats whose messages vanish: what is written there says so, as far as the chat's timer is known.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN, arrived, GROUP, groupWith, ME, recorded, say, send, sendStand } from './stand.ts'

const DAY_S = 86_400
const WEEK_S = 7 * DAY_S
const at10 = Date.parse('2026-11-22T10:00:00Z')

const setTo = (seconds: number, id: string, at = at10) =>
  arrived(id, { at }, { protocolMessage: { type: 3, ephemeralExpiration: seconds } })
const vanishing = (seconds: number, id: string, at = at10) =>
  arrived(id, { at }, { extendedTextMessage: { text: 'hush', contextInfo: { expiration: seconds } } })

describe('a message', () => {
  it('stays in a chat that nothing is known of', async () => {
    assert.equal((await send(sendStand(), say('hello'))).expiresInS, null)
  })

  it('vanishes in a chat whose timer was set, also after a restart, until it is switched off', async () => {
    const at = sendStand()
    at.sender.heard(setTo(DAY_S, 'SET1'))
    assert.equal((await send(at, say('one'))).expiresInS, DAY_S)
    const later = at.restart()
    assert.equal((await send(later, say('two'))).expiresInS, DAY_S)
    later.sender.heard(setTo(0, 'SET2', at10 + 1000))
    assert.equal((await send(later, say('three'))).expiresInS, null)
    assert.equal((await send(later.restart(), say('four'))).expiresInS, null)
  })

  it('vanishes where others write what vanishes, by whichever name of the chat, and when our own phone does', async () => {
    const at = sendStand()
    const message = vanishing(WEEK_S, 'IN1')
    const named = { chat: '900000000000009@lid', chatAlt: `${ANN}@s.whatsapp.net` }
    at.sender.heard({ ...message, envelope: { ...message.envelope, ...named } })
    assert.equal((await send(at, say('hello'))).expiresInS, WEEK_S)
    const mine = vanishing(DAY_S, 'OUT1', at10 + 1000)
    const inner = { deviceSentMessage: { message: { ephemeralMessage: { message: mine.content } } } }
    at.sender.heard({ envelope: { ...mine.envelope, fromMe: true }, content: inner })
    assert.equal((await send(at, say('hello'))).expiresInS, DAY_S)
  })

  it('goes by the newest that was said, however late the rest comes, and not by what says nothing', async () => {
    const at = sendStand()
    at.sender.heard(setTo(WEEK_S, 'SET2', at10 + 2000))
    at.sender.heard(setTo(DAY_S, 'SET1', at10))
    at.sender.heard(arrived('IN1', { at: at10 + 3000 }, { reactionMessage: { text: 'x' } }))
    at.sender.heard(arrived('IN2', { at: at10 + 4000 }, { conversation: 'hi' }))
    assert.equal((await send(at, say('hello'))).expiresInS, WEEK_S)
  })

  it('in a group goes by what WhatsApp says of the group, asked again when that changed', async () => {
    const at = sendStand()
    at.socket.groups.set(GROUP, { ...groupWith(ME, ANN), ephemeralDuration: DAY_S })
    assert.equal((await send(at, say('hello'), { chat: GROUP })).expiresInS, DAY_S)
    at.socket.groups.set(GROUP, groupWith(ME, ANN))
    at.sender.notice('groups.update', { id: GROUP, ephemeralDuration: 0 })
    assert.equal((await send(at, say('hello'), { chat: GROUP })).expiresInS, null)
  })

  it('vanishes also for who asks for it again after a restart', async () => {
    const at = sendStand()
    at.sender.heard(setTo(DAY_S, 'SET1'))
    at.records.set('3EB0OLD', recorded(say('hello')))
    const again = await at.restart().sender.sent('3EB0OLD', `${ANN}@s.whatsapp.net`)
    assert.deepEqual(again, { extendedTextMessage: { text: 'hello', contextInfo: { expiration: DAY_S } } })
  })
})
