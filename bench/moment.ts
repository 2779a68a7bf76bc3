// Moments that processes of one machine can compare, and what is made of many of them.

/** µs of the machine's monotonic clock. */
export function moment(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

export interface Spread {
  readonly count: number
  /** ms */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The spread of durations that are given in µs. */
export function spreadOf(durations: readonly number[]): Spread {
  const sorted = Float64Array.from(durations).sort()
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1000
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}
