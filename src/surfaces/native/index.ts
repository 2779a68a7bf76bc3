// The WhatsHooked API as a plugin of the server.
import type { FastifyInstance } from 'fastify'
import { NATIVE_TAGS, native } from '../../contract/native/index.ts'
import { statusOf } from '../../contract/native/statuses.ts'
import { type OpenApiDocument, toOpenApi } from '../../contract/openapi.ts'
import type { Gateway, GatewayFor } from '../../gateway/gateway.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Keyring } from '../../model/caller.ts'
import { type Audit, createSurface } from '../surface.ts'
import { accounts } from './accounts.ts'
import { audit } from './audit.ts'
import { cache } from './cache.ts'
import { deliveries } from './deliveries.ts'
import { hooks } from './hooks.ts'
import { keys } from './keys.ts'
import { businessProfile } from './manage/business-profile.ts'
import { catalogs } from './manage/catalogs.ts'
import { flows } from './manage/flows.ts'
import { phoneNumbers } from './manage/phone-numbers.ts'
import { templates } from './manage/templates.ts'
import { media } from './media.ts'
import { messages } from './messages.ts'
import { pairing } from './pairing.ts'
import { createPairingPage } from './pairing-page.ts'
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

export interface NativeSurfaceParts {
  readonly gateway: Gateway
  /** What a caller may see of it. */
  readonly gatewayFor: GatewayFor
  readonly keyring: Keyring
  readonly clock: Clock
  readonly log: Log
  /** The largest body that carries a file, bytes. */
  readonly uploadLimit: number
}

export function createNativeSurface(parts: NativeSurfaceParts): (fastify: FastifyInstance) => Promise<void> {
  const { gateway, gatewayFor, uploadLimit, log, ...credentials } = parts
  const note: Audit = (entry) => gateway.audit.note(entry)
  const wire = createNativeWire({ ...credentials, log, audit: note })
  const surface = createSurface({
    app: gateway,
    appFor: gatewayFor,
    contract: native,
    handlers: {
      ...createSystem(nativeDocument()),
      ...hooks,
      ...accounts,
      ...pairing,
      ...send,
      ...messages,
      ...templates,
      ...flows,
      ...phoneNumbers,
      ...catalogs,
      ...businessProfile,
      ...media,
      ...deliveries,
      ...cache,
      ...keys,
      ...audit,
    },
    wire,
    log,
    receive: () => gateway.media.receive(),
    uploadLimit,
    audit: note,
  })
  const { keyring, clock } = credentials
  const page = createPairingPage({ gatewayFor, keyring, wire, log, now: () => clock.now() })
  return async (fastify) => {
    await fastify.register(page)
    await fastify.register(surface)
  }
}
