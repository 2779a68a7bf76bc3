// Marking messages as read: this one and those before it in its chat, each once.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN, arrived, BEN, isFailure, isSendError, sendStand } from './stand.ts'

const at10 = Date.parse('2026-11-22T10:00:00Z')
const ann = { chat: `${ANN}@s.whatsapp.net` }

function heard() {
  const at = sendStand()
  // As they came, which need not be the order in which they were written.
  at.sender.heard(arrived('A2', { ...ann, at: at10 + 2000 }))
  at.sender.heard(arrived('A1', { chat: '900000000000009@lid', chatAlt: ann.chat, at: at10 + 1000 }))
  at.sender.heard(arrived('MINE', { ...ann, at: at10 + 1500, fromMe: true }))
  at.sender.heard(arrived('A3', { ...ann, at: at10 + 3000 }))
  at.sender.heard(arrived('B1', { chat: `${BEN}@s.whatsapp.net`, at: at10 }))
  return at
}

describe('marking as read', () => {
  it('marks a message, and those before it in its chat', async () => {
    const at = heard()
    await at.sender.markRead('A2')
    assert.deepEqual(at.socket.read, [['A1', 'A2']])
  })

  it('marks none twice', async () => {
    const at = heard()
    await at.sender.markRead('A2')
    await at.sender.markRead('A2')
    await at.sender.markRead('A3')
    assert.deepEqual(at.socket.read, [['A1', 'A2'], ['A3']])
    at.sender.heard(arrived('A3', { ...ann, at: at10 + 3000 }))
    await at.sender.markRead('A3')
    assert.equal(at.socket.read.length, 2)
  })

  it('marks them again when WhatsApp was not told', async () => {
    const at = heard()
    at.socket.fails.set('markRead', new Error('gone'))
    await assert.rejects(at.sender.markRead('A3'), isSendError({ outcome: 'refused', retryAfterMs: 5000 }, /gone/))
    at.socket.fails.clear()
    await at.sender.markRead('A3')
    assert.deepEqual(at.socket.read, [['A1', 'A2', 'A3']])
  })

  it('of a message that is not remembered, or that is our own, is refused', async () => {
    const at = heard()
    await assert.rejects(
      at.sender.markRead('OLD'),
      isSendError({ callersFault: true }, /"OLD" is not known to this server/),
    )
    await assert.rejects(at.sender.markRead('MINE'), isSendError({ callersFault: true }, /by this number itself/))
    at.connected = false
    await assert.rejects(at.sender.markRead('A1'), isFailure('not-connected', /not connected/, 5))
  })

  it('remembers the last 2,000 messages', async () => {
    const at = sendStand()
    for (let index = 0; index <= 2000; index += 1) at.sender.heard(arrived(`M${index}`, { at: at10 + index }))
    await assert.rejects(at.sender.markRead('M0'), isSendError({ callersFault: true }, /not known to this server/))
    await at.sender.markRead('M1')
    assert.deepEqual(at.socket.read, [['M1']])
  })
})
