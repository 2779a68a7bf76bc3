// What is sent by linked numbers in between all that happens to them, and what must have become of it.
import assert from 'node:assert/strict'
import type { Phone } from '../../../simulator/whatsapp/index.ts'
import type { Client } from '../../../src/contract/client.ts'
import type { Native } from '../../../src/contract/native/index.ts'
import { Failure } from '../../../src/model/failure.ts'
import { MESSAGE_STATUSES } from '../../../src/model/message.ts'

type Answer =
  | { readonly is: 'sent' | 'queued' | 'unknown'; readonly id: string }
  | { readonly is: 'refused'; readonly why: string }

export interface Send {
  readonly key: string
  readonly account: string
  /** A number with a plus, or a group. */
  readonly to: string
  /** Those whose phones are to get it. */
  readonly readers: readonly Phone[]
  readonly text: string
  /** Null: the server went away before it answered, or is still at it. */
  answer: Answer | null
  /** The furthest that it was told to be. */
  status: string | null
}

/** Failures that say nothing of the message: it is asked for again. */
const AGAIN: ReadonlySet<string> = new Set(['conflict', 'unavailable'])

export async function ask(api: Client<Native>, send: Send): Promise<void> {
  const { account, to, text, key } = send
  try {
    const wish = { account_id: account, to, text }
    const { message_id: id, message_status: is } = await api.sendMessage(wish, { idempotencyKey: key })
    send.answer ??= { is, id }
  } catch (thrown) {
    if (!(thrown instanceof Failure) || AGAIN.has(thrown.code)) return
    if (thrown.code === 'lost-answer') send.answer ??= { is: 'unknown', id: String(thrown.facts.message_id) }
    else send.answer ??= { is: 'refused', why: `${thrown.code}: ${thrown.message}` }
  }
}

/** What is said of it now; a status may not go back. Null: nobody can be asked. */
export async function look(api: Client<Native>, send: Send): Promise<string | null> {
  if (send.answer === null || send.answer.is === 'refused') return null
  const { status } = await api.getMessage({ id: send.answer.id }).catch((thrown: unknown) => {
    if (Failure.from(thrown).code === 'not-found' && send.answer?.is === 'unknown') return { status: null }
    throw thrown
  })
  if (status === null) return null
  assert.ok(rankOf(status) >= rankOf(send.status), `${send.text} went back from ${send.status} to ${status}`)
  send.status = status
  return status
}

function rankOf(status: string | null): number {
  const ranks: readonly (string | null)[] = MESSAGE_STATUSES
  return ranks.indexOf(status)
}

/** How often each reader got it, repetitions included. */
export function copiesOf({ account, readers, text }: Send, numbers: Readonly<Record<string, string>>): number[] {
  return readers.map(
    (phone) => phone.inbox().filter((one) => one.text === text && one.from === numbers[account] && !one.own).length,
  )
}

/** Whether all is known that there is to know of it. */
export function isSettled({ answer, status }: Send, copies: readonly number[]): boolean {
  if (answer === null) return false
  if (answer.is === 'refused') return true
  if (answer.is === 'queued' && status === 'failed') return true
  if (status === 'unknown') return copies.every((count) => count === 0)
  return status === 'delivered' || status === 'read'
}

export function checkSend(send: Send, copies: readonly number[]): void {
  const { answer, status, text } = send
  const said = `${text}: answered ${JSON.stringify(answer)}, is ${status}, and arrived ${copies.join(', ')} times`
  assert.ok(
    copies.every((count) => count <= 1),
    said,
  )
  const [isThere, isNowhere] = [copies.every((count) => count === 1), copies.every((count) => count === 0)]
  assert.ok(isThere || isNowhere, said)
  if (answer?.is === 'sent') assert.ok(isThere, said)
  if (answer?.is === 'refused') assert.ok(isNowhere, said)
  if (status !== null) assert.equal(status === 'delivered' || status === 'read', isThere, said)
}
