// `whatshooked pair <account>`: shows the code that links a phone to an account of a running server, until one is linked.
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { native } from '../contract/native/index.ts'
import type { Output } from '../contract/operation.ts'
import { systemClock } from '../kit/clock.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { heightOf, type Offer, offerText } from './offer.ts'
import { type Command, commandsOf } from './operations/command.ts'
import type { Common } from './operations/input.ts'
import { jsonOf, plain } from './operations/output.ts'
import { callServer, typed } from './operations/run.ts'

type Status = Output<typeof native.getAccountStatus>
type State = Status['state']
type Offered = Output<typeof native.getPairingQr>
type Code = Output<typeof native.requestPairingCode>

const LOOK_MS = 2_000
/** A code that nobody scans is not renewed for ever. */
const MOST_MS = 10 * 60_000
const LINKED: readonly State[] = ['connected', 'restricted']
/** A phone took the code; what follows needs nobody. */
const TAKEN: readonly State[] = ['connecting', 'retrying', 'stale']
/** Nothing is offered any more. */
const ENDED: readonly State[] = ['unlinked', 'broken', 'logged_out', 'replaced']
const COMMANDS = commandsOf(native)

/**
 * Exits 0 when a phone is linked, 1 when WhatsApp or the phone refused the link, 75 when none came within ten minutes,
 * 130 at Ctrl+C. Fails with CommandFailure.
 */
export async function pair(words: readonly string[]): Promise<void> {
  const byCode = words.some((word) => word === '--phone' || word.startsWith('--phone='))
  const command = commandOf(byCode ? 'request-pairing-code' : 'get-pairing-qr')
  if (words.length === 0 || words.every((word) => word.startsWith('--')))
    throw new CommandFailure('Say which account: whatshooked pair <account> [--phone <number>]', EXIT.usage)
  const { common, input } = typed({ ...command, name: 'pair' }, words)
  const server = serverOf(common, String(input.id))
  // Whoever runs this wants a code now, whatever became of the link before.
  const offer = (isFirst: boolean) => server.call(command, isFirst && !byCode ? { ...input, anew: true } : input)
  const seen: Seen = { last: null, isTaken: false }
  const interrupted = once(process, 'SIGINT').then(() => {
    // Behind the ^C that a terminal shows.
    const line = process.stderr.isTTY ? '\n' : ''
    throw new CommandFailure(`${line}${plain(leftBehind(String(input.id), seen))}`, EXIT.interrupted)
  })
  const status = await Promise.race([linked({ ...server, offer }, seen), interrupted])
  const number = status.phone_number === null ? '' : ` as ${status.phone_number}`
  console.log(common.output === 'json' ? jsonOf(status) : plain(`${status.account_id} is linked${number}.`))
}

interface Server {
  readonly isJson: boolean
  readonly call: (command: Command, input: Record<string, unknown>) => Promise<unknown>
  readonly status: () => Promise<Status>
}

type Offering = Server & { readonly offer: (isFirst: boolean) => Promise<unknown> }

function serverOf(common: Common, id: string): Server {
  const call: Server['call'] = (command, input) => callServer(native, command, { common, input })
  const status = async () => (await call(commandOf('get-account-status'), { id })) as Status
  return { isJson: common.output === 'json', call, status }
}

/** What was shown last, and whether a phone took it. */
interface Seen {
  last: Offer | null
  isTaken: boolean
}

/** What goes on although nobody looks on any more: the server pairs, this command only shows. */
function leftBehind(id: string, { last, isTaken }: Seen): string {
  if (isTaken)
    return `The phone took the code, and the server goes on without this command; whatshooked get-account-status ${id} says what came of it.`
  if (last === null || last.expiresAt <= systemClock.now()) return `No phone is linked to ${id}.`
  const until = new Date(last.expiresAt).toLocaleTimeString()
  return `No phone is linked to ${id} yet. The code stays good until ${until}; whatshooked disable-account ${id} ends it at once.`
}

/** Shows each offer once, until a phone is linked. */
async function linked(server: Offering, seen: Seen): Promise<Status> {
  const end = systemClock.now() + MOST_MS
  const show = createShow(server.isJson)
  while (systemClock.now() < end) {
    const now = await server.status()
    const { last, isTaken } = seen
    if (LINKED.includes(now.state)) return now
    if (last !== null && ENDED.includes(now.state) && isRefused(last, isTaken)) throw refusalOf(now)
    if (last !== null && TAKEN.includes(now.state)) {
      if (!isTaken && !server.isJson) console.log(plain(`The phone took the code; ${now.account_id} is connecting.`))
      seen.isTaken = true
    } else if (last === null || last.by === 'qr' || last.expiresAt <= systemClock.now()) {
      const answer = await asked(server, last === null)
      if (answer !== null) seen.last = show(answer, last)
    }
    await wait(LOOK_MS)
  }
  throw new CommandFailure('No phone was linked within ten minutes; run the command again to go on', EXIT.later)
}

/** Of QR codes the server itself says whether the link was refused, or nobody came for it. */
function isRefused(last: Offer, isTaken: boolean): boolean {
  return isTaken || (last.by === 'code' && last.expiresAt > systemClock.now())
}

function refusalOf({ state, reason, advice }: Status): CommandFailure {
  return new CommandFailure(plain(reason ?? advice ?? `The account is ${state}`), EXIT.refused)
}

/** Null when a phone took the code in that very moment: then no other can be had, and the next look says so. */
async function asked({ offer, status }: Offering, isFirst: boolean): Promise<Offered | Code | null> {
  try {
    return (await offer(isFirst)) as Offered | Code
  } catch (thrown) {
    if (isFirst || !(thrown instanceof CommandFailure) || thrown.exitCode !== EXIT.refused) throw thrown
    const { state } = await status()
    if (LINKED.includes(state) || TAKEN.includes(state)) return null
    throw thrown
  }
}

/** Prints an offer that was not printed before; in a terminal in place of the one before, which is worth nothing now. */
function createShow(isJson: boolean): (answer: Offered | Code, last: Offer | null) => Offer {
  let height = 0
  return (answer, last) => {
    const offer = offerOf(answer)
    if (offer.text === last?.text) return last
    if (isJson) {
      console.log(JSON.stringify(answer))
      return offer
    }
    const { isTTY } = process.stdout
    const text = `${offerText(answer.account_id, offer)}\n`
    const how = isTTY || last === null ? `${plain(answer.instructions)}\n` : ''
    if (height > 0) process.stdout.write(`\x1b[${height}A\x1b[J`)
    console.log(`${text}${how}`)
    if (isTTY) height = heightOf(`${text}${how}`)
    return offer
  }
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
