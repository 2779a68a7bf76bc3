// The seams inside a linked device's line: what receiving and sending are given, and what the line asks of them.
import type { Log } from '../../kit/log.ts'
import type { Account, WebSettings } from '../../model/account.ts'
import type { Content, MediaKind } from '../../model/content.ts'
import type { OutMessage } from '../../model/message.ts'
import type { Desk, FileSink, LocalFile, Outgoing, Sent } from '../transport.ts'
import type { Arrived, Endpoint, OpenSocket, Receipt, Renewal, Self, Socket, WireContent } from './port.ts'
import type { Turn } from './starts.ts'
import type { Tune } from './tune.ts'

/** Which message of ours an id at WhatsApp stands for; made once per line. */
export interface SentIds {
  /** Before the message goes out. */
  begin(wireId: string, messageId: string): void
  /** WhatsApp answered, so that the store will know the id by itself. */
  settled(wireId: string): void
  /** The message that this server sent for the account under that id at WhatsApp; null when it knows of none. */
  find(wireId: string): Promise<OutMessage | null>
}

/** What the line gives to those who receive and send for it; what may change is asked for each time. */
export interface LineSide {
  /** Both change when their owner changes what needs no new connection: ask each time. */
  readonly account: Account
  readonly web: WebSettings
  /** Its clock is the line's. */
  readonly desk: Desk
  /** What was sent from here, by its id at WhatsApp. */
  readonly sentIds: SentIds
  /** Names the account already. */
  readonly log: Log
  /** The connection while the line is open for messages; null otherwise. Never kept: it is another one after a while. */
  socket(): Socket | null
  /** The same, and already while it logs in, when what waited at WhatsApp comes: fetching files needs no more. */
  fetching(): Socket | null
  /** Who this device is; null until a phone is linked. */
  self(): Self | null
  /** Why nothing can be sent until somebody acts, in a sentence; null: it can, or will be when the connection is back. */
  hindrance(): string | null
  /** WhatsApp restricts what the number may send: the line becomes `restricted`, until then or for a day when null. */
  restrict(reason: string, untilMs: number | null): void
}

/** Turns what came in into events; made once per line, and outlives connections. */
export interface Receiver {
  /** Records a message. Resolves when it is on disk: WhatsApp is told then. Rejects to have it repeated. */
  arrived(message: Arrived): Promise<void>
  /** Records what it says. Resolves with the ids of the messages of ours that it is truly about. */
  receipt(receipt: Receipt): Promise<readonly string[]>
  /** See `SocketEvents.notice`. A rejection is logged, and nothing is repeated. */
  notice(what: string, value: Readonly<Record<string, unknown>>): void | Promise<void>
  /** See `SocketEvents.wrote`. Never fails. */
  wrote(id: string, content: WireContent): void
  /** See `SocketEvents.unencrypted`. */
  unencrypted(id: string): void
}

/** Brings messages out; made once per line, and outlives connections. */
export interface Sender {
  /** See Line. */
  address(to: string): string
  cannot(content: Content): string | null
  upload(kind: MediaKind, file: LocalFile): Promise<string>
  send(message: Outgoing): Promise<Sent>
  markRead(messageId: string): Promise<void>
  fetchMedia(ref: string, sink: FileSink): Promise<void>
  /** WhatsApp took the message with this transport id (`error` null) or refused it. */
  acked(id: string, error: string | null): void
  /** The connection is gone: what waits for its ack is `lost`. */
  cut(): void
  /** A message came in (beside `Receiver.arrived`): what is quoted, reacted to and marked as read later. Never fails. */
  heard(message: Arrived): void
  /** See `SocketEvents.notice`: what is remembered of a group may not hold any more. Never fails. */
  notice(what: string, value: Readonly<Record<string, unknown>>): void
  /** What was sent as this id, for a receiver who asks for it again; null when it is not known any more. */
  sent(id: string, chat: string): Promise<WireContent | null>
}

export type CreateReceiver = (side: LineSide) => Receiver
export type CreateSender = (side: LineSide) => Sender

/** What a line is made of. */
export interface LineParts {
  readonly desk: Desk
  readonly endpoint: Endpoint
  readonly openSocket: OpenSocket
  /** Whether credentials are those of a linked device. */
  readonly isLinked: (credentials: string | null) => boolean
  /**
   * Asks WhatsApp which version it wants in place of the one that was refused, through that proxy; connections that are
   * opened from now on say it. Never fails.
   */
  readonly renewVersion: (wish: {
    readonly refused: number | undefined
    readonly proxy: string | null
    readonly log: Log
  }) => Promise<Renewal>
  readonly turn: Turn
  readonly createReceiver: CreateReceiver
  readonly createSender: CreateSender
  readonly tune: Tune
}
