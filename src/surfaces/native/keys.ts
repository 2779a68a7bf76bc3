// Answers the operations on API keys.
import type { keys as said } from '../../contract/native/keys.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Handlers } from '../surface.ts'
import { timeIn, timeOrNull, timeOut } from './time.ts'

export const keys: Handlers<Gateway, typeof said> = {
  listKeys: ({ app }) =>
    app.keys.list().map(({ id, name, scopes, accounts, createdAt, expiresAt, lastUsedAt }) => ({
      id,
      name,
      scopes: [...scopes],
      accounts: accounts && [...accounts],
      created_at: timeOut(createdAt),
      expires_at: timeOrNull(expiresAt),
      last_used_at: timeOrNull(lastUsedAt),
    })),
  async addKey({ app }, { name, scopes, accounts = null, expires_at: until = null }) {
    const expiresAt = until === null ? null : timeIn(until, 'expires_at')
    const { view, key } = await app.keys.add({ name, scopes: [...new Set(scopes)], accounts, expiresAt })
    return { status: 'ok', key_id: view.id, key }
  },
  async removeKey({ app }, { id }) {
    await app.keys.remove(id)
    return { status: 'ok' }
  },
}
