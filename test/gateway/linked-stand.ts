// A stand for linked devices: the gateway's own parts on a store in memory, and phones that do as they are told.

import { createHookGuard } from '../../src/delivery/webhook/guard.ts'
import { createLinking } from '../../src/gateway/accounts/linking.ts'
import { createAccounts } from '../../src/gateway/accounts.ts'
import { createIntake } from '../../src/gateway/intake.ts'
import { createLines } from '../../src/gateway/lines.ts'
import { createMetrics } from '../../src/gateway/metrics.ts'
import { createPairing } from '../../src/gateway/pairing.ts'
import { createKeyedQueue } from '../../src/kit/keyed-queue.ts'
import { silentLog } from '../../src/kit/log.ts'
import type { Account, AccountState } from '../../src/model/account.ts'
import type { RecordedEvent } from '../../src/model/event.ts'
import { Failure } from '../../src/model/failure.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import type { Store } from '../../src/store/store.ts'
import type { Desk, Line, PairingOffer, TransportKind } from '../../src/transports/transport.ts'
import { FakeClock } from '../suites/fake-clock.ts'

const LIVES_MS = 20_000

/** A line whose phone is the test: `scan` links it. */
export class PhoneLine implements Line {
  account: Account
  readonly business = null
  readonly pairing = {
    offer: () => this.#offer,
    begin: () => this.#begin(),
    code: (phone: string) => this.#code(phone),
  }
  begun = 0
  stopped = false
  unlinked = 0
  /** The phone cannot be told of anything. */
  isOutOfReach = false
  /** What `unlink` does besides. */
  onUnlink: () => Promise<void> = async () => {}
  readonly #desk: Desk
  #state: AccountState
  #offer: PairingOffer | null = null

  constructor(desk: Desk, account: Account) {
    this.account = account
    this.#desk = desk
    this.#state = { is: 'off', since: desk.clock.now(), reason: null, warnings: [] }
  }

  state = (): AccountState => this.#state
  lastHeardAt = (): number | null => (this.#state.is === 'connected' ? this.#state.since : null)

  start(): void {
    void this.#session.credentials().then((credentials) => this.become(credentials === null ? 'unlinked' : 'connected'))
  }
  async connect(): Promise<void> {
    throw new Error('A linked device is never tried on a second line')
  }
  async stop(): Promise<void> {
    this.stopped = true
    this.#offer = null
    this.become('off')
  }
  async unlink(): Promise<boolean> {
    this.unlinked += 1
    await this.onUnlink()
    await this.#session.wipe()
    return !this.isOutOfReach
  }
  adopt(account: Account): boolean {
    if (account.web?.proxy !== this.account.web?.proxy) return false
    this.account = account
    return true
  }

  become(is: AccountState['is']): void {
    this.#state = { ...this.#state, is, since: this.#desk.clock.now() }
    this.#desk.state(this.account.id, this.#state)
  }
  /** WhatsApp or the phone refuses the link, or nobody came. */
  refuse(is: 'unlinked' | 'broken', reason: string): void {
    this.#offer = null
    this.#state = { ...this.#state, is, reason, since: this.#desk.clock.now() }
    this.#desk.state(this.account.id, this.#state)
  }
  /** The phone takes the code that is offered. */
  async scan(): Promise<void> {
    this.#offer = null
    const keys = [{ type: 'session', id: '1', value: 'ratchet' }]
    await this.#session.put({ credentials: `identity of ${this.account.id}`, keys })
    await this.#desk.learn(this.account.id, { phoneNumber: '+15550000001' })
    this.become('connected')
  }
  /** The next code, as after 20 seconds. */
  renew(): void {
    this.#show({ by: 'qr', text: `2@code-${this.begun}-again`, expiresAt: this.#desk.clock.now() + LIVES_MS })
  }

  get #session() {
    return this.#desk.session(this.account.id)
  }
  #show(offer: PairingOffer): PairingOffer {
    this.#offer = offer
    this.become('pairing')
    this.#desk.offered(this.account.id, offer)
    return offer
  }
  async #begin(): Promise<PairingOffer> {
    if ((await this.#session.credentials()) !== null) throw new Failure('exists', 'A phone is linked')
    this.begun += 1
    return this.#show({ by: 'qr', text: `2@code-${this.begun}`, expiresAt: this.#desk.clock.now() + LIVES_MS })
  }
  async #code(phone: string): Promise<PairingOffer> {
    if (!/^\+?\d+$/.test(phone)) throw new Failure('invalid', 'phone: must be digits')
    return this.#show({ by: 'code', text: 'K4RT9WQX', expiresAt: this.#desk.clock.now() + 180_000 })
  }

  address = (to: string): string => to
  cannot = (): null => null
  upload = async (): Promise<string> => 'file'
  send = async () => ({ transportId: 'none' })
  markRead = async (): Promise<void> => {}
  fetchMedia = async (): Promise<void> => {}
  examine = async () => []
}

interface Ending {
  after(run: () => Promise<void> | void): void
}

/** A server; what is kept may be that of one before it. */
export async function linkedStand(t: Ending, kept?: { store: Store; clock: FakeClock }) {
  const clock = kept?.clock ?? new FakeClock()
  const store = kept?.store ?? (await openMemoryStore({ clock }))
  const events: RecordedEvent[] = []
  const shown: [account: string, offer: PairingOffer][] = []
  const opened: PhoneLine[] = []
  const engine = { wanted: () => true, dispatch: (told: readonly RecordedEvent[]) => void events.push(...told) }
  const failed = (thrown: unknown): never => {
    throw thrown
  }
  const intake = createIntake({ store, engine, clock, metrics: createMetrics('0'), arrived: () => {}, failed })
  const kind = (desk: Desk): TransportKind => ({
    kind: 'web',
    open(account) {
      const line = new PhoneLine(desk, account)
      opened.push(line)
      return line
    },
    isLinked: (credentials) => !credentials.startsWith('half'),
    close: async () => {},
  })
  const offered = ({ id }: Account, offer: PairingOffer) => void shown.push([id, offer])
  const publicId = (_: unknown, candidate: string): string => candidate
  const lines = createLines({ store, intake, clock, log: silentLog, publicId, offered, kinds: (desk) => [kind(desk)] })
  const deviceOf = (credentials: string) => (credentials.startsWith('half') ? null : credentials)
  const linking = createLinking({ store, lines, intake, clock, log: silentLog, deviceOf })
  const turns = { inTurn: createKeyedQueue(), linking }
  const guard = createHookGuard(['10.1.2.3'], async () => [{ address: '1.1.1.1', family: 4 }])
  const messages = { lastSentAt: () => null, queue: () => ({ waiting: 0, nextAt: null }), repace: () => {} }
  const now = () => clock.now()
  const accounts = createAccounts({ store, guard, lines, intake, messages, publicUrl: null, ...turns, now })
  const pairing = createPairing({ store, lines, accounts, ...turns, now })
  t.after(() => lines.stop())
  await lines.start()
  await linking.start()
  return { clock, store, events, shown, opened, lines, accounts, pairing, line: () => opened.at(-1)! }
}

export type LinkedStand = Awaited<ReturnType<typeof linkedStand>>
