// Who calls an API: what they show, and who they turn out to be.

/** What came with a request: an API key (`x-api-key` or a bearer token), or a user with a password. */
export type Credential =
  | { readonly is: 'key'; readonly key: string }
  | { readonly is: 'basic'; readonly username: string; readonly password: string }

export interface Caller {
  /** Says who it is without saying the key: `key:...` or `user:...`. Idempotency keys are kept apart by it. */
  readonly id: string
}

/** Knows the credentials of this installation. */
export interface Keyring {
  /** Null when they are not good. Takes as long for wrong ones as for right ones. */
  check(credential: Credential): Promise<Caller | null>
}
