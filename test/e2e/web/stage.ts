// The whole product in this process beside a simulated WhatsApp: server, phones, receivers, typed client.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Receiver, startReceiver } from '../../../simulator/receiver/index.ts'
import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { loadConfig } from '../../../src/config.ts'
import { type Client, createClient } from '../../../src/contract/client.ts'
import { type Native, native } from '../../../src/contract/native/index.ts'
import { systemClock } from '../../../src/kit/clock.ts'
import { silentLog } from '../../../src/kit/log.ts'
import { startWhatsHooked } from '../../../src/main.ts'
import { until } from '../conditions.ts'
import { nextEvent, type ToldEvent } from '../events.ts'
import { type Ending, KEY } from '../stage.ts'

/** Other fields of an account. */
type More = Partial<Pick<Parameters<Client<Native>['addAccount']>[0], 'media' | 'pacing' | 'web'>>

export interface WebStage {
  readonly whatsapp: WhatsAppSimulator
  readonly url: string
  readonly folder: string
  readonly api: Client<Native>
  /** Gets every event; checks signatures. */
  readonly receiver: Receiver
  /** An account `id` and the phone with that number, which has scanned the code; resolves when it is connected. */
  link(id: string, number: string, more?: More): Promise<Phone>
  /** The first event of an account with that type, of those that came and those to come. */
  told(id: string, type: string, fits?: (event: ToldEvent) => boolean): Promise<ToldEvent>
}

/** One for each test file: a process believes one WhatsApp only. */
export async function startWebStage(t: Ending): Promise<WebStage> {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-web-'))
  const whatsapp = await startWhatsAppSimulator()
  const trust = join(folder, 'trust.json')
  await whatsapp.writeTrust(trust)
  const receiver = await startReceiver()
  const env = Object.fromEntries(
    Object.entries(settingsFor(whatsapp, { data: join(folder, 'data'), trust })).map(([name, value]) => [
      `WHATSHOOKED_${name.toUpperCase()}`,
      value,
    ]),
  )
  const server = await startWhatsHooked(loadConfig({ flags: { port: '0' }, env }).config, {
    clock: systemClock,
    log: silentLog,
    announce: () => {},
    fatal(sentence): never {
      throw new Error(sentence)
    },
  })
  t.after(async () => {
    await server.stop()
    await whatsapp.close()
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const api = createClient(native, { baseUrl: server.url, key: KEY })
  const { secret } = await api.addHook({ id: 'crm', name: 'CRM', url: receiver.url, active: true, events: ['*'] })
  receiver.trust(secret)
  return {
    whatsapp,
    url: server.url,
    folder: join(folder, 'data'),
    api,
    receiver,
    link: (id, number, more) => link({ whatsapp, api }, { id, number, more }),
    told: (id, type, fits = () => true) =>
      nextEvent(receiver, (event) => event.type === type && event.account_id === id && fits(event)),
  }
}

/** Settings of a server that believes this simulator. */
export function settingsFor({ url }: WhatsAppSimulator, { data, trust }: { data: string; trust: string }) {
  return { data, api_key: KEY, allowed_hook_hosts: '127.0.0.1', whatsapp_url: url, whatsapp_trust: trust }
}

/** Adds an account and links it to the phone with that number; resolves when it is connected. */
export async function link(
  { whatsapp, api }: Pick<WebStage, 'whatsapp' | 'api'>,
  { id, number, more = {} }: { id: string; number: string; more?: More | undefined },
): Promise<Phone> {
  const phone = whatsapp.phone(number)
  await api.addAccount({ id, type: 'whatsmeow', ...more })
  const { qr } = await api.getPairingQr({ id })
  await phone.scans(String(qr))
  await untilState(api, id, 'connected')
  return phone
}

export async function untilState(api: Client<Native>, id: string, state: string): Promise<void> {
  await until(async () => (await api.getAccountStatus({ id })).state === state, `${id} is ${state}`, 20_000)
}
