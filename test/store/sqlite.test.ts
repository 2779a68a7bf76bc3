// The embedded store against the contract of every store.
import { storeSuite } from '../suites/store.ts'
import { killedCopy, openFolder, tempFolder } from './folder.ts'

storeSuite('The embedded store', async (clock) => {
  const folder = tempFolder()
  const store = await openFolder(folder, { clock })
  return { store, reopen: () => openFolder(killedCopy(folder), { clock }) }
})
