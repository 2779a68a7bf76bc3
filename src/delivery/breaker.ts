// The breaker of one hook: spares a receiver that is down, and never makes its outage longer.
import type { Clock, Timer } from '../kit/clock.ts'

/** Failures in a row that open it. */
const OPENS_AFTER = 10
const PROBE_MS = 5_000
/** Open for longer than this, it is tried less often. */
const LONG_OUTAGE_MS = 10 * 60_000
const SLOW_PROBE_MS = 30_000

/**
 * closed: deliveries flow. open: one delivery is tried every 5 s (after 10 minutes every 30 s), and the first success
 * closes it. `probe` is called when a try is due; `recovered` when it closes.
 */
export class Breaker {
  #failures = 0
  #openedAt: number | null = null
  #timer: Timer | null = null
  #stopped = false
  readonly #clock: Clock
  readonly #probe: () => void
  readonly #recovered: () => void

  constructor(clock: Clock, calls: { probe: () => void; recovered: () => void }) {
    this.#clock = clock
    this.#probe = calls.probe
    this.#recovered = calls.recovered
  }

  get open(): boolean {
    return this.#openedAt !== null
  }

  success(): void {
    this.#failures = 0
    if (this.#openedAt === null) return
    this.#openedAt = null
    this.#timer?.cancel()
    if (!this.#stopped) this.#recovered()
  }

  failure(): void {
    this.#failures += 1
    if (this.#failures < OPENS_AFTER) return
    this.#openedAt ??= this.#clock.now()
    this.#schedule()
  }

  /** Calls nobody any more, whatever what is still in flight comes to. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #schedule(): void {
    if (this.#stopped) return
    const openFor = this.#clock.now() - (this.#openedAt ?? 0)
    this.#timer?.cancel()
    this.#timer = this.#clock.after(openFor > LONG_OUTAGE_MS ? SLOW_PROBE_MS : PROBE_MS, () => {
      // Due again by itself, in case the probe finds nothing to try.
      this.#schedule()
      this.#probe()
    })
  }
}
