// Deliveries: lists what every hook has got and has not, and tries again by hand.
import type { Engine } from '../delivery/engine.ts'
import { deliveryId, parseDeliveryId } from '../model/delivery.ts'
import { seqOfEventId } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import { type Hook, isFor } from '../model/hook.ts'
import type { DeliveryEntry, Store } from '../store/store.ts'
import type { Accounts, DeliveriesPart, DeliveryView } from './gateway.ts'
import type { Hooks } from './hooks.ts'

export interface DeliveriesDeps {
  readonly store: Pick<Store, 'deliveries' | 'events'>
  readonly engine: Engine
  readonly hooks: Pick<Hooks, 'all' | 'get'>
}

type ListedPage = Awaited<ReturnType<DeliveriesPart['list']>>
interface Page {
  readonly accounts: Accounts
  readonly seq: number | null
  readonly below: number | null
  readonly limit: number
}

export function createDeliveries({ store, engine, hooks }: DeliveriesDeps): DeliveriesPart {
  const view = (entry: DeliveryEntry, hook: Hook): DeliveryView => {
    const isFlying = engine.inFlight(entry.hook).has(entry.event.seq)
    return shown(entry, hook, isFlying ? 'in_flight' : entry.state)
  }
  const known = (id: string): { hook: Hook; seq: number } => {
    const parsed = parseDeliveryId(id)
    const hook = parsed && hooks.all().find(({ no }) => no === parsed.hook)
    if (!parsed || !hook) throw new Failure('not-found', `id: there is no delivery "${id}"`)
    return { hook, seq: parsed.seq }
  }
  /** What is made due for a hook that is switched off would wait for ever, and look as if it did not. */
  const needActive = ({ id, active }: Hook): void => {
    if (!active) throw new Failure('disabled', `hook "${id}" is switched off; switch it on first`)
  }
  const one = async (id: string): Promise<{ hook: Hook; entry: DeliveryEntry }> => {
    const { hook, seq } = known(id)
    const [entry] = await store.deliveries.list({
      hooks: [hook],
      accounts: null,
      state: null,
      seq,
      below: null,
      limit: 1,
    })
    if (!entry) throw new Failure('not-found', `id: there is no delivery "${id}"`)
    return { hook, entry }
  }

  return {
    async list({ accounts = null, hookId, state, eventId, after, limit }) {
      const asked = (hookId === undefined ? hooks.all() : [hooks.get(hookId).hook]).filter((hook) =>
        isFor(hook, accounts),
      )
      const seq = eventId === undefined ? null : await knownEvent(store, eventId, accounts)
      const below = after === undefined ? null : placeOf(after)
      if (state === 'in_flight') return flying({ store, engine }, asked, { accounts, seq, below, limit })
      const entries = await store.deliveries.list({ hooks: asked, accounts, state: state ?? null, seq, below, limit })
      const byNo = new Map(asked.map((hook) => [hook.no, hook]))
      const deliveries = entries.flatMap((entry) => {
        const hook = byNo.get(entry.hook)
        return hook ? [view(entry, hook)] : []
      })
      const last = entries.at(-1)
      return {
        deliveries: state === undefined ? deliveries : deliveries.filter((delivery) => delivery.state === state),
        next: last && entries.length >= limit ? String(last.event.seq) : null,
      }
    },

    async get(id) {
      const { hook, entry } = await one(id)
      return { ...view(entry, hook), log: await store.deliveries.attempts(hook.no, entry.event.seq) }
    },

    async retry(id) {
      const { hook, entry } = await one(id)
      needActive(hook)
      await store.deliveries.retry(hook.no, entry.event.seq, engine.now())
      engine.poke(hook.no)
    },

    async retryDead(hookId, since) {
      const { hook } = hooks.get(hookId)
      needActive(hook)
      const count = await store.deliveries.retryDead(hook.no, since, engine.now())
      engine.poke(hook.no)
      return count
    },
  }
}

function shown(
  { hook: no, event, attempts, dueAt, last }: DeliveryEntry,
  hook: Hook,
  state: DeliveryView['state'],
): DeliveryView {
  return { id: deliveryId(no, event.seq), hookId: hook.id, event, state, attempts, dueAt, last }
}

/** What is being sent now, newest first; the store does not know of it. */
async function flying(
  { store, engine }: Pick<DeliveriesDeps, 'store' | 'engine'>,
  asked: readonly Hook[],
  { accounts, seq, below, limit }: Page,
): Promise<ListedPage> {
  const places = asked.flatMap((hook) => [...engine.inFlight(hook.no)].map((place) => ({ hook, place })))
  const looked = places
    .filter(({ place }) => (seq === null || place === seq) && (below === null || place < below))
    .sort((a, b) => b.place - a.place || a.hook.no - b.hook.no)
  // Whole events, so that the page behind can go on below the last one.
  const last = looked[limit - 1]
  const page = last ? looked.filter(({ place }) => place >= last.place) : looked
  const found = await Promise.all(
    page.map(async ({ hook, place }) => {
      const query = { hooks: [hook], accounts, state: null, seq: place, below: null, limit: 1 }
      const [entry] = await store.deliveries.list(query)
      return entry ? [shown(entry, hook, 'in_flight')] : []
    }),
  )
  return { deliveries: found.flat(), next: page.length < looked.length && last ? String(last.place) : null }
}

async function knownEvent(store: Pick<Store, 'events'>, id: string, accounts: Accounts): Promise<number> {
  const seq = seqOfEventId(id)
  const event = seq === null ? null : await store.events.get(seq)
  if (!event || (accounts !== null && !accounts.includes(event.account))) {
    throw new Failure('not-found', `event: there is no event "${id}"`)
  }
  return event.seq
}

function placeOf(after: string): number {
  const place = Number(after)
  if (!Number.isSafeInteger(place) || place < 0)
    throw new Failure('invalid', 'after: must be the "next" of the page before')
  return place
}
