// The door to the Cloud API transport: lines for numbers that are registered with Meta, and the callbacks for all of them.
import { Failure } from '../../model/failure.ts'
import type { Desk, TransportKind } from '../transport.ts'
import { createCallback } from './callback/callback.ts'
import { createRegistry } from './callback/registry.ts'
import { createGraph } from './graph/graph.ts'
import { CloudLine } from './line.ts'

export interface CloudParts {
  readonly desk: Desk
  /** Where Graph lives, without a version: `https://graph.facebook.com`. */
  readonly graphUrl: string
  /** For one call to Graph, connecting included; 30 s unless told. */
  readonly timeoutMs?: number
}

/** Numbers registered with Meta's Cloud API. `open` fails with `invalid` for an account without Cloud settings. */
export function createCloudKind({ desk, graphUrl, timeoutMs }: CloudParts): TransportKind {
  const graph = createGraph(graphUrl, timeoutMs)
  const registry = createRegistry()
  return {
    kind: 'cloud',
    open(account) {
      if (account.cloud === null) throw new Failure('invalid', 'business_api: an account of this type needs it')
      return new CloudLine({ desk, graph, registry }, account, account.cloud)
    },
    callback: createCallback(desk, registry),
    close: () => graph.close(),
  }
}
