// A delivery: one event for one hook, and the states that it can be in.
//
//   waiting    recorded, not tried yet. No row is kept: it is every event from the hook's cursor on that the hook wants.
//   in flight  being sent now. Only in memory: after a crash it is waiting again, and may arrive twice with the same id.
//   held       not tried, because an earlier event of its chat (order `chat` or `strict`) has not gone through yet.
//   retry      tried and failed; due again at `dueAt`. Holds up its chat until it is `released`: after five failures,
//              when the hook has taken others meanwhile (order `chat`), or never (order `strict`).
//   delivered  the hook answered 2xx. Kept as its last attempt, then pruned.
//   dead       given up; kept, listed, replayable.
//   dropped    taken out of the cache by its owner: not delivered, and never will be.
//
//   waiting -> in flight -> delivered
//                        -> retry -> in flight -> ... -> delivered | dead
//   waiting -> held -> in flight -> ...
//   dead -> retry (by hand)      waiting | held | retry | dead -> dropped (by hand)

export const DELIVERY_STATES = ['waiting', 'in_flight', 'held', 'retry', 'delivered', 'dead', 'dropped'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** One try of a delivery. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  /** When it began, ms since epoch. */
  readonly at: number
  /** How long it took, ms. */
  readonly tookMs: number
  /** The HTTP status that came back, null when none did. */
  readonly status: number | null
  /** Why it failed, in a sentence for the hook's owner; null when it did not. Never an inside address. */
  readonly error: string | null
}

/** Our id of the delivery of one event to one hook: `dlv_<hook>_<event>`, both numbers in base 36. */
export function deliveryId(hook: number, seq: number): string {
  return `dlv_${hook.toString(36)}_${seq.toString(36)}`
}

/** What `deliveryId` was made of, or null when the text is not of its making. */
export function parseDeliveryId(id: string): { hook: number; seq: number } | null {
  const found = /^dlv_([0-9a-z]{1,10})_([0-9a-z]{1,11})$/.exec(id)
  if (!found?.[1] || !found[2]) return null
  const parsed = { hook: Number.parseInt(found[1], 36), seq: Number.parseInt(found[2], 36) }
  return Number.isSafeInteger(parsed.hook) && Number.isSafeInteger(parsed.seq) ? parsed : null
}
