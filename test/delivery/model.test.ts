// Random lives of a hook: whatever happens in whatever order, nothing is lost, doubled or out of order.
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Hook, Order } from '../../src/model/hook.ts'
import { settle } from '../suites/fake-clock.ts'
import { ascends, BAD, OK, openStand, type Stand } from './stand.ts'

type Step =
  | { readonly do: 'record'; readonly chats: readonly string[] }
  | { readonly do: 'fail'; readonly share: number }
  | { readonly do: 'heal' | 'switch' | 'restart' | 'store' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'drop' | 'retry'; readonly pick: number }

/** Four of these, or all. */
const CHATS = ['x', 'y', 'z', '-', ...Array.from({ length: 39 }, (_, index) => `chat-${index}`)]
const chat = fc.constantFrom('x', 'y', 'z', '-')
const few = fc.array(chat, { minLength: 1, maxLength: 30 })
/** More than a window takes, and more chats than may be in flight. */
const floodFrom = (first: number) => Array.from({ length: 1300 }, (_, index) => CHATS[(index + first) % 43] ?? '-')
const flood = fc.nat(39).map(floodFrom)

const steps = (chats: fc.Arbitrary<string[]>): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('record' as const), chats }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('fail' as const), share: fc.constantFrom(0.2, 0.6, 1) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('switch' as const, 'restart' as const, 'store' as const) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 50, 5_000, 40_000, 700_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'retry' as const), pick: fc.nat(1000) }) },
  )

/** A repeatable source of chance. */
function chance(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class Life {
  readonly stand: Stand
  readonly random: () => number
  hook: Hook
  failing = 0
  readonly recorded: { seq: number; chat: string; owed: boolean }[] = []
  /** Given up, taken out or made due by hand: the order does not hold for these. */
  readonly touched = new Set<number>()
  readonly dropped = new Set<number>()
  /** In flight at a crash, so that they may arrive twice. */
  readonly doubtful = new Map<number, number>()

  constructor(stand: Stand, hook: Hook, random: () => number) {
    this.stand = stand
    this.hook = hook
    this.random = random
    stand.receiver.say = async () => {
      const fails = this.random() < this.failing
      for (let hops = Math.floor(this.random() * 20); hops > 0; hops -= 1) await null
      if (this.random() < 0.3) await new Promise<void>((resolve) => stand.clock.after(this.random() * 2000, resolve))
      return fails ? BAD : OK
    }
  }

  async take(step: Step): Promise<void> {
    const { stand } = this
    if (step.do === 'record') {
      const seqs = await stand.record(...step.chats)
      for (const [index, seq] of seqs.entries())
        this.recorded.push({ seq, chat: step.chats[index] ?? '-', owed: this.hook.active })
    } else if (step.do === 'fail') this.failing = step.share
    else if (step.do === 'heal') this.failing = 0
    else if (step.do === 'switch') this.hook = await stand.change(this.hook, { active: !this.hook.active })
    else if (step.do === 'restart') await this.restart()
    else if (step.do === 'store') stand.line.refuses = !stand.line.refuses
    else if (step.do === 'wait') await stand.clock.advance(step.ms)
    else if ('pick' in step) await this.byHand(step)
  }

  async restart(): Promise<void> {
    const { receiver, clock } = this.stand
    this.stand.crash()
    await settle()
    // What was in flight, or ended and is not written down, may come again.
    for (const { seq, attempt } of receiver.book)
      if (!(await this.isWritten(seq, attempt))) this.doubtful.set(seq, (this.doubtful.get(seq) ?? 0) + 1)
    await this.stand.start()
    await clock.advance(1000)
  }

  async isWritten(seq: number, attempt: number): Promise<boolean> {
    return (await this.stand.store.deliveries.attempts(this.hook.no, seq)).some(({ number }) => number === attempt)
  }

  async byHand(step: { do: 'drop' | 'retry'; pick: number }): Promise<void> {
    const event = this.recorded[step.pick % Math.max(this.recorded.length, 1)]
    if (!event || !this.hook.active) return
    const got = this.stand.receiver.got(this.hook).includes(event.seq)
    if (got || this.dropped.has(event.seq)) return
    const flying = this.stand.receiver.tries(event.seq).some(({ outcome }) => outcome === null)
    if (step.do === 'drop') {
      await this.stand.drop(event.seq)
      this.dropped.add(event.seq)
    } else if (!flying) {
      await this.stand.retry(this.hook, event.seq)
      event.owed = true
    } else return
    this.touched.add(event.seq)
  }

  /** Heals everything and lets all come through. */
  async end(): Promise<void> {
    const { stand } = this
    this.failing = 0
    stand.line.refuses = false
    if (!this.hook.active) this.hook = await stand.change(this.hook, { active: true })
    await stand.clock.advance(20 * 60_000)
  }

  async check(): Promise<void> {
    const { stand, hook } = this
    const got = stand.receiver.got(hook)
    const times = new Map<number, number>()
    for (const seq of got) times.set(seq, (times.get(seq) ?? 0) + 1)
    for (const { seq, owed } of this.recorded) {
      const count = times.get(seq) ?? 0
      if (owed && !this.dropped.has(seq)) assert.ok(count >= 1, `event ${seq} was never delivered`)
      const most = 1 + (this.doubtful.get(seq) ?? 0)
      assert.ok(count <= most, `event ${seq} was delivered ${count} times, ${most} at most`)
    }
    if (hook.order !== 'none') this.checkOrder(got)
    const { waiting, dead } = await stand.store.deliveries.count(hook)
    assert.deepEqual({ waiting, dead }, { waiting: 0, dead: 0 })
    const { cursor } = await stand.store.deliveries.progress(hook.no)
    assert.ok(cursor > (this.recorded.at(-1)?.seq ?? 0), 'the place of the hook is behind the log')
  }

  checkOrder(got: readonly number[]): void {
    const released = new Set(
      this.stand.receiver.book.filter((sent) => sent.attempt > 5 && this.hook.order === 'chat').map(({ seq }) => seq),
    )
    for (const name of CHATS) {
      if (name === '-') continue
      const mine = new Set(this.recorded.filter(({ chat }) => chat === name).map(({ seq }) => seq))
      const first = [...new Set(got.filter((seq) => mine.has(seq)))]
      const bound = first.filter((seq) => !this.touched.has(seq) && !released.has(seq))
      assert.ok(ascends(bound), `chat ${name} out of order: ${bound.join(' ')}`)
    }
  }
}

/** Short enough for all to come through in 20 minutes. */
const retry = { delaysS: [5, 30, 120], giveUpAfterS: 72 * 3600 }

async function live(seed: number, order: Order, steps: readonly Step[]): Promise<void> {
  const random = chance(seed)
  const stand = await openStand(random, () => Math.floor(random() * 8))
  const life = new Life(stand, await stand.addHook({ order, retry }), random)
  for (const step of steps) await life.take(step)
  await life.end()
  await settle()
  await life.check()
  await stand.engine.stop(0)
}

const runs = Number(process.env.MODEL_RUNS ?? 100)

for (const order of ['chat', 'strict', 'none'] as const) {
  for (const [what, chats, share, maxLength] of [
    ['everything', few, 1, 25],
    ['a flood', flood, 0.06, 10],
  ] as const) {
    test(`a hook with order "${order}" gets ${what} once and in order, whatever happens`, async () => {
      const lives = fc.asyncProperty(fc.integer(), fc.array(steps(chats), { minLength: 3, maxLength }), (seed, taken) =>
        live(seed, order, taken),
      )
      await fc.assert(lives, { numRuns: Math.ceil(runs * share) })
    })
  }
}

test('retries that come due while there is no room in memory are not forgotten', async () => {
  const record: Step = { do: 'record', chats: floodFrom(0) }
  const before: Step[] = [record, { do: 'drop', pick: 0 }, { do: 'store' }, { do: 'fail', share: 0.6 }]
  await live(-323355055, 'chat', [...before, record, { do: 'heal' }, { do: 'wait', ms: 5000 }, record])
})
