// What the statements of every noun work with.
import type { Connection } from './connection.ts'
import type { Kinds } from './kinds.ts'

/** What a reading statement works with. */
export interface Reading {
  readonly c: Connection
  readonly kinds: Kinds
}

/** What a writing one has besides. */
export interface Writing extends Reading {
  /** The last `seq` that was given. */
  readonly head: { seq: number }
}
