// The order in which a message's history is told.
import type { Tick } from '../model/message.ts'
import { MESSAGE_STATUSES } from '../model/message.ts'

/**
 * By time in whole seconds, which is all that Meta tells of it: its `delivered` of 12:00:05 may be our `sent` of
 * 12:00:05.400. What happened in the same second, by how far it goes. What we did ourselves before goes first, whatever
 * the other side's clock says.
 */
export function inHistoryOrder(a: Tick, b: Tick): number {
  return placeOf(a) - placeOf(b) || rankOf(a) - rankOf(b) || a.at - b.at
}

function placeOf({ status, at }: Tick): number {
  return status === 'queued' || status === 'sending' ? Number.MIN_SAFE_INTEGER : Math.floor(at / 1000)
}

function rankOf({ status }: Tick): number {
  return MESSAGE_STATUSES.indexOf(status)
}
