// Every operation that asks Meta, while Meta is in trouble: what the document says of that, and nothing else, is answered.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { FaultAction, FaultRule } from '../../../simulator/meta/index.ts'
import type { Documented } from './document.ts'
import { goodWishes, type Wish } from './exchange.ts'
import { checkAnswer } from './oracle.ts'
import { type FuzzStage, GOOD_KEY, startFuzzStage } from './standing.ts'

const RUNS = Number(process.env.FUZZ_RUNS ?? 6)
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122)
const PATH = process.env.FUZZ_PATH
/** Requests at a time. */
const TOGETHER = 12

let fuzz: FuzzStage
const ends: (() => Promise<void>)[] = []
before(async () => {
  fuzz = await startFuzzStage({ after: (run) => void ends.push(run) })
})
after(async () => {
  assert.deepEqual(fuzz.errors, [], 'what the server logged as a fault of its own')
  // All of them, whatever one finds: what is left open keeps the process alive.
  const ended = await Promise.allSettled(ends.map((end) => end()))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
})

const errors: fc.Arbitrary<FaultAction> = fc.record(
  {
    kind: fc.constant('error' as const),
    code: fc.constantFrom(
      0,
      1,
      2,
      4,
      10,
      33,
      80,
      100,
      200,
      368,
      80007,
      80008,
      130429,
      131000,
      131016,
      131056,
      132000,
      133010,
      139000,
      999_999,
    ),
    status: fc.constantFrom(400, 401, 403, 404, 429, 500, 503),
    subcode: fc.constantFrom(33, 2388024, 2494010),
    message: fc.string({ unit: 'binary', maxLength: 60 }),
    transient: fc.boolean(),
  },
  { requiredKeys: ['kind', 'code'], noNullPrototype: true },
)
const actions: fc.Arbitrary<FaultAction> = fc.oneof(
  { weight: 3, arbitrary: errors },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('throttle' as const), retryAfter: fc.constantFrom(0, 1, 60) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('html' as const), status: fc.constantFrom(200, 302, 404, 502) }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<FaultAction[]>(
      { kind: 'unavailable' },
      { kind: 'unavailable', retryAfter: 1 },
      { kind: 'truncated' },
      { kind: 'empty' },
      { kind: 'slow', ms: 30 },
      { kind: 'reset', when: 'before-body' },
      { kind: 'reset', when: 'after-body' },
    ),
  },
)
const rules: fc.Arbitrary<FaultRule> = fc.record({
  match: fc.constantFrom('* /**', 'GET /**', 'POST /**', 'POST /*/messages', '* /*/media'),
  action: actions,
  when: fc.constantFrom<NonNullable<FaultRule['when']>[]>('always', { every: 2 }, { next: 1 }),
})

interface Asked {
  readonly operation: Documented
  readonly wish: Wish
}

describe('while Meta is in trouble', () => {
  it('every operation that asks it answers as its document says', async () => {
    const asking = fuzz.document.operations.filter(({ statuses }) => statuses.includes(502))
    assert.ok(asking.length > 30)
    const asked = fc.oneof(
      ...asking.map((operation) =>
        goodWishes(operation, fuzz.aroundOf(operation)).map((wish): Asked => ({ operation, wish })),
      ),
    )
    const many = fc.array(asked, { minLength: TOGETHER, maxLength: TOGETHER })
    await fc.assert(
      fc.asyncProperty(many, rules, async (all, rule) => {
        fuzz.stage.meta.faults.clear()
        fuzz.stage.meta.faults.add(rule)
        const accept = { ...GOOD_KEY, accept: 'application/problem+json' }
        const answers = await Promise.all(all.map(({ wish }) => fuzz.caller.call(wish, accept)))
        answers.forEach((answered, at) => {
          const { operation, wish } = all[at] as Asked
          checkAnswer(operation, wish, answered)
        })
      }),
      { seed: SEED, numRuns: RUNS, ...(PATH !== undefined && { path: PATH }) },
    )
  })

  it('nothing is broken for good: afterwards messages go out as before', async () => {
    fuzz.stage.meta.faults.clear()
    await fuzz.stage.restart()
    const { status } = await fuzz.stage.api.sendMessage({ account_id: 'shop', to: '+15550000001', text: 'after all' })
    assert.equal(status, 'ok')
    assert.ok(fuzz.stage.meta.messages().some(({ message }) => JSON.stringify(message).includes('after all')))
  })
})
