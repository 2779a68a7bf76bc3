// Two-way: what a hook answers to an event goes back into the chat that the event came from.
import type { Log } from '../kit/log.ts'
import { eventId, type RecordedEvent } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import type { Hook } from '../model/hook.ts'
import type { SendWish } from './gateway.ts'
import type { Messages } from './messages.ts'

/** Sends of one answer at most. */
const MOST = 10
const LONGEST_TEXT = 4096
/** Events that somebody wrote: a reply to anything else (the status of a reply, say) would talk to itself for ever. */
const ANSWERABLE: ReadonlySet<string> = new Set([
  'message.received',
  'message.reaction',
  'message.edited',
  'call.received',
])

type Asked = Pick<SendWish, 'text' | 'replyTo' | 'previewUrl'> & {
  readonly to: string | null
  readonly account: string | null
}

/**
 * Takes `{"reply": {"text": ...}}`, an array of those, `{"reply": [...]}`, or `{"send": [...]}` with bodies of the send
 * operations. Everything is recorded before this resolves, once per event and hook however often the event is
 * delivered. What cannot be understood or done is logged and left out: it must not hold up the hook's events.
 */
export function createReplies({ messages, log }: { messages: Pick<Messages, 'enqueue'>; log: Log }) {
  return async (hook: Hook, event: RecordedEvent, answer: string): Promise<void> => {
    const asked = parseAnswer(answer)
    if (asked.length === 0) return
    const say = (problem: string) =>
      log.warn('part of a hook answer was left out', { hook: hook.id, event: event.seq, problem })
    if (asked.length > MOST) say(`it asks for ${asked.length} sends; ${MOST} are made`)
    for (const [index, item] of asked.slice(0, MOST).entries()) {
      const wish = wishOf(item, event, `reply:${eventId(event)}:${hook.no}:${index}`)
      if (typeof wish === 'string') say(wish)
      else await enqueue(messages, wish, say)
    }
  }
}

async function enqueue(
  messages: Pick<Messages, 'enqueue'>,
  wish: SendWish,
  say: (problem: string) => void,
): Promise<void> {
  try {
    await messages.enqueue(wish)
  } catch (thrown) {
    const failure = Failure.from(thrown)
    // What the store cannot take now is asked again with the event; what is wrong stays wrong.
    if (failure.code === 'unavailable' || failure.code === 'internal') throw thrown
    say(failure.message)
  }
}

/** The items of an answer, each as it came; empty for answers that ask for nothing. */
function parseAnswer(answer: string): { item: Record<string, unknown>; reply: boolean }[] {
  let body: unknown
  try {
    body = JSON.parse(answer)
  } catch {
    return []
  }
  const found: { item: Record<string, unknown>; reply: boolean }[] = []
  for (const part of Array.isArray(body) ? body : [body]) {
    if (!isObject(part)) continue
    for (const item of listOf(part.reply)) found.push({ item, reply: true })
    for (const item of listOf(part.send)) found.push({ item, reply: false })
  }
  return found
}

/** What is to be sent, or why it is not. */
function wishOf(
  { item, reply }: { item: Record<string, unknown>; reply: boolean },
  event: RecordedEvent,
  key: string,
): SendWish | string {
  const asked = readItem(item)
  if (typeof asked === 'string') return asked
  if ((reply || asked.to === null) && (!ANSWERABLE.has(event.type) || isOurs(event)))
    return `an event ${event.type} of our own is not replied to; name "to"`
  const to = reply ? event.chat : (asked.to ?? event.chat)
  const account = reply ? event.account : (asked.account ?? event.account)
  if (to === null || account === '') return `an event ${event.type} has no chat to reply to; name "to" and "account_id"`
  const { text, previewUrl, replyTo } = asked
  return { account, to, text, previewUrl, replyTo, idempotencyKey: key }
}

/** Written by the business itself, in its app or elsewhere. The text is only looked for: most messages are not ours. */
function isOurs(event: RecordedEvent): boolean {
  if (!event.data.includes('"from_me":true')) return false
  const data: unknown = JSON.parse(event.data)
  return isObject(data) && data.from_me === true
}

function readItem(item: Record<string, unknown>): Asked | string {
  const { operation = 'sendMessage', to = null, account_id = null, text, preview_url, reply_to } = item
  if (operation !== 'sendMessage')
    return `operation: "${String(operation)}" cannot be sent by this version; "sendMessage" can`
  if (typeof text !== 'string' || text === '' || text.length > LONGEST_TEXT)
    return `text: must be 1 to ${LONGEST_TEXT} characters`
  if (to !== null && typeof to !== 'string') return 'to: must be text'
  if (account_id !== null && typeof account_id !== 'string') return 'account_id: must be text'
  if (preview_url !== undefined && typeof preview_url !== 'boolean') return 'preview_url: must be true or false'
  if (reply_to !== undefined && typeof reply_to !== 'string') return 'reply_to: must be text'
  return { text, to, account: account_id, previewUrl: preview_url, replyTo: reply_to }
}

function listOf(value: unknown): Record<string, unknown>[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
