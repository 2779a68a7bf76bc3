// Writing down what became of deliveries.
import assert from 'node:assert/strict'
import test from 'node:test'
import { Settler, type Settling } from '../../src/delivery/settler.ts'
import { silentLog } from '../../src/kit/log.ts'
import { Failure } from '../../src/model/failure.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import type { Settlement, Store } from '../../src/store/store.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'
import { makeDraft, makeHook } from './stand.ts'

async function open(refuses: () => boolean = () => false) {
  const clock = new FakeClock()
  const store = await openMemoryStore({ clock })
  const hook = await store.hooks.add(makeHook())
  const units: number[] = []
  const told: Pick<Store, 'deliveries'> = {
    deliveries: {
      ...store.deliveries,
      async settle(settlements, cursors) {
        if (refuses()) throw new Failure('unavailable', 'The disk is full')
        units.push(settlements.length)
        await store.deliveries.settle(settlements, cursors)
      },
    },
  }
  let freed = 0
  const settler = new Settler(told, { clock, log: silentLog, freed: () => (freed += 1) })
  const settled: number[] = []
  const queue: Settling & { at: number } = {
    no: hook.no,
    at: 1,
    cursor: () => queue.at,
    settled: ({ seq }) => void settled.push(seq),
  }
  await store.events.record(Array.from({ length: 10 }, () => ({ ...makeDraft('x'), at: 0, wanted: true })))
  return { clock, store, hook, units, settler, settled, queue, freed: () => freed }
}

function delivered(hook: number, seq: number): Settlement {
  return { to: 'delivered', hook, seq, attempt: { number: 1, at: 0, tookMs: 1, status: 200, error: null } }
}

test('what ends in one go is one unit, and carries the place of the hook', async () => {
  const { store, hook, units, settler, settled, queue } = await open()
  for (const seq of [1, 2, 3]) settler.add(delivered(hook.no, seq), queue)
  queue.at = 4
  await settler.flushed()
  assert.deepEqual([units, settled], [[3], [1, 2, 3]])
  assert.equal((await store.deliveries.progress(hook.no)).cursor, 4)
})

test('places move and waiting ends although something always waits', async () => {
  const { store, hook, settler, queue } = await open()
  let left = 20_000
  const more = () => settler.add(delivered(hook.no, 1), busy)
  const busy = { ...queue, cursor: () => 2, settled: () => void (left-- > 0 && more()) }
  for (let count = 0; count < 1500; count += 1) more()
  await settler.flushed()
  assert.ok(left > 0, 'the barrier came through while more was added')
  assert.equal((await store.deliveries.progress(hook.no)).cursor, 2)
  left = 0
  await settler.flushed()
})

test('while the store refuses, no attempt should begin; then all is written once and attempts may begin', async () => {
  let refuses = true
  const { clock, store, hook, units, settler, settled, queue, freed } = await open(() => refuses)
  settler.add(delivered(hook.no, 1), queue)
  await settle()
  assert.equal(settler.busy, true)
  settler.add(delivered(hook.no, 2), queue)
  await clock.advance(5000)
  assert.deepEqual(units, [])
  refuses = false
  await clock.advance(1000)
  assert.deepEqual([units, settled, settler.busy, freed()], [[2], [1, 2], false, 1])
  assert.equal((await store.deliveries.attempts(hook.no, 2)).length, 1)
})

test('a hook that is removed while the store refuses leaves nothing behind that stops the others', async () => {
  let refuses = true
  const { clock, hook, settler, queue, freed } = await open(() => refuses)
  settler.add(delivered(hook.no, 1), queue)
  await settle()
  settler.forget(hook.no)
  refuses = false
  await clock.advance(1000)
  assert.deepEqual([settler.busy, freed()], [false, 1])
})

test('what ends for a hook that is gone is not written', async () => {
  const { hook, units, settler, queue } = await open()
  settler.forget(hook.no)
  settler.add(delivered(hook.no, 1), queue)
  await settler.flushed()
  assert.deepEqual(units, [])
})

test('too much that is not written down keeps attempts from beginning until it is', async () => {
  const { hook, settler, queue, freed } = await open()
  for (let seq = 1; seq <= 2000; seq += 1) settler.add(delivered(hook.no, seq), queue)
  assert.equal(settler.busy, true)
  await settler.flushed()
  assert.deepEqual([settler.busy, freed()], [false, 1])
})
