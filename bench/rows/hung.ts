// Row 13: ten hooks, one of which never answers; the other nine must not notice.
import { type Bench, type Contender, type Row, ratioOf } from '../measure.ts'

const RATE = 300
const SECONDS = 3
const HUNG = '/hung/0'
const HEALTHY = Array.from({ length: 9 }, (_, index) => `/hung/${index + 1}`)
/** How long the hooks are waited for, ms. */
const DRAIN_MS = 15_000

const allWell = contender('ten-well', '10 hooks, 300 events/s, all healthy', false)
const oneHung = contender('one-hung', 'the same, one hook never answers', true)

function contender(id: string, says: string, hangs: boolean): Contender {
  return {
    id,
    says,
    figures: {
      share: { unit: 'delivered', better: 'high' },
      p50: { unit: 'ms', better: 'low' },
      p99: { unit: 'ms', better: 'low' },
    },
    async run(bench) {
      // The hook that hangs is a host of its own, as it would be.
      const hooks = [`${bench.at.other}${HUNG}`, ...HEALTHY.map((path) => `${bench.at.hooks}${path}`)]
      const product = await bench.product({ name: 'ten-hooks', store: 'sqlite', hooks })
      const before = await countsOf(bench)
      await bench.receivers.call('latencies', [HUNG, ...HEALTHY])
      if (hangs) await bench.receivers.call('behave', { path: HUNG, manner: { is: 'hung' } })
      const wish = { url: product.callbackUrl, connections: 32, seconds: SECONDS * bench.pace, rate: RATE }
      const { ok } = await bench.load.call('open', wish)
      await settled(bench, before, ok)
      const after = await countsOf(bench)
      const { p50, p99 } = await bench.receivers.call('latencies', HEALTHY)
      await bench.receivers.call('behave', { path: HUNG, manner: { is: 'well' } })
      await bench.receivers.call('until', { path: HUNG, count: (before.at(-1) ?? 0) + ok, withinMs: DRAIN_MS })
      const got = HEALTHY.reduce((sum, _, index) => sum + (after[index] ?? 0) - (before[index] ?? 0), 0)
      return { share: got / (ok * HEALTHY.length), p50, p99 }
    },
  }
}

function countsOf(bench: Bench): Promise<number[]> {
  return bench.receivers.call('counts', [...HEALTHY, HUNG])
}

/** Waits for the healthy ones; what has not come a second after the last callback counts as not delivered. */
async function settled(bench: Bench, before: readonly number[], ok: number): Promise<void> {
  await Promise.all(
    HEALTHY.map((path, index) =>
      bench.receivers.call('until', { path, count: (before[index] ?? 0) + ok, withinMs: 1000 }),
    ),
  )
}

export const hung: Row = {
  number: 13,
  needs: [allWell, oneHung],
  goals: (results) => [
    {
      says: 'one of 10 hooks hangs: delivered to the others',
      ...ratioOf(results, { over: [oneHung, 'share'], under: [allWell, 'share'] }),
      ...{ unit: 'x', better: 'high', floor: 0.98, excellent: 1 },
    },
    {
      says: 'one of 10 hooks hangs: p99 of the others',
      ...ratioOf(results, { over: [oneHung, 'p99'], under: [allWell, 'p99'] }),
      ...{ unit: 'x', better: 'low', floor: 2, excellent: 1.3 },
    },
  ],
}
