// Row 16: two hundred linked WhatsApp Web numbers in one process: what they weigh, what they do when nothing happens,
// and how the server comes back with all of them.
import type { Bench, Contender, Goal, Results, Row, Sample } from '../measure.ts'
import { wait } from '../moment.ts'
import type { Product } from '../product.ts'
import { linkProduct, numbersOf, type WhatsApp, whatsApp } from '../web/link.ts'

const ACCOUNTS = 200
/** How long the server is left alone before it is weighed, and how long it is watched, ms. */
const SETTLE_MS = 10_000
const IDLE_MS = 40_000
const RESTART_MS = 120_000
const NUMBERS = numbersOf(0, ACCOUNTS)

const linked: Contender = {
  id: 'linked-accounts',
  says: `${ACCOUNTS} linked accounts, measured once a run`,
  once: true,
  figures: {
    linking: { unit: 's', better: 'low' },
    restart: { unit: 's', better: 'low' },
    'logins begun in one second': { unit: '', better: 'low' },
    'logins under way at once': { unit: '', better: 'low' },
    'without accounts': { unit: 'MB', better: 'low' },
    rss: { unit: 'MB', better: 'low' },
    'an account': { unit: 'MB', better: 'low' },
    idle: { unit: '% of a core', better: 'low' },
    'idle, an account': { unit: 'ms of CPU a minute', better: 'low' },
  },
  async run(bench) {
    const whatsapp = await whatsApp(bench)
    const empty = await firstLife(bench, whatsapp)
    await whatsapp.phones.call('logins')
    const from = performance.now()
    const product = await start(bench, whatsapp)
    await allConnected(product)
    const restart = (performance.now() - from) / 1000
    const { count, mostASecond, mostAtOnce } = await whatsapp.phones.call('logins')
    if (count < ACCOUNTS) throw new Error(`WhatsApp saw ${count} logins of ${ACCOUNTS} devices`)
    const { rss, idle } = await rest(product)
    await product.stop()
    return {
      ...{ linking: empty.linking, restart, rss, idle, 'without accounts': empty.rss },
      ...{ 'logins begun in one second': mostASecond, 'logins under way at once': mostAtOnce },
      ...{ 'an account': (rss - empty.rss) / ACCOUNTS, 'idle, an account': (idle / 100 / ACCOUNTS) * 60_000 },
    }
  },
}

function start(bench: Bench, { url, trust }: WhatsApp): Promise<Product> {
  return bench.start({ name: linked.id, store: 'sqlite', hooks: [], whatsapp: { url, trust } })
}

/** Begins with nothing, is weighed, gets its accounts, and stops. */
async function firstLife(bench: Bench, whatsapp: WhatsApp): Promise<Sample & { rss: number; linking: number }> {
  const product = await start(bench, whatsapp)
  await wait(SETTLE_MS)
  const rss = await weight(product)
  const from = performance.now()
  await linkProduct(product, whatsapp.phones, NUMBERS)
  const linking = (performance.now() - from) / 1000
  await product.stop()
  return { rss, linking }
}

async function allConnected(product: Product): Promise<void> {
  const late = performance.now() + RESTART_MS
  while (performance.now() < late) {
    const text = await product.metrics()
    if ((text.match(/^whatshooked_account_state\{.*state="connected".*\} 1$/gm) ?? []).length === ACCOUNTS) return
    await wait(250)
  }
  throw new Error(`not all of ${ACCOUNTS} accounts were connected within ${RESTART_MS / 1000} s`)
}

/** In percent of one core, and in MB at its end. */
async function rest(product: Product): Promise<{ rss: number; idle: number }> {
  await wait(SETTLE_MS)
  const cpu = await product.cpu()
  const from = performance.now()
  await wait(IDLE_MS)
  const idle = ((await product.cpu()) - cpu) / (performance.now() - from) / 10
  return { rss: await weight(product), idle }
}

async function weight(product: Product): Promise<number> {
  return (await product.metric('process_resident_memory_bytes')) / 2 ** 20
}

function goals(results: Results): readonly Goal[] {
  const goal = (figure: string, says: string, more: Pick<Goal, 'unit' | 'floor' | 'excellent'>): Goal => ({
    says: `${ACCOUNTS} linked accounts: ${says}`,
    value: results.best(linked, figure),
    median: results.median(linked, figure),
    better: 'low',
    ...more,
  })
  return [
    goal('rss', 'RSS', { unit: 'MB', floor: 350, excellent: 250 }),
    goal('idle', 'CPU when idle', { unit: '% of a core', floor: 3, excellent: 2 }),
    goal('restart', 'from start until all are connected', { unit: 's', floor: 60, excellent: 30 }),
    goal('logins begun in one second', 'logins begun in one second', { unit: '', floor: 10, excellent: 6 }),
  ]
}

export const linkedAccounts: Row = { number: 16, needs: [linked], goals }
