// A linked number whose server is killed again and again while people write: nothing is lost, doubled, altered or reordered.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Receiver, startReceiver } from '../../../simulator/receiver/index.ts'
import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { type Settings, startChild, throwAway } from '../child.ts'
import { isMessage, until } from '../conditions.ts'
import { eventOf } from '../events.ts'
import { KEY } from '../stage.ts'
import { link, settingsFor } from './stage.ts'

const ME = '15550000001'
const PEOPLE = ['15551110001', '15551110002', '15551110003']
const MESSAGES = 200
const KILLS = 5

/** A server in a process of its own, linked to a phone, with a hook; all of it ends with the test. */
async function linked(t: TestContext) {
  const whatsapp = await startWhatsAppSimulator()
  const receiver = await startReceiver()
  t.after(async () => {
    await whatsapp.close()
    await receiver.close()
  })
  const folder = throwAway(t)
  const trust = join(folder, 'trust.json')
  await whatsapp.writeTrust(trust)
  const settings: Settings = settingsFor(whatsapp, { data: join(folder, 'data'), trust })
  const child = await startChild(t, settings)
  const api = createClient(native, { baseUrl: child.url, key: KEY })
  const retry = { delays: [1], give_up_after: 86_400 }
  const events = ['message.received']
  const { secret } = await api.addHook({ id: 'crm', name: 'CRM', url: receiver.url, active: true, events, retry })
  receiver.trust(secret)
  await link({ whatsapp, api }, { id: 'mine', number: ME })
  return { whatsapp, receiver, settings, child }
}

/** Each writes in turn, one after the other, a pause between; answers the ids by who wrote them, in their order. */
async function write(people: readonly Phone[], pauseMs: number): Promise<Map<string, string[]>> {
  const said = new Map(people.map(({ number }) => [number, [] as string[]]))
  for (let at = 0; at < MESSAGES; at += 1) {
    const person = people[at % people.length]
    if (!person) throw new Error('nobody writes')
    said.get(person.number)?.push(await person.says(ME, `word ${at} of ${person.number}`))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return said
}

/** Kills the server while messages come, and starts it again, so many times; each life takes in something first. */
async function killAgainAndAgain(
  t: TestContext,
  { child, settings, receiver }: Awaited<ReturnType<typeof linked>>,
): Promise<number> {
  let server = child
  let whileComing = 0
  for (let round = 0; round < KILLS; round += 1) {
    const before = receiver.received.length
    await until(() => receiver.received.length > before + 5, `life ${round} tells something`, 30_000)
    const { signal } = await server.end('SIGKILL')
    assert.equal(signal, 'SIGKILL')
    if (distinct(receiver).size < MESSAGES) whileComing += 1
    server = await startChild(t, settings)
  }
  return whileComing
}

const distinct = (receiver: Receiver): Set<string> =>
  new Set(receiver.received.filter(isMessage).map((request) => String(eventOf(request).data.message_id)))

test('a linked number loses, doubles, alters and reorders nothing when its server is killed five times', async (t) => {
  const stage = await linked(t)
  const { whatsapp, receiver } = stage
  const people = PEOPLE.map((number) => whatsapp.phone(number))
  const began = performance.now()
  const [said, whileComing] = await Promise.all([write(people, 60), killAgainAndAgain(t, stage)])
  assert.equal(whileComing, KILLS, 'messages were still to come at every kill')
  const all = [...said.values()].flat()
  await until(() => distinct(receiver).size === MESSAGES, `all ${MESSAGES} are told`, 60_000).catch((late) =>
    t.diagnostic(String(late)),
  )

  const told = receiver.received.filter(isMessage).map((request) => ({ request, event: eventOf(request) }))
  t.diagnostic(
    `${all.length} messages, ${KILLS} kills, ${told.length} deliveries, ${told.length - distinct(receiver).size} of them repeated, ${Math.round(performance.now() - began)} ms`,
  )
  assert.ok(told.every(({ request }) => request.signed))
  assert.deepEqual([...distinct(receiver)].sort(), [...all].sort())
  checkIdentity(
    told.map(({ request, event }) => ({ id: event.id, message: event.data.message_id, body: request.body })),
  )
  for (const [number, ids] of said) {
    const own = told.filter(({ event }) => event.data.from.phone === `+${number}`)
    assert.deepEqual([...new Set(own.map(({ event }) => String(event.data.message_id)))], ids, `the order of ${number}`)
  }
  await allConfirmed(whatsapp)
})

/** One event for each message, with the same bytes at each delivery. */
function checkIdentity(told: readonly { id: string; message: string; body: string }[]): void {
  const bodies = new Map<string, string>()
  const events = new Map<string, string>()
  for (const { id, message, body } of told) {
    assert.equal(bodies.get(id) ?? body, body, `the event ${id} came with different bytes`)
    assert.equal(events.get(message) ?? id, id, `the message ${message} has two events`)
    bodies.set(id, body)
    events.set(message, id)
  }
  assert.equal(bodies.size, events.size)
}

/** Nothing waits at WhatsApp any more: all was confirmed, and nobody broke the protocol. */
async function allConfirmed({ phone, server }: WhatsAppSimulator): Promise<void> {
  const waiting = () =>
    phone(ME)
      .companions()
      .flatMap((device) => device.waiting.filter(({ tag }) => tag === 'message'))
  await until(() => waiting().length === 0, 'all is confirmed')
  assert.deepEqual(server.broken(), [])
}
