// Runs the server until it is told to stop.
import type { Loaded } from '../config.ts'
import { systemClock } from '../kit/clock.ts'
import { tidyMemory } from '../kit/tidy.ts'
import { createLog } from '../log.ts'
import { startWhatsHooked } from '../main.ts'
import { offerWithHelp } from './offer.ts'

/** Beyond this a stop is over, whatever still hangs: what is not done is recorded, and goes on at the next start. */
const LAST_MS = 28_000

/** SIGTERM and SIGINT stop it within 30 s, exit code 0; a second one ends it at once. */
export async function serve({ config }: Loaded): Promise<void> {
  const log = await createLog(config.log_level)
  let stopping = false
  let server: Awaited<ReturnType<typeof startWhatsHooked>> | null = null
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(0), LAST_MS).unref()
    void server?.stop().then(
      () => process.exit(0),
      (cause: unknown) => {
        log.error('the stop went wrong', { cause })
        process.exit(1)
      },
    )
    if (!server) process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  server = await startWhatsHooked(config, {
    clock: systemClock,
    log,
    announce: (key) => console.log(`\nAPI key (shown this once, keep it): ${key}\n`),
    show: (account, offer) => console.log(`\n${offerWithHelp(account, offer)}\n`),
    fatal(sentence) {
      log.error(sentence)
      process.exit(1)
    },
  })
  tidyMemory()
  console.log(`WhatsHooked listens on ${server.url}   API reference: ${server.url}/docs`)
}
