// Two-way: what a hook answers to an event goes back into the chat that the event came from.
import type { Log } from '../kit/log.ts'
import type { Folder, Spooled } from '../kit/spool.ts'
import { eventId, type RecordedEvent } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import type { Hook } from '../model/hook.ts'
import type { SendWish } from './gateway.ts'
import type { Messages } from './messages.ts'

/** Sends of one answer at most. */
const MOST = 10
/** Events that somebody wrote: a reply to anything else (the status of a reply, say) would talk to itself for ever. */
const ANSWERABLE: ReadonlySet<string> = new Set([
  'message.received',
  'message.reaction',
  'message.edited',
  'call.received',
])

type Body = Readonly<Record<string, unknown>>

interface Asked {
  readonly item: Body
  readonly reply: boolean
}

type Read = { readonly wish: SendWish; readonly bytes?: Uint8Array } | { readonly problem: string }

/** Reads the body of a send operation as the API does: what is wished, with the bytes of its file, or what is wrong. */
export type ReadSend = (operation: string, body: Body) => Read

export interface RepliesDeps {
  readonly messages: Pick<Messages, 'enqueue'>
  readonly readSend: ReadSend
  /** Where files of messages begin. */
  readonly outbox: Pick<Folder, 'create'>
  readonly log: Log
}

/**
 * Takes `{"reply": {"text": ...}}`, an array of those, `{"reply": [...]}`, or `{"send": [...]}` with bodies of the send
 * operations, each with its `operation` (`sendMessage` when it names none); account and chat are the event's unless it
 * says otherwise. Everything is recorded before this resolves, once per event and hook however often the event is
 * delivered. What cannot be understood or done is logged and left out: it must not hold up the hook's events.
 */
export function createReplies(deps: RepliesDeps) {
  return async (hook: Hook, event: RecordedEvent, answer: string): Promise<void> => {
    const asked = parseAnswer(answer)
    if (asked.length === 0) return
    const say = (problem: string) =>
      deps.log.warn('part of a hook answer was left out', { hook: hook.id, event: event.seq, problem })
    if (asked.length > MOST) say(`it asks for ${asked.length} sends; ${MOST} are made`)
    for (const [index, item] of asked.slice(0, MOST).entries()) {
      const read = wishOf(item, event, deps.readSend)
      if ('problem' in read) say(read.problem)
      else if (!mayUse(hook, read.wish.account)) say(`the hook is not for the account "${read.wish.account}"`)
      else await enqueue(deps, read, { key: `reply:${eventId(event)}:${hook.no}:${index}`, say })
    }
  }
}

async function enqueue(
  { messages, outbox }: RepliesDeps,
  { wish, bytes }: Exclude<Read, { problem: string }>,
  { key, say }: { key: string; say: (problem: string) => void },
): Promise<void> {
  const file = bytes && (await spooled(outbox, bytes))
  try {
    await messages.enqueue({ ...wish, ...(file && { file }), idempotencyKey: key })
  } catch (thrown) {
    const failure = Failure.from(thrown)
    // What the store cannot take now is asked again with the event; what is wrong stays wrong.
    if (failure.code === 'unavailable' || failure.code === 'internal') throw thrown
    say(failure.message)
  }
}

async function spooled(outbox: RepliesDeps['outbox'], bytes: Uint8Array): Promise<Spooled> {
  const spooling = await outbox.create()
  try {
    await spooling.write(bytes)
    return await spooling.end()
  } catch (thrown) {
    await spooling.abort()
    throw thrown
  }
}

/** The items of an answer, each as it came; empty for answers that ask for nothing. */
function parseAnswer(answer: string): Asked[] {
  let body: unknown
  try {
    body = JSON.parse(answer)
  } catch {
    return []
  }
  const found: Asked[] = []
  for (const part of Array.isArray(body) ? body : [body]) {
    if (!isObject(part)) continue
    for (const item of listOf(part.reply)) found.push({ item, reply: true })
    for (const item of listOf(part.send)) found.push({ item, reply: false })
  }
  return found
}

/** What is to be sent, or why it is not. */
function wishOf({ item, reply }: Asked, event: RecordedEvent, readSend: ReadSend): Read {
  const { operation = 'sendMessage', ...body } = reply ? replyOf(item) : item
  if (typeof operation !== 'string') return { problem: 'operation: must be the name of an operation that sends' }
  if ((reply || body.to === undefined) && (!ANSWERABLE.has(event.type) || isOurs(event)))
    return { problem: `an event ${event.type} of our own is not replied to; name "to"` }
  const to = reply ? event.chat : (body.to ?? event.chat)
  const account = reply ? event.account : (body.account_id ?? event.account)
  if (to === null || account === '')
    return { problem: `an event ${event.type} has no chat to reply to; name "to" and "account_id"` }
  return readSend(operation, { ...body, to, account_id: account })
}

/** A hook sends from the accounts that it is for: else whoever may make hooks for one account could speak for all. */
function mayUse({ accounts }: Hook, account: string): boolean {
  return accounts.length === 0 || accounts.includes(account)
}

/** A reply is a text unless it names an operation; where it goes is not its own to say. */
function replyOf(item: Body): Body {
  if (item.operation !== undefined) return item
  const { text, preview_url, reply_to } = item
  return { text, ...(preview_url !== undefined && { preview_url }), ...(reply_to !== undefined && { reply_to }) }
}

/** Written by the business itself, in its app or elsewhere. The text is only looked for: most messages are not ours. */
function isOurs(event: RecordedEvent): boolean {
  if (!event.data.includes('"from_me":true')) return false
  const data: unknown = JSON.parse(event.data)
  return isObject(data) && data.from_me === true
}

function listOf(value: unknown): Body[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject)
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
