// What holds a WhatsApp number: what a line must do, may do, and is given.
import type { Readable } from 'node:stream'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { Account, AccountState, CloudSettings } from '../model/account.ts'
import type { Content, JsonObject, MediaKind } from '../model/content.ts'
import type { EventDraft } from '../model/event.ts'
import type { Finding } from '../model/finding.ts'
import type { OutMessage } from '../model/message.ts'

/** A file of ours that a transport reads, as often as it needs to. */
export interface LocalFile {
  readonly size: number
  readonly mimeType: string
  /** What the other side may call it. */
  readonly filename: string
  /** From its first byte. */
  read(): Readable
}

/** A message as it leaves us. */
export interface Outgoing {
  /** Our id; goes out with the message where the other side echoes it, so that a lost answer can be settled. */
  readonly id: string
  /** The chat as `Line.address` wrote it. */
  readonly chat: string
  /** The message that this one answers (the transport's id). */
  readonly replyTo: string | null
  /** Ids in it are the transport's. Of a file only `from: 'id'` is left: `Line.upload` has been there. */
  readonly content: Content
}

export interface Sent {
  /** The transport's id of the message. */
  readonly transportId: string
}

/**
 * How sending fails. `refused`: the other side said no, or was never reached: the message is not sent, and may be tried
 * again after `retryAfterMs` when that is not null. `lost`: it may have been sent; nobody knows.
 */
export class SendError extends Error {
  readonly outcome: 'refused' | 'lost'
  readonly retryAfterMs: number | null
  /** The other side's words: code, title, details, trace id. Public; never a token. */
  readonly facts: Readonly<Record<string, unknown>>
  /** The request is wrong, so that it will never go through as it is. */
  readonly callersFault: boolean

  constructor(
    message: string,
    said: Pick<SendError, 'outcome' | 'retryAfterMs' | 'facts' | 'callersFault'> & { cause?: unknown },
  ) {
    super(message, { cause: said.cause })
    this.name = 'SendError'
    this.outcome = said.outcome
    this.retryAfterMs = said.retryAfterMs
    this.facts = said.facts
    this.callersFault = said.callersFault
  }
}

/** Why a file that came in could not be fetched. */
export class FetchError extends Error {
  /** Trying again later can help. */
  readonly passing: boolean

  constructor(message: string, passing: boolean, cause?: unknown) {
    super(message, { cause })
    this.name = 'FetchError'
    this.passing = passing
  }
}

/** Takes the bytes of a file that is being fetched. */
export interface FileSink {
  /** Called once, before the first byte, with what the other side says of it. Throws a FetchError to refuse it. */
  begin(head: { readonly mimeType: string | null; readonly size: number | null }): void
  write(chunk: Uint8Array): Promise<void>
}

/**
 * What is managed at Meta: only numbers on the Cloud API have it. Answers are Meta's own objects; lists are merged from
 * all their pages as `{ data: [...] }`. Everything fails with `upstream` in Meta's words, `lost-answer` when a change may
 * or may not have been made.
 */
export interface BusinessLine {
  readonly templates: {
    list(): Promise<JsonObject>
    create(template: JsonObject): Promise<JsonObject>
    /** Of this language only; the others are spared. Fails with `upstream` when there is none. */
    remove(name: string, language: string): Promise<void>
  }
  readonly flows: {
    list(): Promise<JsonObject>
    create(name: string, categories: readonly string[]): Promise<JsonObject>
    get(id: string): Promise<JsonObject>
    /** Answers Meta's validation errors with it. */
    uploadAsset(id: string, asset: { readonly name: string; readonly json: string }): Promise<JsonObject>
    publish(id: string): Promise<void>
    deprecate(id: string): Promise<void>
    remove(id: string): Promise<void>
  }
  readonly phoneNumbers: {
    list(): Promise<JsonObject>
    requestCode(id: string, method: 'SMS' | 'VOICE', language: string): Promise<void>
    verifyCode(id: string, code: string): Promise<void>
    register(id: string, pin: string): Promise<void>
  }
  readonly catalogs: {
    list(): Promise<JsonObject>
    products(catalogId: string): Promise<JsonObject>
  }
  readonly profile: {
    get(): Promise<JsonObject>
    /** Only the fields that are there change. */
    update(change: JsonObject): Promise<void>
  }
  readonly media: {
    /** Answers Meta's `{ id }`. */
    upload(file: LocalFile): Promise<JsonObject>
    remove(id: string): Promise<void>
  }
}

/** What a phone is shown, or asked for, to link a device. */
export interface PairingOffer {
  /** `qr`: the text of the code to scan. `code`: eight characters to type. */
  readonly by: 'qr' | 'code'
  readonly text: string
  /** ms since epoch; a next QR code comes by itself, until pairing is given up on. */
  readonly expiresAt: number
}

/** Linking a phone. */
export interface PairingLine {
  /** What is offered now; null when nothing is (linked, or pairing was not begun). */
  offer(): PairingOffer | null
  /** Begins, or begins anew. Resolves with the first QR code. Fails with `exists` when a phone is linked, `upstream`. */
  begin(): Promise<PairingOffer>
  /** A code for the phone with this number instead of a QR code. Fails like `begin`, and with `invalid`. */
  code(phone: string): Promise<PairingOffer>
}

/** A live connection of one account. */
export interface Line {
  readonly account: Account
  state(): AccountState
  /** Never fails: trouble is told by the state. Goes on trying by itself while trying can help. */
  start(): void
  /** One round of validation, for add, update and enable: fails with `upstream`, in the other side's words. */
  connect(): Promise<void>
  /** Short; leaves the account valid. */
  stop(): Promise<void>
  /** What people write (`+27 82 123-4567`, a JID) as this transport's chat id. Fails with `invalid`, naming `to`. */
  address(to: string): string
  /** Why this kind of number cannot say that, in a sentence that names what can; null: it can. */
  cannot(content: Content): string | null
  /**
   * Brings a file of a message to the other side, before the message itself; answers what `send` is to be given as
   * `from: 'id'`. May be done again after a lost answer: a file alone reaches nobody. Fails with SendError `refused`.
   */
  upload(kind: MediaKind, file: LocalFile): Promise<string>
  /** Fails with SendError. */
  send(message: Outgoing): Promise<Sent>
  /** Marks an inbound message as read, with all before it. Fails with SendError. */
  markRead(messageId: string): Promise<void>
  /** Fetches a file that came in, by the `ref` that its draft carried. Fails with FetchError. */
  fetchMedia(ref: string, sink: FileSink): Promise<void>
  /** Looks at everything that can be amiss; `mend` lets it put right what it can (subscribe the app). Never fails. */
  examine(options: { readonly mend: boolean }): Promise<Finding[]>
  /** When the other side was last heard, whatever it said, ms since epoch; null where there is no connection to hear on. */
  lastHeardAt(): number | null
  /** Null for numbers that are not linked. */
  readonly pairing: PairingLine | null
  /**
   * Tells the other side that this device is no more, and forgets the session; nothing where there is none. Resolves with
   * false when the other side could not be told, and goes on listing it.
   */
  unlink(): Promise<boolean>
  /** Takes over changed settings without a new connection; false, or absent: it takes a new line. */
  adopt?(account: Account): boolean
  /** Null for numbers that have nothing to manage at Meta. */
  readonly business: BusinessLine | null
}

/** A request to a callback address, as it came. */
export interface CallbackRequest {
  readonly method: 'GET' | 'POST'
  /** Without the query. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The bytes as they came: signatures are made over these. */
  readonly body: Uint8Array
}

export interface CallbackAnswer {
  readonly status: number
  /** text/plain */
  readonly body: string
  readonly retryAfterS?: number
}

/**
 * Rows of ours among the keys of a session, wiped with it and never exported. `moved`: it was handed to another server.
 * `replaced`: somebody else uses it, and this line leaves it to them over restarts. `restricted`: WhatsApp restricts the
 * number. Whoever enables the account takes them all back.
 */
export const LINE_MARKS = {
  type: 'whatshooked',
  moved: 'moved',
  replaced: 'replaced',
  restricted: 'restricted',
} as const

/** The session of one linked device, in the store: every value sealed. */
export interface SessionStoreOf {
  /** Null: not linked. */
  credentials(): Promise<string | null>
  /** Those that are there. */
  get(type: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** One unit: all of it is on disk when this resolves, or none. A null value deletes; `credentials` absent: as they are. */
  put(change: {
    readonly credentials?: string
    readonly keys: readonly { readonly type: string; readonly id: string; readonly value: string | null }[]
  }): Promise<void>
  /** On disk with the next `put`, in its unit; by itself within a second when there is none. Found by `get` at once. */
  soon(keys: readonly { readonly type: string; readonly id: string; readonly value: string | null }[]): void
  /** Everything, gone. */
  wipe(): Promise<void>
}

/**
 * Why something that came in was not told:
 *   malformed   no message that WhatsApp could mean
 *   oversized   larger than anything that people send
 *   forged      speaks in a name that is not the sender's: a revoke or an edit of somebody else's message, keys and
 *               history from a stranger, a receipt for a message of somebody else's chat
 *   plaintext   came without encryption
 */
export type DropReason = 'malformed' | 'oversized' | 'forged' | 'plaintext'

/** What a transport is given: the only way in to the rest. */
export interface Desk {
  /**
   * Resolves when all are on disk, in one unit: only then may the other side be told that we have them. Fails with
   * `unavailable` when they cannot be taken now; then none was.
   */
  emit(drafts: readonly EventDraft[]): Promise<void>
  /** Something is offered to the phone of a line that is being paired. */
  offered(account: string, offer: PairingOffer): void
  /** The session of an account: what a linked device is. */
  session(account: string): SessionStoreOf
  /** What was sent as this transport id, for receivers who ask for it again; null when unknown or forgotten. */
  sentContent(transportId: string): Promise<OutMessage | null>
  /** Messages of an account that may have gone out and whose id at the other side the store does not know; some thousands. */
  lost(account: string): Promise<readonly OutMessage[]>
  /** The `raw` of the event of a message that came in as this transport id; null when it is unknown or forgotten. */
  received?(account: string, transportId: string): Promise<string | null>
  /** A line's state changed. */
  state(account: string, state: AccountState): void
  /** Keeps what connecting found out. */
  learn(account: string, found: { phoneNumber?: string; cloud?: Partial<CloudSettings> }): Promise<void>
  /** The messages of ours among these ids (`msg_...`) that we know. */
  outgoing(ids: readonly string[]): Promise<ReadonlyMap<string, OutMessage>>
  /**
   * The id that the outside is told for a message of ours: `candidate` when none was told before, which also settles it
   * for ever.
   */
  publicId(message: OutMessage, candidate: string): string
  /** Something that came in was not told: counted. */
  dropped(account: string, reason: DropReason): void
  readonly clock: Clock
  readonly log: Log
}

/** A kind of transport: opens lines, and takes the callbacks for all of its lines. */
export interface TransportKind {
  readonly kind: Account['kind']
  open(account: Account): Line
  /** Whether credentials of a session are those of a device that a phone has linked; absent: all are. */
  isLinked?(credentials: string): boolean
  /** For kinds that the other side calls: answers by path; null when no line of this kind lives there. */
  callback?(request: CallbackRequest): Promise<CallbackAnswer | null>
  /** Ends what the kind holds for all lines (connection pools). */
  close(): Promise<void>
}
