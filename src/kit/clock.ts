// Time as a part that is handed in: the one place that asks the machine for it, so that tests can bring their own.

/** A pending call, cancellable. */
export interface Timer {
  cancel(): void
}

/** Wall-clock time in ms since epoch, and calls in the future. A fake one drives the retry tests. */
export interface Clock {
  /** Now, in ms since epoch. */
  now(): number
  /** Calls `run` once, `ms` milliseconds from now; the timer alone does not keep the process alive. */
  after(ms: number, run: () => void): Timer
  /** Milliseconds that go on evenly whatever is done to the wall clock; where they begin means nothing. */
  readonly steady?: () => number
}

/** The machine's own clock. Delays beyond what a timer can hold (24.8 days) are cut to it; callers check again when woken. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), 2_147_483_647)).unref()
    return { cancel: () => clearTimeout(timer) }
  },
  steady: () => performance.now(),
}
