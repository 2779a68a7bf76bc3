// Which message of ours an id at WhatsApp stands for: known while it is on its way, when its answer was lost, and after a start.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OutMessage } from '../../../../src/model/message.ts'
import { createSentIds, type SentIdsDeps } from '../../../../src/transports/web/send/sent-ids.ts'
import { wireIdOf } from '../../../../src/transports/web/send/wire-id.ts'
import { ANN, isSendError, JumpingClock, newMessageId, recorded, say, send, sendStand } from './stand.ts'

describe('the id of a message', () => {
  it('leads to it while the message is on its way, before the store knows of it', async () => {
    const at = sendStand()
    const message = recorded(say('x'), { id: newMessageId(), transportId: null, status: 'sending' })
    at.records.set(message.id, message)
    const found: (string | undefined)[] = []
    const write = at.socket.send.bind(at.socket)
    at.socket.send = async (wire) => {
      found.push((await at.sender.sent(wire.id, `${ANN}@s.whatsapp.net`))?.extendedTextMessage ? 'found' : 'lost')
      return write(wire)
    }
    await at.sender.send({ id: message.id, chat: ANN, replyTo: null, content: say('x') })
    assert.deepEqual(found, ['found'])
  })

  it('leads to a message whose answer was lost, also after a restart', async () => {
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

  it('is asked of the store alone some time after WhatsApp answered', async () => {
    const { ids, clock, message, asked } = made()
    ids.begin('3EB0X', message.id)
    ids.settled('3EB0X')
    assert.equal((await ids.find('3EB0X'))?.id, message.id)
    clock.pass(60_000)
    ids.begin('3EB0Y', 'msg_other')
    assert.equal(await ids.find('3EB0X'), null)
    assert.deepEqual(asked, [message.id])
  })

  it('leads to nothing of another account', async () => {
    const { ids, message } = made({ account: 'other' })
    ids.begin('3EB0X', message.id)
    assert.equal(await ids.find('3EB0X'), null)
  })

  it('is looked for again when the store could not tell what was lost', async () => {
    let isDown = true
    const { ids, message } = made({}, async (list) => {
      if (isDown) throw new Error('busy')
      return list
    })
    const wireId = wireIdOf('shop', message.id)
    await assert.rejects(ids.find(wireId), /busy/)
    isDown = false
    assert.equal((await ids.find(wireId))?.id, message.id)
  })
})

function made(
  change: Partial<OutMessage> = {},
  lost: (list: OutMessage[]) => Promise<OutMessage[]> = async (list) => list,
) {
  const message = recorded(say('x'), { transportId: null, status: 'unknown', ...change })
  const asked: string[] = []
  const clock = new JumpingClock()
  const desk: SentIdsDeps = {
    clock,
    sentContent: async () => null,
    lost: () => lost(change.account === undefined ? [message] : []),
    async outgoing(list) {
      asked.push(...list)
      return new Map([[message.id, message]])
    },
  }
  return { ids: createSentIds(desk, 'shop'), clock, message, asked }
}
