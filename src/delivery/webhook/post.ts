// The webhook sink: tells a hook of an event by one signed HTTP request, and says how it went.
import type { Dispatcher } from 'undici'
import type { Clock } from '../../kit/clock.ts'
import type { EgressGuard } from '../../kit/egress.ts'
import type { Log } from '../../kit/log.ts'
import { Failure } from '../../model/failure.ts'
import type { Hook } from '../../model/hook.ts'
import { createNativeFormat } from '../formats/native.ts'
import type { Complete, Outcome, Sink } from '../sink.ts'
import { type Ended, Exchange } from './exchange.ts'
import { createPools, type Lane } from './pools.ts'
import { codeOf, reasonOf, refusalOf, STOPPING, TIMED_OUT } from './reason.ts'
import { type Prepared, prepare, requestFor, type Try } from './request.ts'
import { retryAfterMs } from './retry-after.ts'

export interface WebhookSinkOptions {
  readonly guard: EgressGuard
  /** Ours, for the `User-Agent`. */
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  /** Completes events before they are written; absent: they are complete. */
  readonly complete?: Complete
  /** For everything: name, connection, request, whole answer. ms; 15 s. */
  readonly timeoutMs?: number
  /** Connections to an origin that nothing was sent to for so long are closed. ms; 5 minutes. */
  readonly idleMs?: number
  /** Authorities that are trusted besides the usual ones, PEM. */
  readonly ca?: readonly string[]
}

/** A kept connection was closed before any answer: as good as surely the receiver closed it before it saw the request. */
function wasStale({ error, status }: Ended): boolean {
  if (status !== null || codeOf(error) !== 'UND_ERR_SOCKET' || error === null || !('socket' in error)) return false
  const { socket } = error
  return typeof socket === 'object' && socket !== null && 'bytesRead' in socket && Number(socket.bytesRead) > 0
}

function outcomeOf(ended: Ended, times: { startedAt: number; now: number; timeoutMs: number }): Outcome {
  const { status, error, answer } = ended
  const isDelivered = error === null && status !== null && status >= 200 && status < 300
  let reason: string | null = null
  if (error !== null || status === null) reason = reasonOf(error, { status, timeoutMs: times.timeoutMs })
  else if (!isDelivered) reason = refusalOf(status)
  return {
    delivered: isDelivered,
    status,
    tookMs: Math.max(0, times.now - times.startedAt),
    error: reason,
    retryAfterMs: isDelivered ? null : retryAfterMs(ended.retryAfter, times.now),
    gone: status === 410,
    answer,
  }
}

/** An outcome for what never went out. */
function notSent(error: string): Outcome {
  return { delivered: false, status: null, tookMs: 0, error, retryAfterMs: null, gone: false, answer: '' }
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** What one `send` needs on its way. */
interface Going {
  readonly lane: Lane
  readonly request: Dispatcher.DispatchOptions
  readonly keepAnswer: boolean
  readonly timeoutMs: number
}

/**
 * Sends within the time that it is given, and a second time at once when a kept connection turned out to be closed
 * (RFC 9110, 9.2.2: safe, because receivers know a repeated event by its id). `done` is called exactly once.
 */
function exchange(going: Going, clock: Clock, done: (ended: Ended) => void): void {
  const { lane, request, keepAnswer, timeoutMs } = going
  let isSecondGo = false
  let current: Exchange | null = null
  const timer = clock.after(timeoutMs, () => current?.giveUp(withCode(TIMED_OUT)))
  const onEnd = (ended: Ended) => {
    if (!isSecondGo && wasStale(ended)) {
      isSecondGo = true
      // Not from within the connection's own end: undici is still tidying up there.
      process.nextTick(start)
      return
    }
    timer.cancel()
    // A connection is free again one turn after its answer. To go on sooner would open a second one each time.
    if (ended.error) done(ended)
    else queueMicrotask(() => setImmediate(done, ended))
  }
  const start = () => {
    current = new Exchange(keepAnswer, onEnd)
    lane.pool.dispatch(request, current)
  }
  start()
}

/** Makes the sink. Its `close` lets what is in flight come to its end, which takes `timeoutMs` at most. */
export function createWebhookSink(options: WebhookSinkOptions): Sink {
  const { clock, log, guard, complete = (event) => event, timeoutMs = 15_000, idleMs = 300_000, ca = [] } = options
  const pools = createPools({ guard, clock, timeoutMs, idleMs, ca })
  const format = createNativeFormat()
  const known = new Map<number, Prepared>()
  const userAgent = `WhatsHooked/${options.version}`
  const allDone = Promise.withResolvers<void>()
  let inFlight = 0
  let isClosed = false

  const preparedFor = (hook: Hook): Prepared => {
    const found = known.get(hook.no)
    if (found?.hook === hook) return found
    const made = prepare(hook, userAgent)
    known.set(hook.no, made)
    return made
  }
  const stopping = (): Outcome => notSent(reasonOf(withCode(STOPPING), { status: null, timeoutMs }))
  const failed = (hook: Hook, thrown: unknown): Outcome => {
    if (thrown instanceof Failure) return notSent(thrown.message)
    log.error('a webhook could not be sent', { hook: hook.no, error: thrown })
    return notSent('it could not be sent; the log of the server says why')
  }
  const go = (prepared: Prepared, about: Try, keepAnswer: boolean): Promise<Outcome> => {
    const request = requestFor(prepared, about)
    const { hook, target } = prepared
    const lane = pools.enter(target, hook.no)
    inFlight++
    return new Promise((resolve) => {
      exchange({ lane, request, keepAnswer, timeoutMs }, clock, (ended) => {
        if (ended.error) log.debug('a webhook met an error', { hook: hook.no, error: ended.error })
        pools.leave(lane)
        resolve(outcomeOf(ended, { startedAt: about.now, now: clock.now(), timeoutMs }))
        if (--inFlight === 0 && isClosed) allDone.resolve()
      })
    })
  }
  return {
    async send(hook, event, attempt, keepAnswer = false) {
      if (isClosed) return stopping()
      try {
        const completing = complete(event, hook)
        // Most are complete as they are: those are not made to wait a turn.
        const whole = completing instanceof Promise ? await completing : completing
        if (isClosed) return stopping()
        const about = { event: whole, written: format(whole, hook.raw), attempt, now: clock.now() }
        return await go(preparedFor(hook), about, keepAnswer)
      } catch (thrown) {
        return failed(hook, thrown)
      }
    },
    forget(hook) {
      known.delete(hook)
      pools.forget(hook)
    },
    async close() {
      isClosed = true
      if (inFlight > 0) await allDone.promise
      await pools.destroy()
      known.clear()
    },
  }
}
