// Rows 1 to 5 and 8: what gets through, what it costs, and how late the event loop is meanwhile.
import { type Contender, type Goal, type Results, type Row, ratioOf } from '../measure.ts'
import { bareIngest, bareSend, durable, fanOut, ingest, memory } from './closed-loop.ts'

/** HMAC-SHA256 over 900 bytes, µs: what signing a delivery takes at least. */
const SIGN_US = 3
/** The interval of the event loop's histogram, which is part of every delay that it shows, ms. */
const SAMPLED_EVERY_MS = 10

function share(
  number: number,
  says: string,
  parts: { over: Contender; under: Contender; marks: [number, number] },
): Row {
  const { over, under, marks } = parts
  const [floor, excellent] = marks
  return {
    number,
    needs: [under, over],
    goals: (results) => [
      {
        says,
        ...ratioOf(results, { over: [over, 'rate'], under: [under, 'rate'] }),
        ...{ unit: 'x', better: 'high', floor, excellent },
      },
    ],
  }
}

function cpuGoal(results: Results): Goal {
  const at = (of: 'best' | 'median') =>
    results[of](durable, 'cpu') / (results[of](bareIngest, 'cpu') + SIGN_US + results[of](bareSend, 'cpu'))
  return {
    says: 'CPU an event, 1 hook / bare intake + signing + bare send',
    ...{ value: at('best'), median: at('median'), unit: 'x', better: 'low', floor: 2.2, excellent: 1.6 },
  }
}

function lagGoal(results: Results): Goal {
  const beyond = (ms: number) => Math.max(0, ms - SAMPLED_EVERY_MS)
  return {
    says: 'event loop delay p99 at saturation',
    value: beyond(results.best(durable, 'lag')),
    median: beyond(results.median(durable, 'lag')),
    ...{ unit: 'ms', better: 'low', floor: 12, excellent: 5 },
  }
}

export const throughput: readonly Row[] = [
  share(1, 'intake on disk / bare Fastify', { over: ingest, under: bareIngest, marks: [0.4, 0.5] }),
  share(2, 'end to end on disk / in memory', { over: durable, under: memory, marks: [0.55, 0.65] }),
  share(3, 'end to end, 1 hook / bare undici', { over: durable, under: bareSend, marks: [0.15, 0.2] }),
  share(4, 'deliveries/s, 5 hooks / bare undici', { over: fanOut, under: bareSend, marks: [0.28, 0.4] }),
  { number: 5, needs: [bareIngest, bareSend, durable], goals: (results) => [cpuGoal(results)] },
  { number: 8, needs: [durable], goals: (results) => [lagGoal(results)] },
]
