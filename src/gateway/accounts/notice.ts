// What is told of accounts that are in use no more: why, and what their owner should know.
import type { EventDraft } from '../../model/event.ts'
import type { AccountData } from '../../model/notice-data.ts'

/** The event that an account is off, or gone. `at`: since when, ms since epoch. */
export function offNotice(
  account: string,
  { state, reason, at }: { state: AccountData['state']; reason: string; at: number },
): EventDraft {
  const data: AccountData = { state, reason, since: timeOf(at) }
  const nothing = { chat: null, raw: null, origin: null, news: null }
  return { type: 'account.disconnected', account, data: JSON.stringify(data), ...nothing }
}

/** Why an account is off whose session was handed over then, ms since epoch. */
export function handedOver(at: number): string {
  return `Its session was handed over to another server at ${timeOf(at)}.`
}

/** What whoever enables such an account has to know. */
export function takenBack(at: number): string {
  return `The session was handed over to another server at ${timeOf(at)}, and is used here again from now on: end it there. Of two servers WhatsApp lets only the last one stay that connects, and messages are lost to both. What went on there is not known here; to have that, export it there and import it here`
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
