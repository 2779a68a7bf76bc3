// The gateway as one caller may see it: a key for some accounts finds nothing else, and not even that it is there.
import { may } from '../model/caller.ts'
import { parseDeliveryId } from '../model/delivery.ts'
import type { RecordedEvent } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import { isFor } from '../model/hook.ts'
import { mask } from '../model/mask.ts'
import { discreetly } from './accounts/sole.ts'
import type {
  AccountsPart,
  AccountView,
  CachePart,
  DeliveriesPart,
  Gateway,
  GatewayFor,
  HooksPart,
  HookWish,
  MessagesPart,
  PairingPart,
} from './gateway.ts'

/** The gateway itself for callers who may see all, else a view that is cut to their accounts and what they may read. */
export function createGatewayFor(gateway: Gateway): GatewayFor {
  return (caller) => {
    const seen = caller.accounts === null ? gateway : viewOf(gateway, caller.accounts)
    if (may(caller, 'admin')) return seen
    return { ...seen, accounts: discreet(seen.accounts), cache: withoutCodes(seen.cache) }
  }
}

type Ids = readonly string[]

const KEYS = 'managing keys'

function viewOf(gateway: Gateway, ids: Ids): Gateway {
  const { accounts, hooks, messages, deliveries, cache, media, system } = gateway
  return {
    accounts: accountsView(accounts, ids),
    hooks: hooksView(hooks, ids),
    messages: messagesView(messages, ids),
    deliveries: deliveriesView(deliveries, hooks, ids),
    cache: cacheView(cache, ids),
    media: {
      ...{ receive: () => media.receive(), open: (id: string, query: string) => media.open(id, query) },
      upload: async (account, file, about) => media.upload(mine(ids, account), file, about),
    },
    system: { reasons: () => system.reasons(), metrics: () => system.metrics(ids) },
    callbacks: gateway.callbacks,
    keys: { list: () => refuse(KEYS), add: async () => refuse(KEYS), remove: async () => refuse(KEYS) },
    audit: { list: async () => refuse('reading the audit log'), note: (entry) => gateway.audit.note(entry) },
    pairing: pairingView(gateway.pairing, ids),
    business: (account) => gateway.business(mine(ids, account)),
  }
}

/** The account, if it is the caller's; else the same words as for one that is not there. */
function mine(ids: Ids, account: string): string {
  if (!ids.includes(account)) throw new Failure('invalid', `account_id: there is no account "${account}"`)
  return account
}

function refuse(what: string): never {
  throw new Failure('forbidden', `This key is for some accounts only; ${what} takes one for the whole installation`)
}

/** The same where the operation names the account by its id. */
function own(ids: Ids, id: string): string {
  if (!ids.includes(id)) throw new Failure('not-found', `id: there is no account "${id}"`)
  return id
}

/** Refuses without naming accounts that the caller may not see. */
async function withoutStrangers<T>(ids: Ids, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw discreetly(thrown, ids)
  }
}

function pairingView(pairing: PairingPart, ids: Ids): PairingPart {
  return {
    qr: async (id, anew) => pairing.qr(own(ids, id), anew),
    code: async (id, phone) => pairing.code(own(ids, id), phone),
    exportSession: async (id, password) => pairing.exportSession(own(ids, id), password),
    importSession: (id, text, password) =>
      withoutStrangers(ids, async () => pairing.importSession(own(ids, id), text, password)),
  }
}

function accountsView(accounts: AccountsPart, ids: Ids): AccountsPart {
  return {
    list: () => accounts.list().filter(({ account }) => ids.includes(account.id)),
    get: (id) => accounts.get(own(ids, id)),
    async add(wish) {
      if (!ids.includes(wish.id)) {
        throw new Failure('forbidden', 'This key is for some accounts only, and may not add others')
      }
      return accounts.add(wish)
    },
    update: (wish) => withoutStrangers(ids, async () => accounts.update({ ...wish, id: own(ids, wish.id) })),
    remove: async (id) => accounts.remove(own(ids, id)),
    disable: async (id) => accounts.disable(own(ids, id)),
    enable: (id) => withoutStrangers(ids, async () => accounts.enable(own(ids, id))),
    examine: async (id, options) => accounts.examine(own(ids, id), options),
  }
}

/** Verify tokens are for who enters them at Meta; for others they are as secret as the rest. */
function discreet(accounts: AccountsPart): AccountsPart {
  const masked = (view: AccountView): AccountView => {
    const { cloud } = view.account
    if (!cloud) return view
    return { ...view, account: { ...view.account, cloud: { ...cloud, verifyToken: mask(cloud.verifyToken) } } }
  }
  return { ...accounts, list: () => accounts.list().map(masked), get: (id) => masked(accounts.get(id)) }
}

const CODES: ReadonlySet<string> = new Set(['account.qr', 'account.pairing_code'])

/** Whoever sees the code of a linked device can link a phone of theirs: events of it tell only those who may link one. */
function withoutCodes(cache: CachePart): CachePart {
  const masked = (event: RecordedEvent): RecordedEvent => {
    if (!CODES.has(event.type)) return event
    const data: Record<string, unknown> = JSON.parse(event.data)
    return { ...event, data: JSON.stringify({ ...data, code: mask('') }) }
  }
  return {
    async list(query) {
      const page = await cache.list(query)
      return { ...page, events: page.events.map(masked) }
    },
    stats: (accounts) => cache.stats(accounts),
    get: async (id) => masked(await cache.get(id)),
    clear: (accounts) => cache.clear(accounts),
    remove: (id) => cache.remove(id),
    replayAll: (accounts) => cache.replayAll(accounts),
    replay: (id) => cache.replay(id),
  }
}

function hooksView(hooks: HooksPart, ids: Ids): HooksPart {
  const own = (id: string): string => ownHook(hooks, ids, id)
  /** A hook that names no account is for all of the caller's; one that names others is not the caller's to make. */
  const cut = <W extends Pick<HookWish, 'accounts'>>(wish: W): W => {
    const wished = wish.accounts ?? []
    const stray = wished.find((id) => !ids.includes(id))
    if (stray !== undefined) throw new Failure('forbidden', `accounts: this key is not for the account "${stray}"`)
    return wished.length > 0 ? wish : { ...wish, accounts: ids }
  }
  return {
    list: () => hooks.list().filter(({ hook }) => isFor(hook, ids)),
    get: (id) => hooks.get(own(id)),
    add: async (wish) => hooks.add(cut(wish)),
    update: async (wish) =>
      hooks.update(wish.accounts === undefined ? { ...wish, id: own(wish.id) } : { ...cut(wish), id: own(wish.id) }),
    remove: async (id) => hooks.remove(own(id)),
    test: async (id) => hooks.test(own(id)),
  }
}

/** The hook's id, if the hook is for accounts of the caller alone; else the same words as for one that is not there. */
function ownHook(hooks: HooksPart, ids: Ids, id: string): string {
  const found = hooks.list().find(({ hook }) => hook.id === id)
  if (!found || !isFor(found.hook, ids)) throw new Failure('not-found', `id: there is no hook "${id}"`)
  return id
}

function messagesView(messages: MessagesPart, ids: Ids): MessagesPart {
  return {
    send: async (wish) => messages.send({ ...wish, account: mine(ids, wish.account) }),
    markRead: async (account, id) => messages.markRead(mine(ids, account), id),
    async get(id) {
      const found = await messages.get(id)
      if (ids.includes(found.message.account)) return found
      throw new Failure('not-found', `id: there is no message "${id}" that was sent through this server`)
    },
  }
}

function deliveriesView(deliveries: DeliveriesPart, hooks: HooksPart, ids: Ids): DeliveriesPart {
  const none = (id: string): Failure => new Failure('not-found', `id: there is no delivery "${id}"`)
  const get: DeliveriesPart['get'] = async (id) => {
    if (parseDeliveryId(id) === null) throw none(id)
    const view = await deliveries.get(id)
    const hook = hooks.list().find((one) => one.hook.id === view.hookId)?.hook
    if (!hook || !isFor(hook, ids) || !isOwn(view.event, ids)) throw none(id)
    return view
  }
  return {
    async list(query) {
      if (query.hookId !== undefined) ownHook(hooks, ids, query.hookId)
      return deliveries.list({ ...query, accounts: ids })
    },
    get,
    retry: async (id) => deliveries.retry((await get(id)).id),
    retryDead: async (hookId, since) => deliveries.retryDead(ownHook(hooks, ids, hookId), since),
  }
}

const isOwn = (event: Pick<RecordedEvent, 'account'>, ids: Ids): boolean => ids.includes(event.account)

function cacheView(cache: CachePart, ids: Ids): CachePart {
  const get: CachePart['get'] = async (id) => {
    const event = await cache.get(id)
    if (!isOwn(event, ids)) throw new Failure('not-found', `id: there is no event "${id}" in the cache`)
    return event
  }
  const own = async (id: string): Promise<string> => {
    await get(id)
    return id
  }
  return {
    list: (query) => cache.list({ ...query, accounts: ids }),
    stats: () => cache.stats(ids),
    get,
    clear: () => cache.clear(ids),
    remove: async (id) => cache.remove(await own(id)),
    replayAll: () => cache.replayAll(ids),
    replay: async (id) => cache.replay(await own(id)),
  }
}
