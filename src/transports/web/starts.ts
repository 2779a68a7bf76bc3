// Lets few lines log in at once: a server that begins with hundreds of accounts would else spend its first minute on
// keys, and look to WhatsApp like an attack.
import type { Clock } from '../../kit/clock.ts'
import { createSlots } from '../../kit/slots.ts'

/** Runs a login when it is its turn. */
export type Turn = (login: () => Promise<void>) => Promise<void>

/** At most `most` run at once, and each begins `spacingMs` after the one before at the earliest. */
export function createStarts(
  clock: Clock,
  { most, spacingMs }: { readonly most: number; readonly spacingMs: number },
): Turn {
  const slots = createSlots(most)
  let nextAt = Number.NEGATIVE_INFINITY
  return (login) =>
    slots('', async () => {
      const now = clock.steady?.() ?? clock.now()
      const at = Math.max(now, nextAt)
      nextAt = at + spacingMs
      if (at > now) await new Promise<void>((resolve) => clock.after(at - now, resolve))
      await login()
    })
}
