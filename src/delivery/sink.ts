// What a sink must do: tell one hook of one event, once, and say how it went.
import type { RecordedEvent } from '../model/event.ts'
import type { Hook } from '../model/hook.ts'

/** How one try went. A refusal is an outcome, not an error: `send` never throws for one. */
export interface Outcome {
  readonly delivered: boolean
  /** The HTTP status that came back, null when none did. */
  readonly status: number | null
  /** ms */
  readonly tookMs: number
  /** Why it was not delivered, in a sentence for the hook's owner; never an inside address. */
  readonly error: string | null
  /** What the receiver asked us to wait, ms; null when it did not. Already capped at 8 h. */
  readonly retryAfterMs: number | null
  /** The receiver is gone for good (410): the hook is to be switched off. */
  readonly gone: boolean
  /** What it answered, as text, at most 64 KB; empty when longer, or when nobody asked for it. */
  readonly answer: string
}

/**
 * An event as one hook is to be told of it, where that takes looking something up (a file that came with it). The same
 * event and hook always give the same bytes.
 */
export type Complete = (event: RecordedEvent, hook: Hook) => RecordedEvent | Promise<RecordedEvent>

export interface Sink {
  /** `attempt` is 1 for the first. `keepAnswer`: also keep an answer that is not JSON. */
  send(hook: Hook, event: RecordedEvent, attempt: number, keepAnswer?: boolean): Promise<Outcome>
  /** Lets go of what is kept for a hook (connections, prepared headers): it was changed or removed. */
  forget(hook: number): void
  close(): Promise<void>
}
