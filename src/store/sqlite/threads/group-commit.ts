// Group commit: the units of work that arrive while a commit runs go out together in the next one. No timer: the slower
// the disk, the larger the batch; and on an idle server a unit goes out at once.
import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../../kit/clock.ts'
import { Failure } from '../../../model/failure.ts'
import type { StoreHealth } from '../../store.ts'
import type { BatchAnswer } from './ports.ts'
import { failure } from './refusal.ts'

/** Caps on one batch, so that no caller waits for all the others. */
const MOST_UNITS = 500
const MOST_BYTES = 4_000_000
/** How long a store that refused to write is left alone before it is asked again without a caller. */
const TRY_AGAIN_MS = 5000

interface Unit {
  readonly name: string
  readonly argument: unknown
  readonly bytes: number
  /** When it was handed in, ms since epoch. */
  readonly since: number
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: Failure) => void
}

export interface GroupCommit {
  /** Resolves with the unit's answer when it is on disk. */
  submit(name: string, argument: unknown, bytes?: number): Promise<unknown>
  /** The writer's answer to the batch that is out. */
  answered(answer: BatchAnswer): void
  /** Rejects everything, now and from now on; the reason is what callers are told. */
  fail(reason: string): void
  health(): StoreHealth
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

export interface GroupCommitParts {
  readonly worker: Worker
  readonly clock: Clock
  /** The writer must not go on: the sentence says why. */
  readonly onFatal: (sentence: string) => void
}

/** The state of a group commit: what waits, what is out, and what is wrong. */
interface Line {
  waiting: Unit[]
  out: Unit[]
  isScheduled: boolean
  /** A sentence when the last write failed. */
  reason: string | null
  /** Whether nothing is written any more. */
  isOver: boolean
  onIdle: (() => void)[]
}

export function groupCommit({ worker, clock, onFatal }: GroupCommitParts): GroupCommit {
  const line: Line = { waiting: [], out: [], isScheduled: false, reason: null, isOver: false, onIdle: [] }
  const send = (): void => {
    line.isScheduled = false
    if (line.out.length > 0 || line.waiting.length === 0) return
    line.out = takeBatch(line)
    const batch: unknown[] = []
    for (const { name, argument } of line.out) batch.push(name, argument)
    worker.postMessage(batch)
  }
  const schedule = (): void => {
    if (line.isScheduled || line.out.length > 0) return
    line.isScheduled = true
    setImmediate(send)
  }
  const submit = (name: string, argument: unknown, bytes = 0): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (line.isOver) return reject(unavailable(line.reason))
      line.waiting.push({ name, argument, bytes, since: clock.now(), resolve, reject })
      schedule()
    })
  const fail = (reason: string): void => {
    line.isOver = true
    line.reason = reason
    const all = [...line.out, ...line.waiting]
    line.out = []
    line.waiting = []
    for (const unit of all) unit.reject(unavailable(reason))
    wakeIdle(line)
  }
  const tryAgain = (): void => {
    if (line.reason === null || line.isOver) return
    submit('setSetting', { key: 'store.tried', value: String(clock.now()) }).catch(() => undefined)
  }
  return {
    submit,
    fail,
    answered(answer) {
      const units = line.out
      line.out = []
      if (answer.trouble?.fatal) {
        const { message } = answer.trouble.refusal
        for (const unit of units) unit.reject(failure(answer.trouble.refusal))
        fail(message)
        return onFatal(`${message}${answer.trouble.refusal.detail ? `: ${answer.trouble.refusal.detail}` : ''}`)
      }
      line.reason = answer.trouble?.refusal.message ?? null
      if (answer.trouble) clock.after(TRY_AGAIN_MS, tryAgain)
      settle(units, answer)
      send()
      wakeIdle(line)
    },
    health: () => ({
      ok: line.reason === null,
      reason: line.reason,
      waiting: line.out.length + line.waiting.length,
      waitingMs: Math.max(0, clock.now() - ((line.out[0] ?? line.waiting[0])?.since ?? clock.now())),
    }),
    idle: () =>
      new Promise((resolve) => {
        line.onIdle.push(resolve)
        wakeIdle(line)
      }),
  }
}

function takeBatch(line: Line): Unit[] {
  let count = 0
  for (let bytes = 0; count < line.waiting.length && count < MOST_UNITS; count += 1) {
    bytes += line.waiting[count]?.bytes ?? 0
    if (count > 0 && bytes > MOST_BYTES) break
  }
  if (count === line.waiting.length) {
    const all = line.waiting
    line.waiting = []
    return all
  }
  return line.waiting.splice(0, count)
}

function settle(units: readonly Unit[], answer: BatchAnswer): void {
  const { trouble } = answer
  if (trouble) {
    for (const unit of units) unit.reject(failure(trouble.refusal))
    return
  }
  for (const [index, refusal] of answer.refusals) units[index]?.reject(failure(refusal))
  // Resolving one that was rejected above does nothing.
  for (const [index, unit] of units.entries()) unit.resolve(answer.values[index])
}

function wakeIdle(line: Line): void {
  if (line.out.length + line.waiting.length > 0) return
  for (const wake of line.onIdle.splice(0)) wake()
}

function unavailable(reason: string | null): Failure {
  return new Failure('unavailable', reason ?? 'The store is closed', { retryAfterS: 60 })
}
