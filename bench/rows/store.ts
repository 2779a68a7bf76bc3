// Rows 6 and 10: the embedded store by itself, through its own door.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../../src/kit/clock.ts'
import { silentLog } from '../../src/kit/log.ts'
import { createSealer } from '../../src/store/sealer.ts'
import { openSqliteStore } from '../../src/store/sqlite/index.ts'
import type { Recordable, Store } from '../../src/store/store.ts'
import { type Bench, type Contender, type Row, ratioOf } from '../measure.ts'
import { moment } from '../moment.ts'

const SECONDS = 1
/** Callers at once, as 256 connections would make them. */
const CALLERS = 256
const MANY = 1_000_000
/** How the million is made: events a unit, units at once, and hours that their timestamps are spread over. */
const FILL = { events: 2000, units: 4, hours: 8 }

const DATA = JSON.stringify({ chat: { id: '15551000000' }, text: { body: 'Where is my order? '.repeat(25) } })
const RAW = JSON.stringify({ from: '15551000000', type: 'text', text: { body: 'Where is my order? '.repeat(12) } })
const RATE = { rate: { unit: '/s', better: 'high' } } as const

const grouped = storeContender('store-grouped', `store alone, ${CALLERS} callers at once`, openSmall, CALLERS)
const single = storeContender('store-single', 'store alone, one commit an event', openSmall, 1)
const empty = storeContender('store-empty', 'store alone, nearly empty', emptyStore, CALLERS)
const full = storeContender('store-full', 'store alone, a million events in it', fullStore, CALLERS)

let told = 0
const run = randomBytes(6).toString('base64url')

/** An event as the Cloud transport drafts it, of about 900 bytes. */
function draft(originAt: number, at: number): Recordable {
  told += 1
  const origin = { at: originAt, key: `m:106540352242922:wamid.${run}${told}` }
  const chat = String(15_551_000_000 + (told % 5000))
  const parts = { type: 'message.received', account: 'bench', chat, data: DATA, raw: RAW, news: null }
  return { ...parts, origin, wanted: true, at }
}

function openStore(bench: Bench, name: string): Promise<Store> {
  return bench.once(`store:${name}`, async () => {
    const store = await openSqliteStore({
      folder: join(bench.folder, name),
      sealer: createSealer([{ id: 'bench', key: randomBytes(32) }]),
      clock: systemClock,
      log: silentLog,
      onFatal: (sentence) => console.error(sentence),
    })
    bench.onEnd(() => store.close())
    return store
  })
}

function openSmall(bench: Bench): Promise<Store> {
  return openStore(bench, 'store-small')
}

/** Holds what its own rounds leave behind: beside the million it is as good as empty. */
function emptyStore(bench: Bench): Promise<Store> {
  return openStore(bench, 'store-empty')
}

async function fullStore(bench: Bench): Promise<Store> {
  const store = await openStore(bench, 'store-full')
  await bench.once('store-filled', () => fill(store))
  return store
}

async function fill(store: Store): Promise<void> {
  const now = Date.now()
  let left = MANY
  const recordSome = async () => {
    while (left > 0) {
      const from = MANY - left
      left -= FILL.events
      const at = (index: number) => now - (1 - (from + index) / MANY) * FILL.hours * 3_600_000
      await store.events.record(Array.from({ length: FILL.events }, (_, index) => draft(at(index), now)))
    }
  }
  await Promise.all(Array.from({ length: FILL.units }, recordSome))
}

function storeContender(id: string, says: string, open: (bench: Bench) => Promise<Store>, callers: number): Contender {
  return {
    id,
    says,
    figures: RATE,
    async run(bench) {
      const store = await open(bench)
      const from = moment()
      const until = from + SECONDS * bench.pace * 1e6
      let count = 0
      const keepBusy = async () => {
        while (moment() < until) {
          const now = Date.now()
          await store.events.record([draft(now, now)])
          count += 1
        }
      }
      await Promise.all(Array.from({ length: callers }, keepBusy))
      return { rate: (count * 1e6) / (moment() - from) }
    },
  }
}

export const store: readonly Row[] = [
  {
    number: 6,
    needs: [single, grouped],
    goals: (results) => [
      {
        says: 'commits in groups / a commit an event',
        ...ratioOf(results, { over: [grouped, 'rate'], under: [single, 'rate'] }),
        ...{ unit: 'x', better: 'high', floor: 3, excellent: 20 },
      },
    ],
  },
  {
    number: 10,
    needs: [empty, full],
    goals: (results) => [
      {
        says: 'recording rate with a million events / empty',
        ...ratioOf(results, { over: [full, 'rate'], under: [empty, 'rate'] }),
        ...{ unit: 'x', better: 'high', floor: 0.6, excellent: 0.75 },
      },
    ],
  },
]
