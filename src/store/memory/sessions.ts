// Sessions of linked devices in memory.
import { Failure } from '../../model/failure.ts'
import type { SessionKey, SessionStore } from '../store.ts'
import type { SessionState, State } from './state.ts'

export function sessionStore({ accounts, sessions }: Pick<State, 'accounts' | 'sessions'>): Omit<SessionStore, 'soon'> {
  const of = (account: string): SessionState => sessions.get(account) ?? { credentials: null, keys: new Map() }
  return {
    credentials: async (account) => of(account).credentials,
    async keys(account, type, ids) {
      const kept = of(account).keys
      return new Map(
        ids.flatMap((id) => {
          const value = kept.get(nameOf({ type, id }))?.value
          return value === undefined ? [] : [[id, value]]
        }),
      )
    },
    async put(account, { credentials, keys }) {
      if (!accounts.has(account)) throw new Failure('not-found', `There is no account ${account}`)
      const session = of(account)
      sessions.set(account, session)
      session.credentials = credentials ?? session.credentials
      for (const { type, id, value } of keys)
        if (value === null) session.keys.delete(nameOf({ type, id }))
        else session.keys.set(nameOf({ type, id }), { type, id, value })
    },
    async whole(account) {
      const { credentials, keys } = of(account)
      return { credentials, keys: [...keys.values()] }
    },
    async wipe(account) {
      sessions.delete(account)
    },
  }
}

function nameOf({ type, id }: Pick<SessionKey, 'type' | 'id'>): string {
  return JSON.stringify([type, id])
}
