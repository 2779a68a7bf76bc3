// Work that needs the connection: waits a moment for one that is away, and begins anew over the next one when it ended
// before anything went out.
import type { Clock } from '../../../kit/clock.ts'
import { Failure } from '../../../model/failure.ts'
import { SendError } from '../../transport.ts'
import type { LineSide } from '../parts.ts'
import type { Socket } from '../port.ts'
import { notConnected, restricted } from './refusal.ts'

/** How often the connection is looked for, ms, and how often work is begun anew. */
const LOOK_EVERY_MS = 250
const ANEW = 3

export interface Connection {
  /** Now, or never. Fails as `over` does. */
  now(): Socket
  /** Fails with SendError `refused` where WhatsApp restricts the number, and with Failure `not-connected`. */
  over<T>(work: (socket: Socket) => Promise<T>): Promise<T>
}

/** `waitMs`: how long a connection that is away is waited for, ms. */
export function createConnection(
  side: Pick<LineSide, 'socket' | 'hindrance'>,
  clock: Clock,
  waitMs: number,
): Connection {
  const now = (): Socket => {
    const [socket, hindrance] = [side.socket(), side.hindrance()]
    if (socket && hindrance !== null) throw restricted(hindrance)
    if (!socket) throw notConnected(hindrance)
    return socket
  }
  const soon = async (): Promise<Socket> => {
    for (let leftMs = waitMs; leftMs > 0 && !side.socket() && side.hindrance() === null; leftMs -= LOOK_EVERY_MS)
      await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve))
    return now()
  }
  return {
    now,
    async over(work) {
      for (let anew = ANEW; ; anew -= 1) {
        const socket = await soon()
        try {
          return await work(socket)
        } catch (thrown) {
          if (anew === 0 || side.socket() === socket || !isInPassing(thrown)) throw thrown
        }
      }
    },
  }
}

/** It failed on the way: WhatsApp was not asked, or did not answer. What it refused is not asked for again. */
function isInPassing(thrown: unknown): boolean {
  if (thrown instanceof Failure) return thrown.code === 'not-connected' && thrown.retryAfterS !== undefined
  if (!(thrown instanceof SendError) || thrown.outcome !== 'refused') return false
  return thrown.retryAfterMs !== null && Object.keys(thrown.facts).length === 0
}
