// A line over the real client library and the simulated WhatsApp, with a desk that writes down what it is told.

import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../../simulator/whatsapp/index.ts'
import { type Clock, systemClock } from '../../../../src/kit/clock.ts'
import { type Log, silentLog } from '../../../../src/kit/log.ts'
import { ACCOUNT_DEFAULTS, type Account, type AccountState, DEFAULT_WEB } from '../../../../src/model/account.ts'
import type { EventDraft } from '../../../../src/model/event.ts'
import type { OutMessage } from '../../../../src/model/message.ts'
import type { Desk, Line, PairingLine, PairingOffer } from '../../../../src/transports/transport.ts'
import { readEndpoint } from '../../../../src/transports/web/endpoint.ts'
import { createWebKind } from '../../../../src/transports/web/index.ts'
import type { Tune } from '../../../../src/transports/web/tune.ts'
import { type SessionInMemory, sessionInMemory } from '../session.ts'

export const OWN = '15550000001'
export const ANN = '15551234567'
const PATIENCE_MS = 10_000

export interface Stand {
  readonly sim: WhatsAppSimulator
  readonly own: Phone
  readonly ann: Phone
  readonly session: SessionInMemory
  readonly states: AccountState[]
  readonly offers: PairingOffer[]
  readonly drafts: EventDraft[]
  readonly learned: string[]
  readonly lines: readonly Line[]
  /** Messages of ours, by the transport's id. */
  readonly outgoing: Map<string, OutMessage>
  /** What recording comes to, until it is set back. */
  emits: () => Promise<void>
  readonly account: Account
  /** A new line for the account, as after a restart. */
  open(): Line
  /** Resolves when something is so; fails after a while. */
  until<T>(what: string, look: () => T | null | undefined | false): Promise<T>
  /** Resolves when that is the state. */
  is(line: Line, state: AccountState['is']): Promise<AccountState>
  /** A line that is linked and connected. */
  linked(): Promise<Line>
  /** Ends the lines, and forgets the session here and at the phone. */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface StandOptions {
  readonly tune?: Partial<Tune>
  readonly qrLivesMs?: readonly number[]
  readonly clock?: Clock
  readonly log?: Log
  readonly proxy?: string
  /** In place of what the simulator says of itself. */
  readonly trust?: Record<string, unknown>
}

/** Short times, so that nothing is waited for. */
export const QUICK: Partial<Tune> = { leastWaitMs: 10, mostWaitMs: 50, replacedWaitMs: 80, startSpacingMs: 0 }

export async function createStand(options: StandOptions = {}): Promise<Stand> {
  const { clock = systemClock, log = silentLog, proxy = null, tune, qrLivesMs, trust } = options
  const sim = await startWhatsAppSimulator(qrLivesMs ? { qrLivesMs } : {})
  const endpoint = readEndpoint(sim.url, { ...sim.trust, ...trust })
  const session = sessionInMemory()
  const told = { states: [] as AccountState[], offers: [] as PairingOffer[], drafts: [] as EventDraft[] }
  const learned: string[] = []
  const outgoing = new Map<string, OutMessage>()
  const news = createNews()
  const desk: Desk = {
    async emit(drafts) {
      await stand.emits()
      told.drafts.push(...drafts)
      news.tell()
    },
    offered: (_, offer) => news.tell(told.offers.push(offer)),
    session: () => session,
    sentContent: async (id) => outgoing.get(id) ?? null,
    lost: async () => [],
    state: (_, state) => news.tell(told.states.push(state)),
    learn: async (_, { phoneNumber }) => void (phoneNumber && learned.push(phoneNumber)),
    outgoing: async () => new Map(),
    publicId: (_, candidate) => candidate,
    dropped() {},
    clock,
    log,
  }
  const kind = createWebKind({ desk, endpoint, tune: { ...QUICK, ...tune } })
  const account = accountOf(proxy)
  const lines: Line[] = []
  const stand: Stand = {
    sim,
    own: sim.phone(OWN, { name: 'Own' }),
    ann: sim.phone(ANN, { name: 'Ann' }),
    session,
    ...told,
    learned,
    lines,
    outgoing,
    emits: async () => {},
    account,
    open() {
      const line = kind.open(account)
      lines.push(line)
      return line
    },
    until: news.until,
    is: (line, state) => news.until(`the state ${state}`, () => line.state().is === state && line.state()),
    async linked() {
      const line = stand.open()
      line.start()
      await stand.is(line, 'unlinked')
      await stand.own.scans((await pairingOf(line).begin()).text)
      await stand.is(line, 'connected')
      return line
    },
    async clear() {
      await Promise.all(lines.splice(0).map((line) => line.stop()))
      stand.own.unlinks()
      await session.wipe()
      stand.emits = async () => {}
      for (const list of Object.values(told)) list.length = 0
    },
    async close() {
      await stand.clear()
      await kind.close()
      await sim.close()
    },
  }
  return stand
}

export function pairingOf(line: Line): PairingLine {
  if (!line.pairing) throw new Error('a linked device can be paired')
  return line.pairing
}

function createNews() {
  const waiting = new Set<() => void>()
  return {
    tell: (_?: unknown) => {
      for (const wake of [...waiting]) wake()
    },
    async until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
      const late = Date.now() + PATIENCE_MS
      for (;;) {
        const found = look()
        if (found) return found
        if (Date.now() > late) throw new Error(`${what} did not come`)
        // Some of what is looked at tells nobody, so that it is looked at again after a moment, too.
        const woken = Promise.withResolvers<void>()
        waiting.add(woken.resolve)
        const timer = setTimeout(woken.resolve, 20)
        await woken.promise
        clearTimeout(timer)
        waiting.delete(woken.resolve)
      }
    },
  }
}

function accountOf(proxy: string | null): Account {
  return {
    id: 'own',
    kind: 'web',
    phoneNumber: null,
    disabled: false,
    sessionPath: null,
    showQr: false,
    ...ACCOUNT_DEFAULTS,
    web: { ...DEFAULT_WEB, proxy },
    cloud: null,
  }
}
