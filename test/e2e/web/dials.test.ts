// Where a server with linked numbers dials: WhatsApp, its media host, the hooks and the proxy, and nowhere else.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Receiver, startReceiver } from '../../../simulator/receiver/index.ts'
import { quietSignal, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import * as say from '../../../simulator/whatsapp/message-objects/index.ts'
import { type Client, createClient } from '../../../src/contract/client.ts'
import { type Native, native } from '../../../src/contract/native/index.ts'
import { httpProxy } from '../../transports/web/line/proxies.ts'
import { type Settings, throwAway } from '../child.ts'
import { until } from '../conditions.ts'
import { nextEvent } from '../events.ts'
import { KEY } from '../stage.ts'
import { startWatched, type Watched } from './dials.ts'
import { link, settingsFor } from './stage.ts'

const ME = '15550000001'
const ALICE = '15551110001'
const BOB = '15551110002'
const WHATSAPP = 'web.whatsapp.com:443'
/** Where the pages and files are that people name. */
const ELSEWHERE = 'https://elsewhere.example'

quietSignal()

/** A simulated WhatsApp, a receiver of hooks, and settings for servers that believe this WhatsApp. */
async function surroundings(t: TestContext) {
  const whatsapp = await startWhatsAppSimulator()
  const receiver = await startReceiver()
  t.after(async () => {
    await whatsapp.close()
    await receiver.close()
  })
  whatsapp.phone(ALICE, { name: 'Alice', autoDelivers: true })
  whatsapp.phone(BOB, { name: 'Bob' })
  const folder = throwAway(t)
  const trust = join(folder, 'trust.json')
  await whatsapp.writeTrust(trust)
  const settings = settingsFor(whatsapp, { data: join(folder, 'data'), trust })
  return { whatsapp, receiver, settings, hook: new URL(receiver.url).host, media: whatsapp.media.host }
}

interface Scene {
  readonly whatsapp: WhatsAppSimulator
  readonly receiver: Receiver
  readonly api: Client<Native>
}

/** A server under watch, with a hook for everything. */
async function watchedServer(t: TestContext, { receiver, settings }: { receiver: Receiver; settings: Settings }) {
  const server = await startWatched(t, settings)
  const api = createClient(native, { baseUrl: server.url, key: KEY })
  const { secret } = await api.addHook({ id: 'crm', name: 'CRM', url: receiver.url, active: true, events: ['*'] })
  receiver.trust(secret)
  return { server, api }
}

const told = ({ receiver }: Scene, id: string, type = 'message.received') =>
  nextEvent(receiver, (event) => event.type === type && event.data.message_id === id)

/** A door on loopback at which nobody may knock. */
async function trap(t: TestContext) {
  const knocks: string[] = []
  const server = createServer((socket) => {
    knocks.push(String(socket.remotePort))
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => void server.close())
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen')
  return { host: `127.0.0.1:${address.port}`, knocks }
}

/** What people write and show that names other places. */
async function temptations(scene: Scene, trapped: string): Promise<void> {
  const { whatsapp, api } = scene
  const alice = whatsapp.phone(ALICE)
  const page = `${ELSEWHERE}/page`
  await told(scene, await alice.says(ME, `see ${page} and http://${trapped}/page`))
  await told(scene, await alice.says(ME, say.text(`see ${page}`, { link: { url: page, title: 'A page' } })))
  const sent = await api.sendMessage({ account_id: 'mine', to: `+${ALICE}`, text: `look at ${page}` })
  await told(scene, sent.message_id, 'message.delivered')
  for (const place of ['elsewhere.example', trapped, 'raw.githubusercontent.com']) {
    const file = whatsapp.media.publish(randomBytes(2000), 'image')
    const url = file.url.replace(/^https:\/\/[^/]+/, `https://${place}`)
    assert.notEqual(url, file.url)
    const { data } = await told(scene, await alice.says(ME, say.image({ ...file, url })))
    assert.equal(data.media.size, 2000, 'it was fetched from where WhatsApp keeps it')
  }
  const sticker = whatsapp.media.publish(randomBytes(500), 'sticker')
  await told(scene, await alice.says(ME, say.sticker(sticker)))
  const place = { latitude: 1, longitude: 2, name: 'Here', url: page }
  await told(scene, await alice.says(ME, say.location(place)))
}

/** Files of ours, people and groups with pictures, the past, a call. */
async function everydayLife(scene: Scene): Promise<void> {
  const { whatsapp, api, receiver } = scene
  const data = { image_data: randomBytes(3000).toString('base64'), mime_type: 'image/jpeg' }
  const sent = await api.sendImage({ account_id: 'mine', to: `+${ALICE}`, ...data })
  await told(scene, sent.message_id, 'message.delivered')
  const group = whatsapp.groups.create({ subject: 'Club', creator: BOB, members: [ME, ALICE] })
  await told(scene, await whatsapp.phone(BOB).says(group.id, 'hi club'))
  whatsapp.profiles.setPicture(ALICE, randomBytes(400))
  whatsapp.profiles.setPicture(BOB, randomBytes(400), group.id)
  const [device] = whatsapp.phone(ME).companions()
  const messages = [{ content: `an old word of ${ELSEWHERE}`, at: 1_700_000_000 }]
  const past = { kind: 'initial', chats: [{ with: ALICE, messages }], names: [ALICE], people: [ALICE, BOB] } as const
  const fetched = () => whatsapp.media.requests().filter(({ method }) => method === 'GET').length
  const before = fetched()
  await whatsapp.history.send(ME, device?.id ?? 0, past)
  await until(() => fetched() > before, 'the past is fetched')
  const call = whatsapp.calls.ring(ALICE, ME)
  await nextEvent(receiver, ({ type }) => type === 'call.received')
  whatsapp.calls.end(call.id)
}

/** It went to these places, to each of them, and nowhere else; and the watch was there in every thread. */
function wentOnlyTo(server: Watched, places: readonly string[]): void {
  assert.deepEqual(server.places('dial'), [...new Set(places)].sort())
  for (const kind of ['lookup', 'datagram', 'program'] as const) assert.deepEqual(server.places(kind), [], kind)
  const threads = new Set(server.notes().map(({ thread }) => thread))
  assert.ok(threads.has(0) && threads.size >= 3, `${threads.size} threads were watched`)
}

test('a server with a linked number dials WhatsApp, its media host and the hooks, whatever people write to it', async (t) => {
  const { whatsapp, receiver, settings, hook, media } = await surroundings(t)
  const { host, knocks } = await trap(t)
  const { server, api } = await watchedServer(t, { receiver, settings })
  await link({ whatsapp, api }, { id: 'mine', number: ME, more: { media: { download: true }, web: { typing: false } } })
  await temptations({ whatsapp, receiver, api }, host)
  await everydayLife({ whatsapp, receiver, api })
  assert.equal((await server.end()).code, 0)
  const ours = `127.0.0.1:${whatsapp.port}`
  wentOnlyTo(server, [ours, media, hook])

  // A client that is too old asks WhatsApp itself, and not the library's home, how old one may be.
  whatsapp.server.refusesLogin('405')
  const again = await startWatched(t, settings)
  const dialled = () => again.notes().filter(({ kind, to }) => kind === 'dial' && to === ours).length
  await until(() => dialled() >= 2, 'WhatsApp was asked for its version', 20_000)
  whatsapp.server.refusesLogin(null)
  await again.end()
  wentOnlyTo(again, [ours, hook])

  // The same number by the settings that everybody begins with: WhatsApp's name, and no other.
  const { whatsapp_url, whatsapp_trust, ...usual } = settings
  const outside = await startWatched(t, usual)
  const usualApi = createClient(native, { baseUrl: outside.url, key: KEY })
  await usualApi.addAccount({ id: 'new', type: 'whatsmeow' })
  await usualApi.getPairingQr({ id: 'new' }).catch(() => {})
  await until(() => outside.notes().filter(({ to }) => to === WHATSAPP).length >= 2, 'both were tried', 20_000)
  await outside.end()
  wentOnlyTo(outside, [WHATSAPP, ...outside.places('dial').filter((place) => place === hook)])
  assert.deepEqual(knocks, [])
})

test('everything of a number that has a proxy goes through the proxy', async (t) => {
  const { whatsapp, receiver, settings, hook, media } = await surroundings(t)
  const proxy = await httpProxy()
  t.after(() => proxy.close())
  const { server, api } = await watchedServer(t, { receiver, settings })
  const more = { media: { download: true }, web: { proxy: proxy.url, typing: false } }
  await link({ whatsapp, api }, { id: 'mine', number: ME, more })
  const scene = { whatsapp, receiver, api }
  const file = whatsapp.media.publish(randomBytes(2000), 'image')
  const url = `${ELSEWHERE}/picture`
  const { data } = await told(scene, await whatsapp.phone(ALICE).says(ME, say.image({ ...file, url })))
  assert.equal(data.media.size, 2000)
  await everydayLife(scene)
  assert.equal((await server.end()).code, 0)
  wentOnlyTo(server, [new URL(proxy.url).host, hook])
  assert.deepEqual([...new Set(proxy.asked)].sort(), [`127.0.0.1:${whatsapp.port}`, media].sort())
})
