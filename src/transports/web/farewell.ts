// Says to WhatsApp that this device is no more, so that the phone does not list it any longer.
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Socket } from './port.ts'

/** How long saying farewell may take, ms. */
const WITHIN_MS = 5000

/**
 * Whether WhatsApp was told. It answers no farewell, so that it is asked for a sign of life first: what is said to a
 * connection that is dead reaches nobody.
 */
export async function sayFarewell(socket: Socket, { clock, log }: { clock: Clock; log: Log }): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = clock.after(WITHIN_MS, () => late.resolve(false))
  const said = async () => {
    await socket.ping(WITHIN_MS)
    await socket.logout()
    return true
  }
  const unsaid = (cause: unknown) => {
    log.warn('the phone was not told', { cause })
    return false
  }
  try {
    return await Promise.race([said().catch(unsaid), late.promise])
  } finally {
    timer.cancel()
  }
}
