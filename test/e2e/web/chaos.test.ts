// Random lives of linked numbers: whatever happens, nothing is lost, doubled, reordered or said that is not so.
//
// CHAOS_RUNS=500 takes so many lives of a seed of the moment (CHAOS_SEED=... of that one), and prints it. CHAOS_LOG=...
// names a file to which goes what the product logged last in each life that failed.
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { until } from '../conditions.ts'
import { checkSend, copiesOf, isSettled, look, type Send } from './chaos-sends.ts'
import { Life, lives } from './chaos-steps.ts'
import { untold, type Watching, watchStates } from './chaos-watch.ts'
import { ACCOUNTS, type Around, NUMBERS, startAround, World } from './chaos-world.ts'

/** Within so long all has to settle once nothing is wrong any more, ms: the longest wait before a login is 15 s here. */
const SETTLES_MS = 40_000

const runs = Number(process.env.CHAOS_RUNS ?? 0)
const LOG = process.env.CHAOS_LOG
/** Of everyday runs, and how many lives of each. */
const SEEDS = [1, 7]
const FEW = 1

describe('linked numbers', () => {
  let around: Around
  let world: World | null = null
  const astray: unknown[] = []
  let lived = 0
  const note = (reason: unknown) => void astray.push(reason)
  before(async () => {
    process.on('unhandledRejection', note)
    around = await startAround()
  })
  after(async () => {
    await world?.end()
    await around.whatsapp.close()
    process.off('unhandledRejection', note)
  })

  /** One life; a world in which something went wrong is no place for the next one. */
  const live = async (steps: Parameters<Life['take']>[0][]): Promise<void> => {
    world ??= await World.begin(around)
    const here = world
    try {
      await liveIn(here, steps)
      lived += 1
      if (runs > 0) process.stderr.write(`${lived} well\n`)
      assert.deepEqual(astray, [])
    } catch (thrown) {
      if (LOG) appendFileSync(LOG, `${around.lines.join('\n')}\n${JSON.stringify(steps)}\n${thrown}\n`)
      astray.length = 0
      world = null
      await here.end()
      throw thrown
    }
  }

  const seeds = runs > 0 ? [Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31)] : SEEDS
  for (const seed of seeds) {
    it(`lose, double, reorder and invent nothing, whatever happens (seed ${seed})`, async () => {
      await fc.assert(fc.asyncProperty(lives(runs > 0 ? 24 : 12), live), {
        numRuns: runs || FEW,
        seed,
        endOnFailure: runs === 0,
      })
    })
  }
})

async function liveIn(world: World, steps: Parameters<Life['take']>[0][]): Promise<void> {
  const watching = watchStates(world)
  const life = new Life(world)
  try {
    for (const step of steps) await life.take(step)
    world.heal()
    for (const id of [...world.disabled]) await life.switches(id)
    await settled(world, life, watching)
  } finally {
    await watching.end()
  }
  for (const send of life.sends) checkSend(send, copiesOf(send, NUMBERS))
  world.book.close()
  const { server } = world.around.whatsapp
  assert.deepEqual([...world.book.faults.splice(0), ...watching.faults, ...server.broken(), ...server.unhandled()], [])
  server.clears()
}

async function settled(world: World, life: Life, watching: Watching): Promise<void> {
  const { api, book } = world
  await until(
    async () => (await Promise.all(ACCOUNTS.map((id) => isUp(world, life, id)))).every(Boolean),
    'all are connected',
    SETTLES_MS,
  )
  await life.asked()
  let open: string[] = []
  const isOver = async () => {
    open = [...book.missing().map((word) => `not told: ${JSON.stringify(word)}`)]
    for (const send of life.sends) open.push(...(await openOf(world, send)))
    for (const id of ACCOUNTS) {
      const { state, queue } = await api.getAccountStatus({ id })
      if (state !== 'connected' || queue.waiting > 0) open.push(`${id} is ${state}, ${queue.waiting} wait`)
      open.push(...world.waitingAt(id).map((what) => `waits at WhatsApp for ${id}: ${what}`))
      const silent = untold(watching.shown(id), book.events, id)
      open.push(...silent.map((shown) => `${id}: not told: ${JSON.stringify(shown)}`))
    }
    if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, 30))
    return open.length === 0
  }
  await until(isOver, 'all is settled', SETTLES_MS).catch((thrown: Error) => {
    throw new Error([thrown.message, ...open, ...book.faults].join('\n'))
  })
}

/** What of a message of ours is still to come. */
async function openOf({ api, book, group }: World, send: Send): Promise<string[]> {
  const status = await look(api, send)
  const copies = copiesOf(send, NUMBERS)
  const said = `${send.text} is ${status}, ${JSON.stringify(send.answer)}, arrived ${copies}`
  const should = copies.some((count) => count > 0) ? 1 : 0
  const others = send.to === group ? ACCOUNTS.filter((id) => id !== send.account) : []
  return [
    ...(isSettled(send, copies) ? [] : [said]),
    ...others
      .filter((id) => book.overheard(id, send.text) !== should)
      .map((id) => `${said}, and ${id} was told of it ${book.overheard(id, send.text)} times`),
  ]
}

/** One that was replaced for the second time within a day is left to its owner, who disables and enables it. */
async function isUp({ api }: World, life: Life, id: string): Promise<boolean> {
  const { state } = await api.getAccountStatus({ id })
  if (state === 'replaced') {
    await life.switches(id)
    await life.switches(id)
  }
  return state === 'connected'
}
