// One account's number on the Cloud API: its state, its checks, and its sends.
//
// There is no connection to hold: Graph is called, Meta calls back. The state says what Graph last said of the number.
//
//   off         not started, or stopped. `start` registers the line for callbacks and begins the first check.
//   connecting  the first check runs, or one that the owner asked for.        -> connected | retrying | broken
//   connected   Graph answered for the number. Checked again every 12 hours, and at once when a send cannot reach
//               Graph.                                                        -> retrying | broken
//   retrying    Graph could not be reached, or was busy: checked again after 2 s, 4 s, 8 s, ... 5 min, each +-20 %.
//                                                                             -> connected | broken
//   broken      Graph refuses: token, permission, number. Its owner has to act, at Meta or here; checked again every
//               30 minutes in case it was done there.                         -> connected | retrying
//
// A send that Graph refuses for its token makes a line broken; one that goes through while it is not connected has it
// checked at once. Callbacks are taken in every state but off: they need no token.
import type { Timer } from '../../kit/clock.ts'
import { newId } from '../../kit/id.ts'
import type { Log } from '../../kit/log.ts'
import type { Account, AccountState, CloudSettings } from '../../model/account.ts'
import { callbackPathOf } from '../../model/callback-path.ts'
import type { MediaKind } from '../../model/content.ts'
import { Failure } from '../../model/failure.ts'
import type { Finding } from '../../model/finding.ts'
import type { BusinessLine, Desk, FileSink, Line, LocalFile, Outgoing, Sent } from '../transport.ts'
import { chatIdOf } from './address.ts'
import { askingOf, callerOf } from './asking.ts'
import type { OpenLine, Registry } from './callback/registry.ts'
import { type Found, findOut, type Outcome } from './connect.ts'
import { examineAccount } from './examine/examine.ts'
import { findWaba } from './find-waba.ts'
import type { GraphReply } from './graph/answer.ts'
import { factsOf, sentenceOf, verdictOf } from './graph/failure.ts'
import type { Graph, GraphCall } from './graph/graph.ts'
import type { Trouble } from './graph/trouble.ts'
import { createBusiness } from './manage/business.ts'
import { fetchFile } from './media/fetch.ts'
import { uploadFor } from './media/upload.ts'
import { callPatiently, type Sending } from './patience.ts'
import { createPauses } from './pauses.ts'
import { messageBody, readBody, sentIdOf } from './send/message.ts'
import { inspectToken } from './token.ts'
import type { Wire } from './wire.ts'

const RECHECK_MS = 12 * 3600_000
const BROKEN_RECHECK_MS = 30 * 60_000
const MAX_WAIT_MS = 5 * 60_000
/** Checks that sends ask for are not made more often than this. */
const MIN_GAP_MS = 5000

export interface LineParts {
  readonly desk: Desk
  readonly graph: Graph
  readonly registry: Registry
}

/** Nothing is asked of Graph before `start` or `connect`. */
export class CloudLine implements Line {
  readonly account: Account
  readonly pairing = null
  readonly business: BusinessLine
  readonly #parts: LineParts
  readonly #log: Log
  readonly #pauses
  readonly #sending: Sending
  readonly #open: OpenLine
  #settings: CloudSettings
  #phoneNumber: string | null
  #state: AccountState
  #isStarted = false
  #isStopped = false
  #running: Promise<Outcome> | null = null
  #failures = 0
  #lastCheckAt = Number.NEGATIVE_INFINITY
  #timer: Timer | null = null

  constructor(parts: LineParts, account: Account, cloud: CloudSettings) {
    const { desk } = parts
    this.account = account
    this.#parts = parts
    this.#log = desk.log.child({ account: account.id })
    this.#pauses = createPauses(desk.clock)
    this.#sending = { call: (call) => this.#call(call), pause: this.#pauses.pause }
    this.business = createBusiness({
      ...this.#sending,
      cloud: () => this.#settings,
      wabaId: () => this.#wabaId(),
    })
    this.#settings = cloud
    this.#phoneNumber = account.phoneNumber
    this.#state = { is: 'off', since: desk.clock.now(), reason: null, warnings: [] }
    this.#open = {
      account: account.id,
      phoneNumberId: cloud.phoneNumberId,
      path: callbackPathOf(account.id, cloud.webhookPath),
      appSecret: cloud.appSecret,
      verifyToken: cloud.verifyToken,
      wabaId: () => this.#settings.wabaId,
      phoneNumber: () => this.#phoneNumber,
      newFileId: account.media.download ? () => newId('med', desk.clock.now()) : null,
    }
  }

  state(): AccountState {
    return this.#state
  }

  start(): void {
    if (this.#isStarted || this.#isStopped) return
    this.#isStarted = true
    this.#parts.registry.add(this.#open)
    // `connect` has just answered: what it found out is told, not asked for again.
    if (this.#state.is === 'connected') {
      this.#parts.desk.state(this.account.id, this.#state)
      this.#checkAfter(RECHECK_MS)
      return
    }
    this.#become('connecting', null)
    void this.#check()
  }

  async connect(): Promise<void> {
    this.#become('connecting', null)
    const outcome = await this.#check()
    if (outcome.ok) return
    const { trouble } = outcome
    throw new Failure('upstream', sentenceOf(trouble), {
      facts: factsOf(trouble),
      ...(trouble.waitMs === null ? null : { retryAfterS: Math.ceil(trouble.waitMs / 1000) }),
    })
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#timer?.cancel()
    this.#parts.registry.remove(this.#open)
    this.#pauses.cut()
    this.#become('off', null, [])
  }

  /** Meta calls us: there is no connection to hear on. */
  lastHeardAt(): null {
    return null
  }

  /** A number of the Cloud API is no linked device. */
  async unlink(): Promise<boolean> {
    return true
  }

  address(to: string): string {
    return chatIdOf(to)
  }

  /** Meta has a word for everything that can be said. */
  cannot(): null {
    return null
  }

  upload(kind: MediaKind, file: LocalFile): Promise<string> {
    return uploadFor(this.#sending, this.#settings.phoneNumberId, { kind, file })
  }

  async send(message: Outgoing): Promise<Sent> {
    return { transportId: sentIdOf(await this.#post(messageBody(message), false)) }
  }

  async markRead(messageId: string): Promise<void> {
    // Marking twice is marking once, so that a lost answer may be tried again.
    await this.#post(readBody(messageId), true)
  }

  fetchMedia(ref: string, sink: FileSink): Promise<void> {
    const { phoneNumberId } = this.#settings
    const download = (url: string) => this.#parts.graph.download(callerOf(this.#settings), url)
    return fetchFile({ phoneNumberId, call: this.#sending.call, download }, ref, sink)
  }

  examine({ mend }: { readonly mend: boolean }): Promise<Finding[]> {
    const { desk, graph } = this.#parts
    return examineAccount(askingOf(graph, this.#settings), { now: desk.clock.now(), mend })
  }

  #post(body: Wire, repeatable: boolean): Promise<Wire> {
    const path = `${encodeURIComponent(this.#settings.phoneNumberId)}/messages`
    return callPatiently(this.#sending, { method: 'POST', path, body }, repeatable)
  }

  /** Looks for the WABA again while it is not known: the owner may have given the token what it lacked. */
  async #wabaId(): Promise<string | null> {
    if (this.#settings.wabaId !== null) return this.#settings.wabaId
    const asking = askingOf(this.#parts.graph, this.#settings)
    const token = await inspectToken(asking)
    const { id } = await findWaba(asking, token.ok ? token.facts.wabaIds : [])
    if (id !== null) await this.#keep({ phoneNumber: null, wabaId: id })
    return id
  }

  /** The call of somebody who waits; what it shows of the number's state is taken up. */
  async #call(call: GraphCall): Promise<GraphReply> {
    const reply = await this.#parts.graph.call(callerOf(this.#settings), call)
    if (this.#isStopped) return reply
    const isConnected = this.#state.is === 'connected'
    const isDoubtful = reply.ok ? !isConnected : isConnected && reply.trouble.outcome === 'unreachable'
    if (!reply.ok && verdictOf(reply.trouble).class === 'token') this.#fall(reply.trouble)
    else if (isDoubtful) this.#checkAfter(Math.max(0, this.#lastCheckAt + MIN_GAP_MS - this.#parts.desk.clock.now()))
    return reply
  }

  #check(): Promise<Outcome> {
    this.#running ??= this.#round().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #round(): Promise<Outcome> {
    const { desk, graph } = this.#parts
    this.#lastCheckAt = desk.clock.now()
    const outcome = await findOut(askingOf(graph, this.#settings), desk.clock.now())
    if (this.#isStopped) return outcome
    if (outcome.ok) await this.#settle(outcome.found)
    else this.#fall(outcome.trouble)
    return outcome
  }

  async #settle(found: Found): Promise<void> {
    this.#failures = 0
    await this.#keep(found)
    if (this.#isStopped) return
    this.#become('connected', null, found.warnings)
    this.#checkAfter(RECHECK_MS)
  }

  async #keep({ phoneNumber, wabaId }: Pick<Found, 'phoneNumber' | 'wabaId'>): Promise<void> {
    const news = {
      ...(phoneNumber !== null && phoneNumber !== this.#phoneNumber ? { phoneNumber } : null),
      ...(wabaId !== null && wabaId !== this.#settings.wabaId ? { cloud: { wabaId } } : null),
    }
    this.#phoneNumber = phoneNumber ?? this.#phoneNumber
    this.#settings = { ...this.#settings, wabaId: wabaId ?? this.#settings.wabaId }
    if (Object.keys(news).length === 0) return
    try {
      await this.#parts.desk.learn(this.account.id, news)
    } catch (error) {
      this.#log.warn('what connecting found out could not be kept', { error: String(error) })
    }
  }

  /** What a failed check, or a send refused for its token, means for the state. */
  #fall(trouble: Trouble): void {
    const { class: kind } = verdictOf(trouble)
    if (kind !== 'network' && kind !== 'retry' && kind !== 'hold') {
      this.#become('broken', sentenceOf(trouble))
      this.#checkAfter(BROKEN_RECHECK_MS)
      return
    }
    this.#failures += 1
    this.#become('retrying', sentenceOf(trouble))
    const growing = 1000 * 2 ** Math.min(this.#failures, 10)
    const waitMs = Math.min(MAX_WAIT_MS, Math.max(trouble.waitMs ?? 0, growing))
    this.#checkAfter(waitMs * (0.8 + Math.random() * 0.4))
  }

  #checkAfter(ms: number): void {
    this.#timer?.cancel()
    const mayCheck = this.#isStarted && !this.#isStopped
    this.#timer = mayCheck ? this.#parts.desk.clock.after(ms, () => void this.#check()) : null
  }

  #become(is: AccountState['is'], reason: string | null, warnings = this.#state.warnings): void {
    const was = this.#state
    if (was.is === is && was.reason === reason && was.warnings.join() === warnings.join()) return
    this.#state = { is, since: was.is === is ? was.since : this.#parts.desk.clock.now(), reason, warnings }
    if (this.#isStarted) this.#parts.desk.state(this.account.id, this.#state)
  }
}
