// What every store must keep to, as tests: each engine runs the whole suite against itself.
import { describe } from 'node:test'
import type { Clock } from '../../src/kit/clock.ts'
import type { Store } from '../../src/store/store.ts'
import { cacheTests } from './store/cache.ts'
import { cacheAccountsTests } from './store/cache-accounts.ts'
import { deliveryTests } from './store/deliveries.ts'
import { eventTests } from './store/events.ts'
import { hookTests } from './store/hooks.ts'
import { auditTests, keyTests } from './store/keys.ts'
import { mediaTests } from './store/media.ts'
import { messageTests } from './store/messages.ts'
import { sessionTests } from './store/sessions.ts'

/** A store as an engine opens it for one test. */
export interface OpenedStore {
  readonly store: Store
  /** The same store as it is found after a kill at this moment; absent when the engine keeps nothing. */
  reopen?(): Promise<Store>
}

/** Opens an empty store; the tests close it. */
export type OpenStore = (clock: Clock) => Promise<OpenedStore>

/** Most of a test's time is a store being opened by another thread. */
const together = { concurrency: 4 }

export function storeSuite(name: string, open: OpenStore): void {
  describe(`${name} keeps to the contract of events`, together, () => eventTests(open))
  describe(`${name} keeps to the contract of deliveries`, together, () => deliveryTests(open))
  describe(`${name} keeps to the contract of the cache`, together, () => cacheTests(open))
  describe(`${name} keeps to the contract of the cache of some accounts`, together, () => cacheAccountsTests(open))
  describe(`${name} keeps to the contract of hooks, accounts and settings`, together, () => hookTests(open))
  describe(`${name} keeps to the contract of messages`, together, () => messageTests(open))
  describe(`${name} keeps to the contract of files`, together, () => mediaTests(open))
  describe(`${name} keeps to the contract of sessions`, together, () => sessionTests(open))
  describe(`${name} keeps to the contract of keys`, together, () => keyTests(open))
  describe(`${name} keeps to the contract of the audit log`, together, () => auditTests(open))
}
