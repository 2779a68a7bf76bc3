// A whole line over the real client library and the simulated WhatsApp, for what comes in on it.

import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../../simulator/whatsapp/index.ts'
import { systemClock } from '../../../../src/kit/clock.ts'
import { silentLog } from '../../../../src/kit/log.ts'
import { ACCOUNT_DEFAULTS, type Account, type AccountState, DEFAULT_WEB } from '../../../../src/model/account.ts'
import type { EventDraft } from '../../../../src/model/event.ts'
import type { OutMessage } from '../../../../src/model/message.ts'
import type { Desk, Line } from '../../../../src/transports/transport.ts'
import { readEndpoint } from '../../../../src/transports/web/endpoint.ts'
import { createWebKind } from '../../../../src/transports/web/index.ts'
import { sessionInMemory } from '../session.ts'
import { AT, type Loose } from './stand.ts'

export const OWN = '15550000001'
export const ANN = '15551234567'
export const BEN = '15557654321'

export interface RealEvent {
  readonly type: string
  readonly chat: string | null
  readonly data: Loose
  readonly draft: EventDraft
}

export interface RealStand {
  readonly sim: WhatsAppSimulator
  readonly line: Line
  readonly own: Phone
  readonly ann: Phone
  readonly ben: Phone
  readonly events: RealEvent[]
  /** Why something was not told, each time. */
  readonly dropped: string[]
  /** The first event that matches, now or as soon as it is recorded. */
  event(match: (event: RealEvent) => boolean, what: string): Promise<RealEvent>
  /** The event of the message with that id. */
  of(id: string, type?: string): Promise<RealEvent>
  /** Sends a stanza of nobody's to the device. */
  strange(what: Parameters<WhatsAppSimulator['strange']>[2]): void
  /** The next so many units of work fail. */
  failNext(count: number): void
  /** Sends a text to Ann as this server does; answers the transport's id. */
  send(text: string): Promise<string>
  close(): Promise<void>
}

const ACCOUNT: Account = {
  ...{ id: 'shop', kind: 'web', phoneNumber: null, disabled: false, sessionPath: null, showQr: false },
  ...{ ...ACCOUNT_DEFAULTS, web: { ...DEFAULT_WEB, typing: false }, cloud: null },
  media: { ...ACCOUNT_DEFAULTS.media, download: true },
}

/** Links a device and waits until it is connected. */
export async function realStand(): Promise<RealStand> {
  const sim = await startWhatsAppSimulator()
  const [own, ann, ben] = [
    sim.phone(OWN, { name: 'Shop' }),
    sim.phone(ANN, { name: 'Ann Obi' }),
    sim.phone(BEN, { name: 'Ben' }),
  ] as const
  const events: RealEvent[] = []
  const messages = new Map<string, OutMessage>()
  const dropped: string[] = []
  const state = { failing: 0, is: 'off' as AccountState['is'], wake: Promise.withResolvers<void>() }
  const stir = (): void => {
    state.wake.resolve()
    state.wake = Promise.withResolvers()
  }
  const session = sessionInMemory()
  const desk = {
    async emit(drafts: readonly EventDraft[]) {
      if (state.failing > 0) {
        state.failing -= 1
        throw new Error('disk full')
      }
      for (const draft of drafts) {
        // The store tells a thing once.
        if (draft.origin && events.some((one) => one.draft.origin?.key === draft.origin?.key)) continue
        events.push({ type: draft.type, chat: draft.chat, data: JSON.parse(draft.data), draft })
      }
      stir()
    },
    state(_: string, now: AccountState) {
      state.is = now.is
      stir()
    },
    ...{ offered() {}, session: () => session, sentContent: async (id: string) => messages.get(id) ?? null },
    ...{
      dropped: (_: string, reason: string) => void dropped.push(reason),
      learn: async () => {},
      outgoing: async () => new Map(),
      lost: async () => [],
      publicId: (_: OutMessage, id: string) => id,
    },
    ...{ clock: systemClock, log: silentLog },
  } satisfies Desk
  const kind = createWebKind({ desk, endpoint: readEndpoint(sim.url, sim.trust), tune: { leastWaitMs: 20 } })
  const line = kind.open(ACCOUNT)
  line.start()
  await own.scans((await line.pairing?.begin())?.text ?? '')
  const until = async (isSo: () => boolean, what: string): Promise<void> => {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`never came: ${what}`)), 15_000)
    try {
      while (!isSo()) await Promise.race([state.wake.promise, promise])
    } finally {
      clearTimeout(timer)
    }
  }
  await until(() => state.is === 'connected', 'a connection')
  await sim.server.wait(() => own.companions().some(({ active }) => active), { what: 'an active device' })
  const event: RealStand['event'] = async (match, what) => {
    await until(() => events.some(match), what)
    const found = events.find(match)
    if (!found) throw new Error(what)
    return found
  }
  return {
    ...{ sim, line, own, ann, ben, events, dropped, event },
    of: (id, type = 'message.received') =>
      event((one) => one.data.message_id === id && one.type === type, `${type} ${id}`),
    strange: (what) => void sim.strange(OWN, own.companions()[0]?.id ?? 1, what),
    failNext: (count) => {
      state.failing = count
    },
    async send(text) {
      const content = { kind: 'text', text, previewUrl: false } as const
      const id = `msg_${String(messages.size).padStart(26, '0')}`
      const { transportId } = await line.send({ id, chat: ANN, replyTo: null, content })
      messages.set(transportId, {
        ...{ id, account: 'shop', chat: ANN, kind: 'text', content: JSON.stringify(content), status: 'sent' },
        ...{ transportId, publicId: null, error: null, createdAt: AT },
      })
      return transportId
    },
    async close() {
      await line.stop()
      await kind.close()
      await sim.close()
    },
  }
}
