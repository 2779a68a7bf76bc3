// The door to the WhatsApp Web transport: lines for numbers that a phone has linked this server to.
import { Failure } from '../../model/failure.ts'
import type { Desk, TransportKind } from '../transport.ts'
import { WebLine } from './line.ts'
import type { Endpoint, OpenSocket } from './port.ts'
import { createReceiver } from './receive/receiver.ts'
import { createSender } from './send/sender.ts'
import { createOpenSocket, isLinked } from './socket.ts'
import { createStarts } from './starts.ts'
import { TUNE, type Tune } from './tune.ts'

export interface WebParts {
  readonly desk: Desk
  /** See readEndpoint. */
  readonly endpoint: Endpoint
  /** Times, where they differ from the usual ones. */
  readonly tune?: Partial<Tune>
}

/** Numbers on WhatsApp Web. `open` fails with `invalid` for an account without settings for it. */
export function createWebKind({ desk, endpoint, tune: wished }: WebParts): TransportKind {
  const tune = { ...TUNE, ...wished }
  const turn = createStarts(desk.clock, { most: tune.startsAtOnce, spacingMs: tune.startSpacingMs })
  // Lines of one account follow each other, and share what opens connections: only one may hold the session.
  const openers = new Map<string, OpenSocket>()
  const openerOf = (account: string): OpenSocket => {
    const opener = openers.get(account) ?? createOpenSocket(desk.clock)
    openers.set(account, opener)
    return opener
  }
  return {
    kind: 'web',
    open(account) {
      if (account.web === null) throw new Failure('invalid', 'web: an account of this type needs it')
      const openSocket = openerOf(account.id)
      return new WebLine(
        { desk, endpoint, openSocket, isLinked, turn, createReceiver, createSender, tune },
        account,
        account.web,
      )
    },
    close: async () => openers.clear(),
  }
}
