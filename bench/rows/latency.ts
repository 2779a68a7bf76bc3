// Row 7: how much later a webhook arrives because the event was on disk first, at half of what the server can take.
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Contender, Results, Row } from '../measure.ts'
import { moment, spreadOf } from '../moment.ts'
import { durable, memory } from './closed-loop.ts'

const CONNECTIONS = 64
const SECONDS = 2.5
const SYNCS = 100
const SYNCED_BYTES = 16_384
const LATE = { p50: { unit: 'ms', better: 'low' }, p99: { unit: 'ms', better: 'low' } } as const

/** What a sync takes on the disk that the bench writes to. */
const sync: Contender = {
  id: 'sync',
  says: 'fdatasync after 16 KiB appended, same disk',
  figures: LATE,
  async run(bench) {
    const file = await open(join(bench.folder, 'sync'), 'w')
    const took: number[] = []
    for (let round = 0; round < SYNCS; round += 1) {
      await file.write(Buffer.alloc(SYNCED_BYTES, round))
      const from = moment()
      await file.datasync()
      took.push(moment() - from)
    }
    await file.close()
    const { p50, p99 } = spreadOf(took)
    return { p50, p99 }
  },
}

const onDisk = atHalfLoad('late-disk', 'callback to webhook at half load, on disk', durable.id, 'sqlite')
const inMemory = atHalfLoad('late-memory', 'the same, store in memory', memory.id, 'memory')

/** Half of what the first round that counts got through on disk, so that all rounds carry the same load. */
async function halfLoad(bench: Bench): Promise<number> {
  const half = () => Math.round(bench.results.best(durable, 'rate') / 2)
  return bench.pace < 1 ? half() : bench.once('half-load', async () => half())
}

function atHalfLoad(id: string, says: string, name: string, store: 'sqlite' | 'memory'): Contender {
  const path = `/${name}/0`
  return {
    id,
    says,
    figures: { ...LATE, rate: { unit: '/s', better: 'high' } },
    async run(bench) {
      const rate = await halfLoad(bench)
      const product = await bench.product({ name, store, hooks: [`${bench.at.hooks}${path}`] })
      const [before = 0] = await bench.receivers.call('counts', [path])
      await bench.receivers.call('latencies', [path])
      const wish = { url: product.callbackUrl, connections: CONNECTIONS, seconds: SECONDS * bench.pace, rate }
      const { ok } = await bench.load.call('open', wish)
      await bench.receivers.call('until', { path, count: before + ok, withinMs: 15_000 })
      const { p50, p99 } = await bench.receivers.call('latencies', [path])
      return { p50, p99, rate }
    },
  }
}

function goals(results: Results): ReturnType<Row['goals']> {
  const added = (figure: 'p50' | 'p99', of: 'best' | 'median') =>
    results[of](onDisk, figure) - results[of](inMemory, figure)
  const syncMs = results.median(sync, 'p50')
  const goal = (figure: 'p50' | 'p99', floor: number, excellent: number) => ({
    says: `added by the disk at half load, ${figure}`,
    value: added(figure, 'best'),
    median: added(figure, 'median'),
    ...({ unit: 'ms', better: 'low', floor, excellent } as const),
  })
  return [goal('p50', 2 + 2 * syncMs, 1), goal('p99', 15 + 5 * syncMs, 8)]
}

export const latency: Row = { number: 7, needs: [durable, sync, inMemory, onDisk], goals }
