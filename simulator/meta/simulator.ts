// What the simulated Meta offers to those who drive it from the same process: the types behind the door.

import type { MediaFile, Said } from './callbacks/inbound.ts'
import type { CallbackRecord, ReleaseOptions } from './callbacks/outbox.ts'
import type { Change } from './callbacks/payload.ts'
import type { AppOptions, NumberChange, NumberOptions, NumberSetup, TokenOptions } from './control/admin.ts'
import type { ManagedDoor } from './control/managed-door.ts'
import type { Fault, FaultRule } from './faults.ts'
import type { MediaKind } from './graph/media/media-types.ts'
import type { LoggedRequest } from './request-log.ts'
import type { CustomerProfile, Limits, MediaRecord, MessageRecord, StatusDelays } from './state.ts'

/** How a simulator is started. Everything has a default that suits tests. */
export type MetaSimulatorOptions = {
  /** Port to listen on; 0 (default) lets the system choose. */
  port?: number
  /** Address to listen on; 127.0.0.1 by default. */
  host?: string
  /** Where the time comes from, in milliseconds since the epoch. Delays between callbacks stay real. */
  clock?: { now(): number }
  /** Milliseconds until a new or edited template is approved by itself; null (default) = it waits to be told. */
  templateReviewMs?: number | null
  /** Milliseconds before each status callback, each counted from the one before it. */
  statusDelays?: Partial<StatusDelays>
  /** Milliseconds before each further attempt of a callback that was refused; its length bounds the attempts. */
  retryScheduleMs?: readonly number[]
  /** Milliseconds that the receiver of a callback has to answer (default 10 000). */
  callbackTimeoutMs?: number
  /** First tries of callbacks at a time for one URL. 1 (default) keeps their order; Meta itself keeps none. */
  callbackConcurrency?: number
}

/** A person with a phone. */
export type Customer = {
  readonly id: string
  /** Writes a text to a number (the first one when `to` is left out); returns before the callback arrives. */
  says(text: string, to?: string): Said
  /** Sends any message object of Meta's, such as `{ type: 'image', image: { … } }`; `from`, `id`, `timestamp` are filled in. */
  sends(message: Record<string, unknown>, to?: string): Said
  /** Sends a file, which Meta keeps for seven days: the message carries its id, its hash and a URL for it. */
  sendsMedia(kind: MediaKind, file: MediaFile, to?: string): Said
  /**
   * Reads a message that the business sent; `played` for a voice message that was listened to. Fails while the message
   * has not been delivered: wait for `settled()` first.
   */
  reads(wamid: string, status?: 'read' | 'played'): void
}

/** A running simulator. */
export type MetaSimulator = ManagedDoor & {
  /** Base URL without a version, such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly port: number
  addNumber(options?: NumberOptions): NumberSetup
  /** Makes a token, or changes the one of that name. */
  addToken(options?: TokenOptions): string
  /** Makes an app, or changes the one of that id. */
  app(appId: string, options?: AppOptions): void
  /** Registers or deregisters a number, or changes what its reads answer (`quality_rating`, `status`, …). */
  changeNumber(phoneNumberId: string, change: NumberChange): void
  /** A customer by wa_id (digits) or user id; asking again with a profile changes the profile. */
  customer(id: string, profile?: CustomerProfile): Customer
  /** A group that takes messages (`recipient_type` group); answers its id. Who is in it is not modelled. */
  addGroup(id?: string): string
  /** Does Meta's GET handshake against the number's callback; fails with a sentence when it is refused. */
  verifyCallback(phoneNumberId: string): Promise<void>
  /** Sends one POST with any changes, at once even while others are held: raw values, batches, several numbers. They must share a callback URL. */
  sendCallback(changes: Change | readonly Change[]): CallbackRecord
  /** Every callback POST so far, with its attempts. */
  callbacks(): CallbackRecord[]
  /** From now on updates are kept back. */
  holdCallbacks(): void
  /** Lets the held updates go: as they came, reversed, batched, more than once. */
  releaseCallbacks(options?: ReleaseOptions): CallbackRecord[]
  /** Sends the very same bytes of a callback once more. */
  repeatCallback(callbackId: string): CallbackRecord
  readonly faults: {
    add(rule: FaultRule): Fault
    list(): Fault[]
    /** Takes one fault away, or all. */
    clear(id?: string): void
  }
  limits(change?: Partial<Limits>): Limits
  statusDelays(change?: Partial<StatusDelays>): StatusDelays
  /** Moves the simulator's time forward; for windows, token expiry and limits. */
  advance(ms: number): void
  /** Every Graph request so far. */
  requests(): LoggedRequest[]
  /** Every message in and out so far. */
  messages(): MessageRecord[]
  /** Every file that was uploaded or sent by a customer, but for those deleted. */
  media(): MediaRecord[]
  /** Ends a file before its time (`id`, the default), or only the URLs given out for it so far (`urls`). */
  expireMedia(mediaId: string, what?: 'id' | 'urls'): void
  /** Resolves when no status is due and no callback is waiting or in flight (held ones do not count). */
  settled(): Promise<void>
  /** Forgets everything: numbers, tokens, customers, messages, faults, logs, waiting callbacks. */
  reset(): void
  close(): Promise<void>
}
