// Row 15: how long a send takes when the upstream answers at once, beside a proxy that keeps nothing.
import type { Contender, Row } from '../measure.ts'

const RATE = 1500
const SECONDS = 2.5
const CONNECTIONS = 64
const FIGURES = {
  p50: { unit: 'ms', better: 'low' },
  p99: { unit: 'ms', better: 'low' },
  refused: { unit: '', better: 'low' },
} as const

const bareProxy: Contender = {
  id: 'bare-proxy',
  says: 'bare Fastify to undici at 1 500/s',
  figures: FIGURES,
  async run(bench) {
    const url = await bench.once('bare-proxy', () => bench.baselines.call('proxy', bench.at.graph))
    const wish = { url, key: 'none', connections: CONNECTIONS, seconds: SECONDS * bench.pace, rate: RATE }
    const { latency, refused } = await bench.load.call('open', wish)
    return { p50: latency.p50, p99: latency.p99, refused }
  },
}

const sends: Contender = {
  id: 'sends',
  says: 'POST /api/send at 1 500/s, recorded first',
  figures: FIGURES,
  async run(bench) {
    const { sendUrl: url, key } = await bench.product({ name: 'no-hooks', store: 'sqlite', hooks: [] })
    const wish = { url, key, connections: CONNECTIONS, seconds: SECONDS * bench.pace, rate: RATE }
    const { latency, refused, ok } = await bench.load.call('open', wish)
    if (ok === 0) throw new Error('not one send was taken')
    return { p50: latency.p50, p99: latency.p99, refused }
  },
}

export const send: Row = {
  number: 15,
  needs: [bareProxy, sends],
  goals: (results) =>
    (
      [
        ['p50', 2, 0.5],
        ['p99', 10, 3],
      ] as const
    ).map(([figure, floor, excellent]) => {
      const added = results.best(sends, figure) - results.best(bareProxy, figure)
      return {
        says: `POST /api/send at 1 500/s, ${figure} (${added.toFixed(2)} ms over a bare proxy)`,
        value: results.best(sends, figure),
        median: results.median(sends, figure),
        ...({ unit: 'ms', better: 'low', floor, excellent } as const),
      }
    }),
}
