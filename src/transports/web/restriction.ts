// WhatsApp's restriction of a number: why, and until when.
import type { Clock, Timer } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Marks } from './marks.ts'

/** For how long a restriction is believed that nobody put an end to. */
const DAY_MS = 24 * 3600_000

export interface Restriction {
  /** Null: nothing is restricted. */
  reason(): string | null
  /** Until then (ms since epoch), or for a day. */
  begin(reason: string, until: number | null): void
  /** Takes up what held before a restart. */
  resume(): Promise<void>
  end(): void
  /** The line is stopped; what holds goes on holding. */
  stop(): void
}

export interface RestrictionParts {
  readonly clock: Clock
  readonly marks: Pick<Marks, 'restricted' | 'restrict'>
  /** Called when a restriction begins, and when it ends by itself or by being told so. */
  readonly changed: () => void
  readonly log: Log
}

export function createRestriction({ clock, marks, changed, log }: RestrictionParts): Restriction {
  const failed = (cause: unknown) => log.warn('a restriction could not be written down', { cause })
  let held: { readonly reason: string; readonly lift: Timer } | null = null
  const stop = () => {
    held?.lift.cancel()
    held = null
  }
  const end = () => {
    if (held) marks.restrict(null).catch(failed)
    stop()
    changed()
  }
  const hold = (reason: string, until: number) => {
    stop()
    held = { reason, lift: clock.after(Math.max(0, until - clock.now()), end) }
    changed()
  }
  return {
    reason: () => held?.reason ?? null,
    begin(reason, told) {
      const until = told ?? clock.now() + DAY_MS
      marks.restrict({ reason, until }).catch(failed)
      hold(reason, until)
    },
    async resume() {
      const found = held ? null : await marks.restricted()
      if (found) hold(found.reason, found.until)
    },
    end,
    stop,
  }
}
