// Ids at WhatsApp: on disk before a message goes out, so that whatever comes for it later finds it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sentMessage } from '../../../../src/transports/web/send/sent-ids.ts'
import { wireIdOf } from '../../../../src/transports/web/send/wire-id.ts'
import { ANN, isSendError, newMessageId, recorded, type Stand, say, send, sendStand } from './stand.ts'

const kept = ({ session }: Stand) => [...session.keys()].filter((key) => key.startsWith('sent-id/'))

describe('the id of a message', () => {
  it('is on disk before the message goes out', async () => {
    const at = sendStand()
    const id = newMessageId()
    const write = at.socket.send.bind(at.socket)
    at.socket.send = async (message) => {
      assert.equal(at.session.get(`sent-id/${message.id}`), id)
      return write(message)
    }
    await at.sender.send({ id, chat: ANN, replyTo: null, content: say('x') })
  })

  it('that cannot be kept keeps the message from going out', async () => {
    let isFull = false
    const at = sendStand({ storeFails: () => (isFull ? new Error('disk full') : null) })
    await send(at, say('known chat'))
    isFull = true
    await assert.rejects(
      send(at, say('x')),
      isSendError({ outcome: 'refused', retryAfterMs: 5000 }, /nothing was sent/),
    )
    assert.equal(at.socket.sent.length, 1)
  })

  it('is forgotten some time after WhatsApp answered', async () => {
    const at = sendStand()
    const first = await send(at, say('1'))
    const second = await send(at, say('2'))
    assert.deepEqual(kept(at), [`sent-id/${first.id}`, `sent-id/${second.id}`])
    at.clock.pass(60_000)
    const third = await send(at, say('3'))
    assert.deepEqual(kept(at), [`sent-id/${third.id}`])
  })

  it('finds a message whose answer was lost, also after a restart', async () => {
    const at = sendStand()
    at.socket.ack = 'held'
    const message = recorded(say('lost?'), { transportId: null, status: 'unknown' })
    at.records.set(message.id, message)
    const sending = at.sender.send({ id: message.id, chat: ANN, replyTo: null, content: say('lost?') })
    await assert.rejects(sending, isSendError({ outcome: 'lost' }, /./))
    const later = at.restart()
    await send(later, say('others follow'))
    later.clock.pass(60_000)
    await send(later, say('and others'))
    const content = await later.sender.sent(wireIdOf('shop', message.id), `${ANN}@s.whatsapp.net`)
    assert.deepEqual(content, { extendedTextMessage: { text: 'lost?' } })
  })

  it('finds nothing of another account', async () => {
    const message = recorded(say('x'), { account: 'other', transportId: null })
    const session = { get: async () => new Map([['3EB0X', message.id]]) }
    const desk = {
      sentContent: async () => null,
      session: () => ({ ...session, credentials: async () => null, put: async () => {}, wipe: async () => {} }),
      outgoing: async () => new Map([[message.id, message]]),
    }
    assert.equal(await sentMessage(desk, 'shop', '3EB0X'), null)
    assert.equal((await sentMessage(desk, 'other', '3EB0X'))?.id, message.id)
  })
})
