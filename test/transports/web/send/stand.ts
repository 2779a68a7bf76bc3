// What the tests of sending over a linked device stand on: a connection that does as it is told, a desk, and a clock that
// jumps to whatever is waited for.

import { Readable } from 'node:stream'
import type { Clock, Timer } from '../../../../src/kit/clock.ts'
import { silentLog } from '../../../../src/kit/log.ts'
import { ACCOUNT_DEFAULTS, type Account, DEFAULT_WEB, type WebSettings } from '../../../../src/model/account.ts'
import type { Content, MediaContent, MediaKind } from '../../../../src/model/content.ts'
import { Failure, type FailureCode } from '../../../../src/model/failure.ts'
import type { OutMessage } from '../../../../src/model/message.ts'
import {
  type Desk,
  FetchError,
  type LocalFile,
  SendError,
  type SessionStoreOf,
} from '../../../../src/transports/transport.ts'
import type { LineSide, Sender } from '../../../../src/transports/web/parts.ts'
import type {
  Arrived,
  Envelope,
  Self,
  Socket,
  WireContent,
  WireFile,
  WireSend,
} from '../../../../src/transports/web/port.ts'
import { createSender, type SenderTune } from '../../../../src/transports/web/send/sender.ts'
import { createSentIds } from '../../../../src/transports/web/send/sent-ids.ts'
import { sessionInMemory } from '../session.ts'

export const ME = '15550000001'
export const MY_LID = '900000000000001@lid'
export const ANN = '15551234567'
export const BEN = '15557654321'
export const GROUP = '120363012345678901@g.us'

/** Time stands still until something is waited for; then it jumps there. */
export class JumpingClock implements Clock {
  #now = Date.parse('2026-11-22T10:00:00Z')
  #timers: { at: number; run: () => void }[] = []
  #isJumping = false
  /** Everything that was waited for, ms. */
  readonly waits: number[] = []

  now(): number {
    return this.#now
  }
  pass(ms: number): void {
    this.#now += ms
  }
  after(ms: number, run: () => void): Timer {
    const timer = { at: this.#now + ms, run }
    this.waits.push(ms)
    this.#timers.push(timer)
    this.#jumpSoon()
    const cancel = (): void => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    }
    return { cancel }
  }
  #jumpSoon(): void {
    if (this.#isJumping) return
    this.#isJumping = true
    setImmediate(() => {
      this.#isJumping = false
      const next = this.#timers.sort((a, b) => a.at - b.at).shift()
      if (!next) return
      this.#now = Math.max(this.#now, next.at)
      next.run()
      if (this.#timers.length > 0) this.#jumpSoon()
    })
  }
}

/** An error as hosts and queries cause it. */
export function withStatus(text: string, status: number): Error {
  return Object.assign(new Error(text), { status })
}

/** A connection of the tests' own. */
export class PretendSocket implements Socket {
  readonly sent: WireSend[] = []
  readonly typed: [string, boolean][] = []
  readonly read: string[][] = []
  readonly asked: string[] = []
  readonly uploads: { kind: MediaKind; bytes: string }[] = []
  readonly downloads: WireContent[] = []
  readonly renewals: string[] = []
  readonly onIt = new Set([ANN, BEN, ME])
  readonly groups = new Map<string, Record<string, unknown>>([[GROUP, groupWith(ME, ANN)]])
  groupQueries = 0
  /** What WhatsApp says of the next messages: null takes them, `held` says nothing. */
  ack: string | null = null
  /** Thrown by the call of that name. */
  readonly fails = new Map<string, Error>()
  /** What downloads bring, one after the other. */
  files: (string | Error)[] = []
  onAck: (id: string, error: string | null) => void = () => {}

  async send(message: WireSend): Promise<WireContent> {
    this.#fail('send')
    this.sent.push(message)
    if (this.ack !== 'held') this.onAck(message.id, this.ack)
    return { went: message.content }
  }
  async typing(to: string, on: boolean): Promise<void> {
    this.#fail('typing')
    this.typed.push([to, on])
  }
  async markRead(envelopes: readonly Envelope[]): Promise<void> {
    this.#fail('markRead')
    this.read.push(envelopes.map(({ id }) => id))
  }
  async onWhatsApp(phones: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.asked.push(...phones)
    this.#fail('onWhatsApp')
    return new Map(phones.filter((one) => this.onIt.has(one)).map((one) => [one, `${one}@s.whatsapp.net`]))
  }
  async group(id: string): Promise<Record<string, unknown>> {
    this.groupQueries += 1
    this.#fail('group')
    const found = this.groups.get(id)
    if (!found) throw withStatus('item-not-found', 404)
    return found
  }
  async upload(kind: MediaKind, file: LocalFile): Promise<WireFile> {
    this.#fail('upload')
    const bytes = (await file.read().toArray()).join('')
    this.uploads.push({ kind, bytes })
    return WIRE_FILE
  }
  async *download(content: WireContent): AsyncGenerator<Uint8Array> {
    this.downloads.push(content)
    const file = this.files.shift() ?? withStatus('Not Found', 404)
    if (file instanceof Error) throw file
    for (const part of file.split('|')) {
      if (part === 'breaks') throw new Error('the connection broke')
      yield Buffer.from(part)
    }
  }
  async renew(envelope: Envelope, content: WireContent): Promise<WireContent> {
    this.renewals.push(envelope.id)
    this.#fail('renew')
    return { ...content, renewed: true }
  }
  async pairingCode(): Promise<string> {
    return 'ABCDEFGH'
  }
  async ping(): Promise<void> {}
  async parse(): Promise<null> {
    return null
  }
  async logout(): Promise<void> {}
  end(): void {}

  #fail(call: string): void {
    const error = this.fails.get(call)
    if (error) throw error
  }
}

export const WIRE_FILE: WireFile = {
  url: 'https://mmg.whatsapp.net/v/t62/1.enc',
  directPath: '/v/t62/1.enc?ccb=1',
  mediaKey: Buffer.alloc(32, 1).toString('base64'),
  fileEncSha256: Buffer.alloc(32, 2).toString('base64'),
  fileSha256: Buffer.alloc(32, 3).toString('base64'),
  fileLength: 5,
  mediaKeyTimestamp: 1_795_341_600,
}

export function groupWith(...phones: string[]): Record<string, unknown> {
  return { id: GROUP, participants: phones.map((phone) => ({ id: `${phone}@s.whatsapp.net`, admin: null })) }
}

export interface Stand {
  readonly sender: Sender
  readonly socket: PretendSocket
  readonly clock: JumpingClock
  /** Messages of ours as the store has them: by the transport's id, or by anything while the store does not know that. */
  readonly records: Map<string, OutMessage>
  readonly session: Map<string, string>
  readonly restricted: string[]
  readonly account: Account
  /** Messages that came in before the start: raw objects of their events, by the transport's id. */
  readonly raws: Map<string, string>
  connected: boolean
  /** The connection that is open, when one is. */
  current: PretendSocket
  hindrance: string | null
  /** Another sender with the same session and records: the process began anew. */
  restart(): Stand
}

export interface StandOptions {
  readonly web?: Partial<WebSettings>
  readonly tune?: Partial<SenderTune>
  readonly session?: Map<string, string>
  readonly records?: Map<string, OutMessage>
  readonly raws?: Map<string, string>
  readonly storeFails?: () => Error | null
}

export function sendStand(options: StandOptions = {}): Stand {
  const web = { ...DEFAULT_WEB, typing: false, ...options.web }
  const account: Account = { ...ACCOUNT, web }
  const socket = new PretendSocket()
  const clock = new JumpingClock()
  const session = options.session ?? new Map<string, string>()
  const records = options.records ?? new Map<string, OutMessage>()
  const raws = options.raws ?? new Map<string, string>()
  const restricted: string[] = []
  const desk = deskOf({
    clock,
    session: sessionInMemory({ rows: session, check: failing(options.storeFails ?? (() => null)) }),
    records,
    raws,
  })
  const side: LineSide = {
    account,
    web,
    desk,
    sentIds: createSentIds(desk, account.id),
    log: silentLog,
    socket: () => (stand.connected ? stand.current : null),
    fetching: () => (stand.connected ? stand.current : null),
    self: (): Self => ({ phone: ME, lid: MY_LID, name: 'Shop' }),
    hindrance: () => stand.hindrance,
    restrict: (reason) => {
      restricted.push(reason)
      stand.hindrance = reason
    },
  }
  const sender = createSender(side, { random: () => 0, ...options.tune })
  socket.onAck = (id, error) => sender.acked(id, error)
  const again = { ...options, session, records, raws }
  const more = { restricted, account, connected: true, hindrance: null as string | null }
  const stand: Stand = {
    sender,
    socket,
    current: socket,
    clock,
    records,
    raws,
    session,
    ...more,
    restart: () => sendStand(again),
  }
  return stand
}

const ACCOUNT: Account = {
  id: 'shop',
  kind: 'web',
  phoneNumber: `+${ME}`,
  disabled: false,
  sessionPath: null,
  showQr: false,
  ...ACCOUNT_DEFAULTS,
  web: null,
  cloud: null,
}

/** Only what sending asks for; anything else is a fault of the test. */
function deskOf(given: {
  clock: Clock
  session: SessionStoreOf
  records: ReadonlyMap<string, OutMessage>
  raws: ReadonlyMap<string, string>
}): Desk {
  const never = (): never => {
    throw new Error('sending does not ask for that')
  }
  return {
    clock: given.clock,
    log: silentLog,
    session: () => given.session,
    received: async (_account, id) => given.raws.get(id) ?? null,
    sentContent: async (id) => given.records.get(id) ?? null,
    lost: async (account) =>
      [...given.records.values()].filter((one) => one.account === account && one.transportId === null),
    outgoing: async (ids) =>
      new Map([...given.records.values()].filter(({ id }) => ids.includes(id)).map((one) => [one.id, one])),
    emit: never,
    offered: never,
    state: never,
    learn: never,
    publicId: never,
    dropped: never,
  }
}

export const say = (text: string): Content => ({ kind: 'text', text, previewUrl: false })

export function media(kind: MediaKind, id: string, more: Partial<MediaContent> = {}): MediaContent {
  return { kind, media: { from: 'id', id }, mimeType: null, caption: null, filename: null, voice: false, ...more }
}

export function fileOf(bytes: string | Buffer, mimeType: string, filename = 'file'): LocalFile {
  return { size: bytes.length, mimeType, filename, read: () => Readable.from([Buffer.from(bytes)]) }
}

let count = 0
export function newMessageId(): string {
  count += 1
  return `msg_01KAGR5YVGQ4T8M2ZB7N3C${String(count).padStart(4, '0')}`
}

/** Sends; answers what went out. */
export async function send(
  { sender, socket }: Stand,
  content: Content,
  more: { chat?: string; replyTo?: string | null; id?: string } = {},
): Promise<WireSend> {
  const before = socket.sent.length
  const { id = newMessageId(), chat = ANN, replyTo = null } = more
  const { transportId } = await sender.send({ id, chat, replyTo, content })
  const [went, second] = socket.sent.slice(before)
  if (!went || second || went.id !== transportId) throw new Error('not exactly this message went out')
  return went
}

export function isSendError(
  said: Partial<Pick<SendError, 'outcome' | 'callersFault' | 'retryAfterMs'>>,
  words: RegExp,
) {
  return (thrown: unknown): boolean => {
    if (!(thrown instanceof SendError) || !words.test(thrown.message)) throw thrown
    for (const [field, value] of Object.entries(said))
      if (thrown[field as keyof SendError] !== value) throw new Error(`${field} is not ${value}`, { cause: thrown })
    return true
  }
}

export function isFailure(code: FailureCode, words: RegExp, retryAfterS?: number) {
  return (thrown: unknown): boolean => {
    if (!(thrown instanceof Failure) || thrown.code !== code || !words.test(thrown.message)) throw thrown
    if (thrown.retryAfterS !== retryAfterS) throw new Error(`retryAfterS is not ${retryAfterS}`, { cause: thrown })
    return true
  }
}

export function isFetchError(passing: boolean, words: RegExp) {
  return (thrown: unknown): boolean => {
    if (!(thrown instanceof FetchError) || !words.test(thrown.message) || thrown.passing !== passing) throw thrown
    return true
  }
}

/** A message that came in. */
export function arrived(id: string, more: Partial<Envelope> = {}, content: WireContent | null = null): Arrived {
  const envelope: Envelope = {
    id,
    chat: `${ANN}@s.whatsapp.net`,
    chatAlt: null,
    from: `${ANN}@s.whatsapp.net`,
    fromAlt: null,
    fromMe: false,
    pushName: 'Ann',
    at: Date.parse('2026-11-22T09:00:00Z'),
    category: null,
    ...more,
  }
  return { envelope, content: content ?? { conversation: `text of ${id}` } }
}

/** A message of ours as it was recorded. */
export function recorded(content: Content, more: Partial<OutMessage> = {}): OutMessage {
  return {
    id: newMessageId(),
    account: 'shop',
    chat: ANN,
    kind: content.kind,
    content: JSON.stringify({ content, replyTo: null }),
    status: 'sent',
    transportId: '3EB0AA',
    publicId: '3EB0AA',
    error: null,
    createdAt: Date.parse('2026-11-22T09:30:00Z'),
    ...more,
  }
}

function failing(fails: () => Error | null): () => void {
  return () => {
    const error = fails()
    if (error) throw error
  }
}
