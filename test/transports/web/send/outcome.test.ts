// What becomes of a message: sent when WhatsApp says so, refused in its words, lost when nobody knows.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { wireIdOf } from '../../../../src/transports/web/send/wire-id.ts'
import {
  ANN,
  BEN,
  isFailure,
  isSendError,
  newMessageId,
  PretendSocket,
  say,
  send,
  sendStand,
  withStatus,
} from './stand.ts'

const message = (id = newMessageId(), chat = ANN) => ({ id, chat, replyTo: null, content: say('hello') })

describe('the id of a message', () => {
  it('is derived from ours, so that it is known before and after anything happens', async () => {
    const at = sendStand()
    const id = newMessageId()
    const { transportId } = await at.sender.send(message(id))
    assert.match(transportId, /^3EB0[0-9A-F]{18}$/)
    assert.equal(transportId, wireIdOf('shop', id))
    assert.equal(at.socket.sent[0]?.id, transportId)
    assert.notEqual(wireIdOf('other', id), transportId)
  })
})

describe('a message', () => {
  it('is sent when WhatsApp says that it took it, and not before', async () => {
    const at = sendStand()
    at.socket.ack = 'held'
    const sending = at.sender.send(message())
    let isDone = false
    void sending.then(() => {
      isDone = true
    })
    while (at.socket.sent.length === 0) await new Promise(setImmediate)
    assert.equal(isDone, false)
    at.sender.acked(at.socket.sent[0]!.id, null)
    assert.equal((await sending).transportId, at.socket.sent[0]!.id)
  })

  it('is lost when WhatsApp says nothing within 30 s, and is not sent again', async () => {
    const at = sendStand()
    at.socket.ack = 'held'
    const lost = isSendError({ outcome: 'lost', retryAfterMs: null }, /did not say within 30 s/)
    await assert.rejects(at.sender.send(message()), lost)
    assert.equal(at.socket.sent.length, 1)
    assert.ok(at.clock.waits.includes(30_000))
  })

  it('is lost when the connection ends before the ack', async () => {
    const at = sendStand()
    at.socket.ack = 'held'
    const sending = at.sender.send(message())
    const rejected = assert.rejects(sending, isSendError({ outcome: 'lost' }, /ended before it said/))
    while (at.socket.sent.length === 0) await Promise.resolve()
    await Promise.resolve()
    at.sender.cut()
    await rejected
  })

  it('is lost when its writing failed in a way that says nothing', async () => {
    const at = sendStand()
    at.socket.fails.set('send', new Error('the store took nothing'))
    await assert.rejects(at.sender.send(message()), isSendError({ outcome: 'lost' }, /is not known/))
  })

  it('is sent nevertheless when WhatsApp says then that it has it', async () => {
    const at = sendStand()
    at.socket.send = async ({ id }) => {
      process.nextTick(() => at.sender.acked(id, null))
      throw new Error('the store took nothing')
    }
    const id = newMessageId()
    assert.deepEqual(await at.sender.send(message(id)), { transportId: wireIdOf('shop', id) })
  })

  it('is refused when what is asked before it failed: nothing was written', async () => {
    const at = sendStand()
    at.socket.fails.set('send', withStatus('Connection Closed', 428))
    const away = isSendError({ outcome: 'refused', retryAfterMs: 5000 }, /was not sent: Connection Closed/)
    await assert.rejects(at.sender.send(message()), away)
    at.socket.fails.set('send', withStatus('bad-request', 400))
    await assert.rejects(
      at.sender.send(message()),
      isSendError({ outcome: 'refused', retryAfterMs: null }, /bad-request/),
    )
  })

  it('is refused with the code that WhatsApp gave to a query, not with that of the library', async () => {
    const at = sendStand()
    const boom = { data: 403, output: { statusCode: 500 } }
    at.socket.fails.set('send', Object.assign(new Error('forbidden'), boom))
    const forbidden = isSendError({ outcome: 'refused', retryAfterMs: null }, /forbidden/)
    await assert.rejects(at.sender.send(message()), forbidden)
    at.socket.fails.set('send', Object.assign(new Error('rate-overlimit'), { ...boom, data: 429 }))
    await assert.rejects(at.sender.send(message()), isSendError({ retryAfterMs: 60_000 }, /rate-overlimit/))
    at.socket.fails.set('send', Object.assign(new Error('All encryptions failed'), { output: { statusCode: 500 } }))
    await assert.rejects(at.sender.send(message()), isSendError({ retryAfterMs: 5000 }, /All encryptions failed/))
  })

  it('that another one is sent before waits for its end', async () => {
    const at = sendStand()
    at.socket.ack = 'held'
    const first = at.sender.send(message())
    const second = at.sender.send(message(newMessageId(), BEN))
    while (at.socket.sent.length === 0) await new Promise(setImmediate)
    assert.deepEqual(
      at.socket.sent.map(({ to }) => to),
      [`${ANN}@s.whatsapp.net`],
    )
    at.socket.ack = null
    at.sender.acked(at.socket.sent[0]!.id, null)
    await Promise.all([first, second])
    assert.deepEqual(
      at.socket.sent.map(({ to }) => to),
      [`${ANN}@s.whatsapp.net`, `${BEN}@s.whatsapp.net`],
    )
  })
})

describe('an error in the ack', () => {
  const codes: [string, number | null, boolean, RegExp][] = [
    ['479', 60_000, false, /\(479\).*not valid for the devices/],
    ['421', 10_000, false, /\(421\).*addressed in another way/],
    ['429', 60_000, false, /\(429\).*too many messages/],
    ['403', null, true, /\(403\).*may not write/],
    ['503', 30_000, false, /\(503\)/],
    ['999', null, false, /\(999\).*no reason that is known/],
  ]
  for (const [code, retryAfterMs, callersFault, words] of codes)
    it(`${code} refuses the message, and no other`, async () => {
      const at = sendStand()
      at.socket.ack = code
      await assert.rejects(
        at.sender.send(message()),
        isSendError({ outcome: 'refused', retryAfterMs, callersFault }, words),
      )
      at.socket.ack = null
      await send(at, say('again'))
      assert.deepEqual(at.restricted, [])
    })

  it('carries its code as a fact', async () => {
    const at = sendStand()
    at.socket.ack = '429'
    await assert.rejects(at.sender.send(message()), { facts: { code: 429, title: 'Rate limited' } })
  })

  it('463 stops the line: what waits behind it does not go out', async () => {
    const at = sendStand()
    at.socket.ack = '463'
    const first = assert.rejects(
      at.sender.send(message()),
      isSendError({ outcome: 'refused', retryAfterMs: null }, /\(463\).*may not begin new chats/),
    )
    const second = assert.rejects(
      at.sender.send(message(newMessageId(), BEN)),
      isSendError({ outcome: 'refused' }, /restricts this number/),
    )
    await Promise.all([first, second])
    assert.equal(at.restricted.length, 1)
    assert.equal(at.socket.sent.length, 1)
  })

  it('of a message that nobody waits for changes nothing', async () => {
    const at = sendStand()
    at.sender.acked('3EB0NOBODY', '463')
    assert.deepEqual(at.restricted, [])
    await send(at, say('hello'))
  })
})

describe('a line that cannot send', () => {
  it('refuses with the sentence of what is wrong', async () => {
    const at = sendStand()
    at.hindrance = 'WhatsApp refused the message (463).'
    const restricted = isSendError(
      { outcome: 'refused', retryAfterMs: null },
      /WhatsApp restricts this number.*\(463\)/,
    )
    await assert.rejects(at.sender.send(message()), restricted)
    at.connected = false
    at.hindrance = 'The phone removed this device; link it anew.'
    await assert.rejects(at.sender.send(message()), isFailure('not-connected', /removed this device/))
    assert.equal(at.clock.waits.length, 0)
    assert.equal(at.socket.asked.length, 0)
  })

  it('is waited for a moment while it connects anew, and says so when it takes longer', async () => {
    const at = sendStand()
    at.connected = false
    await assert.rejects(at.sender.send(message()), isFailure('not-connected', /is being connected anew/, 5))
    const sent = at.sender.send(message())
    await new Promise(setImmediate)
    at.connected = true
    await sent
    assert.equal(at.socket.sent.length, 1)
  })

  it('since it lost its connection while it typed sends over the next one, once', async () => {
    const at = sendStand({ web: { typing: true } })
    const next = new PretendSocket()
    next.onAck = (id, error) => at.sender.acked(id, error)
    const typing = at.socket.typing.bind(at.socket)
    at.socket.typing = async (to, on) => {
      await typing(to, on)
      at.connected = on
      if (!on) setImmediate(() => Object.assign(at, { connected: true, current: next }))
    }
    await at.sender.send(message())
    assert.deepEqual([at.socket.sent.length, next.sent.length], [0, 1])
  })

  it('does not offer again over the next connection what WhatsApp refused', async () => {
    const at = sendStand()
    at.socket.ack = '503'
    const write = at.socket.send.bind(at.socket)
    at.socket.send = async (wire) => {
      at.current = new PretendSocket()
      return write(wire)
    }
    await assert.rejects(at.sender.send(message()), isSendError({ outcome: 'refused' }, /\(503\)/))
    assert.equal(at.current.sent.length, 0)
  })
})
