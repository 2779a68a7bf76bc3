// A send is made once: by its Idempotency-Key, and through kills and stops of a server that is a process of its own.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { startMetaSimulator } from '../../simulator/meta/index.ts'
import { startReceiver } from '../../simulator/receiver/index.ts'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import type { Failure } from '../../src/model/failure.ts'
import { startServer } from '../torture/server.ts'
import { eventsOf, nextEvent } from './events.ts'
import { checkGraphCalls } from './graph-calls.ts'
import { type Ending, KEY, settingsOf, startStage } from './stage.ts'

const ZOE = '15550001111'
const SENDS = 'POST /*/messages'

async function standing(t: Ending) {
  const stage = await startStage(t)
  stage.meta.limits({ window: false })
  await stage.addAccount('shop')
  const send = (text: string, idempotencyKey: string, to = ZOE) =>
    stage.api.sendMessage({ account_id: 'shop', to, text }, { idempotencyKey })
  const sends = () => stage.meta.requests().filter(({ method, path }) => `${method} ${path}`.match(/^POST .*messages$/))
  return { stage, send, sends }
}

async function refusal(call: Promise<unknown>): Promise<Failure> {
  return call.then(
    (answer) => assert.fail(`it went through: ${JSON.stringify(answer)}`),
    (thrown: Failure) => thrown,
  )
}

it('twenty sends with one key, many at once, are one call of Graph and one answer; another body is 422', async (t) => {
  const { stage, send, sends } = await standing(t)
  stage.meta.faults.add({ match: SENDS, action: { kind: 'slow', ms: 300 }, when: { next: 1 } })
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => send('hello', 'key')))
  const answered = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Failure] : []))
  assert.deepEqual([answered.length, refused.length], [1, 9])
  for (const { code, facts, retryAfterS } of refused)
    assert.deepEqual([code, facts.status, retryAfterS], ['conflict', 409, 1])
  for (let n = 0; n < 5; n += 1) assert.deepEqual(await send('hello', 'key'), answered[0])
  await stage.restart()
  for (let n = 0; n < 5; n += 1) assert.deepEqual(await send('hello', 'key', '+1 555 000 1111'), answered[0])
  assert.equal(sends().length, 1)
  for (const other of [send('hello!', 'key'), send('hello', 'key', '15550002222')]) {
    const { code, facts } = await refusal(other)
    assert.deepEqual([code, facts.status], ['mismatch', 422])
  }
  await send('hello', 'another key')
  assert.equal(sends().length, 2)
  checkGraphCalls(stage.meta)
})

it('a refusal is replayed too, word for word; a message that failed after it was taken still answers its id', async (t) => {
  const { stage, send, sends } = await standing(t)
  const receiver = await stage.addHook('all')
  stage.meta.faults.add({
    match: SENDS,
    action: { kind: 'error', code: 131053, message: '(#131053) No' },
    when: { next: 1 },
  })
  const first = await refusal(send('x', 'refused'))
  const second = await refusal(send('x', 'refused'))
  assert.deepEqual([second.code, second.message, second.facts], [first.code, first.message, first.facts])
  assert.equal(sends().length, 1)
  stage.meta.limits({ window: true })
  const taken = await send('outside of the window', 'taken')
  const failed = await nextEvent(receiver, ({ type, data }) => type === 'message.failed' && data.error.code === 131047)
  assert.equal(failed.data.message_id, taken.message_id)
  assert.equal((await stage.api.getMessage({ id: taken.message_id })).status, 'failed')
  assert.deepEqual(await send('outside of the window', 'taken'), taken)
  assert.equal(sends().length, 2)
  checkGraphCalls(stage.meta)
})

async function until(holds: () => boolean, withinMs = 10_000): Promise<void> {
  for (const deadline = performance.now() + withinMs; !holds(); ) {
    if (performance.now() > deadline) throw new Error('not in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

it('a send in flight when the server stops is answered; one that a kill cut off becomes unknown and is never sent again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-send-'))
  const meta = await startMetaSimulator()
  const receiver = await startReceiver()
  t.after(async () => {
    await meta.close()
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const setup = { folder, port: await freePort(), key: KEY, graphUrl: meta.url }
  meta.limits({ window: false })
  const api = createClient(native, { baseUrl: `http://127.0.0.1:${setup.port}`, key: KEY })
  let server = await startServer(setup)
  t.after(() => server.kill())
  const number = meta.addNumber({ callbackUrl: `${server.url}/webhooks/whatsapp/shop` })
  await api.addAccount({ id: 'shop', type: 'cloud', business_api: settingsOf(number) })
  await api.addHook({ id: 'all', name: 'All', url: receiver.url, active: true, events: ['message.*'] })
  const sends = () => meta.requests().filter(({ method }) => method === 'POST')

  meta.faults.add({ match: SENDS, action: { kind: 'slow', ms: 500 }, when: { next: 1 } })
  meta.holdCallbacks()
  const inFlight = api.sendMessage({ account_id: 'shop', to: ZOE, text: 'while it stops' })
  await until(() => sends().length === 1)
  const [{ message_id }, stopped] = await Promise.all([inFlight, server.stop()])
  assert.equal(stopped.code, 0)
  assert.match(message_id, /^wamid\./)

  server = await startServer(setup)
  assert.equal((await api.getMessage({ id: message_id })).status, 'sent')
  meta.faults.add({ match: SENDS, action: { kind: 'slow', ms: 3000 }, when: { next: 1 } })
  const cut = refusal(api.sendMessage({ account_id: 'shop', to: ZOE, text: 'cut off' }, { idempotencyKey: 'cut' }))
  await until(() => sends().length === 2)
  await server.kill()
  await cut

  server = await startServer(setup)
  const unknown = await nextEvent(receiver, ({ type }) => type === 'message.unknown')
  const { message_id: id } = unknown.data
  assert.match(id, /^msg_/)
  assert.equal((await api.getMessage({ id })).status, 'unknown')
  const again = await refusal(
    api.sendMessage({ account_id: 'shop', to: ZOE, text: 'cut off' }, { idempotencyKey: 'cut' }),
  )
  assert.deepEqual([again.code, again.facts.message_id], ['lost-answer', id])
  meta.releaseCallbacks()
  await nextEvent(receiver, ({ type, data }) => type === 'message.delivered' && data.message_id === id)
  await nextEvent(receiver, ({ type, data }) => type === 'message.delivered' && data.message_id === message_id)
  const told = eventsOf(receiver).filter(({ data }) => data.message_id === id)
  assert.deepEqual(
    told.map(({ type }) => type),
    ['message.unknown', 'message.sent', 'message.delivered'],
  )
  assert.equal((await api.getMessage({ id })).status, 'delivered')
  assert.equal(sends().length, 2, 'nothing was sent again')
  checkGraphCalls(meta)
  assert.equal((await server.stop()).code, 0)
})
