// Kills the server again and again under load, at chosen instants, and holds what arrived against what was acknowledged.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMetaSimulator } from '../../simulator/meta/index.ts'
import { createClient } from '../../src/contract/client.ts'
import { native } from '../../src/contract/native/index.ts'
import { type Hook, startHook } from './hook.ts'
import { messageId, type Sender, startSender } from './meta.ts'
import { type RunningServer, type ServerSetup, startServer } from './server.ts'

/** Deliveries that one hook may have begun and not yet written down. */
const UNSETTLED = 32
const CHATS = 24

/** When the server is killed. */
export const INSTANTS = [
  'after the commit',
  'before the commit',
  'at a random time',
  'while a hook is being told',
  'while a hook is down',
] as const
export type Instant = (typeof INSTANTS)[number]

export interface Report {
  readonly kills: Readonly<Record<Instant, number>>
  /** Callbacks answered 200. */
  readonly acknowledged: number
  /** By hook: acknowledged messages that never came. */
  readonly lost: readonly string[]
  /** Arrivals beyond the first of a message, and how many there may be. */
  readonly duplicates: number
  readonly allowedDuplicates: number
  /** Arrivals of one message with another id or other bytes than the first. */
  readonly changed: readonly string[]
  /** First arrivals in a chat behind a later one. */
  readonly outOfOrder: readonly string[]
  readonly odd: readonly string[]
  readonly slowestStartMs: number
}

export async function torture(kills: number, told: (line: string) => void = () => {}): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-torture-'))
  const meta = await startMetaSimulator()
  const hooks = [await startHook(), await startHook()]
  const number = meta.addNumber({})
  const setup: ServerSetup = {
    folder,
    port: await freePort(),
    key: 'wh_torture_7Qp2xLr9VbNc4Tz8Km3Wd6Ys',
    graphUrl: meta.url,
  }
  const counts = Object.fromEntries(INSTANTS.map((instant) => [instant, 0])) as Record<Instant, number>
  let slowest = 0
  try {
    await prepare(await startServer(setup), setup, { hooks, number })
    const sender = startSender({
      url: `http://127.0.0.1:${setup.port}`,
      path: '/webhooks/whatsapp/shop',
      phoneNumberId: number.phoneNumberId,
      appSecret: number.appSecret,
      chats: CHATS,
      perSecond: 1500,
    })
    for (let kill = 0; kill < kills; kill += 1) {
      const instant = INSTANTS[kill % INSTANTS.length] ?? 'at a random time'
      const startMs = await oneKill(setup, hooks, instant)
      slowest = Math.max(slowest, startMs)
      counts[instant] += 1
      told(
        `kill ${kill + 1} of ${kills}, ${instant}: ${sender.acknowledged.size} acknowledged, started in ${startMs.toFixed(0)} ms`,
      )
    }
    const last = await startServer(setup)
    await sender.stop()
    await arrived(hooks, sender)
    await last.stop()
    return { ...judged(hooks, sender, kills), kills: counts, slowestStartMs: slowest }
  } finally {
    await meta.close()
    for (const hook of hooks) await hook.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function prepare(
  server: RunningServer,
  setup: ServerSetup,
  { hooks, number }: { hooks: readonly Hook[]; number: { phoneNumberId: string; token: string; appSecret: string } },
): Promise<void> {
  const api = createClient(native, { baseUrl: server.url, key: setup.key })
  const business_api = {
    phone_number_id: number.phoneNumberId,
    access_token: number.token,
    app_secret: number.appSecret,
  }
  await api.addAccount({ id: 'shop', type: 'business-api', business_api })
  for (const [index, hook] of hooks.entries()) {
    const retry = { delays: [1], give_up_after: 86_400 }
    await api.addHook({
      id: `hook-${index}`,
      name: 'Torture',
      url: hook.url,
      active: true,
      events: ['message.received'],
      retry,
    })
  }
  await server.stop()
}

/** Starts the server, lets it work, kills it at the instant; answers how long the start took, ms. */
async function oneKill(setup: ServerSetup, hooks: readonly Hook[], instant: Instant): Promise<number> {
  const place = instant === 'after the commit' ? 'after' : instant === 'before the commit' ? 'before' : null
  const server = await startServer(setup, place && { place, every: 30 + Math.floor(Math.random() * 60) })
  const [, flaky] = hooks
  flaky?.down(instant === 'while a hook is down')
  if (place) await until(() => server.stalled(), 'a commit stalled')
  else if (instant === 'while a hook is being told')
    await new Promise<void>((resolve) => hooks[0]?.atNext(() => resolve()))
  else await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400))
  await server.kill()
  flaky?.down(false)
  return server.startMs
}

async function arrived(hooks: readonly Hook[], sender: Sender): Promise<void> {
  const missing = () =>
    hooks.some((hook) => new Set(hook.arrivals.map((arrival) => arrival.messageId)).size < sender.acknowledged.size)
  await until(() => !missing(), 'every message arrived', 60_000).catch(() => {})
}

function judged(hooks: readonly Hook[], sender: Sender, kills: number): Omit<Report, 'kills' | 'slowestStartMs'> {
  const lost: string[] = []
  const changed: string[] = []
  const outOfOrder: string[] = []
  let duplicates = 0
  for (const [index, hook] of hooks.entries()) {
    const first = new Map<string, { eventId: string; body: string; place: number }>()
    for (const [place, { messageId: id, eventId, body }] of hook.arrivals.entries()) {
      const known = first.get(id)
      if (!known) first.set(id, { eventId, body, place })
      else if (known.eventId !== eventId || known.body !== body) changed.push(`hook-${index} ${id}`)
      if (known) duplicates += 1
    }
    for (const id of sender.acknowledged) if (!first.has(id)) lost.push(`hook-${index} ${id}`)
    for (let chat = 0; chat < CHATS; chat += 1) {
      for (let n = 1; sender.acknowledged.has(messageId(chat, n)); n += 1) {
        const [before, after] = [first.get(messageId(chat, n - 1)), first.get(messageId(chat, n))]
        if (before && after && after.place < before.place) outOfOrder.push(`hook-${index} ${messageId(chat, n)}`)
      }
    }
  }
  return {
    acknowledged: sender.acknowledged.size,
    lost,
    changed,
    outOfOrder,
    duplicates,
    allowedDuplicates: kills * UNSETTLED * hooks.length,
    odd: sender.odd,
  }
}

async function until(holds: () => boolean, what: string, withinMs = 20_000): Promise<void> {
  for (const deadline = performance.now() + withinMs; !holds(); ) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
