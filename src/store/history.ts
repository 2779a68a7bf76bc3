// The order in which a message's history is told.
import type { Tick } from '../model/message.ts'
import { MESSAGE_STATUSES } from '../model/message.ts'

/** By time; what happened in the same millisecond, by how far it goes. */
export function inHistoryOrder(a: Tick, b: Tick): number {
  return a.at - b.at || MESSAGE_STATUSES.indexOf(a.status) - MESSAGE_STATUSES.indexOf(b.status)
}
