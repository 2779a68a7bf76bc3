// Answers the operations on the server itself.
import type { system as said } from '../../contract/native/system.ts'
import type { OpenApiDocument } from '../../contract/openapi.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { Failure } from '../../model/failure.ts'
import type { Handlers } from '../surface.ts'

/** `document` is what `GET /openapi.json` answers. */
export function createSystem(document: OpenApiDocument): Handlers<Gateway, typeof said> {
  return {
    healthCheck: () => ({ status: 'healthy' }),
    getReadiness({ app }) {
      const reasons = app.system.reasons()
      if (reasons.length === 0) return { status: 'ready' }
      throw new Failure('unavailable', `Not ready: ${reasons.join('; ')}`, { facts: { reasons } })
    },
    getMetrics: ({ app }) => app.system.metrics(),
    getOpenApi: () => document,
  }
}
