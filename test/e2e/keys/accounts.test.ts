// Keys for some accounts: of all others they see nothing, can change nothing, and are not even told that these are there.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { SCOPES } from '../../../src/model/caller.ts'
import { messagesBody, text } from '../callback.ts'
import { refusal, until } from '../conditions.ts'
import { type Stage, startStage } from '../stage.ts'
import { type Standing, stand } from './two-accounts.ts'
import { as, ask, type Ids, NOTHING, newKey, type Request, requestsAbout } from './walk.ts'

let stage: Stage
let anna: Standing
let berta: Standing
/** Keys for Anna's account, one for each scope and one with all. */
const keys: string[] = []
let most: string
const ends: (() => Promise<void>)[] = []
before(async () => {
  stage = await startStage({ after: (run) => void ends.push(run) })
  await stage.api.addHook({ id: 'of-all', name: 'of-all', url: 'http://127.0.0.1:9/', active: false })
  berta = await stand(stage, 'berta', '7')
  anna = await stand(stage, 'anna', '3')
  const both = { accounts: [anna.account, berta.account], active: false }
  await stage.api.addHook({ id: 'of-both', name: 'of-both', url: 'http://127.0.0.1:9/', ...both })
  for (const scope of SCOPES) keys.push(await newKey(stage, [scope], [anna.account]))
  most = await newKey(stage, SCOPES, [anna.account])
  keys.push(most)
})
after(async () => {
  for (const end of ends) await end()
})

/** What of Berta's is in a text; what the caller sent itself does not count. */
function ofBerta(text: string, sent = ''): string[] {
  return [...berta.canaries, 'of-both', 'of-all'].filter((canary) => text.includes(canary) && !sent.includes(canary))
}

function sentBy({ path, body = '' }: Request): string {
  return decodeURIComponent(path) + body
}

/** An answer without the ids that its caller sent. */
function without(text: string, ids: Ids): string {
  const longestFirst = Object.values({ ...ids, number: '' }).filter((id) => typeof id === 'string' && id.length > 3)
  return longestFirst.toSorted((a, b) => b.length - a.length).reduce((rest, id) => rest.replaceAll(id, '<id>'), text)
}

const namesNothing = ({ path, body }: Request): boolean => {
  return !Object.values(berta).some(
    (id) => typeof id === 'string' && id.length > 3 && sentBy({ path, body } as Request).includes(id),
  )
}

describe('with a key for one account', () => {
  it('every operation about another account answers as if there were nothing, whatever the scope', async () => {
    const there = requestsAbout(idsOf(berta))
    const nowhere = requestsAbout(NOTHING)
    for (const key of keys) {
      for (const [at, request] of there.entries()) {
        if (namesNothing(request)) continue
        const other = nowhere[at] ?? assert.fail()
        for (const accept of ['text/plain', 'application/json']) {
          const told = await ask(stage, request, { ...as(key), accept })
          const expected = await ask(stage, other, { ...as(key), accept })
          assert.ok(told.status >= 400, `${request.operationId} of another account: ${told.status} ${told.text}`)
          const [what, asked] = [without(told.text, idsOf(berta)), without(expected.text, NOTHING)]
          assert.deepEqual([told.status, what], [expected.status, asked], request.operationId)
          assert.deepEqual(ofBerta(told.text, sentBy(request)), [], request.operationId)
        }
      }
    }
  })

  it('what is listed and counted is of that account alone', async () => {
    // No phone is linked to these numbers.
    const isListed = ({ said, operationId }: Request) => said.effect === 'readonly' && operationId !== 'getPairingQr'
    const reading = requestsAbout(idsOf(anna)).filter(isListed)
    assert.ok(reading.length > 15)
    for (const key of [keys[0] ?? '', most]) {
      for (const request of reading) {
        const { status, text } = await ask(stage, request, as(key))
        assert.deepEqual(ofBerta(text), [], `${request.operationId}: ${text}`)
        const isForAll = request.said.scope === 'admin'
        const isAnswered = status === (isForAll ? 403 : 200) || text.startsWith('Meta API error')
        assert.ok(isAnswered, `${request.operationId} of its own: ${status} ${text}`)
      }
    }
  })

  it('all that is its own is there', async () => {
    const own = createClient(native, { baseUrl: stage.url, key: most })
    assert.deepEqual(
      (await own.listAccounts()).map(({ id }) => id),
      [anna.account],
    )
    assert.deepEqual((await own.listHooks()).map(({ id }) => id).toSorted(), [anna.hook, anna.takes])
    const listed = await pages((after) => own.listDeliveries({ limit: 2, ...after }))
    assert.deepEqual(
      listed.flatMap(({ deliveries }) => deliveries.map(({ id }) => id)).toSorted(),
      anna.deliveries.toSorted(),
    )
    const cached = await pages((after) => own.getCachedEvents({ limit: 1, ...after }))
    const all = (await stage.api.getCachedEvents({})).cached_events.filter(
      ({ event }) => event.account_id === anna.account,
    )
    assert.ok(all.length >= 2)
    assert.deepEqual(
      cached.flatMap(({ cached_events }) => cached_events),
      all,
    )
    assert.deepEqual(new Set(cached.map(({ count }) => count)), new Set([all.length]))
    assert.equal((await own.getCacheStats()).total_count, all.length)
    assert.equal((await own.getMessage({ id: anna.message })).account_id, anna.account)
    assert.equal((await own.getDelivery({ id: anna.delivery })).attempts.length >= 1, true)
    assert.equal((await own.getCachedEvent({ id: anna.event })).id, anna.event)
  })

  it('filters and pages of deliveries lead nowhere else', async () => {
    const own = createClient(native, { baseUrl: stage.url, key: keys[0] ?? '' })
    for (const state of ['waiting', 'in_flight', 'held', 'retry', 'delivered', 'dead', 'dropped'] as const) {
      const listed = await pages((after) => own.listDeliveries({ state, limit: 1, ...after }))
      assert.deepEqual(ofBerta(JSON.stringify(listed)), [], state)
    }
    for (const after of ['1', '999999']) {
      assert.deepEqual(ofBerta(JSON.stringify(await own.listDeliveries({ after, limit: 1000 }))), [])
      assert.deepEqual(ofBerta(JSON.stringify(await own.getCachedEvents({ after, limit: 1000 }))), [])
    }
    assert.match(await refusal(own.listDeliveries({ event: berta.event }), 'not-found'), /there is no event/)
    assert.match(await refusal(own.listDeliveries({ hook: 'of-both' }), 'not-found'), /there is no hook/)
    assert.match(await refusal(own.getHook({ id: 'of-all' }), 'not-found'), /there is no hook/)
  })

  it('metrics name nothing else, and count nothing over all', async () => {
    const response = await fetch(`${stage.url}/metrics`, { headers: as(most) })
    const text = await response.text()
    assert.deepEqual(ofBerta(text), [])
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    assert.ok(samples.some((line) => line.includes(anna.account)) && samples.some((line) => line.includes(anna.hook)))
    for (const line of samples) assert.ok(line.includes('="anna-'), line)
  })

  it('what is not an account’s is refused: keys, the audit log, other accounts', async () => {
    const own = createClient(native, { baseUrl: stage.url, key: most })
    const [first] = await stage.api.listKeys()
    const third = {
      id: 'third',
      type: 'business-api',
      business_api: { phone_number_id: '1', access_token: 't' },
    } as const
    const calls = [
      () => own.listKeys(),
      () => own.addKey({ name: 'mine', scopes: ['admin'] }),
      () => own.addKey({ name: 'mine', scopes: ['read'], accounts: [anna.account] }),
      () => own.removeKey({ id: first?.id ?? '' }),
      () => own.listAudit(),
      () => own.addAccount(third),
    ]
    for (const call of calls) assert.match(await refusal(call(), 'forbidden'), /This key is for some accounts only/)
  })

  it('the token that Meta asks for reads back whole to "admin", and masked to others', async () => {
    const tokens = async (key: string) => {
      const accounts = await createClient(native, { baseUrl: stage.url, key }).listAccounts()
      return accounts.map(({ business_api }) => business_api?.verify_token)
    }
    assert.deepEqual(await tokens(most), [anna.number.verifyToken])
    assert.deepEqual(await tokens(keys[0] ?? ''), ['***'])
    const others = await tokens(await newKey(stage, ['read', 'send', 'hooks']))
    assert.deepEqual(
      others.map((token) => token?.slice(0, 3)),
      ['***', '***'],
    )
    assert.ok((await tokens(stage.key)).includes(berta.number.verifyToken))
  })

  it('that a name is taken is all that is told of it', async () => {
    const own = createClient(native, { baseUrl: stage.url, key: most })
    const wish = { id: berta.hook, name: 'n', url: 'http://127.0.0.1:9/', active: false }
    assert.equal(await refusal(own.addHook(wish), 'exists'), `id: there is already a hook "${berta.hook}"`)
  })
})

describe('a hook made with such a key', () => {
  it('is for its accounts, whether it says so or not, and cannot be made for others', async () => {
    const own = createClient(native, { baseUrl: stage.url, key: keys[2] ?? '' })
    const wish = { name: 'n', url: 'http://127.0.0.1:9/', active: false }
    for (const accounts of [undefined, [], [anna.account]]) {
      await own.addHook({ ...wish, id: 'anna-third', ...(accounts && { accounts }) })
      assert.deepEqual((await stage.api.getHook({ id: 'anna-third' })).accounts, [anna.account])
      await own.updateHook({ id: 'anna-third', accounts: [] })
      assert.deepEqual((await stage.api.getHook({ id: 'anna-third' })).accounts, [anna.account])
      for (const stray of [berta.account, 'nobody-at-all']) {
        const call = own.updateHook({ id: 'anna-third', accounts: [anna.account, stray] })
        assert.equal(await refusal(call, 'forbidden'), `accounts: this key is not for the account "${stray}"`)
      }
      await own.removeHook({ id: 'anna-third' })
    }
    assert.match(await refusal(own.addHook({ ...wish, id: 'x', accounts: [berta.account] }), 'forbidden'), /not for/)
  })

  it('sends nothing from another account by what it answers', async () => {
    const said = (account: string) => ({ to: '15558889999', text: `said by ${account}`, account_id: account })
    const body = JSON.stringify({ send: [said(berta.account), said('nobody-at-all'), said(anna.account)] })
    const headers = { 'content-type': 'application/json' }
    const hook = { accounts: [anna.account], events: ['message.received'] }
    const receiver = await stage.addHook('anna-answers', { answer: () => ({ body, headers }) }, hook)
    stage.meta.limits({ window: false })
    stage.meta.customer('15553333333').says('well?', anna.phoneNumberId)
    await receiver.next(({ body: told }) => told.includes('well?'))
    const sent = () => stage.meta.messages().map(({ message }) => JSON.stringify(message))
    const isSent = (account: string) => sent().some((message) => message.includes(`said by ${account}`))
    // Sends of one answer are made one after the other: when the last is there, the first is, or never will be.
    await until(() => isSent(anna.account), 'its own is sent')
    assert.ok(!isSent(berta.account), 'and from no other')
    await stage.api.removeHook({ id: 'anna-answers' })
  })
})

describe('what such a key takes away', () => {
  it('is its own: the cache of others stays, also when it clears and replays all of it', async () => {
    const own = createClient(native, { baseUrl: stage.url, key: most })
    const of = async (account: string) =>
      (await stage.api.getCachedEvents({})).cached_events.filter(({ event }) => event.account_id === account)
    const before = await of(berta.account)
    assert.ok(before.length >= 2)
    const dead = await stage.api.listDeliveries({ hook: berta.hook, state: 'dead' })
    assert.ok((await own.replayCachedEvents()).replayed >= 1)
    const { total_count } = await own.getCacheStats()
    assert.ok(total_count >= 1 && total_count === (await of(anna.account)).length)
    assert.equal((await own.clearCache({ confirm: true })).cleared, total_count)
    assert.deepEqual(await of(anna.account), [])
    assert.deepEqual(await of(berta.account), before)
    assert.deepEqual(await stage.api.listDeliveries({ hook: berta.hook, state: 'dead' }), dead)
    const ids = (await stage.api.listHooks()).map(({ id }) => id)
    for (const id of [berta.hook, berta.takes, 'of-both', 'of-all']) assert.ok(ids.includes(id), id)
  })
})

describe('a hook that was cut down to one account', () => {
  it('gets nothing more of the others, not even what it was owed before and is asked for again', async () => {
    const wish = { events: ['message.received'], retry: { delays: [1], give_up_after: 1 } }
    const old = await stage.addHook('anna-cut', { answer: () => ({ status: 500 }) }, wish)
    for (const { account, number } of [anna, berta]) {
      const body = messagesBody(number, [text(`wamid.cut.${account}`, `words for ${account}`)])
      assert.equal(await stage.callback(number, body), 200)
    }
    const dead = async () => (await stage.api.listDeliveries({ hook: 'anna-cut', state: 'dead' })).deliveries
    await until(async () => (await dead()).length === 2, 'both are dead')
    await stage.api.updateHook({ id: 'anna-cut', accounts: [anna.account] })
    const own = createClient(native, { baseUrl: stage.url, key: keys[2] ?? '' })
    const { api } = stage
    const receiver = await stage.addHook('anna-elsewhere', {}, { active: false })
    const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
    await own.updateHook({ id: 'anna-cut', url: receiver.url, secret })
    receiver.trust(secret)
    const before = old.received.length
    await own.retryDeadDeliveries({ hook_id: 'anna-cut' })
    await receiver.next(({ body }) => body.includes(`words for ${anna.account}`))
    const left = async () => (await dead()).find(({ account_id }) => account_id === berta.account)
    await until(
      async () => /not for the account/.test((await left())?.last_attempt?.error ?? ''),
      'the other is refused',
    )
    assert.ok(!receiver.received.some(({ body }) => body.includes(berta.account)))
    assert.equal(old.received.length, before)
    for (const id of ['anna-cut', 'anna-elsewhere']) await api.removeHook({ id })
  })
})

function idsOf({ account, hook, delivery, event, message, key, phoneNumberId, media }: Standing): Ids {
  return { account, hook, delivery, event, message, key, phoneNumberId, media }
}

/** All pages, by the `next` of each. */
async function pages<P extends { next: string | null }>(read: (after: { after?: string }) => Promise<P>): Promise<P[]> {
  const found: P[] = []
  for (let next: string | null | undefined; next !== null && found.length < 100; ) {
    const page: P = await read(next === undefined ? {} : { after: next })
    found.push(page)
    next = page.next
  }
  return found
}
