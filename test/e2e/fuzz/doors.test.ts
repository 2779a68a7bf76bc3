// Every operation of the document from outside: without a key, with a wrong one, under methods that it does not have, and
// about things that are gone.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { Failure } from '../../../src/model/failure.ts'
import { settingsOf } from '../stage.ts'
import type { Documented } from './document.ts'
import { badWishes, createCaller, goodWishes, type Wish } from './exchange.ts'
import { checkAnswer, checkPrototypes, checkUnknown, STACK } from './oracle.ts'
import { type FuzzStage, GOOD_KEY, startFuzzStage } from './standing.ts'

/** Requests for each operation; a third of what the other files make, for here there are several rounds of them. */
const RUNS = Math.ceil(Number(process.env.FUZZ_RUNS ?? 6) / 3)
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122)
/** Wrong credentials that one address may show in a minute before it has to wait. */
const TRIES = 9

let fuzz: FuzzStage
const ends: (() => Promise<void>)[] = []
before(async () => {
  fuzz = await startFuzzStage({ after: (run) => void ends.push(run) })
})
after(async () => {
  checkPrototypes()
  assert.deepEqual(fuzz.errors, [], 'what the server logged as a fault of its own')
  // All of them, whatever one finds: what is left open keeps the process alive.
  const ended = await Promise.allSettled(ends.map((end) => end()))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
})

const closed = (): Documented[] => fuzz.document.operations.filter(({ open }) => !open)

/** Right and wrong requests alike, but for addresses that lead to no operation. */
function anyWishes(operation: Documented): fc.Arbitrary<Wish> {
  const around = fuzz.aroundOf(operation)
  const bad = badWishes(operation, around).filter(({ statuses }) => !statuses?.includes(404))
  return fc.oneof(goodWishes(operation, around), bad)
}

/** The same request every time. */
function oneWish(operation: Documented): Wish {
  const [wish] = fc.sample(goodWishes(operation, fuzz.aroundOf(operation)), { seed: SEED, numRuns: 1 })
  assert.ok(wish)
  return wish
}

describe('who has no good key', () => {
  it('is told nothing but that, whatever was asked and however wrong', async () => {
    assert.ok(closed().length > 60)
    for (const operation of closed()) {
      const keyless = [{}, { 'x-api-key': '' }, { authorization: 'Bearer ' }, { authorization: 'Negotiate a' }]
      await fc.assert(
        fc.asyncProperty(
          anyWishes(operation),
          fc.constantFrom<Record<string, string>>(...keyless),
          async (wish, key) => {
            checkUnknown(wish, await fuzz.caller.call(wish, key))
          },
        ),
        { seed: SEED, numRuns: RUNS },
      )
    }
  })
})

describe('a path of the document', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

  it('under a method that it does not have is 405, and says which it has', async () => {
    for (const path of new Set(fuzz.document.operations.map((one) => one.path))) {
      const there = fuzz.document.operations.filter((one) => one.path === path)
      const allowed = there.map(({ method }) => method)
      const url = oneWish(there[0] as Documented).url.split('?')[0] ?? ''
      for (const method of METHODS.filter((one) => !allowed.includes(one))) {
        const others = fuzz.document.operations.filter((one) => one.path !== path && one.method === method)
        // `/api/hooks/{id}` may be `/api/hooks/add`, say.
        if (others.some((one) => new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(url))) continue
        const wish = { what: 'another method', method, url, headers: {}, ...(method === 'POST' && { body: '{}' }) }
        for (const key of [{}, GOOD_KEY]) {
          const { status, headers, text } = await fuzz.caller.call(wish, key)
          assert.equal(status, 405, `${method} ${url}: ${status} ${text}`)
          assert.deepEqual(String(headers.allow).split(', ').toSorted(), allowed.toSorted(), `${method} ${url}`)
          assert.ok(text.includes(allowed[0] ?? '?'), text)
        }
      }
    }
  })

  it('under a method that nobody knows, or with more behind it, leads nowhere', async () => {
    for (const operation of fuzz.document.operations) {
      const { url, body } = oneWish(operation)
      const plain = url.split('?')[0] ?? ''
      const odd = [
        { method: 'TRACE', url: plain },
        { method: 'PROPFIND', url: plain },
        { method: operation.method, url: `${plain}/` },
        { method: operation.method, url: `/${plain}` },
        { method: operation.method, url: `${plain}%00` },
        { method: operation.method, url: plain.replace('/', '/./') },
        { method: operation.method, url: plain.toUpperCase() },
        { method: operation.method, url: `${plain};a=b` },
      ]
      for (const wish of odd) {
        const asked = {
          what: 'odd',
          headers: { 'content-type': 'application/json' },
          ...wish,
          ...(body && { body: '{}' }),
        }
        const { status, text } = await fuzz.caller.call(asked, {})
        assert.ok([400, 401, 404, 405].includes(status), `${wish.method} ${wish.url}: ${status} ${text.slice(0, 200)}`)
        assert.doesNotMatch(text, STACK)
      }
    }
  })
})

describe('what is gone', () => {
  const gone = async (call: Promise<unknown>, status: number) => {
    const failure = await call.then(
      (answer) => assert.fail(`it went through: ${JSON.stringify(answer)}`),
      (thrown: unknown) => thrown,
    )
    assert.ok(failure instanceof Failure)
    assert.equal(failure.facts.status, status, failure.message)
    assert.match(failure.message, /there is no /)
  }
  const idOf = (entry: object): unknown => Reflect.get(entry, 'id')

  it('is a hook that nobody can look at, try, change or remove any more', async () => {
    const { api } = fuzz.stage
    const id = 'gone'
    await api.addHook({ id, name: 'Gone', url: 'http://127.0.0.1:9/', active: true })
    await api.removeHook({ id })
    const calls = [
      api.getHook({ id }),
      api.testHook({ id }),
      api.updateHook({ id, active: true }),
      api.removeHook({ id }),
    ]
    await Promise.all(
      [...calls, api.listDeliveries({ hook: id }), api.retryDeadDeliveries({ hook_id: id })].map((call) =>
        gone(call, 404),
      ),
    )
    assert.ok(!(await api.listHooks()).map(idOf).includes(id))
  })

  it('is an account that nobody can use for anything any more', async () => {
    const { api, meta } = fuzz.stage
    const id = 'gone'
    const wish = { id, type: 'cloud' as const, business_api: settingsOf(meta.addNumber({})) }
    await api.addAccount(wish)
    await api.removeAccount({ id })
    const own = [
      api.getAccountStatus({ id }),
      api.examineAccount({ id }),
      api.mendAccount({ id }),
      api.updateAccount(wish),
    ]
    const more = [api.enableAccount({ id }), api.disableAccount({ id }), api.removeAccount({ id })]
    await Promise.all([...own, ...more].map((call) => gone(call, 404)))
    const asked = meta.requests().length
    await gone(api.sendMessage({ account_id: id, to: '+15550000001', text: 'x' }), 400)
    await gone(api.listTemplates({ account_id: id }), 400)
    await gone(api.uploadMedia({ account_id: id, file: new Blob(['x'], { type: 'text/plain' }) }), 400)
    assert.equal(meta.requests().length, asked)
    assert.ok(!(await api.listAccounts()).map(idOf).includes(id))
  })

  it('is a key that opens nothing, and an event that cannot be read or told again', async () => {
    const { api, url } = fuzz.stage
    const { key_id: id, key } = await api.addKey({ name: 'Gone', scopes: ['admin'] })
    const holder = createClient(native, { baseUrl: url, key })
    await holder.listHooks()
    await api.removeKey({ id })
    await assert.rejects(holder.listHooks(), /Unauthorized/)
    await gone(api.removeKey({ id }), 404)
    assert.ok(!(await api.listKeys()).map(idOf).includes(id))
    const { cached_events: cached } = await api.getCachedEvents()
    const event = { id: cached[0]?.id ?? '' }
    await api.deleteCachedEvent(event)
    await Promise.all([api.getCachedEvent(event), api.deleteCachedEvent(event)].map((call) => gone(call, 404)))
    await gone(api.replayCachedEvent(event), 400)
  })
})

describe('names that every object has', () => {
  const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', 'length']

  it('are texts as any other, wherever they stand', async () => {
    for (const said of fuzz.document.operations) {
      // A wrong place to read on at would be refused before anything else is looked at.
      const operation = { ...said, parameters: said.parameters.filter(({ name }) => name !== 'after') }
      const around = { ...fuzz.aroundOf(operation), known: () => NAMES }
      for (const wish of fc.sample(goodWishes(operation, around), { seed: SEED, numRuns: RUNS }))
        checkAnswer(operation, wish, await fuzz.caller.call(wish, GOOD_KEY))
    }
  })
})

// The last one: it uses up the tries of this address.
describe('who has a wrong key', () => {
  it('is told no more when the key is a wrong one', async () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const wrong: Record<string, string>[] = [
      { 'x-api-key': 'wh_wrong' },
      { 'x-api-key': `${GOOD_KEY['x-api-key']}x` },
      { authorization: `Bearer ${GOOD_KEY['x-api-key'].slice(0, -1)}` },
      { authorization: `Bearer ${GOOD_KEY['x-api-key'].toLowerCase()}` },
      { authorization: `Basic ${base64(`admin:${GOOD_KEY['x-api-key']}`)}` },
      { 'x-api-key': 'x'.repeat(8000) },
    ]
    let tries = 0
    let caller = createCaller(fuzz.stage.url)
    for (const operation of closed()) {
      if (tries++ % TRIES === 0) {
        caller.close()
        // A new start forgets who has guessed how often.
        await fuzz.stage.restart()
        caller = createCaller(fuzz.stage.url)
      }
      const wish = oneWish(operation)
      checkUnknown(wish, await caller.call(wish, wrong[tries % wrong.length]))
    }
    const wish = oneWish(closed()[0] as Documented)
    for (let more = 0; more < 12; more++) await caller.call(wish, { 'x-api-key': 'wh_wrong' })
    const waiting = await caller.call(wish, { 'x-api-key': 'wh_wrong' })
    assert.equal(waiting.status, 429)
    assert.ok(Number(waiting.headers['retry-after']) > 0)
    assert.equal((await caller.call(wish, GOOD_KEY)).status, 200, 'a good key needs not wait')
    caller.close()
  })
})
