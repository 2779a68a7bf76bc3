// The engine with several hooks, restarts, a store that refuses, and clocks that jump.
import assert from 'node:assert/strict'
import test from 'node:test'
import { settle } from '../suites/fake-clock.ts'
import { ascends, BAD, gate, OK, openStand, type Stand } from './stand.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

async function until(stand: Stand, done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !done(); turn += 1) await stand.clock.advance(20)
  assert.ok(done(), 'it did not come to that')
}

test('a crash duplicates what was in flight at most, and loses nothing', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = async () => {
    await new Promise<void>((resolve) => stand.clock.after(10, resolve))
    return OK
  }
  const seqs = await stand.record(...Array.from({ length: 500 }, (_, index) => `chat-${index % 50}`))
  await stand.clock.advance(55)
  const flying = stand.receiver.inFlight
  assert.ok(flying > 0)
  await stand.restart()
  await until(stand, () => new Set(stand.receiver.got(hook)).size === 500)
  const got = stand.receiver.got(hook)
  assert.ok(got.length <= 500 + flying, `${got.length - 500} twice, ${flying} were in flight`)
  assert.deepEqual(
    [...new Set(got)].toSorted((a, b) => a - b),
    seqs,
  )
})

test('order in a chat holds over a restart in the middle of a hold and of a thaw', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = () => BAD
  await stand.record(...Array.from({ length: 60 }, () => 'x'))
  await settle()
  await stand.restart()
  stand.receiver.say = async () => {
    await new Promise<void>((resolve) => stand.clock.after(10, resolve))
    return OK
  }
  await until(stand, () => stand.receiver.got(hook).length === 30)
  await stand.record('x')
  await stand.restart()
  await stand.record('x')
  await until(stand, () => new Set(stand.receiver.got(hook)).size === 62)
  assert.ok(ascends([...new Set(stand.receiver.got(hook))]))
  assert.ok(stand.receiver.got(hook).length <= 63)
})

test('a store that refuses keeps attempts from beginning; nothing is lost and it goes on by itself', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  await stand.record('x')
  await settle()
  const seqs = await stand.record('x', 'y', 'z')
  stand.line.refuses = true
  await stand.clock.advance(10_000)
  const begun = stand.receiver.book.length
  await stand.record('x', 'y', 'z')
  await stand.clock.advance(10_000)
  assert.equal(stand.receiver.book.length, begun)
  stand.line.refuses = false
  await stand.clock.advance(2000)
  assert.deepEqual(
    stand.receiver.got(hook).toSorted((a, b) => a - b),
    [1, ...seqs, 5, 6, 7],
  )
  assert.deepEqual(await stand.store.deliveries.count(hook), { waiting: 0, dead: 0 })
})

test('dead, waiting and held deliveries can be made due by hand', async () => {
  const stand = await openStand()
  const hook = await stand.addHook({ order: 'strict', retry: { delaysS: [3600], giveUpAfterS: 5400 } })
  let failing = true
  stand.receiver.say = () => (failing ? BAD : OK)
  await stand.record('x')
  await stand.clock.advance(2 * HOUR)
  assert.deepEqual(await stand.store.deliveries.count(hook), { waiting: 0, dead: 1 })
  await stand.record('y', 'y', 'y')
  await settle()
  failing = false
  await stand.retry(hook, 1)
  await stand.retry(hook, 3)
  await settle()
  assert.deepEqual(stand.receiver.got(hook), [1, 3])
  await stand.retry(hook, 2)
  await settle()
  assert.deepEqual(stand.receiver.got(hook), [1, 3, 2, 4])
})

test('a head that is taken out of the cache sets its chat free, also when it is in flight', async () => {
  for (const flying of [false, true]) {
    const stand = await openStand()
    const hook = await stand.addHook({ order: 'strict' })
    const { promise, open } = gate<typeof OK>()
    stand.receiver.say = (_, { seq }) => (seq > 1 ? OK : flying ? promise : BAD)
    await stand.record('x', 'x')
    await settle()
    await stand.drop(1)
    open(BAD)
    await stand.clock.advance(100)
    assert.deepEqual(stand.receiver.got(hook), [2], flying ? 'in flight' : 'waiting for its retry')
    await stand.clock.advance(DAY)
    assert.equal(stand.receiver.tries(1).length, 1)
  }
})

test('a thousand hooks get an event without holding up the event loop, and a hook added meanwhile misses nothing', async () => {
  const stand = await openStand()
  const hooks = await Promise.all(Array.from({ length: 1000 }, () => stand.addHook()))
  const seqs = [...(await stand.record(...Array.from({ length: 20 }, () => 'x')))]
  assert.ok(stand.receiver.book.length <= 400, 'the first turn is short')
  const late = await stand.addHook()
  seqs.push(...(await stand.record('x', 'y')))
  await settle(200)
  for (const hook of hooks)
    assert.deepEqual(
      stand.receiver.got(hook).toSorted((a, b) => a - b),
      seqs,
    )
  assert.deepEqual(stand.receiver.got(late), seqs.slice(-2))
})

test('an event that is told of late, or not at all, is read from the log', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  const draft = { type: 'message.received', account: 'a', chat: 'x', data: '{}', raw: null, at: 0 }
  const record = () => stand.store.events.record([{ ...draft, origin: null, news: null, wanted: true }])
  await record()
  await record()
  stand.engine.dispatch([{ ...draft, seq: 2 }])
  await settle()
  stand.engine.dispatch([{ ...draft, seq: 1 }])
  await stand.record('x')
  await settle()
  assert.deepEqual(stand.receiver.got(hook), [1, 2, 3])
})

test('a hook that was off gets what waited for it, not what it slept through, and then what is new', async () => {
  const stand = await openStand()
  let hook = await stand.addHook()
  stand.receiver.say = () => BAD
  await stand.record('x', 'x', 'y')
  await settle()
  hook = await stand.change(hook, { active: false })
  await stand.clock.advance(1000)
  await stand.record('x', 'y', 'z')
  const before = stand.receiver.book.length
  await stand.clock.advance(DAY)
  assert.equal(stand.receiver.book.length, before)
  stand.receiver.say = () => OK
  hook = await stand.change(hook, { active: true })
  await stand.record('x')
  await stand.clock.advance(1000)
  assert.deepEqual(
    stand.receiver.got(hook).toSorted((a, b) => a - b),
    [1, 2, 3, 7],
  )
})

test('a hook that gives up its order gets at once what was held', async () => {
  const stand = await openStand()
  const hook = await stand.addHook({ order: 'strict' })
  stand.receiver.say = (_, { seq }) => (seq === 1 ? BAD : OK)
  await stand.record(...Array.from({ length: 50 }, () => 'x'))
  await settle()
  await stand.change(hook, { order: 'none' })
  await stand.clock.advance(100)
  assert.deepEqual(stand.receiver.got(hook).length, 49)
})

test('a removed hook gets nothing more, and what was in flight is not written down', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  const { promise, open } = gate<typeof OK>()
  stand.receiver.say = () => promise
  await stand.record('x', 'x')
  await settle()
  stand.engine.remove(hook.no)
  await stand.store.hooks.remove(hook.no)
  open(OK)
  await stand.clock.advance(DAY)
  assert.equal(stand.receiver.book.length, 1)
})

test('stop lets what is in flight end, begins nothing, and writes all down', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  const { promise, open } = gate<typeof OK>()
  stand.receiver.say = () => promise
  await stand.record('x', 'x', 'y')
  await settle()
  const stopped = stand.engine.stop(18_000)
  await stand.clock.advance(1000)
  open(OK)
  await stopped
  assert.deepEqual(stand.receiver.got(hook), [1, 3])
  const { cursor, finished } = await stand.store.deliveries.progress(hook.no)
  assert.deepEqual([cursor, finished], [2, [3]])
})

test('stop does not wait for longer than it was told to', async () => {
  const stand = await openStand()
  await stand.addHook()
  stand.receiver.say = () => gate<typeof OK>().promise
  await stand.record('x')
  await settle()
  let stopped = false
  void stand.engine.stop(18_000).then(() => (stopped = true))
  await stand.clock.advance(17_000)
  assert.equal(stopped, false)
  await stand.clock.advance(2000)
  assert.equal(stopped, true)
})

test('the place of a hook that wants nothing moves on, so that a restart reads little', async () => {
  const stand = await openStand()
  const hook = await stand.addHook({ chats: ['other'] })
  await stand.record(...Array.from({ length: 300 }, () => 'x'))
  await stand.clock.advance(6000)
  assert.equal((await stand.store.deliveries.progress(hook.no)).cursor, 301)
})

test('an answer that cannot be recorded makes the delivery count as failed', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = () => ({ ...OK, answer: '{"reply":{"text":"yes"}}' })
  let refuse = true
  stand.answered = async () => {
    if (refuse) throw new Error('no')
  }
  await stand.record('x')
  await settle()
  refuse = false
  await stand.clock.advance(6000)
  const attempts = await stand.store.deliveries.attempts(hook.no, 1)
  assert.deepEqual(
    attempts.map(({ error }) => error === null),
    [false, true],
  )
})

test('an event that makes the sink throw is a failed attempt, and the others go on', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = (_, { seq }) => {
    if (seq === 1) throw new Error('poison')
    return OK
  }
  await stand.record('x', 'y')
  await settle()
  assert.deepEqual(stand.receiver.got(hook), [2])
  assert.equal((await stand.store.deliveries.attempts(hook.no, 1)).length, 1)
})

for (const [name, jump] of [
  ['back by an hour', -HOUR],
  ['ahead by an hour', HOUR],
  ['ahead by 400 days', 400 * DAY],
] as const) {
  test(`a wall clock set ${name} neither freezes retries nor makes them due, or dead, at once`, async () => {
    let drawn = 0
    const stand = await openStand(() => (drawn++ % 4) / 4)
    const hook = await stand.addHook({ order: 'none', retry: { delaysS: [600, 6000], giveUpAfterS: 72 * 3600 } })
    const filler = await stand.addHook({ chats: ['y'] })
    let failing = true
    stand.receiver.say = ({ no }, _, attempt) => (no === hook.no && (failing || attempt === 2) ? BAD : OK)
    await stand.record('1', '2', '3', '4')
    await stand.clock.advance(1000)
    stand.clock.jump(jump)
    failing = false
    await stand.clock.advance(300_000)
    assert.equal(stand.receiver.book.length, 4, 'not before their time')
    await stand.clock.advance(600_000)
    const times = stand.receiver.book.slice(4).map(({ at }) => at)
    assert.equal(times.length, 4, 'not long after it')
    assert.ok(new Set(times).size > 1 && Math.max(...times) - Math.min(...times) > 10_000, 'spread')
    assert.deepEqual(await stand.store.deliveries.count(hook), { waiting: 4, dead: 0 })
    await stand.retry(hook, 1)
    await settle()
    assert.deepEqual(stand.receiver.got(hook), [1], 'by hand at once')
    await stand.clock.advance(9_500_000)
    assert.equal(stand.receiver.got(hook).length, 4)
    assert.deepEqual(stand.receiver.got(filler), [])
  })
}

test('retries planned by a clock that was set back before a restart do not wait for it to come there again', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = (_, __, attempt) => (attempt === 1 ? BAD : OK)
  await stand.record('x')
  await settle()
  stand.crash()
  stand.clock.jump(-400 * DAY)
  await stand.start()
  await stand.clock.advance(10_000)
  assert.deepEqual(stand.receiver.got(hook), [1])
})
