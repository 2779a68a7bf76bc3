// How the main thread asks the two workers: the names of what can be asked, with the types of its parts.
import type { FailureCode } from '../../../model/failure.ts'

/** Asks a worker by name. `bytes` is the rough size of what is written, for the cap on a batch. */
export type Ask = (name: string, argument: unknown, bytes?: number) => Promise<unknown>

/**
 * The same for the units of one noun, with the types of their parts. A unit of work of the writer resolves when it is
 * on disk.
 */
export type Asking<Units> = <K extends keyof Units & string>(
  name: K,
  argument: Units[K] extends (argument: infer A) => unknown ? A : never,
  bytes?: number,
) => Promise<Units[K] extends (argument: never) => infer R ? R : never>

/** What is asked travels by name between threads: here it gets its types back. */
export function asking<Units>(ask: Ask): Asking<Units> {
  return ask as Asking<Units>
}

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
