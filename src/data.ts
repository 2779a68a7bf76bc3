// Opens what is kept: the store, and the folders of files beside it.
import { randomBytes } from 'node:crypto'
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Config } from './config.ts'
import type { Clock } from './kit/clock.ts'
import type { Log } from './kit/log.ts'
import { type Folder, openFolder } from './kit/spool.ts'
import { Failure } from './model/failure.ts'
import { linkKey, secretKey } from './secret-key.ts'
import { openMemoryStore } from './store/memory/index.ts'
import { createSealer } from './store/sealer.ts'
import { openSqliteStore } from './store/sqlite/index.ts'
import type { Store } from './store/store.ts'

export interface Data {
  readonly store: Store
  /** Files that came in. */
  readonly media: Folder
  /** Files on their way out. */
  readonly outbox: Folder
  /** What links to files are signed with. */
  readonly linkKey: Uint8Array
  close(): Promise<void>
}

export interface DataParts {
  readonly clock: Clock
  readonly log: Log
  /** The store can no longer be trusted to write: the process must end. */
  readonly fatal: (sentence: string) => void
}

/** Fails with a Failure of one sentence that says what stands in the way. */
export async function openData(config: Config, parts: DataParts): Promise<Data> {
  return config.database_url === 'memory:' ? openNothing(parts) : openFolderOf(resolve(config.data), config, parts)
}

/** A store that forgets; its files lie in a folder that goes with it. */
async function openNothing({ clock }: DataParts): Promise<Data> {
  const folder = await mkdtemp(join(tmpdir(), 'whatshooked-'))
  const store = await openMemoryStore({ clock })
  return {
    store,
    ...(await openFolders(folder, clock)),
    linkKey: randomBytes(32),
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function openFolderOf(folder: string, config: Config, { clock, log, fatal }: DataParts): Promise<Data> {
  try {
    makeFolder(folder)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (thrown) {
    throw new Failure(
      'unavailable',
      `The data folder ${folder} cannot be written to (${(thrown as NodeJS.ErrnoException).code}); set WHATSHOOKED_DATA to one that can`,
    )
  }
  const key = secretKey(folder, config.secret_key)
  const store = await openSqliteStore({ folder, sealer: createSealer([key]), clock, log, onFatal: fatal })
  try {
    return { store, ...(await openFolders(folder, clock)), linkKey: linkKey(key), close: () => store.close() }
  } catch (thrown) {
    await store.close()
    throw thrown
  }
}

async function openFolders(folder: string, { now }: Clock): Promise<Pick<Data, 'media' | 'outbox'>> {
  return { media: await openFolder(join(folder, 'media'), now), outbox: await openFolder(join(folder, 'outbox'), now) }
}

/** Not mkdir's own `recursive`: where a parent cannot be made (below /proc, say) that never comes back. */
function makeFolder(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false })
  if (there?.isDirectory()) return
  if (there) throw Object.assign(new Error('It is a file'), { code: 'ENOTDIR' })
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}
