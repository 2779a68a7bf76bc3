// Hooks, accounts, keys, the audit log and settings in memory.
import type { ApiKey } from '../../model/caller.ts'
import { Failure } from '../../model/failure.ts'
import { switched } from '../standing.ts'
import type { AccountStore, AuditRow, AuditStore, HookStore, KeyStore, SettingStore } from '../store.ts'
import type { State } from './state.ts'
import { headOf } from './state.ts'

/** What is refused because its id is taken. */
export const exists = (what: string): Failure => new Failure('exists', `There is already ${what}`)

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

export function accountStore({ accounts, sessions }: Pick<State, 'accounts' | 'sessions'>): AccountStore {
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
      sessions.delete(id)
    },
  }
}

export function keyStore(): KeyStore {
  const keys = new Map<string, ApiKey>()
  return {
    all: async () => [...keys.values()],
    async add(key) {
      if (keys.has(key.id)) throw exists(`a key with the id ${key.id}`)
      keys.set(key.id, key)
    },
    async remove(id) {
      keys.delete(id)
    },
  }
}

export function auditStore(): AuditStore {
  let entries: AuditRow[] = []
  let last = 0
  return {
    async add(entry) {
      last += 1
      entries.push({ ...entry, no: last })
    },
    async list({ operation, caller, account, below, limit }) {
      const found = entries.filter(
        (entry) =>
          (operation === null || entry.operation === operation) &&
          (caller === null || entry.caller === caller) &&
          (account === null || entry.account === account) &&
          (below === null || entry.no < below),
      )
      return found.reverse().slice(0, limit)
    },
    async prune(before, limit) {
      const old = entries.filter((entry) => entry.at < before).sort((a, b) => a.at - b.at)
      const gone = new Set(old.slice(0, limit))
      entries = entries.filter((entry) => !gone.has(entry))
      return gone.size
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
