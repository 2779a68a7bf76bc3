// The way in: drafts become recorded events in one unit, and are dispatched from memory when that is on disk.

import type { Engine } from '../delivery/engine.ts'
import type { Clock } from '../kit/clock.ts'
import type { EventDraft, RecordedEvent } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import type { Recordable, Store } from '../store/store.ts'
import type { Metrics } from './metrics.ts'

/** Beyond this, work that comes in is refused before the commit: what was taken must get through first. */
const MOST_WAITING_MS = 1000
const MOST_WAITING = 20_000
/** Before what could not be recorded is tried again, ms; and how much of it is kept in memory. */
const AGAIN_MS = 1000
const MOST_LATE = 1000

export interface Intake {
  /**
   * Resolves when all are on disk; answers each draft's place, 0 for one that was told before. Fails with `unavailable`
   * when nothing can be taken now; then none was.
   */
  record(drafts: readonly EventDraft[]): Promise<number[]>
  /**
   * The same for what nobody waits for, and is seldom: taken however much waits, and recorded later when the store takes
   * nothing now.
   */
  note(draft: EventDraft): void
  /** When the last event of an account was recorded, ms since epoch; null: not since the start. */
  lastEventAt(account: string): number | null
}

export interface IntakeDeps {
  readonly store: Pick<Store, 'events' | 'health'>
  readonly engine: Pick<Engine, 'wanted' | 'dispatch'>
  readonly clock: Clock
  readonly metrics: Metrics
  /** Told that something with a file was recorded. */
  readonly arrived: () => void
  /** Told of what `note` could not record at once. */
  readonly failed: (thrown: unknown) => void
}

export function createIntake({ store, engine, clock, metrics, arrived, failed }: IntakeDeps): Intake {
  const last = new Map<string, number>()

  const admit = (): void => {
    const { waiting, waitingMs } = store.health()
    if (waiting < MOST_WAITING && waitingMs < MOST_WAITING_MS) return
    metrics.refused('overload')
    throw new Failure('unavailable', 'Too much waits to be written; try again shortly', { retryAfterS: 2 })
  }

  const record = async (drafts: readonly EventDraft[]): Promise<number[]> => {
    if (drafts.length === 0) return []
    admit()
    return keep(drafts)
  }

  const keep = async (drafts: readonly EventDraft[]): Promise<number[]> => {
    const at = clock.now()
    const recordables: Recordable[] = drafts.map((draft) => ({ ...draft, at, wanted: engine.wanted(draft) }))
    const seqs = await store.events.record(recordables)
    const events = recorded(recordables, seqs)
    for (const event of events) {
      metrics.recorded(event.type)
      last.set(event.account, at)
    }
    if (events.length < drafts.length) metrics.duplicates(drafts.length - events.length)
    engine.dispatch(events)
    if (recordables.some((draft, index) => draft.media !== undefined && seqs[index] !== 0)) arrived()
    return seqs
  }

  /** What `note` could not record yet, oldest first. */
  const late: EventDraft[] = []
  const isLate = (thrown: unknown, draft: EventDraft): void => {
    failed(thrown)
    late.push(draft)
    if (late.length === 1) clock.after(AGAIN_MS, again)
  }
  const again = (): void => {
    const drafts = [...late]
    keep(drafts).then(
      () => {
        late.splice(0, drafts.length)
        if (late.length > 0) again()
      },
      () => clock.after(AGAIN_MS, again),
    )
  }

  return {
    record,
    note(draft) {
      if (late.length === 0) keep([draft]).catch((thrown) => isLate(thrown, draft))
      else if (late.length < MOST_LATE) late.push(draft)
    },
    lastEventAt: (account) => last.get(account) ?? null,
  }
}

function recorded(drafts: readonly Recordable[], seqs: readonly number[]): RecordedEvent[] {
  const events: RecordedEvent[] = []
  for (const [index, draft] of drafts.entries()) {
    const seq = seqs[index] ?? 0
    const { type, account, chat, at, data, raw } = draft
    if (seq > 0) events.push({ seq, type, account, chat, at, data, raw })
  }
  return events
}
