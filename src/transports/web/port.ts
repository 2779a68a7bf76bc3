// What the transport knows of the client library, in our own words. Only socket.ts speaks to the library itself.
import type { Log } from '../../kit/log.ts'
import type { JsonObject, MediaKind } from '../../model/content.ts'
import type { LocalFile, SessionStoreOf } from '../transport.ts'

/** A message's content as WhatsApp's protocol has it (`conversation`, `imageMessage`, ...), as a plain object; bytes are Uint8Array. */
export type WireContent = Readonly<Record<string, unknown>>

/** Where WhatsApp is, and whom to believe there. */
export interface Endpoint {
  /** `wss://web.whatsapp.com/ws/chat` */
  readonly url: string
  /** The public key that WhatsApp's certificates end in, 32 bytes; null: WhatsApp's own. */
  readonly noiseRoot: Uint8Array | null
  /** Hosts that files may be fetched from and brought to, `*.whatsapp.net`; others are never dialled. */
  readonly mediaHosts: readonly string[]
  /** Authorities for these hosts, PEM; null: the usual ones. */
  readonly mediaCa: string | null
}

/** Who this device is. */
export interface Self {
  /** `15550000001` */
  readonly phone: string
  /** `900000000000001@lid`, null while WhatsApp does not tell. */
  readonly lid: string | null
  readonly name: string | null
}

/** Whose and where a message is, as its envelope says. Jids are without a device. */
export interface Envelope {
  readonly id: string
  /** `15551234567@s.whatsapp.net`, `...@lid`, `...@g.us`, `status@broadcast`, `...@newsletter` */
  readonly chat: string
  /** The chat's other name (phone for a LID, LID for a phone); null when not told, and for groups. */
  readonly chatAlt: string | null
  /** Who wrote, in a group and elsewhere. */
  readonly from: string
  readonly fromAlt: string | null
  readonly fromMe: boolean
  readonly pushName: string | null
  /** ms since epoch, by WhatsApp. */
  readonly at: number
  /** `peer` for messages among one's own devices. */
  readonly category: string | null
}

export interface Arrived {
  readonly envelope: Envelope
  /** Null: it could not be read (yet); a retry was asked for. */
  readonly content: WireContent | null
  /**
   * WhatsApp brought word of the message alone: `view_once` and `kept` (from linked devices, for other reasons) for good,
   * `asked` until our phone, which was asked for it, hands it on. `rubbish` was decrypted, and is no message.
   */
  readonly unavailable?: 'view_once' | 'kept' | 'asked' | 'rubbish'
}

/** A receipt for messages that we sent. */
export interface Receipt {
  readonly ids: readonly string[]
  readonly chat: string
  /** In a group: whose. */
  readonly participant: string | null
  readonly type: 'delivered' | 'read' | 'played'
  readonly at: number
}

/** Why a connection ended: the library's status code (see the table in line.ts), and the words for the log. */
export interface Closed {
  readonly code: number | null
  readonly text: string
  /** Of a number that is banned for a while (402): for how long still, ms, where WhatsApp tells. */
  readonly bannedMs?: number
  /** The revision of the client that we said we are, where one was said. */
  readonly revision?: number
}

export interface SocketEvents {
  /**
   * A message was decrypted, and WhatsApp has not been told yet: it is told when this resolves, and repeats the message
   * later when this rejects.
   */
  arrived(message: Arrived): Promise<void>
  /** A QR code to be shown; a next one comes when its time is over. */
  qr(text: string, livesMs: number): void
  /** Scanned and accepted; the connection ends (515) and is to be opened anew at once. */
  paired(self: Self): void
  open(self: Self): void
  closed(why: Closed): void
  /** A message of ours was written, with the content as it went out. */
  wrote(id: string, content: WireContent): void
  /** A message came in the clear that may not come so, and was thrown away. */
  unencrypted(id: string): void
  /** WhatsApp took a message of ours (`error` null), or refused it. */
  acked(id: string, error: string | null): void
  /** As with `arrived`: WhatsApp is told that we have the receipt when this resolves. */
  receipts(receipt: Receipt): void | Promise<void>
  /** Anything came, whatever it was. */
  frame(): void
  /**
   * Groups, participants, presence, calls, contacts: `what` names the library's event, `value` is one plain object of it
   * (the library's lists are told one by one): `groups.upsert`, `groups.update`, `group-participants.update`,
   * `presence.update`, `call`, `contacts.upsert`, `contacts.update`, `lid-mapping.update`.
   */
  notice(what: string, value: Readonly<Record<string, unknown>>): void
  /** WhatsApp restricts whom this number may write to, until then (ms since epoch, null: not told); `until` 0: no longer. */
  restricted(until: number | null): void
}

/** A file that was brought to WhatsApp: what a message has to say of it. Plain JSON, bytes as base64. */
export interface WireFile {
  readonly url: string
  readonly directPath: string
  readonly mediaKey: string
  readonly fileEncSha256: string
  readonly fileSha256: string
  /** Bytes, before encryption. */
  readonly fileLength: number
  /** Seconds since epoch. */
  readonly mediaKeyTimestamp: number
}

/**
 * A message on its way out. `content` is what the library calls message content (`text`, `image`, `react`, `contacts`,
 * `location`, `delete`, `edit`, ...); where the library takes a file (`image`, `video`, `audio`, `document`, `sticker`)
 * stands the WireFile that `upload` answered, beside it `mimetype`, `caption`, `fileName`, `ptt`, `seconds`, `gifPlayback`.
 */
export interface WireSend {
  readonly id: string
  readonly to: string
  readonly content: Readonly<Record<string, unknown>>
  /** The message that is quoted: its envelope and content as they were. */
  readonly quoted: { readonly envelope: Envelope; readonly content: WireContent } | null
  /** Seconds after which messages of the chat vanish; null: they stay. */
  readonly expiresInS: number | null
}

/** One connection; never used again once it has closed. */
export interface Socket {
  /** Eight characters to be typed into the phone with this number. Fails with an Error of WhatsApp's words. */
  pairingCode(phone: string): Promise<string>
  /** Encrypts a file and brings it to WhatsApp, reading it twice. Fails with an Error that has `status` when a host refused. */
  upload(kind: MediaKind, file: LocalFile): Promise<WireFile>
  /** Resolves with the content as it went out when it is written; whether WhatsApp took it is told by `acked`. */
  send(message: WireSend): Promise<WireContent>
  /** A message of the protocol as it stands, encrypted once more, in another one; null for bytes that are none. */
  parse(bytes: Uint8Array): Promise<WireContent | null>
  markRead(envelopes: readonly Envelope[]): Promise<void>
  typing(to: string, on: boolean): Promise<void>
  /** Digits to the jid of those that are on WhatsApp; the others are not in the answer. */
  onWhatsApp(phones: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Asks, and resolves when an answer came. */
  ping(withinMs: number): Promise<void>
  group(id: string): Promise<JsonObject>
  /** The decrypted bytes of a file; hashes are verified as they pass. Fails with an Error that has `status` when a host refused. */
  download(content: WireContent): AsyncIterable<Uint8Array>
  /** Asks the sender's phone to bring a file again that is gone; answers the content with its new place. */
  renew(envelope: Envelope, content: WireContent): Promise<WireContent>
  /** Tells WhatsApp that this device is no more. */
  logout(): Promise<void>
  /** At once, and without an event; resolves when nothing of it is being written to the session any more. */
  end(): Promise<void> | void
}

export interface SocketParts {
  readonly endpoint: Endpoint
  /** Values are JSON texts of the library's own making. */
  readonly session: SessionStoreOf
  readonly events: SocketEvents
  /** What was sent, for receivers who ask for it again; null when we do not know it. */
  readonly sent: (id: string, chat: string) => Promise<WireContent | null>
  /** `http://` or `socks5://` address of a proxy for everything of this account; null: none. */
  readonly proxy: string | null
  readonly log: Log
}

/** What asking for today's version came to: it is another one than was refused, or the same, or nobody could tell. */
export type Renewal = 'newer' | 'same' | 'unknown'

/** Opens a connection; what it comes to is told by the events. */
export type OpenSocket = (parts: SocketParts) => Socket
