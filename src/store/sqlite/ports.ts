// How the main thread asks the two workers: the names of what can be asked, with the types of its parts.
import type { FailureCode } from '../../model/failure.ts'
import type { ReadUnits, WriteUnits } from './units.ts'

/** One unit of work for the writer; resolves when it is on disk. `bytes` is its rough size, for the cap on a batch. */
export type Write = <K extends keyof WriteUnits>(
  name: K,
  argument: Parameters<WriteUnits[K]>[0],
  bytes?: number,
) => Promise<ReturnType<WriteUnits[K]>>

/** One question to the reader. */
export type Read = <K extends keyof ReadUnits>(
  name: K,
  argument: Parameters<ReadUnits[K]>[0],
) => Promise<ReturnType<ReadUnits[K]>>

/** A Failure as it travels between threads. */
export interface Refusal {
  readonly code: FailureCode
  readonly message: string
  readonly retryAfterS?: number
  /** What the log should know. */
  readonly detail?: string
}

/** What the writer is started with. */
export interface WriterStart {
  readonly folder: string
}

/** What the writer says first: that it is ready, or why it is not. */
export type WriterReady =
  | {
      readonly ready: {
        readonly from: number
        readonly to: number
        readonly file: string
        readonly canary: string | null
      }
    }
  | { readonly refused: Refusal }

/** The writer's answer to a batch. */
export interface BatchAnswer {
  /** One per unit, in order; undefined where it was refused. */
  readonly values: readonly unknown[]
  /** Units that were refused for what they asked. */
  readonly refusals: readonly (readonly [index: number, refusal: Refusal])[]
  /** When set, nothing of the batch was written. `fatal`: nothing will be, until somebody looks. */
  readonly trouble: { readonly refusal: Refusal; readonly fatal: boolean } | null
}

/** What the reader is asked, and what it answers. */
export type Question = readonly [id: number, name: string, argument: unknown]
export type Reply = readonly [id: number, value: unknown, refusal: Refusal | null]
