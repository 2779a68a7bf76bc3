// Brings the messages of one linked device out: one after the other, as a person would, and never twice.
//
// A message has its id before it is written, derived from ours, which is on disk (wire-id.ts, sent-ids.ts). It is `sent`
// when WhatsApp's ack for that id says so; an ack with an error refuses it; without an ack, or when the connection ends
// first, it is lost: it may have arrived, and receipts may still tell. Nothing is sent again by itself.
import { createKeyedQueue } from '../../../kit/keyed-queue.ts'
import { createLru, type Lru } from '../../../kit/lru.ts'
import type { Content, MediaKind } from '../../../model/content.ts'
import type { FileSink, LocalFile, Outgoing, SendError, Sent } from '../../transport.ts'
import { chatIdOf, jidOfChat, kindOfChat, phoneOf } from '../address.ts'
import type { LineSide, Sender } from '../parts.ts'
import type { Arrived, Socket, WireContent, WireSend } from '../port.ts'
import { type About, createAbout, type Written } from './about.ts'
import { type Ack, type Acks, createAcks } from './acks.ts'
import { whyNot } from './cannot.ts'
import { type Connection, createConnection } from './connection.ts'
import { saidOf, textOf } from './content.ts'
import { createExpiry, type Expiry } from './expiry.ts'
import { fetchInto } from './files/fetch.ts'
import { bring } from './files/uploaded.ts'
import { createGroups, type Groups, mentionsIn } from './groups.ts'
import { chatOf, createHeard, type Heard } from './heard.ts'
import { createManner, type Manner, PERSON, type Tune } from './manner.ts'
import { createNewChats, type NewChats } from './new-chats.ts'
import { createNumbers, type Numbers } from './numbers.ts'
import { ackError, lost, passing, RESTRICTED, refused, statusOf, wordsOf, wrong } from './refusal.ts'
import { wireIdOf } from './wire-id.ts'

/** Messages of ours whose content is at hand for receivers who ask again. */
const WRITTEN = 256
const ACK_WITHIN_MS = 30_000
const WRITE_WITHIN_MS = 120_000
/** Longer outages are waited for before a message is handed over. */
const CONNECT_WITHIN_MS = 30_000
const MISDIRECTED = '421'

export interface SenderTune extends Tune {
  /** How long WhatsApp has to say that it took a message, ms. */
  readonly ackWithinMs: number
  /** How long writing may take, with all that is asked before it, ms. */
  readonly writeWithinMs: number
  /** How long a connection that is away is waited for, ms. */
  readonly connectWithinMs: number
}

const USUAL = { ackWithinMs: ACK_WITHIN_MS, writeWithinMs: WRITE_WITHIN_MS, connectWithinMs: CONNECT_WITHIN_MS }

export function createSender(side: LineSide, tune: Partial<SenderTune> = {}): Sender {
  return new WebSender(side, { ...PERSON, ...USUAL, ...tune })
}

class WebSender implements Sender {
  readonly #side: LineSide
  readonly #connection: Connection
  readonly #inTurn = createKeyedQueue()
  readonly #written: Lru<Written>
  readonly #heard: Heard
  readonly #expiry: Expiry
  readonly #about: About
  readonly #numbers: Numbers
  readonly #groups: Groups
  readonly #newChats: NewChats
  readonly #acks: Acks
  readonly #manner: Manner

  constructor(side: LineSide, tune: SenderTune) {
    const { desk, account } = side
    const now = (): number => desk.clock.now()
    this.#side = side
    this.#connection = createConnection(side, desk.clock, tune.connectWithinMs)
    this.#written = createLru({ most: WRITTEN, now })
    this.#heard = createHeard(now)
    this.#expiry = createExpiry(desk.session(account.id), now)
    this.#about = createAbout({ side, heard: this.#heard, expiry: this.#expiry, written: this.#written })
    this.#numbers = createNumbers(now)
    this.#groups = createGroups(now)
    this.#newChats = createNewChats(desk.session(account.id), now)
    this.#acks = createAcks({ clock: desk.clock, ...tune })
    this.#manner = createManner(desk.clock, tune)
  }

  address(to: string): string {
    return chatIdOf(to)
  }

  cannot(content: Content): string | null {
    return whyNot(content)
  }

  upload(kind: MediaKind, file: LocalFile): Promise<string> {
    return bring(this.#connection, kind, file)
  }

  /** One at a time, to its end: what WhatsApp says of one decides whether the next one may go. */
  send(message: Outgoing): Promise<Sent> {
    return this.#inTurn('', () => this.#connection.over((socket) => this.#send(socket, message)))
  }

  async markRead(messageId: string): Promise<void> {
    const socket = this.#connection.now()
    const envelope = await this.#about.known(messageId)
    if (!envelope)
      throw wrong(
        `message_id: the message "${messageId}" is not known to this server, so that it cannot be marked as read. Messages are known from when the phone was linked, as long as they are among the last 20,000 events of this server.`,
      )
    if (envelope.fromMe) throw wrong(`message_id: the message "${messageId}" was written by this number itself.`)
    const unread = this.#heard.unread(envelope)
    if (unread.length === 0) return
    try {
      await socket.markRead(unread)
    } catch (thrown) {
      throw passing(`WhatsApp was not told that the message was read: ${wordsOf(thrown)}.`, thrown)
    }
    this.#heard.marked(unread)
  }

  fetchMedia(ref: string, sink: FileSink): Promise<void> {
    return fetchInto(this.#side.fetching(), ref, sink)
  }

  acked(id: string, error: string | null): void {
    this.#acks.told(id, error)
  }

  cut(): void {
    this.#acks.cut()
  }

  sent(id: string, chat: string): Promise<WireContent | null> {
    return this.#about.ours(id, chat)
  }

  heard(message: Arrived): void {
    this.#heard.keep(message)
    this.#expiry.heard(message)
    const chat = chatOf(message.envelope)
    if (kindOfChat(chat) === 'group' || /@(broadcast|newsletter)$/.test(chat)) return
    this.#newChats.met(chat)
    const digits = phoneOf(jidOfChat(chat))
    if (digits !== null) this.#numbers.met(digits)
  }

  notice(what: string, value: Readonly<Record<string, unknown>>): void {
    if (/^group/.test(what) && typeof value.id === 'string') this.#groups.forget(value.id)
  }

  async #send(socket: Socket, message: Outgoing): Promise<Sent> {
    const wire = await this.#made(socket, message)
    await this.#manner.pause(this.#side.web.jitterMs)
    if (this.#side.web.typing) await this.#manner.type(socket, wire.to, message.content)
    this.#side.sentIds.begin(wire.id, message.id)
    const ack = await this.#write(socket, wire, message.chat)
    if (ack.is === 'told') this.#side.sentIds.settled(wire.id)
    if (ack.is === 'none') throw lost(`Whether WhatsApp took the message is not known: ${ack.why}.`)
    if (ack.error !== null) throw this.#refusal(ack.error, message.chat)
    return { transportId: wire.id }
  }

  /** The message as the library takes it, once it is known that it may be sent. Nothing has gone out then. */
  async #made(socket: Socket, { id, chat, content, replyTo }: Outgoing): Promise<WireSend> {
    const group = kindOfChat(chat) === 'group' ? await this.#groups.need(socket, chat, this.#side.self()) : null
    const to = kindOfChat(chat) === 'person' ? await this.#numbers.jidOf(socket, chat) : chat
    const target = content.kind === 'reaction' ? await this.#about.target(content.messageId, chat, to) : null
    const mentions = group ? mentionsIn(textOf(content), group) : []
    const said = saidOf(content, { mentions, target })
    const quoted = await this.#about.quoted(replyTo, chat, to)
    const expiresInS = group ? group.expiresInS : await this.#expiryOf(chat)
    if (!group) await this.#begin(chat)
    return { id: wireIdOf(this.#side.account.id, id), to, content: said, quoted, expiresInS }
  }

  async #expiryOf(chat: string): Promise<number | null> {
    try {
      return await this.#expiry.of(chat)
    } catch (cause) {
      throw passing('After how long messages of the chat vanish could not be looked up on this server.', cause)
    }
  }

  async #begin(chat: string): Promise<void> {
    const self = this.#side.self()
    if (chat === self?.phone || chat === self?.lid) return
    await this.#newChats.begin(chat, this.#side.web.newChatsADay)
  }

  async #write(socket: Socket, wire: WireSend, chat: string): Promise<Ack> {
    this.#mayStill(socket)
    const ack = this.#acks.wait(wire.id)
    const writing = this.#handOver(socket, wire, chat)
    // WhatsApp may say that it has the message before the library says that it wrote it.
    return Promise.race([ack, writing.then(() => ack)])
  }

  /** Fails with SendError `refused` when nothing was written. */
  async #handOver(socket: Socket, wire: WireSend, chat: string): Promise<void> {
    try {
      const content = await socket.send(wire)
      this.#written.set(wire.id, { chat, content })
    } catch (thrown) {
      const status = statusOf(thrown)
      // Queries go before the message: one that failed kept it here. All else may have come after it.
      if (status !== null) {
        this.#acks.forget(wire.id)
        throw this.#unwritten(thrown, status)
      }
      this.#side.log.warn('a message may not have been written whole', { message: wire.id, cause: thrown })
    }
    this.#acks.written(wire.id)
    this.#manner.wrote()
  }

  #unwritten(thrown: unknown, status: number): SendError {
    const isWrong = status >= 400 && status < 500 && ![408, 428, 429].includes(status)
    const sentence = `The message was not sent: ${wordsOf(thrown)}.`
    if (status === 429) return refused(sentence, { retryAfterMs: 60_000, facts: { code: status }, cause: thrown })
    if (!isWrong) return passing(sentence, thrown)
    return refused(sentence, { facts: { code: status }, cause: thrown })
  }

  #refusal(error: string, chat: string): SendError {
    const refusal = ackError(error)
    if (error === RESTRICTED) this.#side.restrict(refusal.message, null)
    if (error === MISDIRECTED) this.#groups.forget(chat)
    return refusal
  }

  /** Much may have happened since the connection was looked for. */
  #mayStill(socket: Socket): void {
    if (this.#connection.now() !== socket)
      throw passing('The connection to WhatsApp was replaced before the message went.')
  }
}
