// Limits of rate, as many as one sets: how often a device may do something within a time.
import type { Limited } from '../faults.ts'
import type { World } from '../world.ts'

/** Counts one more; true when it was one too many, which does not count. `whose` is a device, or an account for codes. */
export function isOverLimit({ faults, now }: World, of: Limited, whose: object): boolean {
  const limit = faults.limits.get(of)
  if (!limit) return false
  const at = now()
  const lately = (limit.done.get(whose) ?? []).filter((each) => each > at - limit.withinMs)
  const isOver = lately.length >= limit.count
  limit.done.set(whose, isOver ? lately : [...lately, at])
  return isOver
}
