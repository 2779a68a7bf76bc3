// The product as its users run it: a process of its own with a throw-away folder, Cloud numbers, and hooks added over its API.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from '../src/contract/client.ts'
import { native } from '../src/contract/native/index.ts'
import { APP_SECRET, PHONE_NUMBER_ID, SENDERS, WABA_ID } from './callbacks.ts'
import { wait } from './moment.ts'

const MAIN = fileURLToPath(new URL('../bin/whatshooked.mjs', import.meta.url))
const START_MS = 20_000
const STOP_MS = 10_000
const LAST_WORDS = 4_000

export interface ProductOptions {
  readonly name: string
  /** A folder that is ours; the product gets one of its own below it. */
  readonly folder: string
  readonly store: 'sqlite' | 'memory'
  readonly graphUrl: string
  /** Set: it begins without Cloud numbers, its hooks want every event, and this is where its linked devices connect. */
  readonly whatsapp?: { readonly url: string; readonly trust: string }
  /** Addresses of its hooks. */
  readonly hooks: readonly string[]
  /** Where CPU profiles go; null: none are made. */
  readonly profiles: string | null
}

export interface Product {
  /** Where Meta calls. */
  readonly callbackUrl: string
  readonly sendUrl: string
  readonly key: string
  /** CPU that all its threads have used, µs. */
  cpu(): Promise<number>
  readonly api: Client<typeof native>
  /** All metrics as text. */
  metrics(): Promise<string>
  /** Reads one metric by its name as a pattern, with its labels if it has any; a scrape also resets the event loop's histogram. */
  metric(name: string): Promise<number>
  stop(): Promise<void>
  kill(): void
}

/** Resolves when it is ready and its number is connected. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const key = `wh_${randomBytes(32).toString('base64url')}`
  const child = launch(options, key)
  const said = lastWordsOf(child)
  let isWanted = true
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('exit', (code, signal) => {
    if (isWanted) console.error(`\n${options.name} ended by itself (${signal ?? code}). Its last words:\n${said()}`)
  })
  try {
    const url = await listening(child, options.name)
    const api = createClient(native, { baseUrl: url, key })
    await addAll(api, options)
    await ready(url)
    const metrics = () => api.getMetrics()
    const metric = async (name: string): Promise<number> => {
      const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(await metrics())
      if (!found) throw new Error(`/metrics has no ${name}`)
      return Number(found[1])
    }
    return {
      callbackUrl: `${url}/webhooks/whatsapp/bench`,
      sendUrl: `${url}/api/send`,
      key,
      api,
      metrics,
      metric,
      cpu: async () => 1e6 * (await metric('process_cpu_seconds_total')),
      async stop() {
        isWanted = false
        child.kill('SIGTERM')
        await Promise.race([ended, wait(STOP_MS)])
        child.kill('SIGKILL')
        await ended
      },
      kill() {
        isWanted = false
        child.kill('SIGKILL')
      },
    }
  } catch (thrown) {
    isWanted = false
    child.kill('SIGKILL')
    throw thrown
  }
}

function launch({ name, folder, store, graphUrl, profiles, whatsapp }: ProductOptions, key: string): ChildProcess {
  const home = join(folder, name)
  mkdirSync(home, { recursive: true })
  const own = {
    PORT: '0',
    DATA: join(home, 'data'),
    API_KEY: key,
    GRAPH_URL: graphUrl,
    ALLOWED_HOOK_HOSTS: '127.0.0.1',
    LOG_LEVEL: 'warn',
    ...(store === 'memory' ? { DATABASE_URL: 'memory:' } : null),
    ...(whatsapp ? { WHATSAPP_URL: whatsapp.url, WHATSAPP_TRUST: whatsapp.trust } : null),
  }
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WHATSHOOKED_')))
  for (const [setting, value] of Object.entries(own)) env[`WHATSHOOKED_${setting}`] = value
  const profiling = profiles === null ? [] : ['--cpu-prof', '--cpu-prof-dir', join(profiles, name)]
  // In a group of its own, so that Ctrl-C reaches only the bench, which ends all that it started.
  return spawn(process.execPath, [...profiling, MAIN, 'serve'], {
    cwd: home,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Keeps the end of what the product prints, for when it ends unasked. */
function lastWordsOf(child: ChildProcess): () => string {
  let said = ''
  child.stdout?.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-LAST_WORDS)
  })
  return () => said
}

function listening(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const late = setTimeout(() => reject(new Error(`${name} did not start within ${START_MS / 1000} s`)), START_MS)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it listened`)))
    const listen = (chunk: unknown) => {
      said += String(chunk)
      const url = /listens on (http:\S+)/.exec(said)?.[1]
      if (url === undefined) return
      clearTimeout(late)
      child.stdout?.off('data', listen)
      resolve(url)
    }
    child.stdout?.on('data', listen)
  })
}

async function addAll(api: Client<typeof native>, { hooks, whatsapp }: ProductOptions): Promise<void> {
  const events = whatsapp ? ['*'] : ['message.received']
  for (const [index, url] of hooks.entries())
    await api.addHook({ id: `hook-${index}`, name: `Hook ${index}`, url, active: true, events })
  if (!whatsapp) await addCloud(api)
}

async function addCloud(api: Client<typeof native>): Promise<void> {
  const business_api = {
    phone_number_id: PHONE_NUMBER_ID,
    waba_id: WABA_ID,
    access_token: 'bench-token',
    app_secret: APP_SECRET,
  }
  // Nothing is to wait for its turn here: what is measured is the product, not the figures that it was given.
  const pacing = { per_second: 1000, pair_burst: 10_000 }
  for (const id of SENDERS) await api.addAccount({ id, type: 'business-api', business_api, pacing })
  for (let tries = 0; tries < 100; tries += 1) {
    const states = await Promise.all(SENDERS.map((id) => api.getAccountStatus({ id })))
    if (states.every(({ state }) => state === 'connected')) return
    await wait(50)
  }
  throw new Error('the number did not connect')
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${url}/ready`)
    await answer.text()
    if (answer.ok) return
    await wait(50)
  }
  throw new Error('the product did not become ready')
}
