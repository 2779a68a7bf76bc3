// WhatsApp's restriction of a number: why, and until when.
import type { Clock, Timer } from '../../kit/clock.ts'

/** For how long a restriction is believed that nobody put an end to. */
const DAY_MS = 24 * 3600_000

export interface Restriction {
  /** Null: nothing is restricted. */
  reason(): string | null
  /** Until then (ms since epoch), or for a day. */
  begin(reason: string, until: number | null): void
  end(): void
}

/** `changed` is called when a restriction begins, and when it ends by itself or by being told so. */
export function createRestriction(clock: Clock, changed: () => void): Restriction {
  let held: { readonly reason: string; readonly lift: Timer } | null = null
  const end = () => {
    held?.lift.cancel()
    held = null
    changed()
  }
  return {
    reason: () => held?.reason ?? null,
    begin(reason, until) {
      held?.lift.cancel()
      const forMs = until === null ? DAY_MS : Math.max(0, until - clock.now())
      held = { reason, lift: clock.after(forMs, end) }
      changed()
    },
    end,
  }
}
