// `whatshooked pair <account>`: shows the code that links a phone to an account of a running server, until one is linked.
import { setTimeout as wait } from 'node:timers/promises'
import { native } from '../contract/native/index.ts'
import type { Output } from '../contract/operation.ts'
import { systemClock } from '../kit/clock.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { type Offer, offerText } from './offer.ts'
import { type Command, commandsOf } from './operations/command.ts'
import type { Common } from './operations/input.ts'
import { jsonOf, plain } from './operations/output.ts'
import { callServer, typed } from './operations/run.ts'

type Status = Output<typeof native.getAccountStatus>
type Offered = Output<typeof native.getPairingQr>
type Code = Output<typeof native.requestPairingCode>

const LOOK_MS = 2_000
/** A code that nobody scans is not renewed for ever. */
const MOST_MS = 10 * 60_000
const LINKED: readonly Status['state'][] = ['connected', 'restricted']
const COMMANDS = commandsOf(native)

/** Exits 0 when a phone is linked, 75 when none was within ten minutes. Fails with CommandFailure. */
export async function pair(words: readonly string[]): Promise<void> {
  const byCode = words.some((word) => word === '--phone' || word.startsWith('--phone='))
  const command = commandOf(byCode ? 'request-pairing-code' : 'get-pairing-qr')
  if (words.length === 0 || words.every((word) => word.startsWith('--')))
    throw new CommandFailure('Say which account: whatshooked pair <account> [--phone <number>]', EXIT.usage)
  const { common, input } = typed({ ...command, name: 'pair' }, words)
  const server = serverOf(common, String(input.id))
  const status = await linked({ ...server, offer: () => server.call(command, input) })
  const number = status.phone_number === null ? '' : ` as ${status.phone_number}`
  console.log(common.output === 'json' ? jsonOf(status) : plain(`${status.account_id} is linked${number}.`))
}

interface Server {
  readonly isJson: boolean
  readonly call: (command: Command, input: Record<string, unknown>) => Promise<unknown>
  readonly status: () => Promise<Status>
}

function serverOf(common: Common, id: string): Server {
  const call: Server['call'] = (command, input) => callServer(native, command, { common, input })
  const status = async () => (await call(commandOf('get-account-status'), { id })) as Status
  return { isJson: common.output === 'json', call, status }
}

/** Shows each offer once, until a phone is linked. */
async function linked({ status, offer, isJson }: Server & { offer: () => Promise<unknown> }): Promise<Status> {
  const end = systemClock.now() + MOST_MS
  let last: Offer | null = null
  while (systemClock.now() < end) {
    const now = await status()
    if (LINKED.includes(now.state)) return now
    // Scanned, the connection is opened anew: what would be asked for then begins from the beginning.
    const isScanned = last !== null && now.state === 'connecting'
    const isSpent = last === null || last.by === 'qr' || last.expiresAt <= systemClock.now()
    if (!isScanned && isSpent) last = await shownAnew(offer, last, isJson)
    await wait(LOOK_MS)
  }
  throw new CommandFailure('No phone was linked within ten minutes; run the command again to go on', EXIT.later)
}

/** An offer that can no longer be made is no failure: the next look says whether a phone was linked. */
async function shownAnew(ask: () => Promise<unknown>, last: Offer | null, isJson: boolean): Promise<Offer | null> {
  let answer: Offered | Code
  try {
    answer = (await ask()) as Offered | Code
  } catch (thrown) {
    if (last !== null && thrown instanceof CommandFailure && thrown.exitCode === EXIT.refused) return last
    throw thrown
  }
  const offer = offerOf(answer)
  if (offer.text === last?.text) return last
  if (isJson) console.log(JSON.stringify(answer))
  else console.log(`${offerText(answer.account_id, offer)}\n${last === null ? `${plain(answer.instructions)}\n` : ''}`)
  return offer
}

function offerOf(answer: Offered | Code): Offer {
  const expiresAt = Date.parse(answer.expires_at)
  if ('qr' in answer && answer.qr !== null) return { by: 'qr', text: answer.qr, expiresAt }
  return { by: 'code', text: plain(answer.code ?? ''), expiresAt }
}

function commandOf(name: string): Command {
  const command = COMMANDS.get(name)
  if (!command) throw new Error(`There is no command ${name}`)
  return command
}
