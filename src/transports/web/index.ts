// The door to the WhatsApp Web transport: lines for numbers that a phone has linked this server to.
import type { EgressGuard } from '../../kit/egress.ts'
import { Failure } from '../../model/failure.ts'
import type { Desk, TransportKind } from '../transport.ts'
import { WebLine } from './line.ts'
import type { LineParts } from './parts.ts'
import type { Endpoint, OpenSocket } from './port.ts'
import { createReceiver } from './receive/receiver.ts'
import { createSender } from './send/sender.ts'
import { createOpenSocket, createVersions, isLinked, proxyWay } from './socket.ts'
import { createStarts } from './starts.ts'
import { TUNE, type Tune } from './tune.ts'

export { deviceOf } from './socket.ts'

export interface WebParts {
  readonly desk: Desk
  /** See readEndpoint; a function is asked when the first line opens, for whom the server is only starting. */
  readonly endpoint: Endpoint | (() => Endpoint)
  /** Says which proxies may be dialled; absent: all. */
  readonly guard?: Pick<EgressGuard, 'checkProxy'> | null
  /** Times, where they differ from the usual ones. */
  readonly tune?: Partial<Tune>
}

/** Numbers on WhatsApp Web. `open` fails with `invalid` for an account without settings for it. */
export function createWebKind({ desk, endpoint, guard = null, tune: wished }: WebParts): TransportKind {
  const tune = { ...TUNE, ...wished }
  const turn = createStarts(desk.clock, { most: tune.startsAtOnce, spacingMs: tune.startSpacingMs })
  const place = once(() => {
    const at = typeof endpoint === 'function' ? endpoint() : endpoint
    return { endpoint: at, versions: createVersions(at) }
  })
  // Lines of one account follow each other, and share what opens connections: only one may hold the session.
  const openers = new Map<string, OpenSocket>()
  const renewVersion: LineParts['renewVersion'] = async ({ refused, proxy, log }) => {
    const way = await proxyWay(proxy, guard).catch(() => null)
    return way === null && proxy !== null ? 'unknown' : place().versions.renew({ refused, proxy: way, log })
  }
  const openerOf = (account: string): OpenSocket => {
    const opener = openers.get(account) ?? createOpenSocket(desk.clock, { versions: place().versions, guard })
    openers.set(account, opener)
    return opener
  }
  return {
    kind: 'web',
    isLinked,
    open(account) {
      if (account.web === null) throw new Failure('invalid', 'web: an account of this type needs it')
      const openSocket = openerOf(account.id)
      const { endpoint } = place()
      return new WebLine(
        { desk, endpoint, openSocket, renewVersion, isLinked, turn, createReceiver, createSender, tune },
        account,
        account.web,
      )
    },
    close: async () => openers.clear(),
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly it: T } | null = null
  return () => {
    made ??= { it: make() }
    return made.it
  }
}
