// Where a hook stands in the log, and which events from there on it is owed: the rule that every engine keeps to.
import type { Hook } from '../model/hook.ts'

/** A stretch of the log, both ends included. */
export type Stretch = readonly [from: number, to: number]

export interface Standing {
  readonly hook: Hook
  /** Every event below is finished for the hook, or has a row. */
  readonly cursor: number
  /** What it slept through and is not owed; of a hook that sleeps now, up to `END`. */
  readonly gaps: readonly Stretch[]
}

/** Behind the end of every log; unlike Infinity it can be bound in SQL and written as JSON. */
export const END = Number.MAX_SAFE_INTEGER

/** Whether the hook would get the event at `seq` by reading on, if it wants it and has not finished it. */
export function isAhead(standing: Standing, seq: number): boolean {
  return seq >= standing.cursor && !standing.gaps.some(([from, to]) => seq >= from && seq <= to)
}

/** The stretches that a hook still reads, ascending, cut to those between `from` and `to`. */
export function stretchesAhead(standing: Standing, from: number, to: number): Stretch[] {
  const ahead: Stretch[] = []
  let start = Math.max(from, standing.cursor)
  for (const [gapFrom, gapTo] of standing.gaps.toSorted((a, b) => a[0] - b[0])) {
    if (gapTo < start) continue
    if (gapFrom > to) break
    if (gapFrom > start) ahead.push([start, gapFrom - 1])
    start = gapTo + 1
  }
  if (start <= to) ahead.push([start, to])
  return ahead
}

/** What pausing and resuming leave behind. */
export interface Rest {
  readonly active: boolean
  readonly cursor: number
  /** The head when it was switched off, null while it is on. */
  readonly pausedAt: number | null
  readonly gaps: readonly Stretch[]
}

/** A hook's rest after it was switched on or off with the log at `head`; gaps behind the cursor are forgotten. */
export function switched(rest: Rest, active: boolean, head: number): Rest {
  const gaps = rest.gaps.filter(([, to]) => to >= rest.cursor)
  if (active === rest.active) return { ...rest, gaps }
  if (!active) return { ...rest, active, pausedAt: head, gaps }
  const from = Math.max((rest.pausedAt ?? head) + 1, rest.cursor)
  return { ...rest, active, pausedAt: null, gaps: from <= head ? [...gaps, [from, head]] : gaps }
}

/** The gaps of a rest as a standing has them. */
export function gapsOf(rest: Omit<Rest, 'active'>): Stretch[] {
  const gaps = rest.gaps.filter(([, to]) => to >= rest.cursor)
  return rest.pausedAt === null ? gaps : [...gaps, [rest.pausedAt + 1, END]]
}
