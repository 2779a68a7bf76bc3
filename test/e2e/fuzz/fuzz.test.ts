// Every operation, driven from nothing but the document that the server itself gives out: what it allows, and what it does not.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { native } from '../../../src/contract/native/index.ts'
import { routesOf } from '../../../src/contract/operation.ts'
import type { Documented } from './document.ts'
import { type Answered, badWishes, goodWishes, type Wish } from './exchange.ts'
import { checkAnswer, checkPrototypes, sentenceOf } from './oracle.ts'
import { type FuzzStage, GOOD_KEY, startFuzzStage } from './standing.ts'

/** Requests of each kind for each operation: `FUZZ_RUNS=2000` for a night. A failure prints its seed and path. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 6)
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122)
const PATH = process.env.FUZZ_PATH

const ACCEPTS = ['text/plain', 'application/problem+json', 'application/json', '*/*']
/** What the document cannot say of a value, or says in words only; all else that it allows must not be called wrong. */
const IN_WORDS = new RegExp(
  [
    'there is (no|already an?) (account|hook|event|key|message|delivery)',
    'the account ".*" is disabled',
    '^to: ',
    '^(since|expires_at): is not a time that there is',
    '^secret must be',
    '^The url points to a host',
    '_url: ',
    'product_items: must hold products',
    '^sections: must hold at most 30 products',
    '^after: must be the "next" of the page before',
    '^id: is required, in the query or in the body',
    '^(file|\\w+_data): must not be empty',
    '^type: WhatsApp Web numbers',
    '^(business_api|web): is (only for|required)',
    '^headers\\..*: is a header that deliveries set themselves',
    '__proto__: is not a field|constructor: is not a field',
    '^events: ',
  ].join('|'),
  's',
)

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

/** The names of all operations are known before a server runs; everything else about them comes from its document. */
const NAMES = Object.entries(native).flatMap(([name, said]) =>
  routesOf(name, said).map(({ operationId }) => operationId),
)

function documented(operationId: string): Documented {
  const found = fuzz.document.operations.find((one) => one.operationId === operationId)
  assert.ok(found, operationId)
  return found
}

const call = (wish: Wish, accept = 'text/plain'): Promise<Answered> => fuzz.caller.call(wish, { ...GOOD_KEY, accept })

async function hold<T>(arbitrary: fc.Arbitrary<T>, holds: (one: T, accept: string) => Promise<void>): Promise<void> {
  const accepts = fc.constantFrom(...ACCEPTS)
  await fc.assert(fc.asyncProperty(arbitrary, accepts, holds), {
    seed: SEED,
    numRuns: RUNS,
    ...(PATH !== undefined && { path: PATH }),
  })
}

const tally = new Map<string, Map<number, number>>()
function count(operationId: string, status: number): void {
  const mine = tally.get(operationId) ?? new Map<number, number>()
  mine.set(status, (mine.get(status) ?? 0) + 1)
  tally.set(operationId, mine)
}

describe('what the document allows is answered as the document says', () => {
  for (const name of NAMES)
    it(name, async () => {
      const operation = documented(name)
      await hold(goodWishes(operation, fuzz.aroundOf(operation)), async (wish, accept) => {
        const answered = await call(wish, accept)
        checkAnswer(operation, wish, answered)
        count(name, answered.status)
        if (answered.status !== 400) return
        const sentence = sentenceOf(answered)
        assert.match(sentence, IN_WORDS, `${sentence} ${wish.url} ${wish.body}`)
      })
    })

  it('and much of it is done', (t) => {
    const done = [...tally].filter(([, statuses]) => [...statuses.keys()].some((status) => status < 300))
    for (const [name, statuses] of tally)
      t.diagnostic(`${name} ${[...statuses].map(([status, times]) => `${status}x${times}`).join(' ')}`)
    assert.ok(done.length > NAMES.length / 2, `only ${done.length} of ${NAMES.length}`)
  })
})

describe('what the document does not allow is refused with 400', () => {
  for (const name of NAMES)
    it(name, async () => {
      const operation = documented(name)
      await hold(badWishes(operation, fuzz.aroundOf(operation)), async (wish, accept) => {
        const answered = await call(wish, accept)
        const about = `${wish.what}: ${wish.method} ${wish.url} ${wish.body?.slice(0, 500)} was answered ${answered.status} ${answered.text.slice(0, 200)}`
        if (wish.statuses) assert.ok(wish.statuses.includes(answered.status), about)
        if (answered.status !== 404 && answered.status !== 405) checkAnswer(operation, wish, answered)
        checkPrototypes()
      })
    })
})
