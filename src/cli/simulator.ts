// `whatshooked simulator meta`: the simulated Graph API alone, for whoever builds against the Cloud API.
import { type MetaSimulator, type NumberSetup, startMetaSimulator } from '../../simulator/meta/index.ts'
import { Failure } from '../model/failure.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { didYouMean } from './nearest.ts'

const USUAL_PORT = 8826
const CUSTOMER = '15550001111'

/** What the first number is made of; what is left out is made up. By flag, the field of `addNumber`. */
const NUMBER_FLAGS = {
  'phone-number-id': 'phoneNumberId',
  'waba-id': 'wabaId',
  token: 'token',
  'app-secret': 'appSecret',
  callback: 'callbackUrl',
  'verify-token': 'verifyToken',
} as const
const FLAGS = ['port', 'host', ...Object.keys(NUMBER_FLAGS)]

/** Stays up until it is told to stop. Sets one number up, so that the first call can be made at once. */
export async function simulateMeta(flags: Readonly<Record<string, string>>): Promise<void> {
  const { port, host, setup } = readWishes(flags)
  const meta = await startMetaSimulator({ port, host }).catch((thrown: NodeJS.ErrnoException) => {
    throw new Failure(
      'unavailable',
      `The simulator cannot listen on ${host}:${port} (${thrown.code}); take another --port`,
    )
  })
  const number = meta.addNumber({ verifiedName: 'Sandbox Shop', ...setup })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void meta.close())
  console.log(greeting(meta, number))
  if (number.callbackUrl !== undefined) await shakeHands(meta, number)
}

function readWishes(flags: Readonly<Record<string, string>>) {
  const stray = Object.keys(flags).find((name) => !FLAGS.includes(name))
  if (stray !== undefined) {
    const names = FLAGS.map((name) => `--${name}`)
    const hint = didYouMean(`--${stray}`, names) || `; it takes ${names.join(', ')}`
    throw new CommandFailure(`--${stray} is no flag of the simulator${hint}`, EXIT.usage)
  }
  const { port = String(USUAL_PORT), host = '127.0.0.1', callback } = flags
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new CommandFailure('--port takes a number from 0 to 65535', EXIT.usage)
  if (callback !== undefined && !/^https?:$/.test(URL.parse(callback)?.protocol ?? ''))
    throw new CommandFailure('--callback takes an address such as http://127.0.0.1:3000/webhook', EXIT.usage)
  const given = Object.entries(NUMBER_FLAGS).filter(([flag]) => flags[flag] !== undefined)
  return { port: Number(port), host, setup: Object.fromEntries(given.map(([flag, field]) => [field, flags[flag]])) }
}

/** What Meta does when a callback address is entered. Refused, it goes on: the program behind it may not be up yet. */
async function shakeHands(meta: MetaSimulator, { phoneNumberId, callbackUrl }: NumberSetup): Promise<void> {
  try {
    await meta.verifyCallback(phoneNumberId)
    console.log(`\nThe callback ${callbackUrl} took the handshake.`)
  } catch (thrown) {
    console.error(`\nThe callback ${callbackUrl} did not take the handshake: ${(thrown as Error).message}`)
    console.error(`Once it is up: curl -s -X POST ${meta.url}/_control/numbers/${phoneNumberId}/verify`)
  }
}

function greeting({ url }: MetaSimulator, number: NumberSetup): string {
  const json = "-H 'content-type: application/json'"
  const where = number.callbackUrl ?? 'none; set one with --callback'
  return `The simulated Meta listens on ${url} (a Graph API: any version prefix, or none)

  phone number id  ${number.phoneNumberId}   (${number.displayPhoneNumber})
  WABA id          ${number.wabaId}
  access token     ${number.token}
  app secret       ${number.appSecret}
  verify token     ${number.verifyToken}
  callback         ${where}

Let a customer write, which opens the 24-hour window:
  curl -s ${url}/_control/customers/${CUSTOMER}/says ${json} -d '{"text":"hi"}'
Send an answer:
  curl -s ${url}/v23.0/${number.phoneNumberId}/messages -H 'authorization: Bearer ${number.token}' ${json} -d '{"messaging_product":"whatsapp","to":"+${CUSTOMER}","type":"text","text":{"body":"hello"}}'
See what became of it:
  curl -s ${url}/_control/messages

All else that it can be told: curl -s ${url}/_control lists the routes, simulator/meta/README.md explains them. Ctrl+C ends it.`
}
