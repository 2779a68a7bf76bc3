// Gives a message to its line, once, and tells what came of it as it was observed.
import type { Clock } from '../../kit/clock.ts'
import type { Failure } from '../../model/failure.ts'
import type { OutMessage } from '../../model/message.ts'
import type { Store } from '../../store/store.ts'
import { SendError } from '../../transports/transport.ts'
import type { Lines } from '../lines.ts'
import type { PublicIds } from '../public-ids.ts'
import { failureOf, lostAnswer, storedFailure } from './answers.ts'
import type { Saying } from './draft.ts'
import type { Tell } from './news.ts'

export interface TransmitDeps {
  readonly store: Pick<Store, 'messages'>
  readonly lines: Pick<Lines, 'need'>
  readonly publicIds: PublicIds
  readonly tell: Tell
  readonly clock: Clock
}

export interface Transmitter {
  /** Sends what was recorded as `sending`; answers the public id. Fails as `MessagesPart.send` does. */
  send(message: OutMessage, saying: Saying): Promise<string>
  /** A message that nothing went out of: records that it failed, and fails so. */
  fail(message: OutMessage, failure: Failure): Promise<never>
  /** When the last message of an account went out, ms since epoch; null: not since the start. */
  lastSentAt(account: string): number | null
}

export function createTransmitter({ store, lines, publicIds, tell, clock }: TransmitDeps): Transmitter {
  const lastSent = new Map<string, number>()

  const fail = async (message: OutMessage, failure: Failure): Promise<never> => {
    await tell(message, 'failed', { transportId: null, error: storedFailure(failure) })
    throw failure
  }
  const lost = async (message: OutMessage, thrown: SendError): Promise<string> => {
    await tell(message, 'unknown', { transportId: null, error: null })
    // A status may have told of it before we knew that the answer was lost.
    const now = await store.messages.get(message.id)
    if (now?.message.transportId) return publicIds.of(now.message, now.message.transportId)
    throw lostAnswer(publicIds.of(message, message.id), thrown)
  }

  return {
    fail,
    lastSentAt: (account) => lastSent.get(account) ?? null,
    async send(message, { content, replyTo }) {
      const { id, account, chat } = message
      let transportId: string
      try {
        transportId = (await lines.need(account).send({ id, chat, replyTo, content })).transportId
      } catch (thrown) {
        if (thrown instanceof SendError && thrown.outcome === 'lost') return lost(message, thrown)
        return fail(message, failureOf(thrown, 'Send failed'))
      }
      lastSent.set(account, clock.now())
      await tell(message, 'sent', { transportId, error: null })
      return publicIds.of(message, transportId)
    },
  }
}
