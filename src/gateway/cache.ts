// The cache of the WhatsHooked API: the events that some active hook has not got, or that none wanted; and their replay.
import type { Engine } from '../delivery/engine.ts'
import type { Clock } from '../kit/clock.ts'
import { seqOfEventId } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import type { Store } from '../store/store.ts'
import type { Accounts, CachePart } from './gateway.ts'
import type { Hooks } from './hooks.ts'
import type { Outcomes, Watch } from './outcomes.ts'

/** How long a replay waits for the first attempts that it brought about, ms. */
const WAIT_MS = 25_000
/** How long it waits for what became of them to be on disk, ms: a disk that is full must not hold the answer for ever. */
const WRITE_MS = 5_000
/** Events made due at once. */
const BATCH = 500

export interface CacheDeps {
  readonly enabled: boolean
  readonly store: Pick<Store, 'cache' | 'events'>
  readonly engine: Engine
  readonly hooks: Pick<Hooks, 'active'>
  readonly outcomes: Outcomes
  readonly clock: Clock
}

export function createCache(deps: CacheDeps): CachePart {
  return new CacheView(deps)
}

class CacheView implements CachePart {
  readonly #deps: CacheDeps

  constructor(deps: CacheDeps) {
    this.#deps = deps
  }

  async list({ accounts = null, type, after, limit }: Parameters<CachePart['list']>[0]): ReturnType<CachePart['list']> {
    this.#need()
    const hooks = this.#deps.hooks.active()
    const below = after === undefined ? null : place(after, 'after')
    const events = await this.#deps.store.cache.list(hooks, { accounts, type: type ?? null, below, limit })
    const { total, byType } = await this.#deps.store.cache.stats(hooks, accounts)
    const last = events.at(-1)
    return {
      events,
      total: type === undefined ? total : countOf(byType, type),
      next: last && events.length >= limit ? String(last.seq) : null,
    }
  }

  async stats(accounts: Accounts = null): ReturnType<CachePart['stats']> {
    if (!this.#deps.enabled) return { enabled: false, total: 0, byType: {} }
    return { enabled: true, ...(await this.#deps.store.cache.stats(this.#deps.hooks.active(), accounts)) }
  }

  async get(id: string): ReturnType<CachePart['get']> {
    const seq = await this.#known(id)
    const event = await this.#deps.store.events.get(seq)
    if (!event) throw unknown(id)
    return event
  }

  async clear(accounts: Accounts = null): Promise<number> {
    this.#need()
    const hooks = this.#deps.hooks.active()
    const cleared = await this.#deps.store.cache.clear(hooks, accounts)
    // Begins nothing more of it at once; what is in flight may take its 15 s, and the owner need not wait for that.
    for (const hook of hooks) void this.#deps.engine.reload(hook.no)
    return cleared
  }

  async remove(id: string): Promise<void> {
    const seq = await this.#known(id)
    const { engine, hooks, store } = this.#deps
    engine.drop(seq)
    try {
      await store.cache.drop(hooks.active(), seq)
    } catch (thrown) {
      // It is still owed: what was forgotten in memory is taken up again from the store.
      await Promise.all(hooks.active().map((hook) => engine.reload(hook.no)))
      throw thrown
    }
  }

  async replayAll(accounts: Accounts = null): ReturnType<CachePart['replayAll']> {
    this.#need()
    const hooks = this.#deps.hooks.active()
    const watch = this.#deps.outcomes.watch()
    let replayed = 0
    for (let from: number | null = 0; from !== null; ) {
      const { touched, next } = await this.#deps.store.cache.requeue(hooks, {
        accounts,
        from,
        limit: BATCH,
        now: this.#deps.engine.now(),
      })
      for (const event of touched) watch.expect(event.seq, event.hooks)
      replayed += touched.filter((event) => event.hooks.length > 0).length
      for (const no of new Set(touched.flatMap((event) => event.hooks))) this.#deps.engine.poke(no)
      from = next
    }
    const { delivered, failed } = await this.#ended(watch)
    const remaining = (await this.#deps.store.cache.stats(hooks, accounts)).total
    return { replayed, delivered, failed, remaining }
  }

  async replay(id: string): ReturnType<CachePart['replay']> {
    const seq = await this.#known(id)
    const hooks = this.#deps.hooks.active()
    const watch = this.#deps.outcomes.watch()
    const { touched } = await this.#deps.store.cache.requeue(hooks, {
      accounts: null,
      from: seq,
      limit: 1,
      now: this.#deps.engine.now(),
    })
    const mine = touched.find((event) => event.seq === seq)
    watch.expect(seq, mine?.hooks ?? [])
    for (const no of mine?.hooks ?? []) this.#deps.engine.poke(no)
    return this.#ended(watch)
  }

  /** What the first attempts came to, once the store knows it too: what is said after this fits. */
  async #ended(watch: Watch): ReturnType<Watch['ended']> {
    const { clock, engine } = this.#deps
    const ended = await watch.ended(WAIT_MS)
    const late = Promise.withResolvers<void>()
    const timer = clock.after(WRITE_MS, late.resolve)
    await Promise.race([engine.settled(), late.promise])
    timer.cancel()
    return ended
  }

  #need(): void {
    if (this.#deps.enabled) return
    throw new Failure('unavailable', 'The cache is switched off (event_cache.enabled)')
  }

  async #known(id: string): Promise<number> {
    this.#need()
    const seq = seqOfEventId(id)
    if (seq === null || !(await this.#deps.store.cache.has(this.#deps.hooks.active(), seq))) throw unknown(id)
    return seq
  }
}

function unknown(id: string): Failure {
  return new Failure('not-found', `id: there is no event "${id}" in the cache`)
}

/** Callers ask for whatever type they like, `constructor` too. */
function countOf(byType: Readonly<Record<string, number>>, type: string): number {
  return Object.hasOwn(byType, type) ? (byType[type] ?? 0) : 0
}

function place(text: string, field: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Failure('invalid', `${field}: must be the "next" of the page before`)
  return value
}
