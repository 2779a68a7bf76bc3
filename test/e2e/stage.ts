// The whole product in this process, over real sockets: simulated Meta, server with a throw-away folder, receivers, typed client.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type MetaSimulator,
  type NumberOptions,
  type NumberSetup,
  startMetaSimulator,
} from '../../simulator/meta/index.ts'
import { type Receiver, type ReceiverOptions, startReceiver } from '../../simulator/receiver/index.ts'
import { loadConfig } from '../../src/config.ts'
import { type Client, createClient } from '../../src/contract/client.ts'
import { type Native, native } from '../../src/contract/native/index.ts'
import { systemClock } from '../../src/kit/clock.ts'
import { type Log, silentLog } from '../../src/kit/log.ts'
import { startWhatsHooked } from '../../src/main.ts'
import { postCallback } from './callback.ts'
import { checkGraphCalls } from './graph-calls.ts'

export const KEY = 'wh_stage_4Vt8qZx2LmRk7Yc3Jp9Nd5Hs'

export interface Stage {
  readonly meta: MetaSimulator
  /** Where the server listens; the same after a restart. */
  readonly url: string
  readonly key: string
  readonly folder: string
  readonly api: Client<Native>
  /** A number at Meta, and an account `id` for it whose callbacks Meta has verified. */
  addAccount(id: string, options?: NumberOptions): Promise<NumberSetup>
  /** A receiver and a hook `id` for it; the receiver checks signatures. `more`: other fields of the hook. */
  addHook(
    id: string,
    options?: ReceiverOptions,
    more?: Partial<Parameters<Client<Native>['addHook']>[0]>,
  ): Promise<Receiver>
  /** POSTs a callback body signed for a number; answers the status. */
  callback(number: NumberSetup, body: string, signature?: string | null): Promise<number>
  /** Stops the server cleanly and starts it again on the same folder and port. */
  restart(): Promise<void>
}

/** What node:test's context and suites both have. */
export interface Ending {
  after(run: () => Promise<void>): void
}

export async function startStage(
  t: Ending,
  { config = {}, log = silentLog }: { config?: Record<string, string>; log?: Log } = {},
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-test-'))
  const meta = await startMetaSimulator()
  const receivers: Receiver[] = []
  const own = {
    ...{ data: folder, api_key: KEY, graph_url: meta.url, allowed_hook_hosts: '127.0.0.1', port: '0' },
    // Nobody listens there: a test that links no phone must not reach for WhatsApp.
    whatsapp_url: 'ws://127.0.0.1:9/ws/chat',
    ...config,
  }
  const env = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [`WHATSHOOKED_${name.toUpperCase()}`, value]),
  )
  const start = (port: string) =>
    startWhatsHooked(loadConfig({ flags: { port }, env }).config, {
      clock: systemClock,
      log,
      announce: () => {},
      fatal: assertNever,
    })
  let server = await start(own.port)
  const { url } = server
  const api = createClient(native, { baseUrl: url, key: KEY })
  t.after(async () => {
    await server.stop()
    await meta.close()
    for (const receiver of receivers) await receiver.close()
    rmSync(folder, { recursive: true, force: true })
    // Whatever a test was about: what was asked of Graph on its way was right, and what Graph answered, too.
    if (meta.requests().length > 0) checkGraphCalls(meta, { passedOn: true })
  })

  return {
    meta,
    url,
    key: KEY,
    folder,
    api,
    async addAccount(id, options = {}) {
      const number = meta.addNumber({ callbackUrl: `${url}/webhooks/whatsapp/${id}`, ...options })
      await api.addAccount({ id, type: 'business-api', business_api: settingsOf(number) })
      await meta.verifyCallback(number.phoneNumberId)
      return number
    },
    async addHook(id, options = {}, more = {}) {
      const receiver = await startReceiver(options)
      receivers.push(receiver)
      const { secret } = await api.addHook({ id, name: id, url: receiver.url, active: true, ...more })
      receiver.trust(secret)
      return receiver
    },
    callback: (number, body, signature) => postCallback(url, { number, body, signature }),
    async restart() {
      await server.stop()
      server = await start(new URL(url).port)
    },
  }
}

/** The `business_api` of an account for a simulated number. */
export function settingsOf(number: NumberSetup) {
  const { phoneNumberId, token, appSecret, verifyToken } = number
  return { phone_number_id: phoneNumberId, access_token: token, app_secret: appSecret, verify_token: verifyToken }
}

function assertNever(sentence: string): never {
  throw new Error(sentence)
}
