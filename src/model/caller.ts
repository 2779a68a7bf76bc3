// Who calls an API: what they show, who they turn out to be, and what they may.

/** What came with a request: an API key (`x-api-key` or a bearer token), or a user with a password. */
export type Credential =
  | { readonly is: 'key'; readonly key: string }
  | { readonly is: 'basic'; readonly username: string; readonly password: string }

/**
 *   read   everything that changes nothing
 *   send   messages, read receipts, files to be sent
 *   hooks  webhooks, their deliveries, the cache
 *   admin  everything: accounts, keys, and what is managed at Meta
 */
export const SCOPES = ['read', 'send', 'hooks', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export interface Caller {
  /** Says who it is without saying the key: `key:...` or `user:...`. Idempotency keys are kept apart by it. */
  readonly id: string
  /** What its owner calls it, for people. */
  readonly name: string
  readonly scopes: readonly Scope[]
  /** The accounts that it may see and use; null: all, and what concerns the whole installation. */
  readonly accounts: readonly string[] | null
}

/** Whether a caller may do what takes this scope; `admin` may everything. */
export function may(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes(scope) || caller.scopes.includes('admin')
}

/** Whether a caller may see and use an account. */
export function sees(caller: Caller, account: string): boolean {
  return caller.accounts === null || caller.accounts.includes(account)
}

/** Knows the credentials of this installation. */
export interface Keyring {
  /** Null when they are not good. Takes as long for wrong ones as for right ones. */
  check(credential: Credential): Promise<Caller | null>
}

/** An API key as it is kept: never the key itself. */
export interface ApiKey {
  /** `key_...` */
  readonly id: string
  readonly name: string
  /** SHA-256 of the key, hex. */
  readonly sha256: string
  readonly scopes: readonly Scope[]
  /** Null: all accounts. */
  readonly accounts: readonly string[] | null
  readonly createdAt: number
  /** ms since epoch; null: never. */
  readonly expiresAt: number | null
}

/** One line of the audit log: who changed what. */
export interface AuditEntry {
  /** ms since epoch */
  readonly at: number
  /** `Caller.id`, and the name that it had then. */
  readonly caller: string
  readonly callerName: string
  /** The address that the request came from. */
  readonly address: string
  /** The operation id, or `authenticate` for an address that guessed too often. */
  readonly operation: string
  /** What it was about (an account's, hook's, key's, ... id), where the request named one. */
  readonly target: string | null
  /** The account that it concerned, where it concerned one. */
  readonly account: string | null
  /** `ok`, or the code of the failure. */
  readonly outcome: string
  /** What was asked for as JSON text: secrets masked, long texts cut. */
  readonly details: string
}
