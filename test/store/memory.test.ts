// The in-memory store against the contract of every store.
import { openMemoryStore } from '../../src/store/memory/index.ts'
import { storeSuite } from '../suites/store.ts'

storeSuite('The in-memory store', async (clock) => ({ store: await openMemoryStore({ clock }) }))
