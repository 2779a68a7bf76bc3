// How often one call is tried, and what is told of it when it stays refused.
import { SendError } from '../transport.ts'
import type { GraphReply } from './graph/answer.ts'
import { factsOf, sentenceOf, type Verdict, verdictOf } from './graph/failure.ts'
import type { GraphCall } from './graph/graph.ts'
import type { Trouble } from './graph/trouble.ts'
import type { Wire } from './wire.ts'

/** All waits of one call together; what asks for more is refused, and says when to come again. */
const MAX_WAIT_MS = 10_000
const MAX_TRIES = 4

/** How a call reaches Graph and the time. */
export interface Sending {
  call(call: GraphCall): Promise<GraphReply>
  /** Waits; false when the line is stopped meanwhile. */
  pause(ms: number): Promise<boolean>
}

/** How patient to be. */
export interface Patience {
  /** Made again although it may have had its effect, because twice is as good as once. */
  readonly repeatable: boolean
  readonly tries?: number
  readonly maxWaitMs?: number
}

/** `waitMs`: after which the same call may be tried again; null: trying again does not help, or nobody knows when. */
export type Ending =
  | { readonly ok: true; readonly body: Wire }
  | { readonly ok: false; readonly trouble: Trouble; readonly waitMs: number | null }

/** Makes the call, and again after a short wait when it surely had no effect (or is repeatable) and trying again helps. */
export async function persist(sending: Sending, call: GraphCall, patience: Patience): Promise<Ending> {
  const { repeatable, tries: maxTries = MAX_TRIES, maxWaitMs = MAX_WAIT_MS } = patience
  let waited = 0
  for (let tries = 1; ; tries += 1) {
    const reply = await sending.call(call)
    if (reply.ok) return reply
    const { trouble } = reply
    const verdict = verdictOf(trouble)
    const waitMs = waitOf(trouble, verdict, tries)
    const helps = trouble.outcome === 'lost' ? repeatable : verdict.class === 'retry' || verdict.class === 'network'
    const fits = waitMs !== null && tries < maxTries && waited + waitMs <= maxWaitMs
    if (!helps || !fits || !(await sending.pause(waitMs))) return { ok: false, trouble, waitMs }
    waited += waitMs
  }
}

/** The same for messages: answers the body. Fails with SendError. */
export async function callPatiently(sending: Sending, call: GraphCall, repeatable: boolean): Promise<Wire> {
  const ending = await persist(sending, call, { repeatable })
  if (!ending.ok) throw sendErrorOf(ending.trouble, ending.waitMs)
  return ending.body
}

/** A trouble as senders are told of it. */
export function sendErrorOf(trouble: Trouble, waitMs: number | null): SendError {
  const { class: kind } = verdictOf(trouble)
  const isLost = trouble.outcome === 'lost'
  return new SendError(sentenceOf(trouble), {
    outcome: isLost ? 'lost' : 'refused',
    retryAfterMs: isLost ? null : waitMs,
    facts: factsOf(trouble),
    callersFault: kind === 'caller' || kind === 'template',
  })
}

function waitOf(trouble: Trouble, verdict: Verdict, tries: number): number | null {
  const growing = verdict.firstWaitMs === null ? null : verdict.firstWaitMs * verdict.factor ** (tries - 1)
  // What Meta asks for goes first, unless the class knows of no use in trying again at all.
  const mayWait = verdict.class === 'retry' || verdict.class === 'hold'
  return (mayWait ? trouble.waitMs : null) ?? growing
}
