// What the sandbox consists of: simulators, receiver, server and a client of it, started and joined.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MetaSimulator, type NumberSetup, startMetaSimulator } from '../../../simulator/meta/index.ts'
import { type Receiver, startReceiver } from '../../../simulator/receiver/index.ts'
import { loadConfig, SETTINGS } from '../../config.ts'
import { type Client, createClient } from '../../contract/client.ts'
import { type Native, native } from '../../contract/native/index.ts'
import { systemClock } from '../../kit/clock.ts'
import { silentLog } from '../../kit/log.ts'
import { type Surroundings, startWhatsHooked, type WhatsHooked } from '../../main.ts'
import { Failure } from '../../model/failure.ts'
import { SHOP } from './cast.ts'
import { createSoftware, type Software } from './software.ts'
import type { SimulatedWhatsApp } from './whatsapp.ts'

export interface Stage {
  readonly meta: MetaSimulator
  readonly number: NumberSetup
  /** Loads beside all else: the first act does not wait for it. */
  readonly whatsapp: Promise<SimulatedWhatsApp>
  readonly software: Software
  readonly receiver: Receiver
  readonly server: WhatsHooked
  readonly api: Client<Native>
  readonly key: string
  /** The usual port was taken by somebody, so that the server has another one. */
  readonly isElsewhere: boolean
}

export interface StageParts {
  /** The user's, by flag name. */
  readonly settings: Readonly<Record<string, string>>
  /** For everything that is kept: gone at the end. */
  readonly folder: string
  readonly whatsapp: Promise<SimulatedWhatsApp>
  /** What is started here adds its end. */
  readonly endings: (() => Promise<unknown>)[]
}

/** Fails with a Failure when a part cannot start. */
export async function openStage({ settings, folder, whatsapp, endings }: StageParts): Promise<Stage> {
  const meta = await startMetaSimulator()
  endings.push(() => meta.close())
  const software = createSoftware()
  const receiver = await startReceiver({ answer: software.answer })
  endings.push(() => receiver.close())
  const key = settings['api-key'] ?? `wh_${randomBytes(32).toString('base64url')}`
  const config = join(folder, 'config.json')
  const fixed = {
    ...{ data: join(folder, 'data'), api_key: key, allowed_hook_hosts: ['127.0.0.1', 'localhost'] },
    graph_url: meta.url,
  }
  writeFileSync(config, JSON.stringify(fixed), { mode: 0o600 })
  const { server, isElsewhere } = await listen({ ...settings, config }, placeOf(whatsapp))
  endings.push(() => server.stop())
  const callbackUrl = `${server.url}/webhooks/whatsapp/${SHOP}`
  const number = meta.addNumber({ verifiedName: 'Sandbox Shop', callbackUrl })
  const api = createClient(native, { baseUrl: server.url, key })
  return { meta, number, whatsapp, software, receiver, server, api, key, isElsewhere }
}

/** Where WhatsApp is, for a server that begins before it. */
function placeOf(loading: StageParts['whatsapp']): NonNullable<Surroundings['whatsapp']> {
  const found: { whatsapp_url: string; whatsapp_trust: string }[] = []
  // That it did not start is said by whoever waits for it.
  loading.then(({ url, trust }) => found.push({ whatsapp_url: url, whatsapp_trust: trust })).catch(() => {})
  return () => {
    const [place] = found
    if (place) return place
    throw new Failure('unavailable', 'The simulated WhatsApp is still starting; try again in a second')
  }
}

/** On the usual port, or on any free one when that is taken and none was asked for. Nothing of the environment counts. */
async function listen(
  flags: Record<string, string>,
  whatsapp: NonNullable<Surroundings['whatsapp']>,
): Promise<Pick<Stage, 'server' | 'isElsewhere'>> {
  const surroundings: Surroundings = {
    ...{ clock: systemClock, log: silentLog, whatsapp },
    announce: () => {},
    fatal(sentence: string): never {
      console.error(`\nThe sandbox cannot go on: ${sentence}`)
      process.exit(1)
    },
  }
  try {
    const server = await startWhatsHooked(loadConfig({ flags, env: {} }).config, surroundings)
    return { server, isElsewhere: false }
  } catch (thrown) {
    if (flags.port !== undefined || !(thrown instanceof Failure) || thrown.code !== 'unavailable') throw thrown
    const server = await startWhatsHooked(loadConfig({ flags: { ...flags, port: '0' }, env: {} }).config, surroundings)
    return { server, isElsewhere: true }
  }
}

/** The port that it has when nobody else does. */
export const USUAL_PORT = SETTINGS.port.fallback
