// A linked number whose server is killed again and again while people write: nothing is lost, doubled, altered or reordered.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Receiver, startReceiver } from '../../../simulator/receiver/index.ts'
import {
  quietSignal,
  type Received,
  startWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../../../simulator/whatsapp/index.ts'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { beginChild, type Settings, startChild, throwAway } from '../child.ts'
import { until } from '../conditions.ts'
import { eventOf } from '../events.ts'
import { KEY } from '../stage.ts'
import { createHook, INSTANTS, type Instant } from './instants.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { link, settingsFor } from './stage.ts'
import { type Voice, type Word, waitingAt, write } from './voices.ts'

const ME = '15550000001'
const PEOPLE = ['15551110001', '15551110002', '15551110003', '15551110004', '15551110005']
/** One of them also gets what the number itself sends: both ways go over the same Signal session. */
const READER = '15551110002'
const MESSAGES = 1000
/** Deliveries of one hook that are made at once, and those that ended and are not yet written down: what a kill may repeat. */
const MOST_REPEATED = 32
/** It rarely does: so many for each kill, all kills taken together. */
const USUALLY_REPEATED = 16

quietSignal()

/** A server in a process of its own, linked to a phone, with a hook; all of it ends with the test. */
async function linked(t: TestContext) {
  const whatsapp = await startWhatsAppSimulator()
  const hook = createHook()
  const receiver = await startReceiver({ answer: hook.answer })
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
  const events = ['message.received']
  const { secret } = await api.addHook({ id: 'crm', name: 'CRM', url: receiver.url, active: true, events })
  receiver.trust(secret)
  const pacing = { per_second: 100, pair_burst: 100, pair_every: 0.01 }
  await link({ whatsapp, api }, { id: 'mine', number: ME, more: { pacing, web: { typing: false } } })
  assert.equal((await child.end()).code, 0)
  return { whatsapp, receiver, hook, settings }
}

type Stage = Awaited<ReturnType<typeof linked>>

/** Five people, and two of them in a group as well, by either name that WhatsApp knows them by. */
function voicesOf({ phone, groups }: WhatsAppSimulator): Voice[] {
  const phones = PEOPLE.map((number, at) => phone(number, { addressing: at % 2 === 0 ? 'lid' : 'pn' }))
  const [creator = '', other = ''] = PEOPLE
  const group = groups.create({ subject: 'Club', creator, members: [ME, other], quietly: true })
  const alone = phones.map((each) => ({ phone: each, to: ME }))
  return [...alone, ...phones.slice(0, 2).map((each) => ({ phone: each, to: group.id }))]
}

interface Traffic {
  readonly said: readonly Word[]
  readonly outbox: Outbox
}

/** What was so in one life of the server. */
interface Life {
  /** Why it ended; null: it was the last one. */
  readonly instant: string | null
  /** The first request to the hook in this life. */
  readonly from: number
  /** Messages that nobody had told the hook of when it ended. */
  readonly toCome: number
}

/** Starts the server, and kills it at each instant in turn; answers what was so in each life. */
async function killAtAll(t: TestContext, stage: Stage, { said, outbox }: Traffic): Promise<Life[]> {
  const { whatsapp, receiver, hook, settings } = stage
  const share = MESSAGES / (INSTANTS.filter(({ atStart }) => !atStart).length + 1)
  let taken = 0
  const lives: Life[] = []
  for (const instant of INSTANTS) {
    const from = receiver.received.length
    hook.listen(() => {})
    const server = beginChild(t, settings)
    const sending = server
      .listens()
      .then(({ url }) => outbox.begin(url))
      .catch(() => null)
    if (!instant.atStart) {
      taken += share
      const enough = () => said.length - waitingAt(whatsapp, ME) >= taken
      await whatsapp.server.wait(enough, { what: `${taken} messages are taken in`, withinMs: 60_000 })
    }
    await struck(instant, stage, () => server.process.kill('SIGKILL'))
    const toCome = MESSAGES - distinct(receiver)
    const [{ signal }] = await Promise.all([server.end('SIGKILL'), sending.then((begun) => begun?.end())])
    assert.equal(signal, 'SIGKILL')
    lives.push({ instant: instant.name, from, toCome })
  }
  return lives
}

/** Resolves in the moment after `strike` was called; fails when that moment does not come. */
async function struck(instant: Instant, around: Stage, strike: () => void): Promise<void> {
  let late: NodeJS.Timeout | undefined
  await new Promise<void>((resolve, reject) => {
    late = setTimeout(() => reject(new Error(`this does not happen: ${instant.name}`)), 20_000)
    instant.await(around, () => {
      strike()
      resolve()
    })
  }).finally(() => clearTimeout(late))
}

const distinct = ({ received }: Receiver): number => new Set(received.map(({ headers }) => headers['webhook-id'])).size

test('a thousand messages come through, once and in their order, while the server is killed ten times', async (t) => {
  const stage = await linked(t)
  const { whatsapp, receiver, settings } = stage
  const reader = whatsapp.phone(READER)
  const outbox = createOutbox(whatsapp, READER)
  const said: Word[] = []
  const began = performance.now()
  const writing = write(whatsapp, { voices: voicesOf(whatsapp), count: MESSAGES, number: ME, said })
  const killing = killAtAll(t, stage, { said, outbox })
  const lives = await Promise.race([killing, writing.then(() => killing)])
  const lastLife = { instant: null, from: receiver.received.length, toCome: 0 }
  const last = await startChild(t, settings)
  await writing
  const late = () => t.diagnostic(`only ${distinct(receiver)} of ${MESSAGES} are told`)
  await until(() => distinct(receiver) >= MESSAGES, 'all are told', 60_000).catch(late)
  await until(() => waitingAt(whatsapp, ME) === 0, 'all is confirmed')
  await outbox.settle(last.url)
  await last.end()

  checkTold(receiver, said)
  const repeated = repeatsOf(receiver, [...lives, lastLife])
  const repeats = receiver.received.length - distinct(receiver)
  assert.ok(repeats <= USUALLY_REPEATED * lives.length, `${repeats} deliveries were repeated`)
  const cut = outbox.sends.filter((send) => send.cut > 0)
  t.diagnostic(
    `${said.length} messages, ${lives.length} kills, to come at each: ${lives.map(({ toCome }) => toCome).join(' ')}; ` +
      `${receiver.received.length} deliveries, repeated after each: ${repeated.slice(1).join(' ')}; ` +
      `${outbox.sends.length} sent, ${cut.length} of them cut; ${Math.round(performance.now() - began)} ms`,
  )
  checkOutbox(reader.inbox(), outbox)
  for (const { instant, toCome } of lives) assert.ok(toCome > 0, `nothing was to come when ${instant}`)
  assert.deepEqual(whatsapp.server.broken(), [])
  assert.deepEqual(whatsapp.server.unread(), [])
  const retries = whatsapp.server.receipts().filter(({ type }) => type === 'retry')
  assert.deepEqual(retries, [], 'everything could be read at once')
})

/** Each message is one event, in the order of its chat, with the same bytes at each delivery. */
function checkTold(receiver: Receiver, said: readonly Word[]): void {
  const first = new Map(
    receiver.received.toReversed().map((request) => [String(request.headers['webhook-id']), request]),
  )
  for (const { signed, headers, body } of receiver.received) {
    assert.ok(signed)
    assert.equal(body, first.get(String(headers['webhook-id']))?.body, 'the same event has the same bytes')
  }
  const events = [...first.values()].toReversed().map(eventOf)
  const words = events.map(({ data }): Word => {
    const chat = data.chat.is_group ? data.chat.id : data.chat.phone
    return { id: data.message_id, body: data.text?.body ?? data.message_type, by: data.from.phone.slice(1), chat }
  })
  for (const chat of new Set(said.map((word) => word.chat)))
    assert.deepEqual(
      words.filter((word) => word.chat === chat),
      said.filter((word) => word.chat === chat),
    )
  assert.equal(words.length, said.length)
}

/** How many deliveries were repeated in each life: no more than were in flight when the one before it ended. */
function repeatsOf({ received }: Receiver, lives: readonly Life[]): number[] {
  const ids = received.map(({ headers }) => headers['webhook-id'])
  return lives.map(({ from }, at) => {
    const own = ids.slice(from, lives[at + 1]?.from)
    const before = new Set(ids.slice(0, from))
    const again = own.filter((id, place) => before.has(id) || own.indexOf(id) < place)
    assert.ok(again.length <= MOST_REPEATED, `${again.length} were repeated after: ${lives[at - 1]?.instant}`)
    return again.length
  })
}

/** What was acknowledged is there, once; what was cut may be there, and is not there twice. */
function checkOutbox(inbox: readonly Received[], { sends }: Outbox): void {
  const [sent, unknown] = ['sent', 'unknown'].map((is) => sends.filter(({ answer }) => answer?.is === is))
  assert.ok(
    sent && unknown && sent.length >= 5 && unknown.length > 0,
    `${sent?.length} sent, ${unknown?.length} unknown`,
  )
  assert.equal(sent.length + unknown.length, sends.length)
  for (const { text, answer } of sends) {
    const ids = inbox.filter((message) => message.text === text).map(({ id }) => id)
    if (answer?.is === 'sent') assert.deepEqual(ids, [answer.id], text)
    else assert.ok(ids.length <= 1, `${text} arrived ${ids.length} times`)
  }
}
