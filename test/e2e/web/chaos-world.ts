// Two linked numbers, their friends and a group, with a quick clock, and all that can go wrong around them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Receiver, startReceiver } from '../../../simulator/receiver/index.ts'
import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { loadConfig } from '../../../src/config.ts'
import { type Client, createClient } from '../../../src/contract/client.ts'
import { type Native, native } from '../../../src/contract/native/index.ts'
import type { Log } from '../../../src/kit/log.ts'
import { startWhatsHooked, type WhatsHooked } from '../../../src/main.ts'
import { KEY } from '../stage.ts'
import { Book } from './chaos-book.ts'
import { type QuickClock, quickClock } from './chaos-clock.ts'
import { link, settingsFor } from './stage.ts'

/** The linked numbers, by account. */
export const NUMBERS: Readonly<Record<string, string>> = { one: '15550000001', two: '15550000002' }
export const ACCOUNTS = Object.keys(NUMBERS)
const FRIENDS = ['15551110001', '15551110002', '15551110003']

/** One for a process: it believes one WhatsApp only. */
export interface Around {
  readonly whatsapp: WhatsAppSimulator
  readonly clock: QuickClock
  /** What the product logged last. */
  readonly lines: string[]
}

export async function startAround(): Promise<Around> {
  const clock = quickClock()
  return { whatsapp: await startWhatsAppSimulator(), clock, lines: [] }
}

const MOST_LINES = 2000

/** Keeps the last of what is logged, for whoever has to find out why something went wrong. */
function keeper(around: Around, about: Record<string, unknown> = {}): Log {
  const { lines } = around
  const keep = (text: string, fields: Record<string, unknown> = {}) => {
    if (text === 'request.answered' || text === 'delivery.attempted') return
    lines.push(`${Math.round(performance.now())} ${text} ${JSON.stringify({ ...about, ...fields }, wordsOf)}`)
    if (lines.length > MOST_LINES) lines.splice(0, MOST_LINES / 2)
  }
  return { debug: keep, info: keep, warn: keep, error: keep, child: (more) => keeper(around, { ...about, ...more }) }
}

function wordsOf(_: string, value: unknown): unknown {
  return value instanceof Error ? `${value.message}${value.cause ? ` <- ${value.cause}` : ''}` : value
}

export class World {
  readonly around: Around
  readonly friends: readonly Phone[]
  readonly group: string
  readonly book = new Book()
  readonly folder: string
  receiver!: Receiver
  api!: Client<Native>
  server: WhatsHooked | null = null
  isHookUp = true
  isSilent = false
  readonly disabled = new Set<string>()
  #port = '0'

  private constructor(around: Around) {
    const { whatsapp } = around
    this.around = around
    this.folder = mkdtempSync(join(tmpdir(), 'whatshooked-chaos-'))
    this.friends = FRIENDS.map((number, at) =>
      whatsapp.phone(number, { autoDelivers: true, addressing: at === 1 ? 'pn' : 'lid' }),
    )
    for (const number of Object.values(NUMBERS)) whatsapp.phone(number)
    const members = [...FRIENDS.slice(1), ...Object.values(NUMBERS)]
    this.group = whatsapp.groups.create({ subject: 'Club', creator: FRIENDS[0] ?? '', members, quietly: true }).id
  }

  static async begin(around: Around): Promise<World> {
    const world = new World(around)
    world.receiver = await startReceiver({
      answer: (request) => {
        if (!world.isHookUp) return { status: 503 }
        world.book.take(request)
        return {}
      },
    })
    await world.start()
    const retry = { delays: [1], give_up_after: 86_400 }
    const { url } = world.receiver
    await world.api.addHook({ id: 'crm', name: 'CRM', url, active: true, events: ['*'], retry })
    const pacing = { per_second: 100, pair_burst: 1000, pair_every: 0.01 }
    for (const [id, number] of Object.entries(NUMBERS)) {
      around.whatsapp.phone(number).unlinks()
      const more = { pacing, web: { typing: false, new_chats_a_day: 1000 } }
      await link({ whatsapp: around.whatsapp, api: world.api }, { id, number, more })
    }
    return world
  }

  async start(): Promise<void> {
    const { whatsapp, clock } = this.around
    const log = keeper(this.around)
    const trust = join(this.folder, 'trust.json')
    await whatsapp.writeTrust(trust)
    const settings = settingsFor(whatsapp, { data: join(this.folder, 'data'), trust })
    const env = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`WHATSHOOKED_${name.toUpperCase()}`, value]),
    )
    const { config } = loadConfig({ flags: { port: this.#port }, env })
    const fatal = (sentence: string): never => assert.fail(sentence)
    this.server = await startWhatsHooked(config, { clock, log, announce: () => {}, fatal })
    this.#port = new URL(this.server.url).port
    this.api = createClient(native, { baseUrl: this.server.url, key: KEY })
  }

  async stop(): Promise<void> {
    const { server } = this
    this.server = null
    await server?.stop()
  }

  async end(): Promise<void> {
    this.heal()
    await this.stop()
    await this.receiver.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Whether WhatsApp has no connection on which the account could hear. */
  isDeaf(account: string): boolean {
    const [device] = this.around.whatsapp.phone(NUMBERS[account] ?? '').companions()
    return this.isSilent || !device?.online
  }

  /** What fell into silence is lost for the connections of then, as nothing is that TCP still carries: they are cut. */
  speak(): void {
    const { server } = this.around.whatsapp
    if (this.isSilent) server.drops()
    this.isSilent = false
    server.speaksAgain()
  }

  /** Takes all faults of WhatsApp and of the hook away. */
  heal(): void {
    const { server } = this.around.whatsapp
    this.isHookUp = true
    this.speak()
    server.releasesAcks()
    server.refusesLogin(null)
    server.corruptsNext(0)
    server.throttlesLookups(0)
  }

  /** What waits at WhatsApp for the account. */
  waitingAt(account: string): string[] {
    const devices = this.around.whatsapp.phone(NUMBERS[account] ?? '').companions()
    return devices.flatMap(({ waiting }) => waiting).map(({ tag, id, type }) => `${tag} ${type ?? ''} ${id}`)
  }
}
