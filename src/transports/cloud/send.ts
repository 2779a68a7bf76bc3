// Sends through Graph: the bodies of messages, and how often one call is tried.
import { type Outgoing, SendError } from '../transport.ts'
import { kindOfChat } from './address.ts'
import type { GraphReply } from './graph/answer.ts'
import { factsOf, sentenceOf, type Verdict, verdictOf } from './graph/failure.ts'
import type { GraphCall } from './graph/graph.ts'
import { plainTrouble, type Trouble } from './graph/trouble.ts'
import { asList, asText, isObject, type Wire } from './wire.ts'

/** All waits of one send together; what asks for more is refused, and says when to come again. */
const MAX_WAIT_MS = 10_000
const MAX_TRIES = 4

/** How a send reaches Graph and the time. */
export interface Sending {
  call(call: GraphCall): Promise<GraphReply>
  /** Waits; false when the line is stopped meanwhile. */
  pause(ms: number): Promise<boolean>
}

/** The body of `POST /<phone number id>/messages` (Meta, "Messages"). */
export function messageBody(message: Outgoing): Wire {
  return {
    messaging_product: 'whatsapp',
    ...recipientOf(message.chat),
    type: 'text',
    text: { body: message.text, preview_url: message.previewUrl },
    ...(message.replyTo === null ? null : { context: { message_id: message.replyTo } }),
    // Comes back with every status of the message, so that one whose answer was lost can still be settled.
    biz_opaque_callback_data: message.id,
  }
}

/** Marks a message as read, with all before it. */
export function readBody(messageId: string): Wire {
  return { messaging_product: 'whatsapp', status: 'read', message_id: messageId }
}

/** The id of the message in Graph's answer. Fails with SendError `lost` when it is not there: taken or not, who knows. */
export function sentIdOf(answer: Wire): string {
  const first = asList(answer.messages)[0]
  const id = isObject(first) ? asText(first.id) : null
  if (id === null) throw sendErrorOf(plainTrouble('lost', 'an answer 200 without a message id', 200), null)
  return id
}

/**
 * Makes the call, and again after a short wait when it surely had no effect and trying again helps. A call whose
 * outcome is unknown is made again only when `repeatable`. Fails with SendError.
 */
export async function callPatiently(sending: Sending, call: GraphCall, repeatable: boolean): Promise<Wire> {
  let waited = 0
  for (let tries = 1; ; tries += 1) {
    const reply = await sending.call(call)
    if (reply.ok) return reply.body
    const { trouble } = reply
    const verdict = verdictOf(trouble)
    const waitMs = waitOf(trouble, verdict, tries)
    const helps = trouble.outcome === 'lost' ? repeatable : verdict.class === 'retry' || verdict.class === 'network'
    const fits = waitMs !== null && tries < MAX_TRIES && waited + waitMs <= MAX_WAIT_MS
    if (!helps || !fits || !(await sending.pause(waitMs))) throw sendErrorOf(trouble, waitMs)
    waited += waitMs
  }
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

/** Numbers go with the leading +: without it Meta may put the business's own country code before them. */
function recipientOf(chat: string): Wire {
  switch (kindOfChat(chat)) {
    case 'person':
      return { recipient_type: 'individual', to: `+${chat}` }
    case 'user':
      return { recipient_type: 'individual', recipient: chat }
    case 'group':
      return { recipient_type: 'group', to: chat }
  }
}
