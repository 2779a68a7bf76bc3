// What a message answers: quoted from what came in, from what we sent, or by its id alone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rawOf } from '../../../../src/transports/web/receive/raw.ts'
import { ANN, arrived, BEN, GROUP, isSendError, ME, recorded, say, send, sendStand } from './stand.ts'

const to = `${ANN}@s.whatsapp.net`

describe('a reply', () => {
  it('quotes a message that came in, as it was', async () => {
    const at = sendStand()
    const { envelope, content } = arrived('IN1', {}, { imageMessage: { caption: 'look' } })
    at.sender.heard({ envelope, content })
    assert.deepEqual((await send(at, say('nice'), { replyTo: 'IN1' })).quoted, { envelope, content })
  })

  it('quotes in the chat that it goes to, by whichever of its names the message came', async () => {
    const at = sendStand()
    at.sender.heard(arrived('IN1', { chat: '900000000000009@lid', chatAlt: to, from: '900000000000009@lid' }))
    const { quoted } = await send(at, say('nice'), { replyTo: 'IN1' })
    assert.equal(quoted?.envelope.chat, to)
    assert.equal(quoted?.envelope.from, '900000000000009@lid')
  })

  it('keeps the chat of what it quotes from elsewhere', async () => {
    const at = sendStand()
    at.sender.heard(arrived('G1', { chat: GROUP, from: to }))
    assert.equal((await send(at, say('between us'), { replyTo: 'G1' })).quoted?.envelope.chat, GROUP)
  })

  it('quotes a message of ours as it went out, and after a restart as it was recorded', async () => {
    const at = sendStand()
    const first = await send(at, say('hello'))
    const lately = await send(at, say('and this'), { replyTo: first.id })
    assert.deepEqual(lately.quoted?.content, { went: first.content })
    assert.equal(lately.quoted?.envelope.fromMe, true)
    assert.equal(lately.quoted?.envelope.from, `${ME}@s.whatsapp.net`)
    at.records.set('3EB0OLD', recorded(say('hello of old')))
    const old = await send(at, say('and this'), { replyTo: '3EB0OLD' })
    assert.deepEqual(old.quoted?.content, { extendedTextMessage: { text: 'hello of old' } })
    assert.equal(old.quoted?.envelope.chat, to)
  })

  it('quotes a message from before the start as it was recorded', async () => {
    const at = sendStand()
    const { envelope } = arrived('G0', { chat: GROUP, from: '900000000000009@lid', fromAlt: to })
    const content = { imageMessage: { caption: 'look', jpegThumbnail: Buffer.from('tiny') } }
    const raw = rawOf(envelope, content)
    assert.ok(raw.ok)
    at.raws.set('G0', raw.json)
    const { quoted } = await send(at, say('nice'), { chat: GROUP, replyTo: 'G0' })
    assert.deepEqual(quoted?.envelope, envelope)
    assert.deepEqual(quoted?.content, { imageMessage: { caption: 'look', jpegThumbnail: 'dGlueQ==' } })
  })

  it('to what nobody knows is refused in a group, where WhatsApp needs to know who wrote it', async () => {
    const at = sendStand()
    const unknown = isSendError({ callersFault: true }, /^reply_to: the message "LONG-AGO" is not known to this server/)
    at.raws.set('LONG-AGO', '{"entry":[]}')
    await assert.rejects(send(at, say('well'), { chat: GROUP, replyTo: 'LONG-AGO' }), unknown)
    await assert.rejects(send(at, say('well'), { chat: GROUP, replyTo: 'LONG-AGO' }), unknown)
    at.sender.heard(arrived('LONG-AGO', { chat: GROUP }))
    await send(at, say('well'), { chat: GROUP, replyTo: 'LONG-AGO' })
  })

  it('quotes what nobody remembers by its id alone', async () => {
    const at = sendStand()
    const { quoted } = await send(at, say('well'), { replyTo: 'LONG-AGO' })
    assert.deepEqual(quoted?.content, { conversation: '' })
    assert.equal(quoted?.envelope.id, 'LONG-AGO')
    assert.equal(quoted?.envelope.from, to)
    assert.equal(quoted?.envelope.fromMe, false)
  })

  it('does not quote messages of other accounts', async () => {
    const at = sendStand()
    at.records.set('3EB0OTHER', recorded(say('secret'), { account: 'other', chat: BEN }))
    const { quoted } = await send(at, say('well'), { replyTo: '3EB0OTHER' })
    assert.deepEqual(quoted?.content, { conversation: '' })
  })
})
