// Sending: a message is recorded before it goes out, and what became of it is told as it was observed.
import { createHash } from 'node:crypto'
import type { Clock, Timer } from '../kit/clock.ts'
import { newId } from '../kit/id.ts'
import { createKeyedQueue } from '../kit/keyed-queue.ts'
import type { Log } from '../kit/log.ts'
import { chatRef } from '../model/chat.ts'
import type { EventDraft, MessageNews } from '../model/event.ts'
import type { StatusData } from '../model/event-data.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { OutMessage } from '../model/message.ts'
import type { Store } from '../store/store.ts'
import { type Outgoing, SendError } from '../transports/transport.ts'
import type { MessagesPart, SendWish } from './gateway.ts'
import type { Intake } from './intake.ts'
import type { Lines } from './lines.ts'
import type { Metrics } from './metrics.ts'
import type { PublicIds } from './public-ids.ts'

/** How long to wait before news that could not be recorded is tried again, ms. */
const AGAIN_MS = 1000

export interface MessagesDeps {
  readonly store: Pick<Store, 'messages'>
  readonly lines: Lines
  readonly intake: Intake
  readonly publicIds: PublicIds
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

export interface Messages extends MessagesPart {
  /** What a crash left behind: queued messages go out, those that were being sent are unknown. */
  start(): Promise<void>
  /** Records a text that goes out by itself, in order per chat; one whose key is known already is not recorded again. */
  enqueue(wish: SendWish): Promise<void>
  lastSentAt(account: string): number | null
  /** Begins nothing of what is queued any more; resolves when nothing is on its way out, or after `withinMs`. */
  stop(withinMs: number): Promise<void>
}

/** What a text message holds, as it is kept. */
type TextContent = Pick<SendWish, 'text' | 'previewUrl' | 'replyTo'>

export function createMessages(deps: MessagesDeps): Messages {
  return new Outbox(deps)
}

class Outbox implements Messages {
  readonly #deps: MessagesDeps
  readonly #inOrder = createKeyedQueue()
  readonly #goingOut = new Set<Promise<void>>()
  #stopping = false
  readonly #lastSent = new Map<string, number>()

  constructor(deps: MessagesDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {
    for (const message of await this.#deps.store.messages.unsettled()) {
      if (message.status === 'queued') this.#goOut(message)
      // What the store cannot take now (a full disk) is recorded later: no reason not to start.
      else await this.#tell(message, 'unknown', { transportId: message.transportId, error: null }).catch(() => {})
    }
  }

  async sendText(wish: SendWish): Promise<{ messageId: string }> {
    const { message, fresh, sameBody } = await this.#begin(wish, 'sending')
    return fresh ? { messageId: await this.#transmit(message) } : replayed(message, sameBody)
  }

  async enqueue(wish: SendWish): Promise<void> {
    const { message, fresh } = await this.#begin(wish, 'queued')
    if (fresh) this.#goOut(message)
  }

  async markRead(account: string, messageId: string): Promise<void> {
    const line = this.#deps.lines.need(account)
    try {
      await line.markRead(messageId)
    } catch (thrown) {
      throw failureOf(thrown, 'Failed to mark the message as read')
    }
  }

  async get(id: string): ReturnType<MessagesPart['get']> {
    const found = await this.#deps.store.messages.get(id)
    if (!found) throw new Failure('not-found', `id: there is no message "${id}" that was sent through this server`)
    return found
  }

  lastSentAt(account: string): number | null {
    return this.#lastSent.get(account) ?? null
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopping = true
    let late: Timer | null = null
    const ended = Promise.all(this.#goingOut)
    await Promise.race([ended, new Promise<void>((resolve) => (late = this.#deps.clock.after(withinMs, resolve)))])
    ;(late as Timer | null)?.cancel()
  }

  async #begin(wish: SendWish, status: 'queued' | 'sending'): ReturnType<Store['messages']['begin']> {
    const { account, text, previewUrl, replyTo } = wish
    const chat = this.#deps.lines.need(account).address(wish.to)
    const createdAt = this.#deps.clock.now()
    const content = JSON.stringify({ text, previewUrl, replyTo } satisfies TextContent)
    const idempotency = wish.idempotencyKey
      ? { key: wish.idempotencyKey, fingerprint: fingerprint(account, chat, content) }
      : null
    const message = { id: newId('msg', createdAt), account, chat, kind: 'text', content, createdAt, status }
    return this.#deps.store.messages.begin(message, idempotency)
  }

  /** A queued message on its way: after those of its chat that were queued before. Failures are told as events. */
  #goOut(message: OutMessage): void {
    const out = this.#inOrder(`${message.account}\n${message.chat}`, async () => {
      if (await this.#marked(message)) await this.#transmit(message)
    })
    const ended = out.catch((thrown) => {
      const reason = Failure.from(thrown).message
      this.#deps.log.warn('a queued message did not go out', { message: message.id, reason })
    })
    this.#goingOut.add(ended)
    void ended.then(() => this.#goingOut.delete(ended))
  }

  /** Records that the message is being sent, which must be on disk before it is; false when the server stops first. */
  async #marked(message: OutMessage): Promise<boolean> {
    const { store, clock, log } = this.#deps
    while (!this.#stopping) {
      try {
        await store.messages.mark(message.id, { status: 'sending', at: clock.now(), error: null })
        return true
      } catch (cause) {
        log.warn('a queued message waits, because the store takes nothing', { message: message.id, cause })
        await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve))
      }
    }
    return false
  }

  /** Sends, and tells what came of it; answers the public id. */
  async #transmit(message: OutMessage): Promise<string> {
    const { text, previewUrl, replyTo } = JSON.parse(message.content) as TextContent
    const outgoing: Outgoing = {
      id: message.id,
      chat: message.chat,
      kind: 'text',
      text,
      previewUrl: previewUrl ?? false,
      replyTo: replyTo ?? null,
    }
    let transportId: string
    try {
      transportId = (await this.#deps.lines.need(message.account).send(outgoing)).transportId
    } catch (thrown) {
      return this.#notSent(message, thrown)
    }
    this.#lastSent.set(message.account, this.#deps.clock.now())
    await this.#tell(message, 'sent', { transportId, error: null })
    return this.#deps.publicIds.of(message, transportId)
  }

  async #notSent(message: OutMessage, thrown: unknown): Promise<string> {
    const lost = thrown instanceof SendError && thrown.outcome === 'lost'
    const failure = failureOf(thrown, 'Send failed')
    await this.#tell(message, lost ? 'unknown' : 'failed', {
      transportId: null,
      error: lost ? null : storedFailure(failure),
    })
    if (!lost) throw failure
    // A status may have told of it before we knew that the answer was lost.
    const now = await this.#deps.store.messages.get(message.id)
    if (now?.message.transportId) return this.#deps.publicIds.of(now.message, now.message.transportId)
    throw lostAnswer(this.#deps.publicIds.of(message, message.id), thrown)
  }

  /** Records the news and its event. What the store cannot take now is recorded later: the send itself is done. */
  async #tell(
    message: OutMessage,
    status: 'sent' | 'failed' | 'unknown',
    more: { transportId: string | null; error: string | null },
  ): Promise<void> {
    const { intake, publicIds, clock, log, metrics } = this.#deps
    const at = clock.now()
    const publicId = publicIds.of(message, more.transportId ?? message.id)
    const news: MessageNews = { id: message.id, status, recipient: '', at, publicId, ...more }
    metrics.sent(message.account, status)
    log.info('message.settled', { message: message.id, account: message.account, status })
    const draft = statusDraft(message, news)
    try {
      await intake.record([draft])
    } catch (thrown) {
      this.#recordLater(draft)
      // A refusal stays what it is, also while it cannot be written down.
      if (status !== 'failed') throw lostAnswer(publicId, thrown)
    }
  }

  #recordLater(draft: EventDraft): void {
    this.#deps.clock.after(AGAIN_MS, () => void this.#deps.intake.record([draft]).catch(() => this.#recordLater(draft)))
  }
}

/** The same key again: the answer that the first request got. */
function replayed(message: OutMessage, sameBody: boolean): { messageId: string } {
  if (!sameBody) throw new Failure('mismatch', 'Idempotency-Key: was used before with another body; take a new key')
  if (message.status === 'queued' || message.status === 'sending') {
    throw new Failure('conflict', 'Idempotency-Key: the first request with this key is still running', {
      retryAfterS: 1,
    })
  }
  const id = message.publicId ?? message.id
  if (message.status === 'unknown') throw lostAnswer(id, null)
  // Failed after it was taken: that was not the answer of the send, and events and /api/messages tell it.
  if (message.status === 'failed' && message.transportId === null && message.error) throw restoredFailure(message.error)
  return { messageId: id }
}

function lostAnswer(id: string, cause: unknown): Failure {
  const sentence = `The message went out, but its answer was lost; whether it was sent is not known yet. Its id is ${id}: ask /api/messages/${id}, and do not send it again before that.`
  return new Failure('lost-answer', sentence, { cause, facts: { message_id: id } })
}

function failureOf(thrown: unknown, what: string): Failure {
  if (!(thrown instanceof SendError)) return Failure.from(thrown)
  const { message, facts, retryAfterMs } = thrown
  const retryAfter = retryAfterMs === null ? {} : { retryAfterS: Math.ceil(retryAfterMs / 1000) }
  return new Failure(thrown.outcome === 'lost' ? 'lost-answer' : 'upstream', `${what}: ${message}`, {
    cause: thrown,
    facts,
    ...retryAfter,
  })
}

function storedFailure({ code, message, facts }: Failure): string {
  return JSON.stringify({ code, message, facts })
}

function restoredFailure(stored: string): Failure {
  const { code, message, facts } = JSON.parse(stored) as {
    code: FailureCode
    message: string
    facts: Record<string, unknown>
  }
  return new Failure(code, message, { facts })
}

function fingerprint(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
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
