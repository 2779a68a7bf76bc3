// Long random histories, told to both stores: whatever is asked in between must be answered the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordedEvent } from '../../src/model/event.ts'
import type { Hook } from '../../src/model/hook.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import type { Recordable, Settlement, Store } from '../../src/store/store.ts'
import { attempt, draft, failed, hookDraft, mediaDraft, news, START } from '../suites/store/parts.ts'
import { openFolder, tempFolder } from './folder.ts'

/** A small generator of numbers, so that a history that fails can be told again by its seed. */
function dice(seed: number) {
  let state = seed
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return {
    below,
    chance: (percent: number) => below(100) < percent,
    pick: <One>(from: readonly One[]): One => from[below(from.length)]!,
  }
}
type Dice = ReturnType<typeof dice>

const TYPES = ['message.received', 'message.read', 'call.received', 'presence.updated', 'meta.new']
const ACCOUNTS = ['main', 'other']
/** What lists and clearings are cut to; null is all. */
const SCOPES = [null, null, ['main'], ['other', 'none'], []]
const CHATS = ['anna', 'bert', null]
const FILTERS: Partial<Hook>[] = [
  {},
  { events: ['message.*'] },
  { accounts: ['main'] },
  { chats: ['anna'] },
  { events: ['call.received', 'presence.updated'], chats: ['bert', 'anna'] },
]

interface World {
  readonly roll: Dice
  hooks: Hook[]
  time: number
  /** One above the head. */
  next: number
  /** The events that are there: what is settled is never one that was pruned, since something waits for it. */
  there: readonly RecordedEvent[]
}

function randomDraft(world: World): Recordable {
  const { roll, time } = world
  const origin = roll.chance(40) ? { at: time - roll.below(3) * 3_600_000, key: `k${roll.below(40)}` } : null
  const told = roll.chance(15)
    ? news({ id: `msg_${roll.below(4)}`, status: roll.pick(['sent', 'read', 'unknown', 'failed']) })
    : null
  const what = { type: roll.pick(TYPES), account: roll.pick(ACCOUNTS), chat: roll.pick(CHATS) }
  const file = roll.chance(20) ? { media: mediaDraft({ id: `med_${roll.below(60)}` }) } : {}
  return draft({ ...what, ...file, origin, news: told, wanted: roll.chance(80), at: time })
}

function randomSettlement({ roll, hooks, time, there }: World): Settlement {
  const hook = roll.pick(hooks).no
  const { seq, chat } = roll.pick(there)
  const number = 1 + roll.below(4)
  const first = { hook, seq, chat, attempt: failed(number), firstAt: time }
  if (roll.chance(50)) return { to: 'delivered', hook, seq, attempt: attempt({ number }) }
  if (chat !== null && roll.chance(40)) return { to: 'held', hook, seq, chat }
  if (roll.chance(30)) return { to: 'dead', ...first }
  return { to: 'retry', ...first, dueAt: time + roll.below(5000), released: roll.chance(30) }
}

/** Steps that change a store; both stores get the same. Answers what the step answers. */
const STEPS: Record<string, (world: World) => (store: Store) => Promise<unknown>> = {
  record(world) {
    const drafts = Array.from({ length: 1 + world.roll.below(6) }, () => randomDraft(world))
    return (store) => store.events.record(drafts)
  },
  settle(world) {
    const settlements = Array.from({ length: world.there.length > 0 ? 1 + world.roll.below(5) : 0 }, () =>
      randomSettlement(world),
    )
    const cursor = [world.roll.pick(world.hooks).no, 1 + world.roll.below(world.next)] as const
    return (store) => store.deliveries.settle(settlements, [cursor])
  },
  switch(world) {
    const hook = world.roll.pick(world.hooks)
    const changed = { ...hook, active: !hook.active, ...(world.roll.chance(20) ? world.roll.pick(FILTERS) : {}) }
    world.hooks = world.hooks.map((one) => (one.no === hook.no ? changed : one))
    return (store) => store.hooks.replace(changed)
  },
  byHand(world) {
    const { no } = world.roll.pick(world.hooks)
    const seq = 1 + world.roll.below(world.next)
    const { time } = world
    return (store) => store.deliveries.retry(no, seq, time)
  },
  byHandAll(world) {
    const { no } = world.roll.pick(world.hooks)
    const { time } = world
    return (store) => store.deliveries.retryDead(no, time - 20, time)
  },
  wake(world) {
    const { no } = world.roll.pick(world.hooks)
    const { time } = world
    return (store) => store.deliveries.wake(no, time)
  },
  drop(world) {
    const seq = 1 + world.roll.below(world.next)
    return (store) => store.cache.drop(active(world), seq)
  },
  requeue(world) {
    const query = {
      accounts: world.roll.pick(SCOPES),
      from: world.roll.below(world.next),
      limit: 1 + world.roll.below(9),
      now: world.time,
    }
    return (store) => store.cache.requeue(active(world), query)
  },
  trim(world) {
    const before = world.time - world.roll.below(60)
    const most = world.roll.below(30)
    return (store) => store.cache.trim(active(world), before, most)
  },
  prune(world) {
    const before = world.time - 20 - world.roll.below(60)
    return (store) => store.events.prune(before, 0, 1000)
  },
  clear: (world) => (store) => store.cache.clear(active(world), null),
  clearSome(world) {
    const accounts = world.roll.pick(SCOPES.filter((scope) => scope !== null))
    return (store) => store.cache.clear(active(world), accounts)
  },
  fetched(world) {
    const id = `med_${world.roll.below(60)}`
    const { time, roll } = world
    const state = roll.pick(['ready', 'refused', 'expired'] as const)
    const change = { state, dueAt: null, tries: roll.below(9), readyAt: state === 'ready' ? time : null }
    const told = roll.pick(['', 'later'])
    const ids = roll.chance(20) ? [id] : []
    const what = roll.chance(70) ? change : { tries: 2, dueAt: time + 9 }
    return async (store) => {
      await store.media.change(id, what)
      return [await store.media.tell(id, told), await store.media.forget(ids), await store.media.prune(time - 60, 3)]
    }
  },
  rewrite(world) {
    const id = `msg_${world.roll.below(4)}`
    const { time } = world
    return async (store) => {
      await store.messages.name(id, `named-${time}`)
      await store.messages.rewrite(id, JSON.stringify({ time }))
    }
  },
  begin(world) {
    const id = `msg_${world.roll.below(4)}`
    const key = world.roll.chance(50)
      ? { key: `i${world.roll.below(4)}`, fingerprint: `f${world.roll.below(2)}` }
      : null
    const message = {
      id,
      account: 'main',
      chat: 'anna',
      kind: 'text',
      content: '{}',
      status: world.roll.pick(['queued', 'sending'] as const),
      createdAt: world.time,
    } as const
    return (store) => store.messages.begin(message, key).catch((thrown) => thrown.code)
  },
}
const OFTEN = ['record', 'record', 'record', 'settle', 'settle', 'settle']
const RARELY = ['clear', 'clearSome', 'trim', 'prune']

const active = (world: World): Hook[] => world.hooks.filter((hook) => hook.active)

const ALL = { accounts: null, type: null, below: null } as const

/** What a caller of these accounts is answered. */
async function scoped(store: Store, world: World, accounts: readonly string[] | null) {
  const { hooks, next } = world
  const query = { hooks, accounts, seq: null, below: null, limit: 1000 }
  const { total, byType } = await store.cache.stats(active(world), accounts)
  const cache = await store.cache.list(active(world), { ...ALL, accounts, limit: 1000 })
  assert.equal(total, cache.length)
  return {
    byType: Object.entries(byType).sort(),
    cache,
    deliveries: await store.deliveries.list({ ...query, state: null }),
    newest: await store.deliveries.list({ ...query, state: 'delivered', limit: 3 }),
    dead: await store.deliveries.list({ ...query, state: 'dead', limit: 3 }),
    one: await store.deliveries.list({ ...query, state: null, seq: Math.ceil(next / 2) }),
  }
}

async function everyFile(store: Store, now: number) {
  return {
    waiting: await store.media.waiting(50),
    kept: await store.media.kept(now - 9, 5),
    other: await store.media.ofAccount('other', 50),
    ofEvents: await Promise.all([5, 10, 20].map((seq) => store.media.ofEvent(seq))),
  }
}

/** All that can be asked, as plain data. */
async function everything(store: Store, world: World): Promise<unknown> {
  const { hooks, time } = world
  const query = { hooks, accounts: null, state: null, seq: null, below: null, limit: 1000 }
  const perHook = hooks.map(async (hook) => ({
    progress: await store.deliveries
      .progress(hook.no)
      .then((p) => ({ ...p, blocked: p.blocked.toSorted((a, b) => a.chat.localeCompare(b.chat)) })),
    due: await store.deliveries.due(hook.no, time + 1000, 20),
    next: await store.deliveries.nextDueAt(hook.no, time),
    held: await store.deliveries.held(hook.no, 'anna', 20),
    count: await store.deliveries.count(hook),
  }))
  const stats = await store.cache.stats(active(world), null)
  const found = {
    page: await store.events.page(0, 1000),
    list: await store.deliveries.list(query),
    dead: await store.deliveries.list({ ...query, state: 'dead', below: 1 + Math.floor(world.next / 2), limit: 7 }),
    hooks: await Promise.all(perHook),
    cache: await store.cache.list(active(world), { ...ALL, limit: 1000 }),
    reads: await store.cache.list(active(world), { ...ALL, type: 'message.read', below: world.next - 3, limit: 3 }),
    scoped: await Promise.all(SCOPES.map((accounts) => scoped(store, world, accounts))),
    media: await everyFile(store, time),
    stats: { total: stats.total, byType: Object.entries(stats.byType).sort() },
    messages: await Promise.all([0, 1, 2, 3].map((id) => store.messages.get(`msg_${id}`))),
  }
  assert.equal(found.stats.total, found.cache.length)
  return JSON.parse(JSON.stringify(found))
}

async function tell(seed: number, steps: number): Promise<void> {
  const world: World = { roll: dice(seed), hooks: [], time: START, next: 1, there: [] }
  const stores = [
    await openMemoryStore({ clock: { now: () => world.time, after: () => ({ cancel() {} }) } }),
    await openFolder(tempFolder()),
  ]
  try {
    await compare(stores, world, steps)
  } finally {
    await Promise.all(stores.map((store) => store.close()))
  }
}

async function compare(stores: readonly Store[], world: World, steps: number): Promise<void> {
  for (const [index, filter] of FILTERS.entries()) {
    const hooks = await Promise.all(stores.map((store) => store.hooks.add(hookDraft({ id: `h${index}`, ...filter }))))
    world.hooks.push(hooks[0]!)
  }
  const names = Object.keys(STEPS).filter((name) => !RARELY.includes(name))
  for (let step = 0; step < steps; step += 1) {
    world.time += world.roll.below(4)
    const name = world.roll.chance(3) ? world.roll.pick(RARELY) : world.roll.pick([...OFTEN, ...names])
    const run = STEPS[name]!(world)
    const [first, second] = await Promise.all(stores.map(run))
    assert.deepEqual(
      JSON.parse(JSON.stringify(second ?? null)),
      JSON.parse(JSON.stringify(first ?? null)),
      `step ${step}: ${name}`,
    )
    world.next = (await stores[0]!.events.head()) + 1
    world.there = await stores[0]!.events.page(0, 10_000)
    if (step % 10 > 0) continue
    const [memory, sqlite] = await Promise.all(stores.map((store) => everything(store, world)))
    assert.deepEqual(sqlite, memory, `after step ${step}: ${name}`)
  }
}

for (const seed of [1, 2, 3, 4]) test(`both stores tell the same history the same way (${seed})`, () => tell(seed, 300))
