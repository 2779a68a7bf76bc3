// `whatshooked simulator meta` and `simulator whatsapp`: the simulated Graph API, or WhatsApp Web, alone.
import { resolve } from 'node:path'
import { type MetaSimulator, type NumberSetup, startMetaSimulator } from '../../simulator/meta/index.ts'
import type { WhatsAppSimulator } from '../../simulator/whatsapp/index.ts'
import { Failure } from '../model/failure.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { didYouMean } from './nearest.ts'

const USUAL_PORT = 8826
const CUSTOMER = '15550001111'
const USUAL_WHATSAPP_PORT = 8827
const PHONE = '15550000001'
const USUAL_TRUST = 'whatsapp-trust.json'

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

/** What the user wants of the simulated Meta. */
function readWishes(flags: Readonly<Record<string, string>>) {
  refuseStray(flags, FLAGS)
  const { callback } = flags
  const { port, host } = readPlace(flags, USUAL_PORT)
  if (callback !== undefined && !/^https?:$/.test(URL.parse(callback)?.protocol ?? ''))
    throw new CommandFailure('--callback takes an address such as http://127.0.0.1:3000/webhook', EXIT.usage)
  const given = Object.entries(NUMBER_FLAGS).filter(([flag]) => flags[flag] !== undefined)
  return { port, host, setup: Object.fromEntries(given.map(([flag, field]) => [field, flags[flag]])) }
}

function refuseStray(flags: Readonly<Record<string, string>>, known: readonly string[]): void {
  const stray = Object.keys(flags).find((name) => !known.includes(name))
  if (stray === undefined) return
  const names = known.map((name) => `--${name}`)
  const hint = didYouMean(`--${stray}`, names) || `; it takes ${names.join(', ')}`
  throw new CommandFailure(`--${stray} is no flag of the simulator${hint}`, EXIT.usage)
}

function readPlace({ port, host = '127.0.0.1' }: Readonly<Record<string, string>>, usual: number) {
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) > 65_535))
    throw new CommandFailure('--port takes a number from 0 to 65535', EXIT.usage)
  return { port: Number(port ?? usual), host }
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

/** Stays up until it is told to stop. Makes two phones, and writes whom a server has to trust for it. */
export async function simulateWhatsApp(flags: Readonly<Record<string, string>>): Promise<void> {
  refuseStray(flags, ['port', 'host', 'trust'])
  const { port, host } = readPlace(flags, USUAL_WHATSAPP_PORT)
  const { quietSignal, startWhatsAppSimulator } = await import('../../simulator/whatsapp/index.ts')
  quietSignal()
  const whatsapp = await startWhatsAppSimulator({ port, host }).catch((thrown: NodeJS.ErrnoException) => {
    throw new Failure(
      'unavailable',
      `The simulator cannot listen on ${host}:${port} (${thrown.code}); take another --port`,
    )
  })
  const trust = resolve(flags.trust ?? USUAL_TRUST)
  await whatsapp.writeTrust(trust).catch(async (thrown: NodeJS.ErrnoException) => {
    await whatsapp.close()
    throw new Failure('unavailable', `${trust} cannot be written (${thrown.code}); take another --trust`)
  })
  whatsapp.phone(PHONE, { name: 'Sandbox Shop' })
  whatsapp.phone(CUSTOMER, { name: 'Customer', autoDelivers: true })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void whatsapp.close())
  console.log(whatsAppGreeting(whatsapp, { host, trust }))
}

function whatsAppGreeting({ url, port }: WhatsAppSimulator, { host, trust }: { host: string; trust: string }): string {
  const control = `http://${host}:${port}/_control`
  const json = "-H 'content-type: application/json'"
  return `The simulated WhatsApp listens on ${url}

  phones  +${PHONE} (to link a device to), +${CUSTOMER} (to write to it)
  trust   ${trust}

Start a server against it:
  WHATSHOOKED_WHATSAPP_URL=${url} WHATSHOOKED_WHATSAPP_TRUST='${trust}' whatshooked serve
Link the phone to an account of that server, by the text of its QR code:
  curl -s ${control}/phones/${PHONE}/scans ${json} -d '{"qr":"<text of the QR code>"}'
Or by the eight characters that it shows:
  curl -s ${control}/phones/${PHONE}/enters ${json} -d '{"code":"<code>"}'
Let the customer write to it:
  curl -s ${control}/phones/${CUSTOMER}/says ${json} -d '{"to":"${PHONE}","text":"hi"}'
See what the customer got:
  curl -s ${control}/phones/${CUSTOMER}/inbox

All else that it can be told: curl -s ${control} lists the routes, simulator/whatsapp/README.md explains them. Ctrl+C ends it.`
}
