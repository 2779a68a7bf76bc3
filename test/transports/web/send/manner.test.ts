// Sending as a person would: only to those who are on WhatsApp, to few strangers, with pauses.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ANN,
  arrived,
  BEN,
  fileOf,
  GROUP,
  isFailure,
  isSendError,
  ME,
  media,
  say,
  send,
  sendStand,
  withStatus,
} from './stand.ts'

const HOUR_MS = 3600_000

describe('a number', () => {
  it('that is not on WhatsApp is refused with a sentence, before anything is sent', async () => {
    const at = sendStand()
    const refused = isSendError({ outcome: 'refused', callersFault: true }, /^to: \+15559990000 is not on WhatsApp/)
    await assert.rejects(send(at, say('hello'), { chat: '15559990000' }), refused)
    await assert.rejects(send(at, say('hello'), { chat: '15559990000' }), refused)
    assert.deepEqual(at.socket.asked, ['15559990000'])
    assert.equal(at.socket.sent.length, 0)
    assert.equal(at.session.size, 0)
  })

  it('that was not on WhatsApp is asked about again an hour later', async () => {
    const at = sendStand()
    await assert.rejects(send(at, say('hello'), { chat: '15559990000' }))
    at.clock.pass(HOUR_MS)
    at.socket.onIt.add('15559990000')
    await send(at, say('hello'), { chat: '15559990000' })
  })

  it('is asked about once a day', async () => {
    const at = sendStand()
    await send(at, say('one'))
    at.clock.pass(23 * HOUR_MS)
    await send(at, say('two'))
    assert.deepEqual(at.socket.asked, [ANN])
    at.clock.pass(HOUR_MS)
    await send(at, say('three'))
    assert.deepEqual(at.socket.asked, [ANN, ANN])
  })

  it('that wrote to us is not asked about', async () => {
    const at = sendStand()
    at.sender.heard(arrived('IN1', { chat: '900000000000009@lid', chatAlt: `${ANN}@s.whatsapp.net` }))
    await send(at, say('hello'))
    assert.deepEqual(at.socket.asked, [])
  })

  it('is written to under the jid that WhatsApp tells', async () => {
    const at = sendStand()
    at.socket.onWhatsApp = async () => new Map([[ANN, '15551234568@s.whatsapp.net']])
    assert.equal((await send(at, say('hello'))).to, '15551234568@s.whatsapp.net')
  })

  it('that WhatsApp does not tell about is not written to now', async () => {
    const at = sendStand()
    at.socket.fails.set('onWhatsApp', new Error('Timed Out'))
    await assert.rejects(send(at, say('x')), isSendError({ outcome: 'refused', retryAfterMs: 5000 }, /Timed Out/))
    at.socket.fails.set('onWhatsApp', withStatus('rate-overlimit', 429))
    await assert.rejects(
      send(at, say('x')),
      isSendError({ outcome: 'refused', retryAfterMs: 60_000 }, /rate-overlimit/),
    )
    at.socket.fails.clear()
    await send(at, say('x'))
  })

  it('that is hidden behind a LID is written to without asking', async () => {
    const at = sendStand()
    assert.equal((await send(at, say('x'), { chat: '900000000000009@lid' })).to, '900000000000009@lid')
    assert.deepEqual(at.socket.asked, [])
  })
})

describe('new chats', () => {
  const numbers = ['15551110001', '15551110002', '15551110003']
  const limited = (session?: Map<string, string>) => {
    const at = sendStand({ web: { newChatsADay: 2 }, ...(session && { session }) })
    for (const one of numbers) at.socket.onIt.add(one)
    return at
  }

  it('beyond what the account may begin in 24 hours are refused, with the time when one may be', async () => {
    const at = limited()
    await send(at, say('1'), { chat: numbers[0]! })
    at.clock.pass(HOUR_MS)
    await send(at, say('2'), { chat: numbers[1]! })
    const refused = isFailure('rate-limited', /has begun 2 new chats in the last 24 hours/, 23 * 3600)
    await assert.rejects(send(at, say('3'), { chat: numbers[2]! }), refused)
    await send(at, say('again'), { chat: numbers[0]! })
    at.clock.pass(23 * HOUR_MS)
    await send(at, say('3'), { chat: numbers[2]! })
  })

  it('are counted over a restart', async () => {
    const at = limited()
    for (const chat of numbers.slice(0, 2)) await send(at, say('x'), { chat })
    const later = limited(at.session)
    await send(later, say('again'), { chat: numbers[0]! })
    await assert.rejects(send(later, say('3'), { chat: numbers[2]! }), isFailure('rate-limited', /2 new chats/, 86_400))
  })

  it('are not those of people who wrote first, also before a restart', async () => {
    const at = sendStand({ web: { newChatsADay: 0 } })
    at.sender.heard(arrived('IN1'))
    await new Promise(setImmediate)
    await send(at, say('hello'))
    const later = sendStand({ web: { newChatsADay: 0 }, session: at.session })
    await send(later, say('hello'))
    const refused = isFailure('rate-limited', /may begin no new chats/)
    await assert.rejects(send(later, say('hello'), { chat: BEN }), refused)
  })

  it('are neither groups nor the note to oneself', async () => {
    const at = sendStand({ web: { newChatsADay: 0 } })
    await send(at, say('hello'), { chat: GROUP })
    await send(at, say('hello'), { chat: ME })
  })

  it('that cannot be counted are not begun', async () => {
    let trouble: Error | null = new Error('disk full')
    const at = sendStand({ storeFails: () => trouble })
    await assert.rejects(send(at, say('x')), isSendError({ outcome: 'refused', retryAfterMs: 5000 }, /on this server/))
    trouble = null
    await send(at, say('x'))
  })
})

describe('a message', () => {
  it('comes after a moment since the one before, of random length', async () => {
    const at = sendStand({ tune: { random: () => 0.5 } })
    await send(at, say('one'))
    assert.ok(!at.clock.waits.includes(400))
    await send(at, say('two'))
    assert.ok(at.clock.waits.includes(400))
    at.clock.pass(10_000)
    const before = at.clock.waits.filter((ms) => ms <= 800).length
    await send(at, say('three'))
    assert.equal(at.clock.waits.filter((ms) => ms <= 800).length, before)
  })

  it('is typed for a moment that its length decides, 3 s at most', async () => {
    const at = sendStand({ web: { typing: true } })
    await send(at, say('ten chars.'))
    const to = `${ANN}@s.whatsapp.net`
    assert.deepEqual(at.socket.typed, [
      [to, true],
      [to, false],
    ])
    assert.ok(at.clock.waits.includes(300))
    await send(at, say('long '.repeat(500)))
    assert.ok(at.clock.waits.includes(3000))
    assert.ok(at.clock.waits.every((ms) => ms <= 3000 || ms >= 30_000))
  })

  it('that has no text is not typed, and none is where the account does not want it', async () => {
    const at = sendStand({ web: { typing: true } })
    const id = await at.sender.upload('audio', fileOf('x', 'audio/mpeg'))
    await send(at, media('audio', id))
    assert.deepEqual(at.socket.typed, [])
    const silent = sendStand({ web: { typing: false } })
    await send(silent, say('hello'))
    assert.deepEqual(silent.socket.typed, [])
  })

  it('goes out also when typing does not work', async () => {
    const at = sendStand({ web: { typing: true } })
    at.socket.fails.set('typing', new Error('no'))
    await send(at, say('hello'))
  })
})
