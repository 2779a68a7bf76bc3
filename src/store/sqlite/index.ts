// The embedded store: SQLite in two threads, one that writes and one that reads.
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import { Failure } from '../../model/failure.ts'
import { withRiders } from '../riders.ts'
import type { Sealer, Store } from '../store.ts'
import { cacheStore } from './cache.ts'
import { deliveryStore } from './deliveries.ts'
import { eventStore } from './events.ts'
import { hookStore } from './hooks.ts'
import { mediaStore } from './media.ts'
import { messageStore } from './messages.ts'
import { accountStore } from './records/accounts.ts'
import { auditStore } from './records/audit.ts'
import { keyStore } from './records/keys.ts'
import { sessionStore } from './records/sessions.ts'
import { settingStore } from './records/settings.ts'
import type { GroupCommit } from './threads/group-commit.ts'
import { groupCommit } from './threads/group-commit.ts'
import type { Ask, BatchAnswer, WriterReady, WriterStart } from './threads/ports.ts'
import { questions } from './threads/questions.ts'
import { failure } from './threads/refusal.ts'

export interface SqliteParts {
  /** The data folder; made when it is not there. Held alone until `close` or the end of the process. */
  readonly folder: string
  readonly sealer: Sealer
  readonly clock: Clock
  readonly log: Log
  /**
   * Called once when the disk fails or the file turns out damaged: nothing is written any more, and the process should
   * end with an error, since nobody can say what is on the disk.
   */
  readonly onFatal: (sentence: string) => void
}

const CANARY = 'store.canary'
const CANARY_TEXT = 'whatshooked'
const CANARY_ABOUT = 'setting:store.canary:value'

/** Rejects with a Failure `unavailable`, whose sentence says what to do, when the folder cannot be used. */
export async function openSqliteStore(parts: SqliteParts): Promise<Store> {
  const start: WriterStart = { folder: parts.folder }
  const worker = new Worker(script('writer'), { workerData: start })
  const ready = await firstWord(worker)
  if (ready.from !== ready.to) parts.log.info('store.migrated', { from: ready.from, to: ready.to })
  const commits = groupCommit({ worker, clock: parts.clock, onFatal: parts.onFatal })
  const closed = listen(worker, commits, parts)
  const askWriter = (name: string, argument: unknown) => commits.submit(`read:${name}`, argument)
  const reader = questions({ file: ready.file, script: script('reader'), askWriter })
  const close = async (): Promise<void> => {
    await commits.idle()
    await reader.close()
    worker.postMessage(null)
    await closed
  }
  const store = assemble(commits, { ...parts, read: reader.ask, close })
  try {
    await checkCanary(ready.canary, parts.sealer, commits)
  } catch (thrown) {
    await close()
    throw thrown
  }
  return store
}

interface Whole extends Pick<SqliteParts, 'sealer' | 'clock'> {
  readonly read: Ask
  readonly close: () => Promise<void>
}

function assemble(commits: GroupCommit, { read, sealer, clock, close }: Whole): Store {
  const write: Ask = commits.submit
  const plain = { sessions: sessionStore(write, read, sealer), accounts: accountStore(write, read, sealer) }
  const { sessions, accounts, flush } = withRiders(plain, clock)
  let closing: Promise<void> | null = null
  return {
    events: eventStore(write, read),
    deliveries: deliveryStore(write, read),
    cache: cacheStore(write, read),
    hooks: hookStore(write, read, sealer),
    accounts,
    messages: messageStore(write, read),
    media: mediaStore(write, read),
    keys: keyStore(write, read),
    sessions,
    audit: auditStore(write, read),
    settings: settingStore(write, read),
    health: commits.health,
    close() {
      closing ??= flush().then(close)
      return closing
    },
  }
}

/** A thread's first file: `.ts` when run from source, `.js` when built. */
function script(name: 'writer' | 'reader'): URL {
  return new URL(`./threads/${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

async function firstWord(worker: Worker): Promise<Extract<WriterReady, { ready: unknown }>['ready']> {
  const word = await new Promise<WriterReady>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  if ('refused' in word) throw failure(word.refused)
  return word.ready
}

/** Hands the writer's answers on; resolves when it has closed. */
function listen(worker: Worker, commits: GroupCommit, parts: SqliteParts): Promise<void> {
  let isClosed = false
  return new Promise((resolve) => {
    worker.on('message', (message: BatchAnswer | 'closed') => {
      if (message !== 'closed') return commits.answered(message)
      isClosed = true
      commits.fail('The store is closed')
    })
    worker.on('error', (thrown) => {
      parts.log.error('The writer of the store broke', { error: thrown.stack })
    })
    worker.on('exit', () => {
      resolve()
      if (isClosed) return
      commits.fail('The store has stopped')
      parts.onFatal('The writer of the store has stopped')
    })
  })
}

/** Tells a wrong key at start, and not when the first secret is needed. */
async function checkCanary(sealed: string | null, sealer: Sealer, commits: GroupCommit): Promise<void> {
  if (sealed === null) {
    const value = sealer.seal(CANARY_TEXT, CANARY_ABOUT)
    await commits.submit('setSetting', { key: CANARY, value })
    return
  }
  try {
    sealer.open(sealed, CANARY_ABOUT)
  } catch (cause) {
    throw new Failure(
      'unavailable',
      'The secrets in the database were sealed with another key: set WHATSHOOKED_SECRET_KEY to the key that it was made with, or put its key file back into the data folder',
      { cause },
    )
  }
}
