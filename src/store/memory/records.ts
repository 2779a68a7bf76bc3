// Hooks, accounts, messages and settings in memory.
import type { Account } from '../../model/account.ts'
import { Failure } from '../../model/failure.ts'
import type { MessageStatus } from '../../model/message.ts'
import { advances } from '../../model/message.ts'
import { inHistoryOrder } from '../history.ts'
import { switched } from '../standing.ts'
import type { AccountStore, HookStore, Idempotency, MessageStore, SettingStore } from '../store.ts'
import type { MessageState, State } from './state.ts'
import { headOf } from './state.ts'

const exists = (what: string): Failure => new Failure('exists', `There is already ${what}`)

export function hookStore(state: State): HookStore {
  let last = 0
  const free = (id: string, no: number): void => {
    for (const { hook } of state.hooks.values())
      if (hook.id === id && hook.no !== no) throw exists(`a hook with the id ${id}`)
  }
  return {
    all: async () => [...state.hooks.values()].map((kept) => kept.hook),
    async add(draft) {
      free(draft.id, 0)
      last += 1
      const hook = { ...draft, no: last }
      const head = headOf(state)
      const rest = { active: hook.active, cursor: head + 1, pausedAt: hook.active ? null : head, gaps: [] }
      state.hooks.set(last, { hook, rest, rows: new Map(), attempts: new Map() })
      return hook
    },
    async replace(hook) {
      free(hook.id, hook.no)
      const kept = state.hooks.get(hook.no)
      if (!kept) throw new Failure('not-found', `There is no hook ${hook.id}`)
      kept.rest = switched(kept.rest, hook.active, headOf(state))
      kept.hook = hook
    },
    async remove(no) {
      state.hooks.delete(no)
    },
  }
}

export function accountStore(): AccountStore {
  const accounts = new Map<string, Account>()
  return {
    all: async () => [...accounts.values()],
    async add(account) {
      if (accounts.has(account.id)) throw exists(`an account with the id ${account.id}`)
      accounts.set(account.id, account)
    },
    async replace(account) {
      if (!accounts.has(account.id)) throw new Failure('not-found', `There is no account ${account.id}`)
      accounts.set(account.id, account)
    },
    async remove(id) {
      accounts.delete(id)
    },
  }
}

export function messageStore(state: State): MessageStore {
  const used = new Map<string, Idempotency & { readonly message: string; readonly at: number }>()
  const isOpen = (status: MessageStatus): boolean => status === 'queued' || status === 'sending'
  const find = (id: string): MessageState | undefined =>
    state.messages.get(id) ?? [...state.messages.values()].findLast((kept) => kept.message.transportId === id)
  return {
    async begin(message, idempotency) {
      const known = idempotency && used.get(idempotency.key)
      const earlier = known && state.messages.get(known.message)
      if (earlier)
        return { message: earlier.message, fresh: false, sameBody: known.fingerprint === idempotency?.fingerprint }
      if (state.messages.has(message.id)) throw exists(`a message with the id ${message.id}`)
      const whole = { ...message, transportId: null, publicId: null, error: null }
      const { id, status, createdAt: at } = message
      state.messages.set(id, { message: whole, ticks: [{ status, recipient: '', at, error: null }] })
      if (idempotency) used.set(idempotency.key, { ...idempotency, message: id, at })
      return { message: whole, fresh: true, sameBody: true }
    },
    async mark(id, { status, at, error }) {
      const kept = state.messages.get(id)
      if (!kept || !advances(kept.message.status, status)) return
      kept.message = { ...kept.message, status, error }
      if (!kept.ticks.some((tick) => tick.status === status && tick.recipient === ''))
        kept.ticks.push({ status, recipient: '', at, error })
    },
    async get(id) {
      const kept = find(id)
      return kept ? { message: kept.message, ticks: kept.ticks.toSorted(inHistoryOrder) } : null
    },
    many: async (ids) => ids.flatMap((id) => state.messages.get(id)?.message ?? []),
    unsettled: async () =>
      [...state.messages.values()]
        .map((kept) => kept.message)
        .filter((message) => isOpen(message.status))
        .sort((a, b) => a.createdAt - b.createdAt),
    async prune(before, keysBefore, limit) {
      for (const [key, { at }] of used) {
        if (at < (key.startsWith('reply:') ? Math.min(before, keysBefore) : keysBefore)) used.delete(key)
      }
      const old = [...state.messages.values()].filter(
        ({ message }) => message.content !== '' && message.createdAt < before && !isOpen(message.status),
      )
      for (const kept of old.slice(0, limit)) kept.message = { ...kept.message, content: '' }
      return Math.min(old.length, limit)
    },
  }
}

export function settingStore(): SettingStore {
  const settings = new Map<string, string>()
  return {
    get: async (key) => settings.get(key) ?? null,
    async set(key, value) {
      settings.set(key, value)
    },
  }
}
