// The WhatsHooked API as a plugin of the server.
import type { FastifyInstance } from 'fastify'
import { NATIVE_TAGS, native } from '../../contract/native/index.ts'
import { statusOf } from '../../contract/native/statuses.ts'
import { type OpenApiDocument, toOpenApi } from '../../contract/openapi.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Keyring } from '../../model/caller.ts'
import { createSurface } from '../surface.ts'
import { accounts } from './accounts.ts'
import { cache } from './cache.ts'
import { deliveries } from './deliveries.ts'
import { hooks } from './hooks.ts'
import { messages } from './messages.ts'
import { send } from './send.ts'
import { createSystem } from './system.ts'
import { createNativeWire } from './wire.ts'

const DESCRIPTION = `Joins WhatsApp numbers to software: events go out to webhooks, messages come in over this API.

**Authentication**, one of:
- the header \`x-api-key\`
- the header \`Authorization: Bearer\`
- HTTP Basic (user name and password)

Errors are sentences as text/plain, or problems (RFC 9457) for callers that accept JSON.`

/** The OpenAPI document of the WhatsHooked API. */
export function nativeDocument(): OpenApiDocument {
  return toOpenApi(native, {
    title: 'WhatsHooked API',
    version: '1.0.0',
    description: DESCRIPTION,
    tags: NATIVE_TAGS,
    statusOf,
  })
}

export function createNativeSurface(parts: {
  gateway: Gateway
  keyring: Keyring
  clock: Clock
  log: Log
}): (fastify: FastifyInstance) => Promise<void> {
  return createSurface({
    app: parts.gateway,
    contract: native,
    handlers: {
      ...createSystem(nativeDocument()),
      ...hooks,
      ...accounts,
      ...send,
      ...messages,
      ...deliveries,
      ...cache,
    },
    wire: createNativeWire(parts),
    log: parts.log,
  })
}
