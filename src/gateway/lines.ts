// The live connections of this node: opens, watches and closes them, and is the desk that transports are given.
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { Account, AccountState } from '../model/account.ts'
import type { EventDraft } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import type { OutMessage } from '../model/message.ts'
import type { AccountData, PairingData } from '../model/notice-data.ts'
import type { Store } from '../store/store.ts'
import type {
  CallbackAnswer,
  CallbackRequest,
  Desk,
  DropReason,
  Line,
  PairingOffer,
  SessionStoreOf,
  TransportKind,
} from '../transports/transport.ts'
import type { Intake } from './intake.ts'
import { rawReceived } from './received.ts'

export interface Lines {
  /** Opens and starts the lines of all stored accounts that are not disabled. */
  start(): Promise<void>
  accounts(): Account[]
  account(id: string): Account | null
  state(id: string): AccountState
  /** When the other side of an account's line was last heard, ms since epoch; null where there is nothing to hear on. */
  lastHeardAt(id: string): number | null
  /** Whether credentials are those of a phone that is linked to the account, and not half of a pairing. */
  isSession(account: Account, credentials: string | null): boolean
  /** The line of an account that can be used now. Fails with `invalid` (no such account) and `disabled`. */
  need(id: string): Line
  /** Lets something be asked of an account's line; of one that is disabled, of a line that is opened for it alone. */
  borrow<T>(account: Account, use: (line: Line) => Promise<T>): Promise<T>
  /** Fails with `unsupported` for a kind of account that this version has no transport for. */
  needKind(kind: Account['kind']): void
  /**
   * Validates an account that is about to be kept, on a line of its own: what is in use goes on meanwhile. Fails with
   * `upstream`; then nothing has changed.
   */
  connect(account: Account): Promise<Candidate>
  /** Lets an open line take over settings that need no new connection; false when it takes a new line. */
  adopt(account: Account): boolean
  /** Keeps an account, with the line that it has, or without one. Switched off by its owner, it is told so. */
  park(account: Account): void
  /** Opens a line anew and starts it, whatever the other side says of it. */
  reopen(account: Account): void
  close(id: string): Promise<void>
  forget(id: string): void
  callback(request: CallbackRequest): Promise<CallbackAnswer | null>
  /** Calls back, after the fact, when the state of an account, or what its owner wants of it, may be another one. */
  watch(changed: (account: string) => void): void
  stop(): Promise<void>
}

/** An account that the other side has accepted, and that is not in use yet. */
export interface Candidate {
  /** With what connecting found out. */
  readonly account: Account
  /** Puts it into use, in the place of the line that was; between the two no callback finds nobody. */
  takeOver(): Promise<void>
  drop(): Promise<void>
}

export interface LinesDeps {
  readonly store: Pick<Store, 'accounts' | 'events' | 'messages' | 'sessions'>
  readonly intake: Intake
  readonly clock: Clock
  readonly log: Log
  /** The id that the outside is told for a message of ours: see Desk. */
  readonly publicId: (message: OutMessage, candidate: string) => string
  /** Something is offered to the phone of an account: for who shows it. */
  readonly offered?: (account: Account, offer: PairingOffer) => void
  /** Something that came in was not told. */
  readonly dropped?: (account: string, reason: DropReason) => void
  /** Builds a kind for the desk that it is given. */
  readonly kinds: (desk: Desk) => readonly TransportKind[]
}

/** Messages of an account whose answer was lost, and for which something may still come. */
const MOST_LOST = 5000

interface Held {
  account: Account
  line: Line | null
  state: AccountState
}

/** The event that tells of a state; `off` tells nothing by itself. */
const EVENT_OF: Record<AccountState['is'], string> = {
  off: 'account.disconnected',
  connecting: 'account.connecting',
  connected: 'account.connected',
  retrying: 'account.disconnected',
  broken: 'account.error',
  unlinked: 'account.disconnected',
  pairing: 'account.connecting',
  stale: 'account.stale',
  replaced: 'account.disconnected',
  logged_out: 'account.logged_out',
  restricted: 'account.error',
}

export function createLines(deps: LinesDeps): Lines {
  return new LineTable(deps)
}

class LineTable implements Lines {
  readonly #deps: LinesDeps
  readonly #held = new Map<string, Held>()
  /** Accounts that are being validated, with what was found out so far. */
  readonly #candidates = new Map<string, Account>()
  readonly #kinds: Map<Account['kind'], TransportKind>
  readonly #watching: ((account: string) => void)[] = []

  constructor(deps: LinesDeps) {
    this.#deps = deps
    const desk: Desk = {
      emit: async (drafts) => void (await deps.intake.record(drafts)),
      state: (account, state) => this.#changed(account, state),
      learn: (account, found) => this.#learn(account, found),
      outgoing: async (ids) => new Map((await deps.store.messages.many(ids)).map((message) => [message.id, message])),
      publicId: deps.publicId,
      offered: (account, offer) => this.#offered(account, offer),
      session: (account) => sessionOf(deps.store, account),
      received: (account, transportId) => rawReceived(deps.store, { account, transportId }),
      lost: (account) => deps.store.messages.lost(account, MOST_LOST),
      sentContent: async (transportId) => (await deps.store.messages.get(transportId))?.message ?? null,
      dropped: (account, reason) => deps.dropped?.(account, reason),
      clock: deps.clock,
      log: deps.log,
    }
    this.#kinds = new Map(deps.kinds(desk).map((kind) => [kind.kind, kind]))
  }

  async start(): Promise<void> {
    for (const account of await this.#deps.store.accounts.all()) {
      this.park(account)
      if (!account.disabled && this.#kinds.has(account.kind)) this.reopen(account)
    }
  }

  accounts(): Account[] {
    return [...this.#held.values()].map((held) => held.account)
  }

  account(id: string): Account | null {
    return this.#held.get(id)?.account ?? null
  }

  state(id: string): AccountState {
    const held = this.#held.get(id)
    return held?.line?.state() ?? held?.state ?? this.#off()
  }

  lastHeardAt(id: string): number | null {
    return this.#held.get(id)?.line?.lastHeardAt() ?? null
  }

  isSession({ kind }: Account, credentials: string | null): boolean {
    return credentials !== null && (this.#kinds.get(kind)?.isLinked?.(credentials) ?? true)
  }

  need(id: string): Line {
    const held = this.#held.get(id)
    if (!held) throw new Failure('invalid', `account_id: there is no account "${id}"`)
    if (held.account.disabled || !held.line)
      throw new Failure('disabled', `account_id: the account "${id}" is disabled; enable it first`)
    return held.line
  }

  async borrow<T>(account: Account, use: (line: Line) => Promise<T>): Promise<T> {
    const held = this.#held.get(account.id)?.line
    if (held) return use(held)
    const line = this.#kindOf(account.kind).open(account)
    try {
      return await use(line)
    } finally {
      await line.stop()
    }
  }

  needKind(kind: Account['kind']): void {
    this.#kindOf(kind)
  }

  async connect(wished: Account): Promise<Candidate> {
    const { id } = wished
    const line = this.#kindOf(wished.kind).open({ ...wished, disabled: false })
    this.#candidates.set(id, { ...wished, disabled: false })
    try {
      await line.connect()
    } catch (thrown) {
      this.#candidates.delete(id)
      await line.stop()
      throw thrown
    }
    const account = this.#candidates.get(id) ?? wished
    this.#candidates.delete(id)
    return {
      account,
      takeOver: async () => {
        const closed = this.close(id)
        this.#held.set(id, { account, line, state: this.#off() })
        line.start()
        await closed
      },
      drop: () => line.stop(),
    }
  }

  adopt(account: Account): boolean {
    const held = this.#held.get(account.id)
    if (!held?.line?.adopt?.(account)) return false
    held.account = account
    this.#tell(account.id)
    return true
  }

  park(account: Account): void {
    const before = this.#held.get(account.id)
    const state = this.#off()
    this.#held.set(account.id, { account, line: before?.line ?? null, state })
    if (before && account.disabled && !before.account.disabled)
      this.#deps.intake.note(stateEvent(account.id, { ...state, reason: 'The account was disabled.' }))
    this.#tell(account.id)
  }

  reopen(account: Account): void {
    const before = this.#held.get(account.id)?.line
    if (before) return
    const line = this.#kindOf(account.kind).open(account)
    this.#held.set(account.id, { account, line, state: line.state() })
    line.start()
  }

  async close(id: string): Promise<void> {
    const held = this.#held.get(id)
    const line = held?.line
    if (!held || !line) return
    held.line = null
    held.state = this.#off()
    await line.stop()
  }

  forget(id: string): void {
    this.#held.delete(id)
    this.#tell(id)
  }

  watch(changed: (account: string) => void): void {
    this.#watching.push(changed)
  }

  async callback(request: CallbackRequest): Promise<CallbackAnswer | null> {
    for (const kind of this.#kinds.values()) {
      const answer = await kind.callback?.(request)
      if (answer) return answer
    }
    return null
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((id) => this.close(id)))
    await Promise.all([...this.#kinds.values()].map((kind) => kind.close()))
  }

  #kindOf(wanted: Account['kind']): TransportKind {
    const kind = this.#kinds.get(wanted)
    if (kind) return kind
    throw new Failure(
      'unsupported',
      'type: WhatsApp Web numbers ("whatsmeow") cannot be linked by this version; add a number of the Cloud API ("business-api")',
    )
  }

  #off(): AccountState {
    return { is: 'off', since: this.#deps.clock.now(), reason: null, warnings: [] }
  }

  #changed(id: string, state: AccountState): void {
    const held = this.#held.get(id)
    if (!held) return
    const before = held.state
    held.state = state
    this.#tell(id)
    if (before.is === state.is && before.reason === state.reason) return
    this.#deps.log.info('account.state', { account: id, state: state.is, reason: state.reason })
    if (state.is !== 'off') this.#deps.intake.note(stateEvent(id, state))
  }

  #tell(id: string): void {
    for (const changed of this.#watching) changed(id)
  }

  #offered(id: string, offer: PairingOffer): void {
    const held = this.#held.get(id)
    if (!held) return
    this.#deps.intake.note(offerEvent(id, offer))
    this.#deps.offered?.(held.account, offer)
  }

  async #learn(id: string, found: Parameters<Desk['learn']>[1]): Promise<void> {
    const candidate = this.#candidates.get(id)
    if (candidate) {
      this.#candidates.set(id, learned(candidate, found))
      return
    }
    const held = this.#held.get(id)
    // A line that was closed meanwhile must not write over what its owner has decided since.
    if (!held?.line) return
    held.account = learned(held.account, found)
    await this.#deps.store.accounts.replace(held.account)
  }
}

function learned(account: Account, found: Parameters<Desk['learn']>[1]): Account {
  return {
    ...account,
    phoneNumber: found.phoneNumber ?? account.phoneNumber,
    cloud: account.cloud && { ...account.cloud, ...found.cloud },
  }
}

function sessionOf({ sessions }: Pick<Store, 'sessions'>, account: string): SessionStoreOf {
  return {
    credentials: () => sessions.credentials(account),
    get: (type, ids) => sessions.keys(account, type, ids),
    put: (change) => sessions.put(account, change),
    soon: (keys) => sessions.soon(account, keys),
    wipe: () => sessions.wipe(account),
  }
}

function stateEvent(account: string, { is, reason, since }: AccountState): EventDraft {
  return accountEvent(EVENT_OF[is], account, { state: is, reason, since: new Date(since).toISOString() })
}

function offerEvent(account: string, { by, text, expiresAt }: PairingOffer): EventDraft {
  const type = by === 'qr' ? 'account.qr' : 'account.pairing_code'
  return accountEvent(type, account, { code: text, expires_at: new Date(expiresAt).toISOString() })
}

function accountEvent(type: string, account: string, data: AccountData | PairingData): EventDraft {
  return { type, account, chat: null, data: JSON.stringify(data), raw: null, origin: null, news: null }
}
