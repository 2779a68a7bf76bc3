// Messages of a linked device whose connection is away: what waits for it, what is refused, and what a crash leaves.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock, settle } from '../suites/fake-clock.ts'
import { type Ending, failure, keep, type Stand, stand, text, told, withFile } from './stand.ts'

type Options = Parameters<typeof stand>[2]

async function linked(t: Ending, options: Options = {}) {
  const clock = new FakeClock()
  const kept = await keep(t, clock)
  const made = await stand(t, kept, { kind: 'web', ...options })
  const again = (more: Options = {}) => stand(t, kept, { kind: 'web', ...more })
  const wish = (said: string) => ({ account: 'shop', to: '+15550001111', content: text(said), replyTo: undefined })
  return {
    ...{ ...made, clock, again },
    send: (said: string, idempotencyKey?: string) => made.messages.send({ ...wish(said), idempotencyKey }),
    /** Nobody waits for what becomes of it. */
    queue: (said: string) => made.messages.enqueue(wish(said)),
  }
}

const sentBy = ({ side }: Pick<Stand, 'side'>) =>
  side.sent.map(({ content }) => (content.kind === 'text' ? content.text : content.kind))

describe('a message while the connection of a linked device is away', () => {
  it('waits for it, and its caller is answered when it is out', async (t) => {
    const { send, side, messages } = await linked(t, { is: 'retrying' })
    const sent = send('hello')
    await settle()
    assert.deepEqual([side.sent.length, messages.queue('shop').waiting], [0, 1])
    side.becomes('connecting')
    await settle()
    assert.equal(side.sent.length, 0)
    side.becomes('connected')
    assert.deepEqual(await sent, { messageId: 'wamid.1', state: 'sent' })
  })

  it('is answered as queued after 20 s, and goes out by itself whenever the connection is back', async (t) => {
    const { send, side, clock, events } = await linked(t, { is: 'stale' })
    const sent = send('hello')
    await settle()
    await clock.advance(20_000)
    const { messageId, state } = await sent
    assert.equal(state, 'queued')
    await clock.advance(3600_000)
    assert.equal(side.sent.length, 0)
    side.becomes('connected')
    await settle()
    assert.deepEqual(told(events.filter(({ type }) => type.startsWith('message.'))), [
      { type: 'message.sent', id: messageId, error: null },
    ])
  })

  it('goes no faster than its account may when it is back, in the order in which it came', async (t) => {
    const pacing = { perSecond: 1, pairBurst: 2, pairEveryS: 10 }
    const made = await linked(t, { is: 'retrying', pacing })
    for (const said of ['1', '2', '3']) await made.queue(said)
    made.side.becomes('connected')
    await settle()
    assert.deepEqual(sentBy(made), ['1'])
    await made.clock.advance(1000)
    assert.deepEqual(sentBy(made), ['1', '2'])
    // Its turn comes while the connection is away again: it waits for both.
    made.side.becomes('retrying')
    await made.clock.advance(60_000)
    assert.deepEqual(sentBy(made), ['1', '2'])
    made.side.becomes('connected')
    await settle()
    assert.deepEqual(sentBy(made), ['1', '2', '3'])
  })

  it('keeps its file, which is brought when the connection is back', async (t) => {
    const { messages, side, file } = await linked(t, { is: 'retrying' })
    const wish = withFile(await file('picture'))
    const sent = messages.send({ account: 'shop', to: '+15550001111', replyTo: undefined, ...wish })
    await settle()
    assert.equal(side.uploaded.length, 0)
    side.becomes('connected')
    await sent
    assert.equal(side.uploaded[0]?.bytes.toString(), 'picture')
  })

  it('is still queued after a restart, and goes out when the connection is there', async (t) => {
    const { queue, again, messages } = await linked(t, { is: 'retrying' })
    await queue('hello')
    await messages.stop(0)
    const later = await again({ is: 'off' })
    await later.messages.start()
    await settle()
    later.side.becomes('connecting')
    await settle()
    assert.deepEqual(sentBy(later), [])
    later.side.becomes('connected')
    await settle()
    assert.deepEqual(sentBy(later), ['hello'])
  })
})

describe('a message of a linked device that only its owner can help', () => {
  it('is refused at once as not connected, with what is amiss, and recorded nowhere', async (t) => {
    const { send, side, store, folder, file, messages } = await linked(t)
    for (const is of ['unlinked', 'pairing', 'logged_out', 'replaced', 'broken'] as const) {
      side.becomes(is)
      const { code, message, facts } = await failure(send('hello'))
      assert.deepEqual([code, facts], ['not-connected', { state: is }])
      assert.match(message, /^The account "shop" is not connected \(\w+\): .*\. Nothing was sent\.$/)
    }
    side.becomes('broken', 'WhatsApp has banned this number.')
    assert.match((await failure(send('hello'))).message, /banned this number\. Nothing was sent/)
    const wish = withFile(await file('picture'))
    await failure(messages.send({ account: 'shop', to: '+15550001111', replyTo: undefined, ...wish }))
    assert.deepEqual([await store.messages.unsettled(), await folder.names(), side.sent], [[], [], []])
  })

  it('that went out before under its key is answered as it was', async (t) => {
    const { send, side } = await linked(t)
    const first = await send('hello', 'k')
    side.becomes('logged_out')
    assert.deepEqual(await send('hello', 'k'), first)
    assert.equal((await failure(send('another', 'k2'))).code, 'not-connected')
    assert.equal(side.sent.length, 1)
  })

  it('fails, and is told so, when that happens while it waits', async (t) => {
    const { queue, side, events, messages } = await linked(t, { is: 'retrying' })
    await queue('hello')
    side.becomes('logged_out', 'The phone removed this device. Link it anew.')
    await settle()
    const [failed] = told(events.filter(({ type }) => type === 'message.failed'))
    assert.match(failed?.id ?? '', /^msg_/)
    assert.match(failed?.error ?? '', /removed this device\. Link it anew\. Nothing was sent/)
    assert.equal(messages.queue('shop').waiting, 0)
  })
})
