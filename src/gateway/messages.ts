// Sending: a message is recorded before it goes out, and what became of it is told as it was observed.
import type { Clock } from '../kit/clock.ts'
import type { EgressGuard } from '../kit/egress.ts'
import type { Log } from '../kit/log.ts'
import type { Folder } from '../kit/spool.ts'
import { DEFAULT_PACING } from '../model/account.ts'
import { Failure } from '../model/failure.ts'
import type { OutMessage } from '../model/message.ts'
import type { Store } from '../store/store.ts'
import type { MessagesPart, SendAnswer, SendWish } from './gateway.ts'
import type { Intake } from './intake.ts'
import type { Lines } from './lines.ts'
import { failureOf, replayed } from './messages/answers.ts'
import { type Begun, createDepartures, type Departure, type Departures } from './messages/departures.ts'
import { type Draft, draftOf, needsFile, written } from './messages/draft.ts'
import { createFiles, type Files } from './messages/files.ts'
import { AGAIN_MS, createTell, type Tell } from './messages/news.ts'
import { createPacer, type Pacer } from './messages/pacer.ts'
import { createStandby, type Standby } from './messages/standby.ts'
import { createTransmitter, type Transmitter } from './messages/transmit.ts'
import type { Metrics } from './metrics.ts'
import type { PublicIds } from './public-ids.ts'

/** How long a caller waits for the turn of its message, ms. */
const PATIENCE_MS = 20_000

export interface MessagesDeps {
  readonly store: Pick<Store, 'messages'>
  readonly lines: Pick<Lines, 'need' | 'account' | 'state' | 'watch'>
  readonly intake: Pick<Intake, 'record'>
  readonly publicIds: PublicIds
  /** Holds the files of messages that are not out yet; what else is kept there is removed at the start. */
  readonly outbox: Folder
  /** Keeps links that callers name out of the inside. */
  readonly guard: EgressGuard
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'sent'>
  /** How long a caller waits for the turn of its message, ms; 20 s. */
  readonly patienceMs?: number
}

export interface Messages extends MessagesPart {
  /** What a crash left behind: queued messages go out, those that were being sent are unknown. */
  start(): Promise<void>
  /** Records a message that goes out by itself, in order per chat; one whose key is known already is not recorded again. */
  enqueue(wish: SendWish): Promise<void>
  lastSentAt(account: string): number | null
  /** Messages of an account that wait for their turn, and when the next one goes, ms since epoch. */
  queue(account: string): { readonly waiting: number; readonly nextAt: number | null }
  /** The account's pacing was changed. */
  repace(account: string): void
  /** Callers whose message waits for its turn are told so now: the server is about to stop. */
  dismiss(): void
  /** Begins nothing of what is queued any more; resolves when nothing is on its way out, or after `withinMs`. */
  stop(withinMs: number): Promise<void>
}

export function createMessages(deps: MessagesDeps): Messages {
  return new Outbox(deps)
}

class Outbox implements Messages {
  readonly #deps: MessagesDeps
  readonly #draftDeps: Parameters<typeof draftOf>[1]
  readonly #tell: Tell
  readonly #transmitter: Transmitter
  readonly #pacer: Pacer
  readonly #standby: Standby
  readonly #files: Files
  readonly #departures: Departures
  /** Ends the patience of each caller who waits. */
  readonly #patient = new Set<() => void>()
  #isDismissed = false
  #stopping = false

  constructor(deps: MessagesDeps) {
    const { lines, outbox, guard, clock } = deps
    this.#deps = deps
    this.#standby = createStandby(lines)
    this.#draftDeps = { store: deps.store, lines, standby: this.#standby, guard, now: () => clock.now() }
    this.#tell = createTell(deps)
    this.#transmitter = createTransmitter({ ...deps, tell: this.#tell })
    this.#pacer = createPacer({ clock, pacing: (account) => lines.account(account)?.pacing ?? DEFAULT_PACING })
    this.#files = createFiles({ folder: outbox, guard, lines })
    const parts = { files: this.#files, pacer: this.#pacer, standby: this.#standby, transmitter: this.#transmitter }
    this.#departures = createDepartures({ ...deps, ...parts })
  }

  async start(): Promise<void> {
    const left = await this.#deps.store.messages.unsettled()
    await this.#files.sweep(left.filter(({ status }) => status === 'queued'))
    for (const message of left) {
      if (message.status === 'queued') this.#unattended(this.#resumed(message), message)
      // What the store cannot take now (a full disk) is recorded later: no reason not to start.
      else await this.#tell(message, 'unknown', { transportId: message.transportId, error: null }).catch(() => {})
    }
  }

  async send(wish: SendWish): Promise<SendAnswer> {
    const draft = await this.#draft(wish)
    const { account, chat, content } = draft
    const isFree = !needsFile(content) && !this.#departures.isBusy(account, chat) && this.#standby.isUp(account)
    if (isFree && this.#pacer.take(account, chat)) return this.#sendNow(draft)
    const departure = this.#depart(draft)
    const begun = await departure.begun
    if (!begun.fresh) return this.#again(begun)
    return this.#answer(begun.message, departure)
  }

  async enqueue(wish: SendWish): Promise<void> {
    const departure = this.#depart(await this.#draft(wish))
    const { message, fresh } = await departure.begun
    if (fresh) this.#unattended(departure, message)
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
    return this.#transmitter.lastSentAt(account)
  }

  queue(account: string): { waiting: number; nextAt: number | null } {
    return { waiting: this.#departures.waiting(account), nextAt: this.#pacer.nextAt(account) }
  }

  repace(account: string): void {
    this.#pacer.changed(account)
  }

  dismiss(): void {
    this.#isDismissed = true
    for (const end of this.#patient) end()
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopping = true
    this.dismiss()
    await this.#departures.stop(withinMs)
  }

  /** The file of a wish is ours from here on, whatever becomes of it. */
  async #draft(wish: SendWish): Promise<Draft> {
    try {
      return await draftOf(wish, this.#draftDeps)
    } catch (thrown) {
      await wish.file?.drop()
      throw thrown
    }
  }

  async #sendNow(draft: Draft): Promise<SendAnswer> {
    const { account, chat } = draft
    let begun: Begun | null = null
    try {
      begun = await this.#begin(draft, 'sending')
    } finally {
      if (!begun?.fresh) this.#pacer.giveBack(account, chat)
    }
    if (!begun.fresh) return this.#again(begun)
    return { messageId: await this.#transmitter.send(begun.message, draft), state: 'sent' }
  }

  #begin(draft: Draft, status: 'queued' | 'sending'): Promise<Begun> {
    const { id, account, chat, createdAt, idempotency } = draft
    const message = { id, account, chat, kind: draft.content.kind, content: written(draft), createdAt, status }
    return this.#deps.store.messages.begin(message, idempotency)
  }

  /** Records it as queued. Its place among those of its chat is taken at once. */
  #depart(draft: Draft): Departure {
    return this.#departures.add(draft, this.#beginQueued(draft))
  }

  async #beginQueued(draft: Draft): Promise<Begun> {
    let begun: Begun | null = null
    try {
      // Before the message: one that is recorded must not lose its file to a crash.
      await this.#files.keep(draft)
      begun = await this.#begin(draft, 'queued')
      return begun
    } finally {
      if (!begun?.fresh && draft.file) {
        await draft.file.drop()
        await this.#files.forget(draft.id)
      }
    }
  }

  #resumed(message: OutMessage): Departure {
    return this.#departures.add(message, Promise.resolve({ message, fresh: true, sameBody: true }))
  }

  /** Nobody waits for it: its failure is told as an event, and logged. */
  #unattended({ ended }: Departure, { id }: OutMessage): void {
    ended.catch((thrown) => {
      const { code, message: reason, cause } = Failure.from(thrown)
      const fault = code === 'internal' ? { cause } : {}
      this.#deps.log.warn('a queued message did not go out', { message: id, reason, ...fault })
    })
  }

  /** When it is out, or when its caller has waited long enough for its turn. */
  async #answer(message: OutMessage, departure: Departure): Promise<SendAnswer> {
    const { clock, patienceMs = PATIENCE_MS } = this.#deps
    const late = Promise.withResolvers<'late'>()
    const end = () => late.resolve('late')
    const timer = clock.after(patienceMs, end)
    this.#patient.add(end)
    if (this.#isDismissed) end()
    const first = await Promise.race([departure.ended, late.promise]).finally(() => {
      timer.cancel()
      this.#patient.delete(end)
    })
    const out = first === 'late' && departure.isGoing ? await departure.ended : first
    if (out !== 'late' && out !== null) return { messageId: out, state: 'sent' }
    this.#unattended(departure, message)
    return this.#named(message)
  }

  /** Tells that it waits, under the id that all that follows will carry: on disk before it is told. */
  async #named(message: OutMessage): Promise<SendAnswer> {
    const { store, publicIds, clock, log } = this.#deps
    const id = publicIds.of(message, message.id)
    this.#departures.named(message.id, id)
    for (;;) {
      try {
        await store.messages.name(message.id, id)
        break
      } catch (cause) {
        if (this.#stopping) break
        log.warn('a send is not answered, because the store takes nothing', { message: message.id, cause })
        await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve))
      }
    }
    return { messageId: id, state: id === message.id ? 'queued' : 'sent' }
  }

  /** Its key was known: the answer that the first request got, or gets. */
  async #again({ message, sameBody }: Begun): Promise<SendAnswer> {
    const { clock, patienceMs = PATIENCE_MS } = this.#deps
    const waits = sameBody && message.status === 'queued' && message.publicId === null
    if (waits && clock.now() - message.createdAt >= patienceMs) return this.#named(message)
    return replayed(message, sameBody)
  }
}
