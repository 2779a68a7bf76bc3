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
//   restricted  connected, but WhatsApp restricts whom the number may write to, until it says otherwise, restarts or
//               not.                                                         -> connected
//
// Ends that are not tried again, but for what is said:
//
//   replaced    440 for the second time within a day: the session is used somewhere else. Stays so over restarts, until
//               the account is enabled anew
//   logged_out  401, 406: the phone removed this device. The session is wiped; `pairing.begin` begins anew
//   broken      402, 403, 405, 409, 411, 400 (the server is not who it should be): the owner has to act. 402 is tried
//               again when the ban ends, if WhatsApp told when; 400, about once an hour, since a network may be left
//
// 405 (too old a version) comes to nothing before today's version was asked for and tried, once.
//
// A connection is one generation: what comes of an older one is not heard. Each attempt has a new socket.
import type { Timer } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Account, AccountState, WebSettings } from '../../model/account.ts'
import { Failure } from '../../model/failure.ts'
import type { Finding } from '../../model/finding.ts'
import type { Line, SessionStoreOf } from '../transport.ts'
import { Ends } from './ends.ts'
import { sayFarewell } from './farewell.ts'
import { hear } from './hearing.ts'
import { type Marks, marksOf } from './marks.ts'
import { Pairing } from './pairing.ts'
import type { LineParts, LineSide, Receiver, Sender } from './parts.ts'
import type { Closed, Self, Socket, SocketEvents } from './port.ts'
import { createRestriction, type Restriction } from './restriction.ts'
import { createSentIds } from './send/sent-ids.ts'
import { findingsOf, hindranceOf, nextState, SAYS, type StateName, silentFor } from './states.ts'
import { type Watch, watch } from './watch.ts'

/** What its owner may change meanwhile. */
type Changing<T> = { -readonly [K in keyof T]: T[K] }

/** Nothing goes out before `start`, `pairing.begin` or `unlink`. */
export class WebLine implements Line {
  readonly business = null
  readonly pairing: Pairing
  readonly #parts: LineParts
  /** Its account and settings are those that hold now. */
  readonly #side: Changing<LineSide>
  readonly #log: Log
  readonly #session: SessionStoreOf
  readonly #receiver: Receiver
  readonly #sender: Sender
  readonly #restriction: Restriction
  readonly #marks: Marks
  readonly #ends: Ends
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
  /** What is linked is being looked up; pairing waits for it. */
  #resuming: Promise<void> = Promise.resolve()

  constructor(parts: LineParts, account: Account, web: WebSettings) {
    const { desk, tune } = parts
    this.#parts = parts
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
    this.#marks = marksOf(this.#session)
    this.#ends = this.#endsOf()
    const changed = () => this.#standOpen()
    this.#restriction = createRestriction({ clock: desk.clock, log: this.#log, marks: this.#marks, changed })
    this.#side = this.#sideOf(account, web)
    this.#receiver = parts.createReceiver(this.#side)
    this.#sender = parts.createSender(this.#side)
  }

  get account(): Account {
    return this.#side.account
  }

  state(): AccountState {
    return this.#state
  }

  start(): void {
    if (this.#isStarted || this.#isStopped) return
    this.#isStarted = true
    this.#resume()
  }

  /** Whether a phone is linked, and WhatsApp takes it, is told by the state: nobody waits for a scan here. */
  async connect(): Promise<void> {}

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.pairing.ended('The account was switched off')
    const ended = this.#drop()
    this.#restriction.stop()
    this.#become('off', null)
    await ended
  }

  readonly address: Line['address'] = (to) => this.#sender.address(to)
  readonly cannot: Line['cannot'] = (content) => this.#sender.cannot(content)
  readonly upload: Line['upload'] = (kind, file) => this.#sender.upload(kind, file)
  readonly send: Line['send'] = (message) => this.#sender.send(message)
  readonly markRead: Line['markRead'] = (messageId) => this.#sender.markRead(messageId)
  readonly fetchMedia: Line['fetchMedia'] = (ref, sink) => this.#sender.fetchMedia(ref, sink)

  async examine(): Promise<Finding[]> {
    return findingsOf(this.#state, this.#heardAt)
  }

  lastHeardAt(): number | null {
    return this.#heardAt
  }

  async unlink(): Promise<boolean> {
    this.#isLeaving = true
    try {
      this.pairing.ended('This device was unlinked')
      const isLinked = this.#parts.isLinked(await this.#session.credentials())
      const isTold = !isLinked || (await this.#sayFarewell())
      await this.#drop()
      await this.#session.wipe()
      this.#restriction.stop()
      this.#self = null
      this.#become('unlinked', SAYS.unlinkedByOwner)
      return isTold
    } finally {
      this.#isLeaving = false
    }
  }

  /** Whether the phone was told. */
  async #sayFarewell(): Promise<boolean> {
    const isRefused = ['replaced', 'broken', 'logged_out'].includes(this.#state.is)
    if (isRefused || !(this.#phase === 'open' || (await this.#connect('login')))) return false
    const { clock } = this.#parts.desk
    return this.#socket !== null && sayFarewell(this.#socket, { clock, log: this.#log })
  }

  /** Everything but the way out may change under an open connection. */
  adopt(account: Account): boolean {
    if (this.#isStopped || account.web === null || account.web.proxy !== this.#side.web.proxy) return false
    Object.assign(this.#side, { account, web: account.web })
    return true
  }

  #endsOf(): Ends {
    const { desk, tune, renewVersion } = this.#parts
    return new Ends({
      clock: desk.clock,
      tune,
      log: this.#log,
      session: this.#session,
      marks: this.#marks,
      renewVersion: (refused) => renewVersion({ refused, proxy: this.#side.web.proxy, log: this.#log }),
      line: {
        become: (is, reason) => this.#become(is, reason),
        login: () => this.#login(),
        pair: () => void this.#connect('pairing'),
        resumeAfter: (ms) => this.#after(ms, () => this.#resume()),
        silent: (forMs) => this.#silent(forMs),
        unpaired: (reason) => this.pairing.ended(reason),
        forget: () => {
          this.#self = null
        },
        still: () => {
          const mine = this.#generation
          return () => mine === this.#generation && !this.#isStopped
        },
      },
    })
  }

  #sideOf(account: Account, web: WebSettings): LineSide {
    const { desk } = this.#parts
    return {
      ...{ account, web, desk, log: this.#log, sentIds: createSentIds(desk, account.id) },
      socket: () => (this.#phase === 'open' ? this.#socket : null),
      fetching: () => (this.#phase === 'open' || this.#phase === 'login' ? this.#socket : null),
      self: () => this.#self,
      hindrance: () => (this.#phase === 'open' ? this.#restriction.reason() : hindranceOf(this.#state)),
      restrict: (reason, untilMs) => this.#restriction.begin(reason, untilMs),
    }
  }

  #resume(): void {
    this.#resuming = this.#takeUp().catch((error: unknown) => {
      const reason = `The session cannot be read: ${error instanceof Error ? error.message : error}`
      if (!this.#isStopped) this.#ends.again('growing', reason)
    })
  }

  /** Takes up the session, if there is one. A state that says more than `connecting` stays until something is known. */
  async #takeUp(): Promise<void> {
    const credentials = await this.#session.credentials()
    const isLinked = this.#parts.isLinked(credentials)
    const isOver = () => this.#isStopped || this.#phase !== 'idle'
    if (isOver()) return
    if (!isLinked) {
      // What a pairing left that came to nothing.
      if (credentials !== null) await this.#session.wipe()
      return this.#become('unlinked', SAYS.unlinked)
    }
    const replaced = await this.#marks.replaced()
    await this.#restriction.resume()
    if (isOver()) return
    if (replaced !== null) return this.#become('replaced', replaced)
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
    await this.#resuming
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
      proxy: this.#side.web.proxy,
      log: this.#log,
      sent: (id, chat) => this.#sender.sent(id, chat),
      events: this.#events(this.#generation),
    })
    return settled.promise
  }

  #expectOpen(): void {
    this.#after(this.#parts.tune.loginMs, () => this.#ended({ code: null, text: SAYS.noAnswer }))
  }

  /** In place of what was to come. */
  #after(ms: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.desk.clock.after(ms, run)
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
        qr: (text, livesMs) => {
          this.#ends.taken()
          this.pairing.shown(text, livesMs)
        },
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
    this.#ends.linked()
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
    this.#ends.taken()
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
    const openForMs = phase === 'open' ? (this.#watch?.watchedMs() ?? 0) : 0
    const dropped = this.#drop()
    if (this.#isLeaving || this.#isStopped) return
    this.#ends.ended({ why, phase, openForMs, dropped })
  }

  #standOpen(): void {
    if (this.#phase !== 'open') return
    const reason = this.#restriction.reason()
    this.#become(reason === null ? 'connected' : 'restricted', reason)
  }

  #become(is: StateName, reason: string | null): void {
    const { clock, state } = this.#parts.desk
    const next = nextState(this.#state, is, { reason, clock })
    if (next === this.#state) return
    this.#state = next
    if (this.#isStarted) state(this.account.id, next)
  }
}
