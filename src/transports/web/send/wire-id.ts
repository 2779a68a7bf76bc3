// The ids under which our messages go out: known before anything is sent, and the same whenever they are asked for.
import { createHash } from 'node:crypto'

/** What ids of WhatsApp Web's own client begin with. */
const PREFIX = '3EB0'
const HEX = 18

/**
 * The transport's id of our message `msg_...` of an account: 22 characters, as WhatsApp Web makes them. Derived and not
 * drawn: the same message can never go out under two ids. It cannot be turned back; sent-ids.ts knows the way.
 */
export function wireIdOf(account: string, messageId: string): string {
  const digest = createHash('sha256').update(`${account}\n${messageId}`).digest('hex')
  return `${PREFIX}${digest.slice(0, HEX).toUpperCase()}`
}
