// A bucket that fills by one with every message and drains evenly: how much may go at once, and how fast after that.

/** Rounding of fractions of a message must not cost a turn. */
const GRAIN = 1e-9

/** How much a bucket holds, and how long one takes to drain, ms (0: at once). */
export interface Measure {
  readonly most: number
  readonly everyMs: number
}

/** Its level is as it was at a moment of a clock that goes on evenly. */
export interface Bucket {
  level: number
  at: number
}

export function newBucket(now: number): Bucket {
  return { level: 0, at: now }
}

/** Brings the level to what it is now, and to what its measure holds at most. */
export function drain(bucket: Bucket, { most, everyMs }: Measure, now: number): void {
  const drained = everyMs > 0 ? Math.max(now - bucket.at, 0) / everyMs : bucket.level
  bucket.level = Math.min(Math.max(bucket.level - drained, 0), most)
  bucket.at = now
}

/** How long until one more fits, ms: 0 now. The bucket must have been drained at this moment. */
export function waitFor(bucket: Bucket, { most, everyMs }: Measure): number {
  const over = bucket.level + 1 - most
  return over <= GRAIN ? 0 : over * everyMs
}
