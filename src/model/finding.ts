// What an examination of an account found: one line for each thing that was looked at.

export interface Finding {
  /** What was looked at, as a word that stays: `token`, `scopes`, `number`, `waba`, `subscription`, `callback`, `api_version`. */
  readonly check: string
  /** `skipped`: could not be looked at, for the reason that is said. */
  readonly result: 'ok' | 'warning' | 'problem' | 'skipped'
  /** What is so, in a sentence. */
  readonly says: string
  /** What to do about it, in the other side's own terms; null when there is nothing to do. */
  readonly fix: string | null
}
