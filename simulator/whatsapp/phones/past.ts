// What a phone remembers of its chats, and tells its devices of when they ask.
import { keepLast, mostMessages } from '../bounds.ts'
import type { Account, Line } from '../state.ts'

/** One more message. Whoever it was written with is a contact from then on. */
export function rememberLine(account: Account, line: Line): void {
  keepLast(account.past, line, mostMessages)
  if (typeof line.chat !== 'string' && line.chat !== account) account.contacts.add(line.chat)
}
