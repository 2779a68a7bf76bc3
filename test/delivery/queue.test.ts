// The queue of one hook: order, retries, the breaker, and what it keeps in memory.
import assert from 'node:assert/strict'
import test from 'node:test'
import { settle } from '../suites/fake-clock.ts'
import { ascends, BAD, GONE, gate, OK, openStand, type Stand } from './stand.ts'

const HOUR = 3_600_000

async function record(stand: Stand, count: number, chats: readonly string[]): Promise<number[]> {
  const made: number[] = []
  for (let left = count; left > 0; left -= 100) {
    const some = Array.from(
      { length: Math.min(left, 100) },
      (_, index) => chats[(made.length + index) % chats.length] ?? '-',
    )
    made.push(...(await stand.record(...some)))
    await settle(1)
  }
  return made
}

test('a chat gets one event at a time in order, chats go in parallel, and 16 are in flight at most', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = async () => {
    await new Promise<void>((resolve) => stand.clock.after(100, resolve))
    return OK
  }
  const chats = Array.from({ length: 40 }, (_, index) => `chat-${index}`)
  const seqs = await record(stand, 400, chats)
  await stand.clock.advance(60_000)
  assert.equal(stand.receiver.overlaps, 0)
  assert.equal(stand.receiver.mostInFlight, 16)
  assert.deepEqual(
    stand.receiver.got(hook).toSorted((a, b) => a - b),
    seqs,
  )
  for (const chat of chats)
    assert.ok(ascends(stand.receiver.book.filter((sent) => sent.chat === chat).map(({ seq }) => seq)))
})

test('a failing head holds up its own chat alone, and what is held follows it in order', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  let failing = true
  stand.receiver.say = (_, event) => (event.seq === 1 && failing ? BAD : OK)
  await stand.record('x', 'x', 'y', 'x', 'y')
  await settle()
  assert.deepEqual(stand.receiver.got(hook), [3, 5])
  failing = false
  await stand.record('x')
  await stand.clock.advance(5000)
  assert.deepEqual(stand.receiver.got(hook), [3, 5, 1, 2, 4, 6])
})

test('an event that fails five times while the hook takes others no longer holds up its chat', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = (_, event) => (event.seq === 1 ? BAD : OK)
  await stand.record('x', 'x')
  await stand.clock.advance(60_000)
  await stand.record('y', 'x')
  await stand.clock.advance(10 * 60_000)
  assert.deepEqual([stand.receiver.tries(1).length, stand.receiver.got(hook)], [4, [3]])
  await stand.clock.advance(10 * 60_000)
  assert.deepEqual([stand.receiver.tries(1).length, stand.receiver.got(hook)], [5, [3, 2, 4]])
  await stand.clock.advance(31 * 60_000)
  assert.equal(stand.receiver.tries(1).length, 6, 'it is still tried, beside its chat')
})

test('with order "strict" it holds up its chat until it is dead', async () => {
  const stand = await openStand()
  const hook = await stand.addHook({ order: 'strict' })
  stand.receiver.say = (_, event) => (event.seq === 1 ? BAD : OK)
  await stand.record('x', 'x', 'y')
  await stand.clock.advance(71 * HOUR)
  await stand.record('x')
  assert.deepEqual(stand.receiver.got(hook), [3])
  await stand.clock.advance(2 * HOUR)
  assert.deepEqual(stand.receiver.got(hook), [3, 2, 4])
  assert.deepEqual(await stand.store.deliveries.count(hook), { waiting: 0, dead: 1 })
})

test('with order "none" nothing waits for anything', async () => {
  const stand = await openStand()
  const hook = await stand.addHook({ order: 'none' })
  stand.receiver.say = (_, event) => (event.seq === 1 ? BAD : OK)
  await stand.record('x', 'x', 'x')
  await settle()
  assert.deepEqual(stand.receiver.got(hook), [2, 3])
})

test('an event is tried at the times of the schedule, the last time when 72 hours are up, and is dead then', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = (_, { seq }) => (seq === 1 ? BAD : OK)
  await stand.record('x')
  for (let hour = 0; hour < 80; hour += 4) {
    // It takes others, or else it would be tried as one that is down.
    await stand.record('y')
    await stand.clock.advance(4 * HOUR)
  }
  const waits = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800]
  const times: number[] = [0]
  for (const wait of waits) times.push((times.at(-1) ?? 0) + wait)
  while ((times.at(-1) ?? 0) + 28_800 < 72 * 3600) times.push((times.at(-1) ?? 0) + 28_800)
  times.push(72 * 3600)
  const tried = stand.receiver.tries(1).map(({ at }) => at / 1000)
  assert.deepEqual(tried, times)
  assert.deepEqual(await stand.store.deliveries.count(hook), { waiting: 0, dead: 1 })
  assert.equal((await stand.store.deliveries.attempts(hook.no, 1)).length, tried.length)
})

test('Retry-After is waited for, to the millisecond', async () => {
  const stand = await openStand()
  await stand.addHook()
  stand.receiver.say = (_, __, attempt) => (attempt === 1 ? { ...BAD, status: 429, retryAfterMs: 90_000 } : OK)
  await stand.record('x')
  await stand.clock.advance(200_000)
  assert.deepEqual(
    stand.receiver.tries(1).map(({ at }) => at),
    [0, 90_000],
  )
})

test('a hook that says that it is gone is told of once, and nothing more is sent', async () => {
  const stand = await openStand()
  await stand.addHook()
  const gates = Array.from({ length: 16 }, () => gate<typeof OK>())
  stand.receiver.say = (_, { seq }) => gates[seq - 1]?.promise ?? OK
  await stand.record(...Array.from({ length: 40 }, (_, index) => `chat-${index}`))
  await settle()
  for (const { open } of gates.slice(0, 5)) open(GONE)
  await settle()
  for (const { open } of gates.slice(5)) open(OK)
  await stand.clock.advance(30_000)
  assert.deepEqual(stand.gone, [1])
  assert.equal(stand.receiver.book.length, 16)
})

test('a hook that is gone but could not be switched off is tried again', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = (_, __, attempt) => (attempt === 1 ? GONE : OK)
  await stand.record('x')
  await stand.clock.advance(70_000)
  assert.deepEqual(stand.receiver.got(hook), [1])
})

test('a hook that was down for an hour gets thousands of events, each once and every chat in order', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  let down = true
  stand.receiver.say = () => (down ? BAD : OK)
  const chats = Array.from({ length: 97 }, (_, index) => `chat-${index}`)
  const seqs: number[] = []
  for (let minute = 0; minute < 60; minute += 1) {
    seqs.push(...(await record(stand, 60, chats)))
    await stand.clock.advance(60_000)
  }
  const before = stand.receiver.book.length
  assert.ok(before > 150 && before < 300, `${before} tries in an hour`)
  assert.equal(stand.engine.breaker(hook.no), 'open')
  down = false
  await stand.clock.advance(31_000)
  assert.equal(stand.engine.breaker(hook.no), 'closed')
  const got = stand.receiver.got(hook)
  assert.deepEqual(
    got.toSorted((a, b) => a - b),
    seqs,
  )
  const chatOf = new Map(stand.receiver.book.map(({ seq, chat }) => [seq, chat]))
  for (const chat of chats) assert.ok(ascends(got.filter((seq) => chatOf.get(seq) === chat)), chat)
  assert.deepEqual(await stand.store.deliveries.count(hook), { waiting: 0, dead: 0 })
})

test('a probe finds what the hook wants, however far it lies behind what it does not', async () => {
  const stand = await openStand()
  const other = await stand.addHook({ chats: ['x'] })
  const hook = await stand.addHook({ chats: ['y'], order: 'none', retry: { delaysS: [1], giveUpAfterS: 1 } })
  let down = true
  stand.receiver.say = ({ no }) => (no === hook.no && down ? BAD : OK)
  await record(stand, 10, ['y'])
  await stand.clock.advance(100_000)
  assert.deepEqual(await stand.store.deliveries.count(hook), { waiting: 0, dead: 10 })
  assert.equal(stand.engine.breaker(hook.no), 'open')
  await record(stand, 3000, ['x'])
  const [last] = await record(stand, 1, ['y'])
  down = false
  await stand.clock.advance(6000)
  assert.deepEqual(stand.receiver.got(hook), [last])
  assert.equal(stand.receiver.got(other).length, 3000)
})

test('of a log that is far ahead only a window is in memory, and it is read on', async () => {
  const stand = await openStand()
  const hook = await stand.addHook()
  stand.receiver.say = () => gate<typeof OK>().promise
  const chats = Array.from({ length: 30_000 }, (_, index) => `chat-${index}`)
  await record(stand, 30_000, chats)
  const { cursor, finished } = await stand.store.deliveries.progress(hook.no)
  assert.deepEqual([cursor, finished], [1, []])
  assert.equal(stand.receiver.book.length, 16)
  stand.receiver.say = () => OK
  await stand.restart()
  for (let turn = 0; turn < 2000 && stand.receiver.got(hook).length < 30_000; turn += 1) await settle(1)
  const got = stand.receiver.got(hook)
  assert.equal(new Set(got).size, 30_000)
  assert.ok(got.length <= 30_016)
})
