// Builds the parts, starts them in order and stops them in reverse: the only file that knows all rooms.
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config } from './config.ts'
import { createHookGuard } from './delivery/webhook/guard.ts'
import { createKeyring } from './gateway/keys.ts'
import type { Clock } from './kit/clock.ts'
import type { Log } from './kit/log.ts'
import { Failure } from './model/failure.ts'
import { buildParts } from './parts.ts'
import { secretKey } from './secret-key.ts'
import { createHttpServer } from './server.ts'
import { openMemoryStore } from './store/memory/index.ts'
import { createSealer } from './store/sealer.ts'
import { openSqliteStore } from './store/sqlite/index.ts'
import type { Store } from './store/store.ts'
import { VERSION } from './version.ts'

export interface Surroundings {
  readonly clock: Clock
  readonly log: Log
  /** Told of the API key that the first start made: shown once, never again. */
  readonly announce: (key: string) => void
  /** The store can no longer be trusted to write: the process must end. */
  readonly fatal: (sentence: string) => void
}

export interface WhatsHooked {
  /** `http://127.0.0.1:8825` */
  readonly url: string
  /** Takes no more, lets what is in flight end, closes. */
  stop(): Promise<void>
}

/** Starts everything. Fails with a Failure of one sentence: `invalid` for settings, else what stands in the way. */
export async function startWhatsHooked(config: Config, surroundings: Surroundings): Promise<WhatsHooked> {
  const { clock, log, announce } = surroundings
  const guard = hookGuard(config.allowed_hook_hosts)
  const store = await openStore(config, surroundings)
  try {
    const keyring = await createKeyring({ store, ...credentials(config), announce })
    const parts = buildParts(config, { store, guard, clock, log })
    const server = createHttpServer({ gateway: parts.gateway, keyring, config, log, clock })
    await parts.start()
    const { url } = await server.start()
    parts.phase.now = null
    log.info('process.ready', { url, version: VERSION })
    return {
      url,
      async stop() {
        parts.phase.now = 'The server is stopping'
        log.info('process.stopping')
        await server.stop()
        await parts.stop()
        await store.close()
        log.info('process.stopped')
      },
    }
  } catch (thrown) {
    await store.close()
    throw thrown
  }
}

function hookGuard(allowed: readonly string[]): ReturnType<typeof createHookGuard> {
  try {
    return createHookGuard(allowed)
  } catch (thrown) {
    throw new Failure('invalid', `allowed_hook_hosts: ${Failure.from(thrown).message}`)
  }
}

/** Not mkdir's own `recursive`: where a parent cannot be made (below /proc, say) that never comes back. */
function makeFolder(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false })
  if (there?.isDirectory()) return
  if (there) throw Object.assign(new Error('It is a file'), { code: 'ENOTDIR' })
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

function credentials({ api_key, username, password }: Config): {
  apiKey?: string
  username?: string
  password?: string
} {
  return { ...(api_key && { apiKey: api_key }), ...(username && { username }), ...(password && { password }) }
}

async function openStore(config: Config, { clock, log, fatal }: Surroundings): Promise<Store> {
  if (config.database_url === 'memory:') return openMemoryStore({ clock })
  const folder = resolve(config.data)
  try {
    makeFolder(folder)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (thrown) {
    throw new Failure(
      'unavailable',
      `The data folder ${folder} cannot be written to (${(thrown as NodeJS.ErrnoException).code}); set WHATSHOOKED_DATA to one that can`,
    )
  }
  const sealer = createSealer([secretKey(folder, config.secret_key)])
  return openSqliteStore({ folder, sealer, clock, log, onFatal: fatal })
}
