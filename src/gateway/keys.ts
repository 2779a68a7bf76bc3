// API keys beside the installation's own: made, listed, taken back, and recognised. Only their hashes are kept.
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../kit/clock.ts'
import { newId } from '../kit/id.ts'
import type { ApiKey, Caller } from '../model/caller.ts'
import { Failure } from '../model/failure.ts'
import type { Store } from '../store/store.ts'
import type { KeysPart, KeyView, KeyWish } from './gateway.ts'

const MINUTE_MS = 60_000

export interface KeysDeps {
  readonly store: Pick<Store, 'keys'>
  readonly clock: Clock
  /** Whether there is an account of this id. */
  readonly hasAccount: (id: string) => boolean
}

export interface Keys extends KeysPart {
  start(): Promise<void>
  /**
   * Who shows the key with this SHA-256 (hex); null for none of ours and for one whose time is over. A key has 256
   * random bits and is looked up by its hash: how long that takes says nothing that helps to find one.
   */
  callerOf(sha256: string): Caller | null
}

export function createKeys({ store, clock, hasAccount }: KeysDeps): Keys {
  const byHash = new Map<string, ApiKey>()
  const used = new Map<string, number>()

  const view = ({ sha256: _, ...key }: ApiKey): KeyView => ({ ...key, lastUsedAt: used.get(key.id) ?? null })
  const find = (id: string): ApiKey => {
    const found = [...byHash.values()].find((key) => key.id === id)
    if (!found) throw new Failure('not-found', `id: there is no key "${id}"`)
    return found
  }

  return {
    async start() {
      for (const key of await store.keys.all()) byHash.set(key.sha256, key)
    },
    list: () => [...byHash.values()].map(view),
    async add({ name, scopes, accounts, expiresAt }: KeyWish) {
      const stray = accounts?.find((id) => !hasAccount(id))
      if (stray !== undefined) throw new Failure('invalid', `accounts: there is no account "${stray}"`)
      const createdAt = clock.now()
      if (expiresAt !== null && expiresAt <= createdAt) throw new Failure('invalid', 'expires_at: is in the past')
      const secret = `wh_${randomBytes(32).toString('base64url')}`
      const sha256 = createHash('sha256').update(secret, 'utf8').digest('hex')
      const key = { id: newId('key', createdAt), name, sha256, scopes, accounts, createdAt, expiresAt }
      await store.keys.add(key)
      byHash.set(sha256, key)
      return { view: view(key), key: secret }
    },
    async remove(id) {
      const key = find(id)
      // First out of use, then off the disk: should that fail, it is good again only after the caller was told so.
      byHash.delete(key.sha256)
      try {
        await store.keys.remove(id)
      } catch (thrown) {
        byHash.set(key.sha256, key)
        throw thrown
      }
    },
    callerOf(sha256) {
      const key = byHash.get(sha256)
      const now = clock.now()
      if (!key || (key.expiresAt !== null && key.expiresAt <= now)) return null
      used.set(key.id, now - (now % MINUTE_MS))
      return { id: `key:${key.id}`, name: key.name, scopes: key.scopes, accounts: key.accounts }
    },
  }
}
