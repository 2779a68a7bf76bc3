// What a connection tells, taken to whom it concerns, as long as it is the line's connection.
import type { Log } from '../../kit/log.ts'
import type { Receiver, Sender } from './parts.ts'
import type { Closed, Self, SocketEvents } from './port.ts'

/** What concerns the line itself. */
export interface Heeds {
  qr(text: string, livesMs: number): void
  paired(self: Self): void
  opened(self: Self): void
  ended(why: Closed): void
  frame(): void
  restricted(until: number | null): void
}

export interface Hearing {
  /** Whether the connection is still the line's; what an older one tells is not heard. */
  readonly isOurs: () => boolean
  readonly receiver: Receiver
  readonly sender: Sender
  readonly line: Heeds
  readonly log: Log
}

export function hear({ isOurs, receiver, sender, line, log }: Hearing): SocketEvents {
  const ours =
    <A extends unknown[]>(run: (...told: A) => void) =>
    (...told: A) => {
      if (isOurs()) run(...told)
    }
  // What an older connection brings stays unconfirmed there, and comes again.
  const needOurs = () => {
    if (!isOurs()) throw new Error('The connection was given up')
  }
  const noted = async (what: string, value: Readonly<Record<string, unknown>>) => receiver.notice(what, value)
  return {
    async arrived(message) {
      needOurs()
      await receiver.arrived(message)
      sender.heard(message)
    },
    async receipts(receipt) {
      needOurs()
      const ids = await receiver.receipt(receipt)
      // Whom a message was for, and who has it, got it from WhatsApp: no ack is waited for any more.
      for (const id of ids) sender.acked(id, null)
    },
    notice: ours((what, value) => {
      sender.notice(what, value)
      noted(what, value).catch((cause: unknown) => log.warn('a notice could not be recorded', { what, cause }))
    }),
    unencrypted: ours((id) => receiver.unencrypted(id)),
    // Whichever connection it was: it has gone out.
    wrote: (id, content) => receiver.wrote(id, content),
    acked: ours((id, error) => sender.acked(id, error)),
    qr: ours((text, livesMs) => line.qr(text, livesMs)),
    paired: ours((self) => line.paired(self)),
    open: ours((self) => line.opened(self)),
    closed: ours((why) => line.ended(why)),
    frame: ours(() => line.frame()),
    restricted: ours((until) => line.restricted(until)),
  }
}
