// Tells what became of a message: records it together with its event, now or as soon as the store takes it.
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import { chatRef } from '../../model/chat.ts'
import type { EventDraft, MessageNews } from '../../model/event.ts'
import type { StatusData } from '../../model/event-data.ts'
import type { OutMessage } from '../../model/message.ts'
import type { Intake } from '../intake.ts'
import type { Metrics } from '../metrics.ts'
import type { PublicIds } from '../public-ids.ts'
import { lostAnswer } from './answers.ts'

/** How long to wait before what could not be recorded is tried again, ms. */
export const AGAIN_MS = 1000

export interface NewsDeps {
  readonly intake: Pick<Intake, 'record'>
  readonly publicIds: PublicIds
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'sent'>
}

/**
 * Records the news and its event. What the store cannot take now is recorded later, and fails with `lost-answer` unless
 * it is a refusal: the send itself is done.
 */
export type Tell = (
  message: OutMessage,
  status: 'sent' | 'failed' | 'unknown',
  more: { readonly transportId: string | null; readonly error: string | null },
) => Promise<void>

export function createTell({ intake, publicIds, clock, log, metrics }: NewsDeps): Tell {
  const recordLater = (draft: EventDraft): void => {
    clock.after(AGAIN_MS, () => void intake.record([draft]).catch(() => recordLater(draft)))
  }
  return async (message, status, more) => {
    const at = clock.now()
    const publicId = publicIds.of(message, more.transportId ?? message.id)
    const news: MessageNews = { id: message.id, status, recipient: '', at, publicId, ...more }
    metrics.sent(message.account, status)
    log.info('message.settled', { message: message.id, account: message.account, status })
    const draft = statusDraft(message, news)
    try {
      await intake.record([draft])
    } catch (thrown) {
      recordLater(draft)
      // A refusal stays what it is, also while it cannot be written down.
      if (status !== 'failed') throw lostAnswer(publicId, thrown)
    }
  }
}

function statusDraft(message: OutMessage, news: MessageNews): EventDraft {
  const facts = news.error ? (JSON.parse(news.error) as { message: string; facts: Record<string, unknown> }) : null
  const data: StatusData = {
    message_id: news.publicId,
    transport_id: news.transportId,
    chat: chatRef(message.chat),
    recipient: null,
    status: news.status,
    timestamp: new Date(news.at).toISOString(),
    error: facts && {
      code: typeof facts.facts.code === 'number' ? facts.facts.code : null,
      title: typeof facts.facts.title === 'string' ? facts.facts.title : null,
      message: facts.message,
      details: typeof facts.facts.details === 'string' ? facts.facts.details : null,
    },
  }
  return {
    type: `message.${news.status}`,
    account: message.account,
    chat: message.chat,
    data: JSON.stringify(data),
    raw: null,
    origin: null,
    news,
  }
}
