// Everything that one can ask of the gateway, by noun: what surfaces stand on. No logic here.
import type { Spooled, Spooling } from '../kit/spool.ts'
import type { Account, AccountState, CloudSettings, Pacing, WebSettings } from '../model/account.ts'
import type { ApiKey, AuditEntry, Caller, Scope } from '../model/caller.ts'
import type { Content, JsonObject } from '../model/content.ts'
import type { Attempt, DeliveryState } from '../model/delivery.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { Finding } from '../model/finding.ts'
import type { Hook } from '../model/hook.ts'
import type { MediaWish } from '../model/media.ts'
import type { OutMessage, Tick } from '../model/message.ts'
import type { BusinessLine, CallbackAnswer, CallbackRequest, PairingOffer } from '../transports/transport.ts'

/** An account as its owner describes it; secrets that are absent or masked (`***...`) are left as they are, null is none. */
export interface AccountWish {
  readonly id: string
  readonly kind: Account['kind']
  readonly phoneNumber?: string | undefined
  readonly sessionPath?: string | undefined
  readonly showQr?: boolean | undefined
  readonly disabled?: boolean | undefined
  readonly pacing?: Partial<Pacing> | undefined
  readonly media?: Partial<MediaWish> | undefined
  readonly web?: Partial<WebSettings> | undefined
  readonly cloud?: { [K in keyof CloudSettings]?: CloudSettings[K] | undefined } | undefined
}

export interface AccountView {
  readonly account: Account
  readonly state: AccountState
  /** When the session of a linked device was handed over to another server, ms since epoch; null: it is used here. */
  readonly handedOverAt: number | null
  /** Where Meta calls us: a path of this server. */
  readonly callbackPath: string | null
  /** The same as Meta is to call it; null when the public address of this server was not said. */
  readonly callbackUrl: string | null
  /** When the last event of it was recorded and the last message went out, ms since epoch; null: not since the start. */
  readonly lastEventAt: number | null
  readonly lastSentAt: number | null
  /** When the other side was last heard, ms since epoch; null where there is no connection to hear on. */
  readonly lastHeardAt: number | null
  /** Messages that wait for their turn, and when the next one goes, ms since epoch. */
  readonly queue: { readonly waiting: number; readonly nextAt: number | null }
}

export interface AccountsPart {
  list(): AccountView[]
  /** Fails with `not-found`. */
  get(id: string): AccountView
  /** Validates with the other side first: fails with `upstream` in its words, and then nothing is kept. */
  add(wish: AccountWish): Promise<void>
  /** Answers what `enable` does when it enables the account. Fails with `not-found`, `upstream`, `exists`. */
  update(wish: AccountWish): Promise<string | null>
  /** A linked device is logged out first; answers what is left to do by hand when that failed, in a sentence, else null. */
  remove(id: string): Promise<string | null>
  disable(id: string): Promise<void>
  /**
   * Answers what its owner has to know of a session that was handed over, in a sentence, else null. Fails with `exists`
   * when another account here has the session by now, and with `upstream`.
   */
  enable(id: string): Promise<string | null>
  /** Looks at everything that can be amiss with an account; `mend`: puts right what it can. Fails with `not-found`. */
  examine(id: string, options: { readonly mend: boolean }): Promise<Finding[]>
}

/** A hook as its owner describes it. */
export type HookWish = Pick<Hook, 'id' | 'url'> & {
  readonly [K in Exclude<keyof Hook, 'id' | 'url' | 'no' | 'disabledReason'>]?: Hook[K] | undefined
}

export interface HookView {
  readonly hook: Hook
  /** Whether deliveries flow: `open` means that it failed ten times in a row and is only tried now and then. */
  readonly breaker: 'closed' | 'open'
}

/** What one test delivery came to. */
export interface TestResult {
  readonly delivered: boolean
  readonly status: number | null
  readonly tookMs: number
  readonly error: string | null
  /** The first 64 KB of what the hook answered, as text. */
  readonly answer: string
}

export interface HooksPart {
  list(): HookView[]
  get(id: string): HookView
  /** Fails with `exists`, and with `invalid` for an address that the egress guard refuses. The secret is whole in this answer only. */
  add(wish: HookWish): Promise<Hook>
  /** Fields that are absent stay as they are; a masked secret too. Fails with `not-found`, `invalid`. */
  update(wish: Partial<HookWish> & { readonly id: string }): Promise<Hook>
  remove(id: string): Promise<void>
  /** Sends a `hook.test` event to the hook now, past its queue; recorded nowhere. */
  test(id: string): Promise<TestResult>
}

export interface SendWish {
  readonly account: string
  readonly to: string
  /** Of a file that came with the request, `name` is not set yet: the file itself is beside it. */
  readonly content: Content
  /** The file of a content whose media is `from: 'file'`; it is ours from here on. */
  readonly file?: Spooled | undefined
  readonly replyTo?: string | undefined
  /** The caller's `Idempotency-Key`, already made unique to the caller and the operation. */
  readonly idempotencyKey?: string | undefined
}

/** `sent`: the other side took it. `queued`: it waits for its turn, and goes out by itself. */
export interface SendAnswer {
  /** The message's public id. */
  readonly messageId: string
  readonly state: 'sent' | 'queued'
}

export interface MessagesPart {
  /**
   * Sends, and answers when the other side took the message; or after 20 s when its turn has not come by then. Fails
   * with `invalid`, `unsupported`, `upstream`, `lost-answer` (carrying the message's id), `not-connected`, `disabled`,
   * `conflict`, `mismatch`.
   */
  send(wish: SendWish): Promise<SendAnswer>
  markRead(account: string, messageId: string): Promise<void>
  /** By our id or the transport's. Fails with `not-found`. */
  get(id: string): Promise<{ message: OutMessage; ticks: Tick[] }>
}

export interface DeliveryView {
  /** `dlv_...` */
  readonly id: string
  readonly hookId: string
  readonly event: Pick<RecordedEvent, 'seq' | 'type' | 'account' | 'chat' | 'at'>
  readonly state: DeliveryState
  readonly attempts: number
  readonly dueAt: number | null
  readonly last: Attempt | null
}

export interface DeliveriesPart {
  /** Newest first. Fails with `not-found` for a hook or an event that is not there. `after` is the `next` of the page before. */
  list(query: {
    accounts?: Accounts
    hookId?: string | undefined
    state?: DeliveryState | undefined
    eventId?: string | undefined
    after?: string | undefined
    limit: number
  }): Promise<{ deliveries: DeliveryView[]; next: string | null }>
  get(id: string): Promise<DeliveryView & { log: Attempt[] }>
  /** Due now, whatever its state. */
  retry(id: string): Promise<void>
  /** All dead ones of a hook whose event was recorded since (ms since epoch; 0: all); answers how many. */
  retryDead(hookId: string, since: number): Promise<number>
}

/** Only these accounts, and hooks that are for these alone; null or absent: all. */
export type Accounts = readonly string[] | null

export interface CachePart {
  /**
   * Every method fails with `unavailable` when the cache is switched off, but `stats`. `accounts` null: all; else only
   * events of these are seen and touched.
   */
  list(query: {
    accounts?: Accounts
    type?: string | undefined
    after?: string | undefined
    limit: number
  }): Promise<{ events: RecordedEvent[]; total: number; next: string | null }>
  stats(accounts?: Accounts): Promise<{ enabled: boolean; total: number; byType: Readonly<Record<string, number>> }>
  get(id: string): Promise<RecordedEvent>
  clear(accounts?: Accounts): Promise<number>
  remove(id: string): Promise<void>
  /** Waits, at most 25 s, for the first attempts that it brought about. */
  replayAll(accounts?: Accounts): Promise<{ replayed: number; delivered: number; failed: number; remaining: number }>
  replay(id: string): Promise<{ delivered: number; failed: number; waiting: number }>
}

export interface PairingPart {
  /**
   * What is offered to the phone now; begins where nothing was begun. Fails with `not-found`, `unsupported` (no linked
   * device), `exists` (linked already), and with `upstream` for a minute after a link was refused, unless it is to begin `anew`.
   */
  qr(account: string, anew?: boolean): Promise<PairingOffer>
  /** Eight characters to type into the phone with this number. */
  code(account: string, phone: string): Promise<PairingOffer>
  /**
   * The session as one text, encrypted with a password (at least 12 characters). Fails with `not-found`, `invalid` (a
   * password that repeats itself), `not-connected` (none is linked).
   */
  exportSession(account: string, password: string): Promise<string>
  /**
   * Takes a session over from another machine. Fails with `invalid` (wrong password, not one of ours), `exists` (linked
   * already, or another account here has this session).
   */
  importSession(account: string, text: string, password: string): Promise<void>
}

export interface MediaPart {
  /** A file on its way in from a request; `send` and `upload` take it over, else it is to be dropped. */
  receive(): Promise<Spooling>
  /** Uploads a file to the account's side; the file is dropped. Answers the other side's own object. */
  upload(account: string, file: Spooled, about: { filename: string; mimeType: string }): Promise<JsonObject>
  /**
   * The file that a link names: `query` is the link's own. Waits up to 10 s for one that is being fetched. Fails with
   * `not-found` for links that are not ours, expired, or whose file is not there; the sentence says which.
   */
  open(id: string, query: string): Promise<OpenMedia>
}

/** A kept file, ready to be read. */
export interface OpenMedia {
  readonly path: string
  readonly mimeType: string
  readonly filename: string
  readonly size: number
}

/** A key as its owner wishes it. */
export interface KeyWish {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Null: all accounts. */
  readonly accounts: readonly string[] | null
  /** ms since epoch; null: never. */
  readonly expiresAt: number | null
}

export interface KeyView extends Omit<ApiKey, 'sha256'> {
  /** When it was last used, ms since epoch, to the minute; null: not since it was made. */
  readonly lastUsedAt: number | null
}

export interface KeysPart {
  list(): KeyView[]
  /** The key itself is in this answer only. Fails with `invalid` for an account that there is not. */
  add(wish: KeyWish): Promise<{ view: KeyView; key: string }>
  /** It is good for nothing from here on. Fails with `not-found`. */
  remove(id: string): Promise<void>
}

export interface AuditPart {
  /** Newest first. */
  list(query: {
    after?: string | undefined
    limit: number
    operation?: string | undefined
    caller?: string | undefined
    account?: string | undefined
  }): Promise<{ entries: (AuditEntry & { readonly id: string })[]; next: string | null }>
  /** Never fails: what cannot be written down is logged. */
  note(entry: Omit<AuditEntry, 'at'>): Promise<void>
}

export interface SystemPart {
  /** Why the server is not ready; empty when it is. Sentences without secrets. */
  reasons(): string[]
  /** Prometheus text; with `accounts`, only figures of these and of hooks that are for these alone. */
  metrics(accounts?: Accounts): Promise<string>
}

export interface CallbacksPart {
  /** Null when nobody lives at that path. */
  receive(request: CallbackRequest): Promise<CallbackAnswer | null>
}

export interface Gateway {
  readonly accounts: AccountsPart
  readonly hooks: HooksPart
  readonly messages: MessagesPart
  readonly deliveries: DeliveriesPart
  readonly cache: CachePart
  readonly system: SystemPart
  readonly callbacks: CallbacksPart
  readonly media: MediaPart
  readonly pairing: PairingPart
  readonly keys: KeysPart
  readonly audit: AuditPart
  /** What an account manages at Meta. Fails with `invalid`, `disabled`, `unsupported` (a number that has nothing there). */
  business(account: string): BusinessLine
}

/** The gateway as a caller may see it: of a caller who may see all, the gateway itself. */
export type GatewayFor = (caller: Caller) => Gateway
