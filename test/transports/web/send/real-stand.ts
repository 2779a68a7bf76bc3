// A linked device over the real client library and the simulated WhatsApp, for what is sent from it.

import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../../simulator/whatsapp/index.ts'
import { systemClock } from '../../../../src/kit/clock.ts'
import { silentLog } from '../../../../src/kit/log.ts'
import { ACCOUNT_DEFAULTS, type Account, DEFAULT_WEB } from '../../../../src/model/account.ts'
import type { Content } from '../../../../src/model/content.ts'
import type { OutMessage } from '../../../../src/model/message.ts'
import type { Desk, SessionStoreOf } from '../../../../src/transports/transport.ts'
import type { LineSide, Sender } from '../../../../src/transports/web/parts.ts'
import type { Arrived, Closed, Receipt, Self, Socket, SocketEvents } from '../../../../src/transports/web/port.ts'
import { createSender, type SenderTune } from '../../../../src/transports/web/send/sender.ts'
import { createSentIds } from '../../../../src/transports/web/send/sent-ids.ts'
import { createOpenSocket, createVersions } from '../../../../src/transports/web/socket.ts'
import { sessionInMemory } from '../session.ts'
import { newMessageId } from './stand.ts'

export interface RealStand {
  readonly sim: WhatsAppSimulator
  /** The phone that the device is linked to, and others. */
  readonly own: Phone
  readonly ann: Phone
  readonly ben: Phone
  readonly sender: Sender
  readonly arrivals: Arrived[]
  readonly receipts: Receipt[]
  readonly restricted: string[]
  /** Ids of messages that the library asked for again. */
  readonly asked: string[]
  /** Messages of ours as the store has them, by the transport's id. */
  readonly records: Map<string, OutMessage>
  /** Sends; answers the transport's id. */
  send(content: Content, more?: { chat?: string; replyTo?: string }): Promise<string>
  /** The message with that id, as it came to that phone. */
  at(phone: Phone, id: string): ReturnType<Phone['hears']>
  /** A new connection, and a sender that knows nothing of what was sent: as after a restart. */
  restart(): Promise<void>
  /** Resolves when a message with that id has come in. */
  came(id: string): Promise<void>
  close(): Promise<void>
}

export const OWN = '15550000001'
export const ANN = '15551234567'
export const BEN = '15557654321'

/** The library leaves timers of half a minute behind on every connection; a process that has only those left is done. */
function forgetLongTimers(): void {
  const set = globalThis.setTimeout
  const setTimer = (callback: () => void, ms?: number): NodeJS.Timeout => {
    const timer = set(callback, ms)
    return ms === 30_000 ? timer.unref() : timer
  }
  globalThis.setTimeout = Object.assign(setTimer, { __promisify__: set.__promisify__ })
}

/** Links a device and waits until it is open. Once per process: it believes one WhatsApp only. */
export async function realStand(tune: Partial<SenderTune> = {}): Promise<RealStand> {
  forgetLongTimers()
  const sim = await startWhatsAppSimulator()
  const [own, ann, ben] = [OWN, ANN, BEN].map((number) => sim.phone(number, { name: `Phone ${number}` }))
  if (!own || !ann || !ben) throw new Error('three phones were made')
  const arrivals: Arrived[] = []
  const receipts: Receipt[] = []
  const restricted: string[] = []
  const asked: string[] = []
  const records = new Map<string, OutMessage>()
  let wake = Promise.withResolvers<void>()
  const state: { socket: Socket | null; self: Self | null; isOver: boolean } = {
    socket: null,
    self: null,
    isOver: false,
  }
  const session = sessionInMemory()
  const side = sideOf({ session, records, state, restricted })
  const madeSender = () => createSender(side, { random: () => 0, typingPerCharMs: 1, ...tune })
  const held = { sender: madeSender() }
  const open = createOpenSocket(systemClock, { versions: createVersions(sim), guard: null })
  let isOpen = Promise.withResolvers<void>()
  const start = (): void => {
    const { trust } = sim
    const noiseRoot = Buffer.from(trust.noise_root, 'base64')
    const endpoint = { url: sim.url, noiseRoot, mediaHosts: trust.media_hosts, mediaCa: trust.media_ca }
    const sent = (id: string, chat: string) => {
      asked.push(id)
      return held.sender.sent(id, chat)
    }
    const opened = open({ endpoint, session, events: events(), sent, proxy: null, log: silentLog })
    state.socket = opened
  }
  const events = (): SocketEvents => ({
    async arrived(message) {
      held.sender.heard(message)
      arrivals.push(message)
      wake.resolve()
      wake = Promise.withResolvers()
    },
    qr: (text) => void own.scans(text).catch(isOpen.reject),
    paired() {},
    open(self) {
      state.self = self
      isOpen.resolve()
    },
    closed(why: Closed) {
      held.sender.cut()
      state.socket = null
      if (why.code === 515 && !state.isOver) start()
      else isOpen.reject(new Error(why.text))
    },
    wrote() {},
    unencrypted() {},
    acked: (id, error) => held.sender.acked(id, error),
    receipts: (receipt) => void receipts.push(receipt),
    frame() {},
    notice: (what, value) => held.sender.notice(what, value),
    restricted() {},
  })
  start()
  await isOpen.promise
  await sim.server.wait(() => own.companions().some(({ active }) => active), { what: 'an active device' })
  return {
    sim,
    own,
    ann,
    ben,
    arrivals,
    receipts,
    restricted,
    asked,
    records,
    get sender() {
      return held.sender
    },
    async send(content, { chat = ANN, replyTo = null as string | null } = {}) {
      return (await held.sender.send({ id: newMessageId(), chat, replyTo, content })).transportId
    },
    at: (phone, id) => phone.hears((received) => received.id === id, { what: `message ${id}` }),
    async restart() {
      held.sender = madeSender()
      await state.socket?.end()
      isOpen = Promise.withResolvers()
      start()
      await isOpen.promise
    },
    async came(id) {
      while (!arrivals.some(({ envelope }) => envelope.id === id)) await wake.promise
    },
    async close() {
      state.isOver = true
      await state.socket?.end()
      await sim.close()
    },
  }
}

interface SideParts {
  readonly session: SessionStoreOf
  readonly records: ReadonlyMap<string, OutMessage>
  readonly state: { readonly socket: Socket | null; readonly self: Self | null }
  readonly restricted: string[]
}

function sideOf({ session, records, state, restricted }: SideParts): LineSide {
  const never = (): never => {
    throw new Error('sending does not ask for that')
  }
  const noted = {
    emit: never,
    offered: never,
    state: never,
    learn: never,
    publicId: never,
    dropped: never,
    outgoing: async () => new Map(),
  }
  const desk: Desk = {
    ...noted,
    clock: systemClock,
    log: silentLog,
    session: () => session,
    sentContent: async (id) => records.get(id) ?? null,
    lost: async () => [],
  }
  return {
    account: ACCOUNT,
    web: DEFAULT_WEB,
    desk,
    sentIds: createSentIds(desk, ACCOUNT.id),
    log: silentLog,
    socket: () => state.socket,
    fetching: () => state.socket,
    self: () => state.self,
    hindrance: () => null,
    restrict: (reason) => void restricted.push(reason),
  }
}

const ACCOUNT: Account = {
  id: 'shop',
  kind: 'web',
  phoneNumber: `+${OWN}`,
  disabled: false,
  sessionPath: null,
  showQr: false,
  ...ACCOUNT_DEFAULTS,
  web: DEFAULT_WEB,
  cloud: null,
}
