// Sending within the gateway: what goes at once, what waits and how its caller is told, what survives a crash.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Content } from '../../src/model/content.ts'
import { SendError } from '../../src/transports/transport.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'
import { type Ending, failure, keep, type Stand, stand, text, told } from './stand.ts'

const ONE_A_MINUTE = { perSecond: 1 / 60 }

async function standing(t: Ending, options: Parameters<typeof stand>[2] = {}) {
  const clock = new FakeClock()
  const made = await stand(t, await keep(t, clock), options)
  return { ...made, clock, send: sender(made) }
}

function sender({ messages }: Pick<Stand, 'messages'>) {
  return (said: string | Content, more: { to?: string; key?: string; replyTo?: string } = {}) =>
    messages.send({
      account: 'shop',
      to: more.to ?? '+15550001111',
      content: typeof said === 'string' ? text(said) : said,
      replyTo: more.replyTo,
      idempotencyKey: more.key,
    })
}

const saidIn = ({ side }: Stand): string[] =>
  side.sent.map(({ content }) => (content.kind === 'text' ? content.text : content.kind))

describe('a message whose turn is free', () => {
  it('goes out at once, recorded before and after and never as queued', async (t) => {
    const { send, messages, side, events } = await standing(t)
    assert.deepEqual(await send('hello'), { messageId: 'wamid.1', state: 'sent' })
    const { message, ticks } = await messages.get('wamid.1')
    assert.deepEqual(
      ticks.map(({ status }) => status),
      ['sending', 'sent'],
    )
    assert.deepEqual(JSON.parse(message.content), { content: text('hello'), replyTo: null })
    assert.deepEqual(side.sent, [{ id: message.id, chat: '15550001111', replyTo: null, content: text('hello') }])
    assert.deepEqual(told(events), [{ type: 'message.sent', id: 'wamid.1', error: null }])
  })

  it('is refused in the words of its line when that kind of number cannot say it, and recorded nowhere', async (t) => {
    const { send, side, store } = await standing(t)
    side.cannot = 'content: nothing like that; send a text'
    const { code, message } = await failure(send('hello'))
    assert.deepEqual([code, message], ['unsupported', 'content: nothing like that; send a text'])
    assert.deepEqual([side.sent, await store.messages.unsettled()], [[], []])
  })

  it('costs no turn when its key was known', async (t) => {
    const { send, clock } = await standing(t, { pacing: { perSecond: 1, pairBurst: 2, pairEveryS: 60 } })
    const first = await send('hello', { key: 'k' })
    await clock.advance(1000)
    for (let n = 0; n < 5; n += 1) assert.deepEqual(await send('hello', { key: 'k' }), first)
    assert.deepEqual(await send('again'), { messageId: 'wamid.2', state: 'sent' })
  })

  it('is the same to its key however its fields are ordered, and another one when anything differs', async (t) => {
    const { send, side } = await standing(t)
    const template = { name: 'hi', language: { code: 'en' } }
    const first = await send({ kind: 'template', template }, { key: 'k' })
    const turned = { language: { code: 'en' }, name: 'hi' }
    assert.deepEqual(await send({ kind: 'template', template: turned }, { key: 'k' }), first)
    const other = { ...template, name: 'ho' }
    assert.equal((await failure(send({ kind: 'template', template: other }, { key: 'k' }))).code, 'mismatch')
    assert.equal((await failure(send({ kind: 'template', template }, { key: 'k', replyTo: 'x' }))).code, 'mismatch')
    assert.equal(side.sent.length, 1)
  })
})

describe('a message that waits for its turn', () => {
  it('is answered as queued after 20 s, under the id that its events then carry', async (t) => {
    const { send, clock, events, messages, side } = await standing(t, { pacing: ONE_A_MINUTE })
    await send('first')
    const waits = send('second', { key: 'k' })
    await settle()
    assert.deepEqual(messages.queue('shop'), { waiting: 1, nextAt: clock.now() + 60_000 })
    const early = await failure(send('second', { key: 'k' }))
    assert.deepEqual([early.code, early.retryAfterS], ['conflict', 1])
    assert.equal(messages.queue('shop').waiting, 1, 'who asks again is not counted')
    await clock.advance(20_000)
    const { messageId, state } = await waits
    assert.equal(state, 'queued')
    assert.match(messageId, /^msg_/)
    assert.deepEqual(await send('second', { key: 'k' }), { messageId, state: 'queued' })
    assert.equal((await failure(send('third', { key: 'k' }))).code, 'mismatch')
    assert.equal(side.sent.length, 1)
    await clock.advance(40_000)
    assert.deepEqual(told(events).at(-1), { type: 'message.sent', id: messageId, error: null })
    assert.deepEqual(messages.queue('shop'), { waiting: 0, nextAt: null })
    const { message } = await messages.get(messageId)
    assert.deepEqual([message.transportId, message.publicId, message.status], ['wamid.2', messageId, 'sent'])
    assert.deepEqual(await send('second', { key: 'k' }), { messageId, state: 'sent' })
  })

  it('is answered as sent when its turn comes before that', async (t) => {
    const { send, clock } = await standing(t, { pacing: { perSecond: 0.1 } })
    await send('first')
    const waits = send('second')
    await clock.advance(10_000)
    assert.deepEqual(await waits, { messageId: 'wamid.2', state: 'sent' })
  })

  it('is answered by what becomes of it when its call runs as the 20 s end', async (t) => {
    const { send, clock, side } = await standing(t, { pacing: { perSecond: 0.1 } })
    await send('first')
    const call = Promise.withResolvers<{ transportId: string }>()
    side.onSend = () => call.promise
    const waits = send('second')
    await clock.advance(30_000)
    call.resolve({ transportId: 'wamid.slow' })
    assert.deepEqual(await waits, { messageId: 'wamid.slow', state: 'sent' })
  })

  it('keeps its place: nothing to the same chat overtakes it, not even when its turn would be free', async (t) => {
    const made = await standing(t, { pacing: { perSecond: 80, pairBurst: 1, pairEveryS: 5 } })
    const { send, clock, side } = made
    await send('one')
    const slow = Promise.withResolvers<{ transportId: string }>()
    side.onSend = () => slow.promise
    const waits = [send('two'), send('three')]
    await clock.advance(5000)
    waits.push(send('four'))
    await clock.advance(60_000)
    assert.deepEqual(saidIn(made), ['one', 'two'], 'three waits for the answer to two')
    side.onSend = async () => ({ transportId: `wamid.${side.sent.length}` })
    slow.resolve({ transportId: 'wamid.slow' })
    await clock.advance(60_000)
    await Promise.all(waits)
    assert.deepEqual(saidIn(made), ['one', 'two', 'three', 'four'])
    await send('elsewhere', { to: '15550002222' })
  })

  it('fails with a sentence and an event when its account is disabled as its turn comes', async (t) => {
    const { send, clock, lines, events, side, messages } = await standing(t, { pacing: ONE_A_MINUTE })
    await send('first')
    const waits = send('second')
    await clock.advance(20_000)
    const { messageId } = await waits
    const account = lines.account('shop')
    assert.ok(account)
    await lines.close('shop')
    lines.park({ ...account, disabled: true })
    assert.equal((await messages.get(messageId)).message.status, 'queued')
    await clock.advance(40_000)
    const last = told(events).at(-1)
    assert.deepEqual([last?.type, last?.id], ['message.failed', messageId])
    assert.match(last?.error ?? '', /"shop" is disabled; enable it/)
    assert.equal(side.sent.length, 1)
  })

  it('takes up a changed pacing at once', async (t) => {
    const { send, lines, messages } = await standing(t, { pacing: ONE_A_MINUTE })
    await send('first')
    const waits = send('second')
    await settle()
    const account = lines.account('shop')
    assert.ok(account)
    lines.park({ ...account, pacing: { ...account.pacing, perSecond: 10 } })
    messages.repace('shop')
    assert.equal((await waits).state, 'sent')
  })

  it('is told to its caller at once when the server is about to stop, and stays queued', async (t) => {
    const { send, messages, side, store } = await standing(t, { pacing: ONE_A_MINUTE })
    await send('first')
    const waits = send('second')
    await settle()
    messages.dismiss()
    const { messageId, state } = await waits
    assert.equal(state, 'queued')
    assert.equal((await send('third')).state, 'queued')
    await messages.stop(1000)
    assert.equal(side.sent.length, 1)
    assert.deepEqual(
      (await store.messages.unsettled()).map(({ status, publicId }) => [status, publicId !== null]),
      [
        ['queued', true],
        ['queued', true],
      ],
    )
    assert.equal((await messages.get(messageId)).message.publicId, messageId)
  })
})

/** What ran before has a clock of its own, which stands still from then on: nothing of it goes on. */
describe('after a crash', () => {
  it('what was queued goes out by itself in order, and what was being sent is unknown', async (t) => {
    const clock = new FakeClock()
    const kept = await keep(t, clock)
    const before = await stand(t, kept, { pacing: { perSecond: 1, pairBurst: 1, pairEveryS: 60 } })
    const send = sender(before)
    before.side.onSend = () => new Promise(() => {})
    void send('cut off')
    await settle()
    const waits = ['one', 'two'].map((said) => send(said, { key: said }))
    await clock.advance(20_000)
    const [one] = await Promise.all(waits)
    // The first of them goes out, and is cut off too.
    for (const said of ['three', 'four']) void send(said, { to: '15550002222', key: said }).catch(() => {})
    await settle()

    const after = await stand(t, { ...kept, clock: new FakeClock(clock.now()) })
    await after.messages.start()
    await settle(10)
    assert.equal(told(after.events).filter(({ type }) => type === 'message.unknown').length, 2)
    const said = saidIn(after)
    assert.deepEqual(said.toSorted(), ['four', 'one', 'two'])
    assert.ok(said.indexOf('one') < said.indexOf('two'))
    assert.equal(
      told(after.events).some(({ type, id }) => type === 'message.sent' && id === one?.messageId),
      true,
      'under the id that its caller was told',
    )
    assert.deepEqual(await sender(after)('one', { key: 'one' }), { messageId: one?.messageId, state: 'sent' })
  })

  it('a replay of what waited longer than its caller is answered as queued', async (t) => {
    const kept = await keep(t, new FakeClock())
    const before = await stand(t, kept, { pacing: ONE_A_MINUTE })
    await sender(before)('first')
    void sender(before)('second', { key: 'k' })
    await settle()
    const clock = new FakeClock()
    const after = await stand(t, { ...kept, clock }, { pacing: ONE_A_MINUTE })
    await sender(after)('other', { to: '15550002222' })
    await after.messages.start()
    assert.equal((await failure(sender(after)('second', { key: 'k' }))).code, 'conflict')
    await clock.advance(20_000)
    const { messageId, state } = await sender(after)('second', { key: 'k' })
    assert.equal(state, 'queued')
    await clock.advance(60_000)
    assert.deepEqual(told(after.events).at(-1), { type: 'message.sent', id: messageId, error: null })
  })

  it('a text that was queued before there was anything else goes out as it was', async (t) => {
    const clock = new FakeClock()
    const kept = await keep(t, clock)
    const id = `msg_${'0'.repeat(26)}`
    const old = { id, account: 'shop', chat: '15550001111', kind: 'text', createdAt: clock.now() }
    const content = JSON.stringify({ text: 'old', previewUrl: true, replyTo: 'wamid.x' })
    await kept.store.messages.begin({ ...old, content, status: 'queued' }, null)
    const { messages, side } = await stand(t, kept)
    await messages.start()
    await settle()
    assert.deepEqual(side.sent, [
      { id, chat: '15550001111', replyTo: 'wamid.x', content: { kind: 'text', text: 'old', previewUrl: true } },
    ])
  })
})

describe('a message that names another one', () => {
  it('may name it by our id, which goes out as the transport’s', async (t) => {
    const { send, messages, side } = await standing(t)
    await send('first')
    const { message } = await messages.get('wamid.1')
    await send('answer', { replyTo: message.id })
    await send({ kind: 'reaction', messageId: message.id, emoji: '👍' })
    await send('as it is', { replyTo: 'wamid.other' })
    assert.deepEqual(
      side.sent.slice(1).map(({ replyTo, content }) => [replyTo, content.kind === 'reaction' ? content.messageId : '']),
      [
        ['wamid.1', ''],
        [null, 'wamid.1'],
        ['wamid.other', ''],
      ],
    )
  })

  it('is refused, naming the field, when there is no such message or it has no id at the other side yet', async (t) => {
    const { send, side, messages } = await standing(t)
    const nobody = `msg_${'0'.repeat(26)}`
    const unknown = await failure(send('x', { replyTo: nobody }))
    assert.deepEqual([unknown.code, unknown.message.startsWith('reply_to: ')], ['invalid', true])
    const lost = { outcome: 'lost' as const, retryAfterMs: null, facts: {}, callersFault: false }
    side.onSend = () => Promise.reject(new SendError('no answer', lost))
    const { facts } = await failure(send('lost'))
    const reaction = { kind: 'reaction' as const, messageId: String(facts.message_id), emoji: '' }
    const early = await failure(send(reaction))
    assert.equal(early.code, 'invalid')
    assert.match(early.message, /^message_id: WhatsApp has no id yet .* unknown/)
    assert.equal((await messages.get(String(facts.message_id))).message.status, 'unknown')
    assert.equal(side.sent.length, 1)
  })
})

describe('what an account manages at Meta', () => {
  it('is refused for a number that has nothing there', async (t) => {
    const { business } = await standing(t)
    assert.throws(() => business('shop'), { code: 'unsupported', message: /business-api/ })
    assert.throws(() => business('nobody'), { code: 'invalid' })
  })
})
