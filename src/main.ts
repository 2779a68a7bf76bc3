// Builds the parts, starts them in order and stops them in reverse: the only file that knows all rooms.
import type { Config } from './config.ts'
import { openData } from './data.ts'
import { createHookGuard } from './delivery/webhook/guard.ts'
import { createKeyring } from './gateway/keyring.ts'
import type { Clock } from './kit/clock.ts'
import type { Log } from './kit/log.ts'
import { Failure } from './model/failure.ts'
import { buildParts, type Shown, type WhatsAppPlace } from './parts.ts'
import { createHttpServer } from './server.ts'
import { VERSION } from './version.ts'

export interface Surroundings {
  readonly clock: Clock
  readonly log: Log
  /** Told of the API key that the first start made: shown once, never again. */
  readonly announce: (key: string) => void
  /** Told what is offered to the phone of an account with `show_qr`; absent: it is shown nowhere here. */
  readonly show?: Shown
  /** For whoever starts a WhatsApp beside this server, and knows only later where it is; absent: as the settings say. */
  readonly whatsapp?: WhatsAppPlace
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
  const { clock, log, announce, show, whatsapp } = surroundings
  const guard = hookGuard(config.allowed_hook_hosts)
  const data = await openData(config, surroundings)
  const here = { url: '' }
  try {
    const perhaps = { ...(show && { show }), ...(whatsapp && { whatsapp }) }
    const parts = buildParts(config, { data, guard, clock, log, url: () => here.url, ...perhaps })
    const { gateway, gatewayFor, keys } = parts
    const keyring = await createKeyring({ store: data.store, keys, ...credentials(config), announce })
    const uploadLimit = config.max_upload_mb * 1_000_000
    const server = createHttpServer({ gateway, gatewayFor, keyring, uploadLimit, config, log, clock })
    await parts.start()
    const { url } = await server.start()
    here.url = url
    parts.phase.now = null
    log.info('process.ready', { url, version: VERSION })
    return {
      url,
      async stop() {
        parts.phase.now = 'The server is stopping'
        log.info('process.stopping')
        parts.dismiss()
        await server.stop()
        await parts.stop()
        await data.close()
        log.info('process.stopped')
      },
    }
  } catch (thrown) {
    await data.close()
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

function credentials({ api_key, username, password }: Config): {
  apiKey?: string
  username?: string
  password?: string
} {
  return { ...(api_key && { apiKey: api_key }), ...(username && { username }), ...(password && { password }) }
}
