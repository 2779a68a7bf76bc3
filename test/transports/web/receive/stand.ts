// What the tests of receiving over a linked device stand on: a desk that keeps what it is told, groups that can be asked
// for, and messages as the library gives them (made by the simulated phones, written to the wire and read back).

import { proto } from 'baileys'
import { type Clock, systemClock } from '../../../../src/kit/clock.ts'
import type { Log } from '../../../../src/kit/log.ts'
import { ACCOUNT_DEFAULTS, type Account, DEFAULT_WEB, type WebSettings } from '../../../../src/model/account.ts'
import type { EventDraft } from '../../../../src/model/event.ts'
import type { OutMessage } from '../../../../src/model/message.ts'
import type { Desk } from '../../../../src/transports/transport.ts'
import type { LineSide, Receiver } from '../../../../src/transports/web/parts.ts'
import type { Arrived, Envelope, Receipt, Self, Socket, WireContent } from '../../../../src/transports/web/port.ts'
import { createReceiver } from '../../../../src/transports/web/receive/receiver.ts'
import { createSentIds } from '../../../../src/transports/web/send/sent-ids.ts'
import { sessionInMemory } from '../session.ts'

export const ME: Self = { phone: '15550000001', lid: '900000000000001@lid', name: 'Shop' }
export const MY_JID = '15550000001@s.whatsapp.net'
export const ANN = '15551234567@s.whatsapp.net'
export const ANN_LID = '900000000000111@lid'
export const BEN = '15557654321@s.whatsapp.net'
export const BEN_LID = '900000000000222@lid'
export const GROUP = '120363012345678901@g.us'
export const AT = Date.parse('2026-11-22T10:00:00.000Z')

// biome-ignore lint/suspicious/noExplicitAny: what the events hold is what the tests are about
export type Loose = any

export interface Told {
  readonly type: string
  readonly chat: string | null
  readonly data: Loose
  readonly raw: Loose
  readonly key: string
  readonly draft: EventDraft
}

export interface StandOptions {
  readonly web?: Partial<WebSettings>
  readonly download?: boolean
  readonly session?: ReturnType<typeof sessionInMemory>
  /** Metadata of groups by id; a function may fail or never answer. */
  readonly groups?: Record<string, Loose | (() => Promise<Loose>)>
  readonly clock?: Clock
  readonly self?: Self | null
}

export class Stand {
  readonly drafts: EventDraft[] = []
  /** Why something was not told, each time. */
  readonly dropped: string[] = []
  readonly warnings: Record<string, unknown>[] = []
  readonly messages = new Map<string, OutMessage>()
  readonly session: ReturnType<typeof sessionInMemory>
  readonly receiver: Receiver
  /** Group ids that were asked for. */
  readonly asked: string[] = []
  /** Whether the connection is gone. */
  isCut = false
  /** When set, nothing can be taken. */
  trouble: Error | null = null

  constructor(options: StandOptions = {}) {
    this.session = options.session ?? sessionInMemory()
    this.receiver = createReceiver(this.#side(options))
  }

  #side({ web = {}, download = false, groups = {}, clock = systemClock, self = ME }: StandOptions): LineSide {
    const settings = { ...DEFAULT_WEB, ...web }
    const account: Account = {
      ...{ id: 'shop', kind: 'web', phoneNumber: '+15550000001', disabled: false, sessionPath: null, showQr: false },
      ...{ ...ACCOUNT_DEFAULTS, web: settings, cloud: null },
      media: { ...ACCOUNT_DEFAULTS.media, download },
    }
    const note = (fields?: Record<string, unknown>): void => void this.warnings.push(fields ?? {})
    const log: Log = { debug() {}, info() {}, warn: (_, fields) => note(fields), error() {}, child: () => log }
    const desk = {
      emit: async (drafts: readonly EventDraft[]) => {
        if (this.trouble) throw this.trouble
        this.drafts.push(...drafts)
      },
      session: () => this.session,
      sentContent: async (id: string) => this.messages.get(id) ?? null,
      lost: async () => [],
      publicId: (message: OutMessage, candidate: string) => message.publicId ?? candidate,
      dropped: (_: string, reason: string) => void this.dropped.push(reason),
      ...{ clock, log },
    } as Partial<Desk> as Desk
    const socket = {
      parse: async (bytes: Uint8Array) => {
        try {
          return proto.Message.toObject(proto.Message.decode(bytes), { longs: Number })
        } catch {
          return null
        }
      },
      group: async (id: string) => {
        this.asked.push(id)
        const found = groups[id]
        if (found === undefined) throw new Error('item-not-found')
        return typeof found === 'function' ? found() : found
      },
    } as Partial<Socket> as Socket
    return {
      ...{
        account,
        web: settings,
        desk,
        sentIds: createSentIds(desk, account.id),
        log,
        socket: () => socket,
        fetching: () => (this.isCut ? null : socket),
        self: () => self,
        hindrance: () => null,
      },
      restrict: () => {},
    }
  }

  /** Lets a message arrive and answers the events that it became. */
  async told(content: Loose, more: Partial<Envelope> = {}): Promise<Told[]> {
    return this.during(() => this.receiver.arrived(arrived(content, more)))
  }

  /** The one event that a message became. */
  async one(content: Loose, more: Partial<Envelope> = {}): Promise<Told> {
    const [first, ...rest] = await this.told(content, more)
    if (!first || rest.length > 0) throw new Error(`became ${first ? rest.length + 1 : 0} events`)
    return first
  }

  receipt(receipt: Partial<Receipt>): Promise<Told[]> {
    const whole: Receipt = { ids: ['OUT1'], chat: ANN, participant: null, type: 'delivered', at: AT, ...receipt }
    return this.during(async () => void (await this.receiver.receipt(whole)))
  }

  notice(what: string, value: Loose): Promise<Told[]> {
    return this.during(() => this.receiver.notice(what, value))
  }

  async during(run: () => void | Promise<void>): Promise<Told[]> {
    const before = this.drafts.length
    await run()
    return this.drafts.slice(before).map((draft) => ({
      type: draft.type,
      chat: draft.chat,
      data: JSON.parse(draft.data),
      raw: draft.raw === null ? null : JSON.parse(draft.raw),
      key: draft.origin?.key ?? '',
      draft,
    }))
  }

  /** Takes note of a message that this server sent. */
  sent(transportId: string, chat: string, more: Partial<OutMessage> = {}): void {
    this.messages.set(transportId, {
      ...{ id: `msg_${transportId}`, account: 'shop', chat, kind: 'text', content: '{}', status: 'sent', transportId },
      ...{ publicId: null, error: null, createdAt: AT, ...more },
    })
  }
}

let count = 0

/** A message of Ann's unless more is said; every one has an id of its own. */
export function arrived(content: Loose, more: Partial<Envelope> = {}): Arrived {
  count += 1
  const chat = more.chat ?? ANN
  const envelope: Envelope = {
    ...{ id: `IN${count}`, chat, chatAlt: null, from: chat, fromAlt: null, fromMe: false, pushName: 'Ann Obi' },
    ...{ at: AT, category: null, ...more },
  }
  return { envelope, content }
}

/** In the group, by Ben unless more is said. */
export function inGroup(more: Partial<Envelope> = {}): Partial<Envelope> {
  return { chat: GROUP, from: BEN, pushName: 'Ben', ...more }
}

/** A message as the library gives it: from the wire, as a plain object. */
export function wire(message: proto.IMessage): WireContent {
  const read = proto.Message.decode(proto.Message.encode(message).finish())
  return proto.Message.toObject(read, { longs: Number })
}

/** A file as it is told of. */
export const FILE = {
  url: 'https://169.254.169.254/latest/meta-data',
  directPath: '/v/t62.7118-24/1234_n.enc?ccb=11-4&oh=01_Q5&oe=6',
  mediaKey: Buffer.alloc(32, 7),
  fileLength: 48_213,
  fileSha256: Buffer.alloc(32, 1),
  fileEncSha256: Buffer.alloc(32, 2),
  mediaKeyTimestamp: 1_763_630_100,
}
