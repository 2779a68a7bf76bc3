// The show: both numbers joined to the same hook, a message there and back on each, and then how to go on.
import { CommandFailure, EXIT } from '../exit.ts'
import { HOOK } from './cast.ts'
import { howToGoOn } from './go-on.ts'
import { addCloudNumber, linkPhone } from './numbers.ts'
import { type Stage, USUAL_PORT } from './stage.ts'
import { createStep } from './steps.ts'
import { thereAndBack } from './there-and-back.ts'
import type { SimulatedWhatsApp } from './whatsapp.ts'

/** Answers what begins afterwards. Fails with a CommandFailure that says what did not happen. */
export async function show(stage: Stage): Promise<() => void> {
  try {
    const whatsapp = await perform(stage)
    return () => {
      console.log(howToGoOn(stage, whatsapp))
      stage.software.showAll()
    }
  } catch (thrown) {
    throw new CommandFailure(`\nThe sandbox did not get through: ${reasonOf(thrown as Error)}`, EXIT.refused)
  }
}

async function perform(stage: Stage): Promise<SimulatedWhatsApp> {
  const { api, meta, receiver, server, isElsewhere } = stage
  const step = createStep()
  console.log('\nWhatsHooked sandbox. Meta, WhatsApp, phones and people are simulated: nothing leaves this machine.')
  step(`the server is up at ${server.url}${isElsewhere ? ` (port ${USUAL_PORT} is taken)` : ''}`)
  const { secret } = await api.addHook({ id: HOOK, name: 'My software', url: receiver.url, active: true })
  receiver.trust(secret)
  step(`hook "${HOOK}" is registered: ${receiver.url}`)
  console.log(`\nA number of Meta's Cloud API (simulated at ${meta.url})`)
  await thereAndBack(stage, await addCloudNumber(stage, step), step)
  const whatsapp = await stage.whatsapp
  console.log(`\nA phone, linked over WhatsApp Web (simulated at ${whatsapp.url})`)
  await thereAndBack(stage, await linkPhone(stage, whatsapp, step), step)
  console.log(`\nAll of it took ${(performance.now() / 1000).toFixed(1)} s.\n`)
  return whatsapp
}

/** `fetch failed` alone says nothing. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message
}
