// What the queues of all hooks are given.
import type { Clock } from '../kit/clock.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { Hook } from '../model/hook.ts'
import type { Store } from '../store/store.ts'
import type { AttemptDeps } from './attempt.ts'
import type { Pages } from './pages.ts'
import type { Settler } from './settler.ts'
import type { Outcome } from './sink.ts'

/** What every queue is given. */
export interface QueueDeps extends AttemptDeps {
  readonly store: Pick<Store, 'deliveries'>
  readonly settler: Settler
  readonly pages: Pages
  readonly clock: Clock
  readonly random: () => number
  /** The wall clock, for what people read; `clock` is the one that all is reckoned in. */
  readonly wall: () => number
  /** The highest event that was offered to every queue. */
  readonly dispatched: () => number
  /** The highest event of which it is settled to which queues it is offered, now or shortly. */
  readonly told: () => number
  /** The hook said that it is gone for good. */
  readonly gone: (hook: Hook) => void
  /** Told of every attempt, for the metrics. */
  readonly observe: (hook: Hook, event: RecordedEvent, outcome: Outcome) => void
}
