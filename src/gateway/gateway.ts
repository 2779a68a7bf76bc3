// Everything that one can ask of the gateway, by noun: what surfaces stand on. No logic here.
import type { Account, AccountState, CloudSettings } from '../model/account.ts'
import type { Attempt, DeliveryState } from '../model/delivery.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { Hook } from '../model/hook.ts'
import type { OutMessage, Tick } from '../model/message.ts'
import type { CallbackAnswer, CallbackRequest } from '../transports/transport.ts'

/** An account as its owner describes it; secrets that are absent or masked (`***...`) are left as they are, null is none. */
export interface AccountWish {
  readonly id: string
  readonly kind: Account['kind']
  readonly phoneNumber?: string | undefined
  readonly sessionPath?: string | undefined
  readonly showQr?: boolean | undefined
  readonly disabled?: boolean | undefined
  readonly cloud?: { [K in keyof CloudSettings]?: CloudSettings[K] | undefined } | undefined
}

export interface AccountView {
  readonly account: Account
  readonly state: AccountState
  /** Where Meta calls us: a path of this server. */
  readonly callbackPath: string | null
  /** The same as Meta is to call it; null when the public address of this server was not said. */
  readonly callbackUrl: string | null
  /** When the last event of it was recorded and the last message went out, ms since epoch; null: not since the start. */
  readonly lastEventAt: number | null
  readonly lastSentAt: number | null
}

export interface AccountsPart {
  list(): AccountView[]
  /** Fails with `not-found`. */
  get(id: string): AccountView
  /** Validates with the other side first: fails with `upstream` in its words, and then nothing is kept. */
  add(wish: AccountWish): Promise<void>
  /** Fails with `not-found`, `upstream`. */
  update(wish: AccountWish): Promise<void>
  remove(id: string): Promise<void>
  disable(id: string): Promise<void>
  enable(id: string): Promise<void>
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
  readonly text: string
  readonly previewUrl?: boolean | undefined
  readonly replyTo?: string | undefined
  /** The caller's `Idempotency-Key`, already made unique to the caller and the operation. */
  readonly idempotencyKey?: string | undefined
}

export interface MessagesPart {
  /**
   * Sends a text; answers the message's public id when the other side took it. Fails with `invalid`, `upstream`,
   * `lost-answer` (carrying the message's id), `not-connected`, `disabled`, `conflict`, `mismatch`.
   */
  sendText(wish: SendWish): Promise<{ messageId: string }>
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

export interface CachePart {
  /** Every method fails with `unavailable` when the cache is switched off, but `stats`. */
  list(query: {
    type?: string | undefined
    after?: string | undefined
    limit: number
  }): Promise<{ events: RecordedEvent[]; total: number; next: string | null }>
  stats(): Promise<{ enabled: boolean; total: number; byType: Readonly<Record<string, number>> }>
  get(id: string): Promise<RecordedEvent>
  clear(): Promise<number>
  remove(id: string): Promise<void>
  /** Waits, at most 25 s, for the first attempts that it brought about. */
  replayAll(): Promise<{ replayed: number; delivered: number; failed: number; remaining: number }>
  replay(id: string): Promise<{ delivered: number; failed: number; waiting: number }>
}

export interface SystemPart {
  /** Why the server is not ready; empty when it is. Sentences without secrets. */
  reasons(): string[]
  /** Prometheus text. */
  metrics(): Promise<string>
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
}
