// Closed loops: how much gets through when the next request goes out as soon as an answer came in.
import type { Bench, Contender, Sample } from '../measure.ts'

const CONNECTIONS = 64
const SECONDS = 2
/** How long hooks are waited for after the last request, ms. */
const DRAIN_MS = 30_000

const RATE = { rate: { unit: '/s', better: 'high' }, cpu: { unit: 'µs', better: 'low' } } as const

/** Bare intake: Fastify, raw bytes, HMAC, TypeBox, answer. */
export const bareIngest: Contender = {
  id: 'bare-ingest',
  says: 'bare Fastify + HMAC + TypeBox',
  figures: RATE,
  async run(bench) {
    const url = await bench.once('bare-ingest', () => bench.baselines.call('ingest'))
    const cpu = await bench.baselines.call('cpu')
    const { ok, from, to } = await bench.load.call('closed', target(bench, url))
    return rates(ok, to - from, (await bench.baselines.call('cpu')) - cpu)
  },
}

/** Bare delivery: undici alone. */
export const bareSend: Contender = {
  id: 'bare-send',
  says: 'bare undici Pool to the receiver',
  figures: RATE,
  async run(bench) {
    const wish = { url: `${bench.at.hooks}/bare`, connections: CONNECTIONS, seconds: SECONDS * bench.pace }
    const { ok, from, to, cpuUs } = await bench.baselines.call('post', wish)
    return rates(ok, to - from, cpuUs)
  },
}

/** Intake alone: nobody wants the events. */
export const ingest: Contender = {
  id: 'ingest',
  says: 'callbacks verified and on disk, no hooks',
  figures: RATE,
  async run(bench) {
    const product = await bench.product({ name: 'no-hooks', store: 'sqlite', hooks: [] })
    const cpu = await product.cpu()
    const { ok, from, to } = await bench.load.call('closed', target(bench, product.callbackUrl))
    return rates(ok, to - from, (await product.cpu()) - cpu)
  },
}

export const durable = pipeline({ id: 'durable-1', says: 'callback to webhook, on disk, 1 hook', store: 'sqlite' }, 1)
export const memory = pipeline({ id: 'memory-1', says: 'the same, store in memory, 1 hook', store: 'memory' }, 1)
export const fanOut = pipeline({ id: 'durable-5', says: 'callback to webhooks, on disk, 5 hooks', store: 'sqlite' }, 5)

/**
 * From the first callback to the last webhook: what is only queued does not count. The rate is that of deliveries; CPU
 * is all of the server's, for an event with all its deliveries. The event loop's delay is read meanwhile.
 */
function pipeline(what: { id: string; says: string; store: 'sqlite' | 'memory' }, hooks: number): Contender {
  const { id, says, store } = what
  const paths = Array.from({ length: hooks }, (_, index) => `/${id}/${index}`)
  return {
    id,
    says,
    figures: { ...RATE, lag: { unit: 'ms', better: 'low' }, refused: { unit: '', better: 'low' } },
    async run(bench) {
      const urls = paths.map((path) => `${bench.at.hooks}${path}`)
      const product = await bench.product({ name: id, store, hooks: urls })
      const before = await bench.receivers.call('counts', paths)
      const cpu = await product.cpu()
      const { ok, refused, from } = await bench.load.call('closed', target(bench, product.callbackUrl))
      const lag = await product.metric('nodejs_eventloop_lag_p99_seconds')
      const ends = await Promise.all(
        paths.map((path, index) =>
          bench.receivers.call('until', { path, count: (before[index] ?? 0) + ok, withinMs: DRAIN_MS }),
        ),
      )
      const arrived = ends.reduce((sum, { count }, index) => sum + count - (before[index] ?? 0), 0)
      if (arrived < ok * hooks) throw new Error(`${id}: of ${ok * hooks} deliveries ${arrived} arrived in time`)
      const took = Math.max(...ends.map(({ at }) => at)) - from
      const cpuUs = ((await product.cpu()) - cpu) / ok
      return { rate: (ok * hooks * 1e6) / took, cpu: cpuUs, lag: lag * 1000, refused }
    },
  }
}

function target(bench: Bench, url: string) {
  return { url, connections: CONNECTIONS, seconds: SECONDS * bench.pace }
}

function rates(count: number, tookUs: number, cpuUs: number): Sample {
  return { rate: (count * 1e6) / tookUs, cpu: cpuUs / count }
}
