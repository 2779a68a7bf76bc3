// Keeps count of what is still going on, so that one can wait until it is quiet, or stop it all.

export type Activity = {
  /** Does `work` after `ms`; counts as going on until it is done. */
  later(ms: number, work: () => void | Promise<void>): void
  /** Counts `work` as going on until it settles. */
  track(work: Promise<unknown>): void
  /** Resolves when nothing is going on. */
  settled(): Promise<void>
  /** Drops everything that waits. What runs already is left to its own end. */
  cancel(): void
}

/** An empty count. */
export function createActivity(): Activity {
  const timers = new Set<NodeJS.Timeout>()
  let running = 0
  let waiters: (() => void)[] = []
  const check = (): void => {
    if (timers.size > 0 || running > 0) return
    const ready = waiters
    waiters = []
    for (const resolve of ready) resolve()
  }
  const track = (work: Promise<unknown>): void => {
    running += 1
    void work.finally(() => {
      running -= 1
      check()
    })
  }
  return {
    later(ms, work) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        track((async () => work())())
      }, ms)
      timers.add(timer)
    },
    track,
    settled() {
      return new Promise((resolve) => {
        waiters.push(resolve)
        check()
      })
    },
    cancel() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      check()
    },
  }
}
