// Puts the simulator together and starts it.
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createControl } from './control/control.ts'
import { createFaults } from './faults.ts'
import { openFeatures } from './features/index.ts'
import { createNews } from './news.ts'
import { accountOf } from './phones/accounts.ts'
import { phoneOf } from './phones/phone.ts'
import { createServer } from './server.ts'
import { serverDoor } from './server-door.ts'
import type { Trust, WhatsAppSimulator, WhatsAppSimulatorOptions } from './simulator.ts'
import { createState } from './state.ts'
import { createAuthority } from './wire/certificates.ts'
import type { World } from './world.ts'

/** A minute for the first QR code, then five that live for 20 s each: as WhatsApp Web shows them. */
const usualQrLivesMs = [60_000, 20_000, 20_000, 20_000, 20_000, 20_000]

/** Starts a simulated WhatsApp on loopback. Close it at the end: until then it keeps the process alive. */
export async function startWhatsAppSimulator(options: WhatsAppSimulatorOptions = {}): Promise<WhatsAppSimulator> {
  const world = createWorld(options)
  const host = options.host ?? '127.0.0.1'
  const features = await openFeatures(world, { host })
  const control: RequestListener = (request, response) => void answerControl(request, response)
  const server = createServer(world, { answers: features.answers, handlers: {}, control })
  server.listen(options.port ?? 0, host)
  await once(server, 'listening').catch(async (error: unknown) => {
    await features.close()
    throw error
  })
  const { port } = server.address() as AddressInfo
  const { addressing = 'lid' } = options
  const simulator: WhatsAppSimulator = {
    url: `ws://${host}:${port}/ws/chat`,
    port,
    get trust() {
      return trustOf(world)
    },
    writeTrust: (path) => writeFile(path, `${JSON.stringify(trustOf(world), null, 2)}\n`),
    phone(number, profile = {}) {
      const isNew = !world.state.accounts.has(number.replace(/^\+/, ''))
      return phoneOf(world, accountOf(world.state, number, isNew ? { addressing, ...profile } : profile))
    },
    phones: () => [...new Set(world.state.accounts.values())].map((account) => phoneOf(world, account)),
    server: serverDoor(world),
    ...features.door,
    async close() {
      await close(world, server)
      await features.close()
    },
  }
  const answerControl = createControl(simulator)
  return simulator
}

function createWorld({ clock = Date, qrLivesMs = usualQrLivesMs }: WhatsAppSimulatorOptions): World {
  return {
    state: createState(),
    faults: createFaults(),
    news: createNews(),
    authority: createAuthority(Math.floor(clock.now() / 1000)),
    connections: new Map(),
    media: { hosts: [], authority: null },
    groups: null,
    qrLivesMs,
    now: () => clock.now(),
  }
}

function trustOf({ authority, media }: World): Trust {
  const root = Buffer.from(authority.root.public).toString('base64')
  return { noise_root: root, media_hosts: [...media.hosts], media_ca: media.authority }
}

async function close(world: World, server: Server): Promise<void> {
  for (const connection of world.connections.keys()) connection.cut()
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
