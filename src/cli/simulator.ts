// `whatshooked simulator meta`: the simulated Graph API alone, for whoever builds against the Cloud API.
import { startMetaSimulator } from '../../simulator/meta/index.ts'
import { Failure } from '../model/failure.ts'

const USUAL_PORT = 8826

/** Stays up until it is told to stop. Sets one number up, so that the first call can be made at once. */
export async function simulateMeta(flags: Readonly<Record<string, string>>): Promise<void> {
  const { port: wanted = String(USUAL_PORT), host = '127.0.0.1', ...stray } = flags
  const [unknown] = Object.keys(stray)
  if (unknown !== undefined)
    throw new Failure('invalid', `--${unknown} is no flag of the simulator; --port and --host are`)
  const port = Number(wanted)
  if (!/^\d+$/.test(wanted) || port > 65_535) throw new Failure('invalid', '--port takes a number from 0 to 65535')
  const meta = await startMetaSimulator({ port, host }).catch((thrown: NodeJS.ErrnoException) => {
    throw new Failure(
      'unavailable',
      `The simulator cannot listen on ${host}:${port} (${thrown.code}); take another --port`,
    )
  })
  const number = meta.addNumber({ verifiedName: 'Sandbox Shop' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void meta.close())
  console.log(`The simulated Meta listens on ${meta.url} (a Graph API; any version prefix)

  phone number id  ${number.phoneNumberId}   (${number.displayPhoneNumber})
  WABA id          ${number.wabaId}
  access token     ${number.token}
  app secret       ${number.appSecret}

A customer writes to the number, which opens the 24-hour window (and calls back, once a callback address is set):
  curl -s ${meta.url}/_control/customers/15550001111/says -H 'content-type: application/json' -d '{"body":"hi"}'
Send an answer:
  curl -s ${meta.url}/v23.0/${number.phoneNumberId}/messages -H 'authorization: Bearer ${number.token}' -H 'content-type: application/json' \\
    -d '{"messaging_product":"whatsapp","to":"+15550001111","type":"text","text":{"body":"hello"}}'
What it got, and everything else that it can be told: ${meta.url}/_control (simulator/meta/README.md)`)
}
