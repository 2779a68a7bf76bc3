// Starts a server over a real socket for the surface tests.
import { createKeyring } from '../../src/gateway/keyring.ts'
import type { Keys } from '../../src/gateway/keys.ts'
import { type Clock, systemClock } from '../../src/kit/clock.ts'
import { type Log, silentLog } from '../../src/kit/log.ts'
import { createHttpServer } from '../../src/server.ts'
import { createFakeGateway } from './fake-gateway.ts'

export const KEY = 'k3y-of-the-surface-tests-0001'
export const USER = { username: 'ana', password: 'correct-horse-battery' }

/** Settings in memory, for keyrings. */
export function createSettings() {
  const kept = new Map<string, string>()
  return {
    kept,
    settings: {
      get: async (key: string) => kept.get(key) ?? null,
      set: async (key: string, value: string) => void kept.set(key, value),
    },
  }
}

/** A server on a free port of loopback, stopped when the test ends. */
export async function startServer(
  t: { after(run: () => Promise<void>): void },
  more: { log?: Log; clock?: Clock; callerOf?: Keys['callerOf'] } = {},
) {
  const gateway = createFakeGateway()
  const keys = { callerOf: more.callerOf ?? (() => null) }
  const keyring = await createKeyring({ store: createSettings(), apiKey: KEY, ...USER, keys, announce() {} })
  const server = createHttpServer({
    gateway,
    gatewayFor: () => gateway,
    keyring,
    uploadLimit: 160 * 1024 * 1024,
    config: { host: '127.0.0.1', port: 0 },
    log: more.log ?? silentLog,
    clock: more.clock ?? systemClock,
  })
  const { url } = await server.start()
  t.after(() => server.stop())
  return { url, server, gateway, inside: gateway.inside }
}
