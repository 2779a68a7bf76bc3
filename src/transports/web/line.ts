// One linked device: its connection, its state, and what is done when the connection ends.
//
//   off         not started, or stopped. `start` looks for a session.        -> unlinked | connecting
//   unlinked    no phone is linked, or a pairing came to nothing. `pairing.begin` opens a connection for it.  -> pairing
//   pairing     QR codes are shown one after the other, or one code waits to be typed.
//                  scanned and accepted -> connecting; nobody came, refused, or the connection ended -> unlinked
//   connecting  logs in, few lines at a time.                                -> connected | retrying | any end below
//   connected   logged in, frames come, and WhatsApp answered a ping. When nothing is heard for 25 s it is asked; when
//               nothing comes within 20 s more                               -> stale
//   stale       looked open and was dead: replaced at once.                  -> connected | retrying
//   retrying    the connection ended: opened anew after 1 s, 2 s, 4 s, ... 5 min, each time a random part of that; from
//               the least again after 60 s open. 515 is at once; 440 once after 60 s.     -> connected | any end below
//   restricted  connected, but WhatsApp restricts whom the number may write to, until it says otherwise.  -> connected
//
// Ends that are not tried again:
//
//   replaced    440 for the second time within a day: the session is used somewhere else
//   logged_out  401, 406: the phone removed this device. The session is wiped; `pairing.begin` begins anew
//   broken      400 (the server is not who it should be), 402, 403, 405, 409, 411: the owner has to act
//
// A connection is one generation: what comes of an older one is not heard. Each attempt has a new socket.
import type { Timer } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Account, AccountState, WebSettings } from '../../model/account.ts'
import type { Content, MediaKind } from '../../model/content.ts'
import { Failure } from '../../model/failure.ts'
import type { Finding } from '../../model/finding.ts'
import type { FileSink, Line, LocalFile, Outgoing, Sent, SessionStoreOf } from '../transport.ts'
import { hear } from './hearing.ts'
import { Pairing } from './pairing.ts'
import type { LineParts, LineSide, Receiver, Sender } from './parts.ts'
import type { Closed, Self, Socket, SocketEvents } from './port.ts'
import { backoffMs, isSilence, type Verdict, verdictOf } from './reconnect.ts'
import { createRestriction, type Restriction } from './restriction.ts'
import { findingsOf, hindranceOf, nextState, notLinked, SAYS, type StateName, silentFor } from './states.ts'
import { type Watch, watch } from './watch.ts'

const DAY_MS = 24 * 3600_000
/** How long saying farewell may take. */
const LOGOUT_MS = 5000

/** Nothing goes out before `start`, `pairing.begin` or `unlink`. */
export class WebLine implements Line {
  readonly account: Account
  readonly business = null
  readonly pairing: Pairing
  readonly #parts: LineParts
  readonly #web: WebSettings
  readonly #log: Log
  readonly #session: SessionStoreOf
  readonly #receiver: Receiver
  readonly #sender: Sender
  readonly #restriction: Restriction
  #state: AccountState
  #isStarted = false
  #isStopped = false
  #isLeaving = false
  #phase: 'idle' | 'pairing' | 'login' | 'open' = 'idle'
  #generation = 0
  #socket: Socket | null = null
  #settle: ((isOpen: boolean) => void) | null = null
  #watch: Watch | null = null
  #timer: Timer | null = null
  #self: Self | null = null
  #heardAt: number | null = null
  #openedAt = 0
  #failures = 0
  /** How often in a row a restart is asked for before it is waited for like any other end. */
  #restarts = 1
  #replacedAt = Number.NEGATIVE_INFINITY

  constructor(parts: LineParts, account: Account, web: WebSettings) {
    const { desk, tune } = parts
    this.account = account
    this.#parts = parts
    this.#web = web
    this.#log = desk.log.child({ account: account.id })
    this.#session = desk.session(account.id)
    this.#state = { is: 'off', since: desk.clock.now(), reason: null, warnings: [] }
    this.pairing = new Pairing({
      clock: desk.clock,
      firstQrMs: tune.firstQrMs,
      open: () => this.#openPairing(),
      ask: async (phone) => (await this.#forPairing()).pairingCode(phone),
      offered: (offer) => desk.offered(account.id, offer),
    })
    this.#restriction = createRestriction(desk.clock, () => this.#standOpen())
    const side = this.#sideOf()
    this.#receiver = parts.createReceiver(side)
    this.#sender = parts.createSender(side)
  }

  state(): AccountState {
    return this.#state
  }

  start(): void {
    if (this.#isStarted || this.#isStopped) return
    this.#isStarted = true
    void this.#resume()
  }

  /** Whether a phone is linked, and WhatsApp takes it, is told by the state: nobody waits for a scan here. */
  async connect(): Promise<void> {}

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.pairing.ended('The account was switched off')
    const ended = this.#drop()
    this.#restriction.end()
    this.#become('off', null)
    await ended
  }

  address(to: string): string {
    return this.#sender.address(to)
  }

  cannot(content: Content): string | null {
    return this.#sender.cannot(content)
  }

  upload(kind: MediaKind, file: LocalFile): Promise<string> {
    return this.#sender.upload(kind, file)
  }

  send(message: Outgoing): Promise<Sent> {
    return this.#sender.send(message)
  }

  markRead(messageId: string): Promise<void> {
    return this.#sender.markRead(messageId)
  }

  fetchMedia(ref: string, sink: FileSink): Promise<void> {
    return this.#sender.fetchMedia(ref, sink)
  }

  async examine(): Promise<Finding[]> {
    return findingsOf(this.#state, this.#heardAt)
  }

  lastHeardAt(): number | null {
    return this.#heardAt
  }

  async unlink(): Promise<void> {
    this.#isLeaving = true
    try {
      this.pairing.ended('This device was unlinked')
      if (this.#parts.isLinked(await this.#session.credentials())) await this.#sayFarewell()
      await this.#drop()
      await this.#session.wipe()
      this.#self = null
      this.#become('unlinked', SAYS.unlinkedByOwner)
    } finally {
      this.#isLeaving = false
    }
  }

  async #sayFarewell(): Promise<void> {
    const isRefused = ['replaced', 'broken', 'logged_out'].includes(this.#state.is)
    if (isRefused || !(this.#phase === 'open' || (await this.#connect('login')))) return
    const late = new Promise<void>((resolve) => this.#parts.desk.clock.after(LOGOUT_MS, resolve))
    const said = this.#socket?.logout().catch((cause: unknown) => this.#log.warn('the phone was not told', { cause }))
    await Promise.race([said, late])
  }

  #sideOf(): LineSide {
    return {
      account: this.account,
      web: this.#web,
      desk: this.#parts.desk,
      log: this.#log,
      socket: () => (this.#phase === 'open' ? this.#socket : null),
      fetching: () => (this.#phase === 'open' || this.#phase === 'login' ? this.#socket : null),
      self: () => this.#self,
      hindrance: () => (this.#phase === 'open' ? this.#restriction.reason() : hindranceOf(this.#state)),
      restrict: (reason, untilMs) => this.#restriction.begin(reason, untilMs),
    }
  }

  /** Takes up the session, if there is one. A state that says more than `connecting` stays until something is known. */
  async #resume(): Promise<void> {
    let isLinked: boolean
    try {
      isLinked = this.#parts.isLinked(await this.#session.credentials())
    } catch (error) {
      return this.#again('growing', `The session cannot be read: ${error instanceof Error ? error.message : error}`)
    }
    if (this.#isStopped || this.#phase !== 'idle') return
    if (!isLinked) return this.#become('unlinked', SAYS.unlinked)
    if (this.#state.is === 'off') this.#become('connecting', null)
    this.#login()
  }

  /** When it is this line's turn. */
  #login(): void {
    const mine = this.#generation
    void this.#parts.turn(async () => {
      if (mine === this.#generation && !this.#isStopped) await this.#connect('login')
    })
  }

  async #openPairing(): Promise<void> {
    if (this.#parts.isLinked(await this.#session.credentials()))
      throw new Failure('exists', 'id: a phone is linked to this account; unlink it first')
    if (this.#isStopped) throw new Failure('not-connected', 'id: the account is switched off')
    this.#become('pairing', null)
    void this.#connect('pairing')
  }

  async #forPairing(): Promise<Socket> {
    if (this.#phase === 'pairing' && this.#socket) return this.#socket
    throw new Error('Linking ended meanwhile')
  }

  /** A new connection in place of the one that is. Resolves with whether it opened, or false when it ended. */
  #connect(phase: 'pairing' | 'login'): Promise<boolean> {
    void this.#drop()
    const { desk, endpoint, openSocket } = this.#parts
    const settled = Promise.withResolvers<boolean>()
    this.#settle = settled.resolve
    this.#phase = phase
    if (phase === 'login') this.#expectOpen()
    this.#socket = openSocket({
      endpoint,
      session: desk.session(this.account.id),
      proxy: this.#web.proxy,
      log: this.#log,
      sent: (id, chat) => this.#sender.sent(id, chat),
      events: this.#events(this.#generation),
    })
    return settled.promise
  }

  #expectOpen(): void {
    const { desk, tune } = this.#parts
    this.#timer?.cancel()
    this.#timer = desk.clock.after(tune.loginMs, () => this.#ended({ code: null, text: SAYS.noAnswer }))
  }

  /** The connection is ours no more, whatever it still does. */
  async #drop(): Promise<void> {
    this.#generation += 1
    this.#timer?.cancel()
    this.#watch?.stop()
    this.#settle?.(false)
    const [socket, wasOpen] = [this.#socket, this.#phase === 'open']
    this.#socket = null
    this.#phase = 'idle'
    if (wasOpen) this.#sender.cut()
    await socket?.end()
  }

  #events(mine: number): SocketEvents {
    return hear({
      isOurs: () => mine === this.#generation,
      receiver: this.#receiver,
      sender: this.#sender,
      log: this.#log,
      line: {
        qr: (text, livesMs) => this.pairing.shown(text, livesMs),
        paired: (self) => this.#paired(self),
        opened: (self) => void this.#opened(self, mine),
        ended: (why) => this.#ended(why),
        frame: () => this.#frame(),
        restricted: (until) =>
          until === 0 ? this.#restriction.end() : this.#restriction.begin(SAYS.restricted, until),
      },
    })
  }

  #frame(): void {
    this.#heardAt = this.#parts.desk.clock.now()
    this.#watch?.heard()
  }

  /** From here on it is a login, which ends in 515 before the first connection that is open. */
  #paired(self: Self): void {
    this.#phase = 'login'
    this.#restarts = 2
    this.#expectOpen()
    this.#know(self)
    this.pairing.ended('A phone was linked')
    this.#become('connecting', null)
  }

  async #opened(self: Self, mine: number): Promise<void> {
    const { desk, tune } = this.#parts
    this.#know(self)
    try {
      await this.#socket?.ping(tune.answerMs)
    } catch {
      if (mine === this.#generation) this.#ended({ code: null, text: SAYS.noAnswer })
      return
    }
    if (mine !== this.#generation) return
    this.#timer?.cancel()
    this.#phase = 'open'
    this.#openedAt = this.#steady()
    this.#watch = watch({
      clock: desk.clock,
      quietMs: tune.quietMs,
      answerMs: tune.answerMs,
      ask: async (withinMs) => this.#socket?.ping(withinMs),
      silent: (forMs) => this.#silent(forMs),
    })
    this.#standOpen()
    this.#settle?.(true)
  }

  #know(self: Self): void {
    this.#self = self
    const phoneNumber = `+${self.phone}`
    if (phoneNumber === this.account.phoneNumber) return
    this.#parts.desk
      .learn(this.account.id, { phoneNumber })
      .catch((cause: unknown) => this.#log.warn('the number could not be kept', { cause }))
  }

  #silent(forMs: number): void {
    this.#become('stale', silentFor(forMs))
    void this.#drop()
    this.#login()
  }

  #ended(why: Closed): void {
    const phase = this.#phase
    const openForMs = phase === 'open' ? this.#steady() - this.#openedAt : 0
    const dropped = this.#drop()
    if (this.#isLeaving || this.#isStopped) return
    if (openForMs >= this.#parts.tune.steadyMs) {
      this.#failures = 0
      this.#restarts = 1
    }
    const verdict = verdictOf(why, this.#steady() - this.#replacedAt < DAY_MS)
    if (phase === 'open' && isSilence(why)) this.#silent(this.#parts.tune.quietMs)
    else if (phase === 'pairing' && verdict.is !== 'broken') this.#unpaired(why)
    else this.#obey(verdict, dropped)
  }

  #unpaired({ code, text }: Closed): void {
    const reason = code === 408 ? SAYS.unscanned : notLinked(text)
    this.pairing.ended(reason)
    this.#become('unlinked', reason)
  }

  #obey(verdict: Verdict, dropped: Promise<void>): void {
    this.pairing.ended(verdict.reason)
    if (verdict.is === 'again') {
      this.#again(verdict.wait, verdict.reason)
      return
    }
    this.#become(verdict.is, verdict.reason)
    if (verdict.is !== 'logged_out') return
    this.#self = null
    dropped
      .then(() => this.#session.wipe())
      .catch((cause: unknown) => this.#log.error('a session that is over could not be wiped', { cause }))
  }

  #again(wait: 'none' | 'growing' | 'long', reason: string): void {
    const { desk, tune } = this.#parts
    if (wait === 'none' && this.#restarts > 0) {
      this.#restarts -= 1
      this.#become('connecting', null)
      this.#login()
      return
    }
    if (wait === 'long') this.#replacedAt = this.#steady()
    else this.#failures += 1
    const waits = { leastMs: tune.leastWaitMs, mostMs: tune.mostWaitMs, random: Math.random() }
    const ms = wait === 'long' ? tune.replacedWaitMs : backoffMs(this.#failures, waits)
    this.#become('retrying', reason)
    this.#timer?.cancel()
    this.#timer = desk.clock.after(ms, () => void this.#resume())
  }

  #standOpen(): void {
    if (this.#phase !== 'open') return
    const reason = this.#restriction.reason()
    this.#become(reason === null ? 'connected' : 'restricted', reason)
  }

  #steady(): number {
    const { clock } = this.#parts.desk
    return clock.steady?.() ?? clock.now()
  }

  #become(is: StateName, reason: string | null): void {
    const { clock, state } = this.#parts.desk
    const next = nextState(this.#state, is, { reason, clock })
    if (next === this.#state) return
    this.#state = next
    if (this.#isStarted) state(this.account.id, next)
  }
}
