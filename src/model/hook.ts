// A hook: somebody's wish to be told of events, and the rule that says which.
import type { RecordedEvent } from './event.ts'

/** How a hook wants order kept; see delivery.ts for what each means to a delivery. */
export type Order = 'chat' | 'strict' | 'none'
export type HookMethod = 'GET' | 'POST' | 'PUT' | 'PATCH'

/** When a failed delivery is tried again. */
export interface RetryPolicy {
  /** Waits before the 2nd, 3rd, ... attempt, in seconds; the last one repeats. */
  readonly delaysS: readonly number[]
  /** A delivery is dead when its first attempt is longer ago than this, in seconds. */
  readonly giveUpAfterS: number
}

/** The default: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h, then every 8 h until 72 h. */
export const DEFAULT_RETRY: RetryPolicy = {
  delaysS: [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800],
  giveUpAfterS: 72 * 3600,
}

export const HOOK_MEDIA = ['link', 'base64', 'both', 'none'] as const
export type HookMedia = (typeof HOOK_MEDIA)[number]

export interface Hook {
  /** The owner's name for it, unique. */
  readonly id: string
  /** Our number for it: small, never used again; what deliveries are filed under. */
  readonly no: number
  readonly name: string
  readonly url: string
  readonly method: HookMethod
  readonly headers: Readonly<Record<string, string>>
  readonly active: boolean
  /** Event types; `*` and `message.*` are patterns. Empty means all that are on by default. */
  readonly events: readonly string[]
  readonly description: string
  /** Skip TLS verification, for this hook only. */
  readonly allowInsecure: boolean
  /** `whsec_...`: what its deliveries are signed with. */
  readonly secret: string
  /** Only events of these accounts; empty means all. */
  readonly accounts: readonly string[]
  /** Only events of these chats; empty means all. Events without a chat pass only an empty list. */
  readonly chats: readonly string[]
  readonly order: Order
  /** Null: the default policy. */
  readonly retry: RetryPolicy | null
  /** Whether the body carries Meta's or WhatsApp's own object as `data.raw`. */
  readonly raw: boolean
  /** How files that came with a message are told: as a link to fetch them by, in base64, both, or not at all. */
  readonly media: HookMedia
  readonly format: 'native'
  /** Why it was switched off, when it was not by its owner (for example a 410). */
  readonly disabledReason: string | null
}

/** Events that no hook gets unless it names them, because they are many and few want them. */
const ONLY_WHEN_NAMED: ReadonlySet<string> = new Set(['presence.updated'])

/** Whether one pattern of a hook's `events` covers a type: `*`, `message.*`, or the type itself. */
export function patternCovers(pattern: string, type: string): boolean {
  if (pattern === '*') return !ONLY_WHEN_NAMED.has(type)
  if (pattern.endsWith('.*')) return type.startsWith(pattern.slice(0, -1))
  return pattern === type
}

/** Whether a hook's list of patterns covers a type; an empty list is `*`. */
export function eventsCover(events: readonly string[], type: string): boolean {
  return events.length === 0 ? patternCovers('*', type) : events.some((pattern) => patternCovers(pattern, type))
}

/** Whether a hook is for (some of) these accounts and no others; null is all accounts. */
export function isFor(hook: Pick<Hook, 'accounts'>, accounts: readonly string[] | null): boolean {
  return accounts === null || (hook.accounts.length > 0 && hook.accounts.every((id) => accounts.includes(id)))
}

/** Whether the hook wants this event; says nothing of whether the hook is active. */
export function wants(hook: Hook, event: Pick<RecordedEvent, 'type' | 'account' | 'chat'>): boolean {
  if (hook.accounts.length > 0 && !hook.accounts.includes(event.account)) return false
  if (hook.chats.length > 0 && (event.chat === null || !hook.chats.includes(event.chat))) return false
  return eventsCover(hook.events, event.type)
}
