// What must be remembered, and what every engine that remembers it must keep to.
//
// Every method is one whole unit of work: it happens entirely or not at all, and its promise resolves only when it is
// on disk. There is no open-ended transaction, because one that waits for its caller would stop the group commit that
// all the others share. A promise that rejects with `unavailable` (disk full, too much waiting) changed nothing and may
// be tried again. Reads see everything that was resolved before they were asked.
import type { Account } from '../model/account.ts'
import type { ApiKey, AuditEntry } from '../model/caller.ts'
import type { Attempt, DeliveryState } from '../model/delivery.ts'
import type { EventDraft, RecordedEvent } from '../model/event.ts'
import type { Hook } from '../model/hook.ts'
import type { MediaFile } from '../model/media.ts'
import type { MessageStatus, OutMessage, Tick } from '../model/message.ts'

/** A draft, and whether any active hook wants it: one that nobody wants is kept in the cache's view. */
export type Recordable = EventDraft & { readonly wanted: boolean; readonly at: number }

export interface EventStore {
  /** The highest `seq` there is, 0 when there is none. */
  head(): Promise<number>
  /**
   * Records drafts in their order, all in one unit with their dedupe keys and their message news. Answers each draft's
   * `seq`, or 0 for one that was told before (same origin; or the same status of the same message and recipient; or
   * news `unknown` of a message that is past `sending`). News also moves the message's status (never back), its
   * transport id, and its public id where that was not set; a draft whose news names a message that we do not know is
   * recorded by its origin alone.
   */
  record(drafts: readonly Recordable[]): Promise<number[]>
  /** Events with `seq >= from`, ascending, at most `limit`. */
  page(from: number, limit: number): Promise<RecordedEvent[]>
  /** One event, or null. */
  get(seq: number): Promise<RecordedEvent | null>
  /**
   * Forgets events recorded before `before` (ms since epoch) that no active hook still waits for and that are not in
   * the cache's view, with their attempts; then dedupe keys not touched since `dedupeBefore`. At most `limit` events;
   * answers how many, so that the caller goes on while it is full.
   */
  prune(before: number, dedupeBefore: number, limit: number): Promise<number>
}

/** A hook's place in the log, as found at start or after a change from outside. */
export interface Progress {
  /** Every event below is finished for this hook, or has a row. */
  readonly cursor: number
  /** Stretches of the log, both ends included, that the hook slept through and does not get. */
  readonly gaps: readonly (readonly [from: number, to: number])[]
  /** Events from the cursor on that are delivered, or have a row. */
  readonly finished: readonly number[]
  /** Chats that have a row `held`, or an unreleased row `retry`. */
  readonly blocked: readonly { readonly chat: string; readonly head: boolean; readonly held: boolean }[]
  /** When the earliest `retry` row is due, ms since epoch; null without one. */
  readonly nextDueAt: number | null
}

/** A row of the exceptions: a delivery that is held, to be retried, dead or dropped. */
export interface DeliveryRow {
  readonly hook: number
  readonly seq: number
  readonly chat: string | null
  readonly state: 'held' | 'retry' | 'dead' | 'dropped'
  /** How often it was tried. */
  readonly attempts: number
  /** When it is due, ms since epoch; null unless `retry`. */
  readonly dueAt: number | null
  /** Its first attempt, ms since epoch; null before that. */
  readonly firstAt: number | null
  /** Whether it no longer holds up its chat. */
  readonly released: boolean
}

/** What became of one delivery. All but `held` carry the attempt that brought it about. */
export type Settlement =
  | { readonly to: 'delivered'; readonly hook: number; readonly seq: number; readonly attempt: Attempt }
  | {
      readonly to: 'retry'
      readonly hook: number
      readonly seq: number
      readonly chat: string | null
      readonly attempt: Attempt
      readonly dueAt: number
      readonly firstAt: number
      readonly released: boolean
    }
  | {
      readonly to: 'dead'
      readonly hook: number
      readonly seq: number
      readonly chat: string | null
      readonly attempt: Attempt
      readonly firstAt: number
    }
  | { readonly to: 'held'; readonly hook: number; readonly seq: number; readonly chat: string }

/** One delivery as the API lists it. */
export interface DeliveryEntry {
  readonly hook: number
  readonly event: Pick<RecordedEvent, 'seq' | 'type' | 'account' | 'chat' | 'at'>
  readonly state: Exclude<DeliveryState, 'in_flight'>
  readonly attempts: number
  readonly dueAt: number | null
  readonly last: Attempt | null
}

export interface DeliveryQuery {
  /** The hooks to look at, whole: which events they want decides what is waiting. */
  readonly hooks: readonly Hook[]
  /** Null: all. */
  readonly accounts: readonly string[] | null
  readonly state: Exclude<DeliveryState, 'in_flight'> | null
  /** Only of this event. */
  readonly seq: number | null
  /** Only events with a lower `seq`. */
  readonly below: number | null
  /** An event that is begun is listed for all its hooks, also beyond the limit, so that `below` can go on behind it. */
  readonly limit: number
}

export interface DeliveryStore {
  progress(hook: number): Promise<Progress>
  /** Records what became of deliveries, and cursors that moved (never back), as one unit. */
  settle(
    settlements: readonly Settlement[],
    cursors: readonly (readonly [hook: number, cursor: number])[],
  ): Promise<void>
  /** Rows `retry` of the hook that are due at `now`, earliest event first, with their events. */
  due(hook: number, now: number, limit: number): Promise<{ row: DeliveryRow; event: RecordedEvent }[]>
  /** When the earliest `retry` row of the hook that is due later than `after` is due, ms since epoch; null without one. */
  nextDueAt(hook: number, after: number): Promise<number | null>
  /** Rows `held` of a chat in the order of recording, with their events. */
  held(hook: number, chat: string, limit: number): Promise<{ row: DeliveryRow; event: RecordedEvent }[]>
  /** Makes every `retry` row of the hook due at `now`. */
  wake(hook: number, now: number): Promise<void>
  /**
   * Makes a delivery due at `now` by hand: a row `held`, `retry` or `dead` becomes `retry` (a dead one with a fresh
   * 72 hours), an event without a row gets one. Retried by hand, it no longer holds up its chat (`released`). Answers
   * false when the event is not there.
   */
  retry(hook: number, seq: number, now: number): Promise<boolean>
  /** The same for every `dead` row of the hook whose event was recorded at or after `since` (ms); answers how many. */
  retryDead(hook: number, since: number, now: number): Promise<number>
  /** Newest first. */
  list(query: DeliveryQuery): Promise<DeliveryEntry[]>
  /** All attempts of one delivery that are still kept, first to last. */
  attempts(hook: number, seq: number): Promise<Attempt[]>
  /** How many deliveries of the hook are waiting, held or to be retried, and how many are dead. */
  count(hook: Hook): Promise<{ waiting: number; dead: number }>
}

/**
 * The view of the events that some active hook has not got (waiting, held, retry, dead), or that no active hook wanted
 * when they came. `hooks` are always all active hooks; `accounts` null is all, else the view is cut to events of these.
 */
export interface CacheStore {
  /** Newest first; `type` null for all, `below` null to begin with the newest. */
  list(
    hooks: readonly Hook[],
    query: { accounts: readonly string[] | null; type: string | null; below: number | null; limit: number },
  ): Promise<RecordedEvent[]>
  stats(
    hooks: readonly Hook[],
    accounts: readonly string[] | null,
  ): Promise<{ total: number; byType: Readonly<Record<string, number>> }>
  has(hooks: readonly Hook[], seq: number): Promise<boolean>
  /** Takes one event out: no active hook gets it any more. False when it was not in the view. */
  drop(hooks: readonly Hook[], seq: number): Promise<boolean>
  /**
   * Takes all out; answers how many events. Every hook's cursor moves behind the head. With `accounts`, only events of
   * these are taken out, and cursors stay; they go in steps, each a unit of work of its own, so that other commits need
   * not wait for all: when it fails, some may be gone already, and the next call takes the rest.
   */
  clear(hooks: readonly Hook[], accounts: readonly string[] | null): Promise<number>
  /**
   * Makes cached events due now for every active hook that wants them and has not got them, oldest first, at most
   * `limit` events from `from` on. Answers the events that it touched, with the hooks that each is now due for (none
   * when no active hook wants it: then it stays in the view), and where to go on (null: at the end). What waits is due
   * as it is; what is held stays held, since the head of its chat is made due; what is dead no longer holds up its chat.
   */
  requeue(
    hooks: readonly Hook[],
    query: { accounts: readonly string[] | null; from: number; limit: number; now: number },
  ): Promise<{ touched: { seq: number; hooks: number[] }[]; next: number | null }>
  /** Forgets what is in the view only because it is dead or unwanted, beyond an age (ms since epoch) and a number; answers how many. */
  trim(hooks: readonly Hook[], before: number, most: number): Promise<number>
}

export interface HookStore {
  all(): Promise<Hook[]>
  /** Its number is given here; it gets events recorded from now on. Fails with `exists`. */
  add(hook: Omit<Hook, 'no'>): Promise<Hook>
  /**
   * Replaces the hook of that number. Switched off, what waits for it is kept; switched on again, it goes on with that,
   * and does not get what was recorded in between.
   */
  replace(hook: Hook): Promise<void>
  /** Removes the hook with all its deliveries. */
  remove(no: number): Promise<void>
}

export interface AccountStore {
  all(): Promise<Account[]>
  /** Fails with `exists`. */
  add(account: Account): Promise<void>
  replace(account: Account): Promise<void>
  remove(id: string): Promise<void>
}

/** A caller's promise that a request with this key is the same request. */
export interface Idempotency {
  /** Made of the caller's key, who the caller is, and the operation; kept 24 hours. */
  readonly key: string
  /** SHA-256 of the canonical body, hex. */
  readonly fingerprint: string
}

export interface MessageStore {
  /**
   * Records a message before anything goes out. With an idempotency key that is known: changes nothing and answers the
   * message that it was used for, and whether the body was the same.
   */
  begin(
    message: Pick<OutMessage, 'id' | 'account' | 'chat' | 'kind' | 'content' | 'createdAt'> & {
      status: 'queued' | 'sending'
    },
    idempotency: Idempotency | null,
  ): Promise<{ message: OutMessage; fresh: boolean; sameBody: boolean }>
  /** Moves a message's status (never back) without an event, for `sending` and for reads that failed. */
  mark(id: string, change: { status: MessageStatus; at: number; error: string | null }): Promise<void>
  /** Keeps what the outside was told to call a message, where nothing was told before. */
  name(id: string, publicId: string): Promise<void>
  /** Replaces what is to be sent of a message that is `queued` (its file was uploaded, say). */
  rewrite(id: string, content: string): Promise<void>
  /** By our id or the transport's, with its history; null when unknown. */
  get(id: string): Promise<{ message: OutMessage; ticks: Tick[] } | null>
  /** The messages of those of our ids that are known. */
  many(ids: readonly string[]): Promise<OutMessage[]>
  /** All that are `queued` or `sending`, oldest first: what a crash left behind. */
  unsettled(): Promise<OutMessage[]>
  /** Those of an account that may have gone out and have no id of the other side yet, newest first; at most `limit`. */
  lost(account: string, limit: number): Promise<OutMessage[]>
  /**
   * Forgets what was asked for in settled messages created before `before` (their ids stay valid, with status and
   * history), and idempotency keys used before `keysBefore` (ms); keys `reply:...` are kept as long as the messages, since
   * the event that they answer may be delivered again that long. At most `limit` of each; answers how many messages.
   */
  prune(before: number, keysBefore: number, limit: number): Promise<number>
}

/** Files that came with messages. The files themselves lie in the data folder, under their ids. */
export interface MediaStore {
  /** Null when unknown. Rows are made by `EventStore.record`. */
  get(id: string): Promise<MediaFile | null>
  /** Of an event (its `seq`), or null. */
  ofEvent(event: number): Promise<MediaFile | null>
  /** Replaces what changes; nothing when the file is not known any more. */
  change(
    id: string,
    change: Partial<
      Pick<MediaFile, 'state' | 'reason' | 'tries' | 'dueAt' | 'readyAt' | 'size' | 'sha256' | 'mimeType'>
    >,
  ): Promise<void>
  /** Settles what hooks are told with the event, where it was not settled before; answers what holds now. */
  tell(id: string, told: string): Promise<string>
  /** Those `waiting`, earliest due first. */
  waiting(limit: number): Promise<MediaFile[]>
  /** Those `ready` that were kept before `before` (ms since epoch), oldest first. */
  kept(before: number, limit: number): Promise<MediaFile[]>
  /** All of an account, for its removal; at most `limit`. */
  ofAccount(account: string, limit: number): Promise<MediaFile[]>
  /** Forgets rows by their ids. */
  forget(ids: readonly string[]): Promise<void>
  /** Forgets rows that are neither waiting nor ready and were made before `before`; at most `limit`, answers how many. */
  prune(before: number, limit: number): Promise<number>
}

/** What linked devices are: credentials and Signal keys, every value sealed. */
export interface SessionStore {
  /** Null: not linked. */
  credentials(account: string): Promise<string | null>
  /** Those that are there. */
  keys(account: string, type: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** One unit; a null value deletes, absent credentials stay. */
  put(account: string, change: SessionChange): Promise<void>
  /** On disk with the next `put` of the account, in its unit; by itself within a second when there is none. */
  soon(account: string, keys: readonly SessionKey[]): void
  /** Everything of an account, for moving it to another machine. */
  whole(account: string): Promise<{ readonly credentials: string | null; readonly keys: readonly SessionKey[] }>
  wipe(account: string): Promise<void>
}

export interface SessionKey {
  readonly type: string
  readonly id: string
  /** Null: to be deleted. */
  readonly value: string | null
}

export interface SessionChange {
  readonly credentials?: string
  readonly keys: readonly SessionKey[]
}

export interface KeyStore {
  all(): Promise<ApiKey[]>
  add(key: ApiKey): Promise<void>
  remove(id: string): Promise<void>
}

/** An audit entry with its place in the log. */
export type AuditRow = AuditEntry & { readonly no: number }

export interface AuditStore {
  add(entry: AuditEntry): Promise<void>
  /** Newest first, with a lower `no` than `below`; nulls do not filter. */
  list(query: {
    operation: string | null
    caller: string | null
    account: string | null
    below: number | null
    limit: number
  }): Promise<AuditRow[]>
  /** Forgets entries made before `before` (ms since epoch), at most `limit`; answers how many. */
  prune(before: number, limit: number): Promise<number>
}

/** Small facts of the installation: the hash of its key, for example. */
export interface SettingStore {
  get(key: string): Promise<string | null>
  set(key: string, value: string): Promise<void>
}

/** Whether the store takes writes now, and how much waits to be written. */
export interface StoreHealth {
  readonly ok: boolean
  /** A sentence for the operator when not ok. */
  readonly reason: string | null
  /** Units of work not yet on disk. */
  readonly waiting: number
  /** For how long the oldest of them has waited, ms. */
  readonly waitingMs: number
}

export interface Store {
  readonly events: EventStore
  readonly deliveries: DeliveryStore
  readonly cache: CacheStore
  readonly hooks: HookStore
  readonly accounts: AccountStore
  readonly messages: MessageStore
  readonly media: MediaStore
  readonly keys: KeyStore
  readonly sessions: SessionStore
  readonly audit: AuditStore
  readonly settings: SettingStore
  health(): StoreHealth
  /** Ends what was asked, then closes. */
  close(): Promise<void>
}

/** Encrypts what must not be readable in the file: `about` names the row and column and must be the same to open it. */
export interface Sealer {
  seal(plain: string, about: string): string
  /** Throws a Failure when the text was not sealed with a key that we have, or for another row. */
  open(sealed: string, about: string): string
}
