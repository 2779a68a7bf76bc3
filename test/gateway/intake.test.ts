// The way in when the store is behind: what others can repeat is refused, and what nobody would repeat is kept.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createIntake } from '../../src/gateway/intake.ts'
import { createMetrics } from '../../src/gateway/metrics.ts'
import type { EventDraft } from '../../src/model/event.ts'
import { Failure } from '../../src/model/failure.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import { FakeClock, settle } from '../suites/fake-clock.ts'

const draft = (type: string): EventDraft => ({
  ...{ type, account: 'phone', chat: null, data: '{}', raw: null, origin: null, news: null },
})

/** A store whose disk is full, or that is far behind, when the test says so. */
async function made() {
  const clock = new FakeClock()
  const store = await openMemoryStore({ clock })
  const trouble = { isFull: false, waitingMs: 0 }
  const told: string[] = []
  const failures: unknown[] = []
  const intake = createIntake({
    store: {
      health: () => ({ ...store.health(), waitingMs: trouble.waitingMs }),
      events: {
        ...store.events,
        record: async (drafts) => {
          if (trouble.isFull) throw new Failure('unavailable', 'The disk is full')
          return store.events.record(drafts)
        },
      },
    },
    engine: { wanted: () => true, dispatch: (events) => void told.push(...events.map(({ type }) => type)) },
    ...{ clock, metrics: createMetrics('0'), arrived: () => {}, failed: (thrown) => void failures.push(thrown) },
  })
  return { intake, clock, trouble, told, failures }
}

it('a change of state is recorded however much waits to be written, and a message is refused', async () => {
  const { intake, trouble, told } = await made()
  trouble.waitingMs = 5000
  intake.note(draft('account.disconnected'))
  await assert.rejects(intake.record([draft('message.received')]), { code: 'unavailable', retryAfterS: 2 })
  await settle()
  assert.deepEqual(told, ['account.disconnected'])
})

it('changes of state that cannot be written down are recorded in their order when they can', async () => {
  const { intake, clock, trouble, told, failures } = await made()
  trouble.isFull = true
  intake.note(draft('account.stale'))
  await settle()
  intake.note(draft('account.disconnected'))
  await clock.advance(3000)
  assert.deepEqual([told, failures.length], [[], 1])
  trouble.isFull = false
  intake.note(draft('account.connected'))
  await clock.advance(1000)
  assert.deepEqual(told, ['account.stale', 'account.disconnected', 'account.connected'])
  intake.note(draft('account.qr'))
  await settle()
  assert.equal(told.at(-1), 'account.qr')
})
