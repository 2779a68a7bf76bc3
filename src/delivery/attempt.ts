// One attempt of a delivery, whatever happens to it.
import type { Log } from '../kit/log.ts'
import type { RecordedEvent } from '../model/event.ts'
import type { Hook } from '../model/hook.ts'
import type { Job } from './lanes.ts'
import type { Outcome, Sink } from './sink.ts'

export interface AttemptDeps {
  readonly sink: Sink
  readonly log: Log
  /** Records what a hook answered to an event; the delivery counts only when that is done. */
  readonly answered: (hook: Hook, event: RecordedEvent, answer: string) => Promise<void>
}

/**
 * How it ends with what a hook was owed before it was cut down to other accounts: whoever may change the hook now may not
 * see the events of those.
 */
export const NOT_ITS_OWN: Outcome = {
  delivered: false,
  status: null,
  tookMs: 0,
  error: 'The webhook is not for the account of this event any more',
  retryAfterMs: null,
  gone: false,
  answer: '',
}

/** Never rejects: a sink must not throw, but should it, the event that makes it do so must not take others down with it. */
export async function attempt(hook: Hook, job: Job, deps: AttemptDeps): Promise<Outcome> {
  if (hook.accounts.length > 0 && !hook.accounts.includes(job.event.account)) return NOT_ITS_OWN
  try {
    const outcome = await deps.sink.send(hook, job.event, job.attempts)
    return outcome.delivered && outcome.answer !== '' ? await keepAnswer(hook, job, { outcome, deps }) : outcome
  } catch (thrown) {
    deps.log.error('a delivery could not be made', { hook: hook.id, event: job.event.seq, cause: thrown })
    const error = 'It could not be made; the log of the server says why'
    return { delivered: false, status: null, tookMs: 0, error, retryAfterMs: null, gone: false, answer: '' }
  }
}

/** What the hook answered is recorded before the delivery counts, so that a crash in between loses no reply. */
async function keepAnswer(
  hook: Hook,
  job: Job,
  { outcome, deps }: { outcome: Outcome; deps: AttemptDeps },
): Promise<Outcome> {
  try {
    await deps.answered(hook, job.event, outcome.answer)
    return outcome
  } catch (thrown) {
    deps.log.warn('the answer of a hook could not be recorded', { hook: hook.id, cause: thrown })
    return { ...outcome, delivered: false, error: 'its answer could not be recorded; it will be asked again' }
  }
}
