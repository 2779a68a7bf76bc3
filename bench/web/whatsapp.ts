// The simulated WhatsApp, in a process of its own: its phones scan, write and count, and what that costs is its own.
import { randomBytes } from 'node:crypto'
import {
  type Phone,
  quietSignal,
  startWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../../simulator/whatsapp/index.ts'
import { answerCalls } from '../child.ts'
import { moment, wait } from '../moment.ts'

/** Where it is and whom to believe there: what the settings of the product, and the bare library, are given. */
export interface Place {
  readonly url: string
  /** The file for `whatsapp_trust`. */
  readonly trust: string
  /** Base64 of the key that its certificates end in. */
  readonly root: string
}

/** Logins since they were asked for last. */
export interface Logins {
  readonly count: number
  /** The most that began within any one second. */
  readonly mostASecond: number
  /** The most that were under way at once: from the open socket until the device asks for its messages. */
  readonly mostAtOnce: number
}

/** What is counted of one phone with its linked device. */
interface Tally {
  /** Messages that the device confirmed. */
  receipts: number
  /** Messages of the device that others have read. */
  messages: number
}

const CONFIRMED = new Set(['delivered', 'inactive'])
const LOOK_MS = 20

let simulator: WhatsAppSimulator | null = null
const tallies = new Map<string, Tally>()
const logins = new Map<number, { from: number; to: number }>()

function running(): WhatsAppSimulator {
  if (!simulator) throw new Error('the simulated WhatsApp is not started')
  return simulator
}

function phone(number: string): Phone {
  return running().phone(number)
}

function tallyOf(number: string): Tally {
  const tally = tallies.get(number) ?? { receipts: 0, messages: 0 }
  tallies.set(number, tally)
  return tally
}

async function start({ trust }: { trust: string }): Promise<Place> {
  quietSignal()
  const started = await startWhatsAppSimulator()
  simulator = started
  await started.writeTrust(trust)
  const { server } = started
  server.on('receipt', ({ ids, type, from }) => {
    if (CONFIRMED.has(type)) tallyOf(from.number).receipts += ids.filter((id) => id !== '').length
  })
  server.on('message', ({ from, own }) => {
    if (!own) tallyOf(from).messages += 1
  })
  server.on('opened', ({ id }) => void logins.set(id, { from: moment(), to: Number.POSITIVE_INFINITY }))
  server.on('active', ({ connection }) => {
    const login = connection && logins.get(connection.id)
    if (login) login.to = moment()
  })
  return { url: started.url, trust, root: started.trust.noise_root }
}

/** Whoever writes writes to each in turn, `each` messages to every one; resolves when all lie with the devices. */
async function say({
  from,
  to,
  each,
}: {
  from: readonly string[]
  to: readonly string[]
  each: number
}): Promise<void> {
  for (let no = 0; no < each; no += 1)
    for (const writer of from) for (const reader of to) await phone(writer).says(reader, text(no))
}

/** As phones write it today: with the secret by which reactions and votes to it are encrypted. */
function text(no: number) {
  return {
    conversation: `${no}: Where is my order? I have been waiting for a week.`,
    messageContextInfo: { messageSecret: randomBytes(32) },
  }
}

/** What is counted of all these numbers together: now, or as soon as there are so many; fails after `withinMs`. */
async function until(asked: {
  of: readonly string[]
  what: keyof Tally
  count: number
  withinMs: number
}): Promise<number> {
  const { of, what, count, withinMs } = asked
  const late = moment() + withinMs * 1000
  for (;;) {
    const sum = of.reduce((all, number) => all + tallyOf(number)[what], 0)
    if (sum >= count) return sum
    if (moment() > late) throw new Error(`WhatsApp counted ${sum} ${what} instead of ${count} within ${withinMs} ms`)
    await wait(LOOK_MS)
  }
}

function mostOf(changes: { at: number; by: number }[]): number {
  // What ends at a moment is over before what begins at it.
  changes.sort((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  return changes.reduce((most, { by }) => {
    now += by
    return Math.max(most, now)
  }, 0)
}

async function takeLogins(): Promise<Logins> {
  const all = [...logins.values()].filter(({ to }) => Number.isFinite(to))
  logins.clear()
  const spans = (end: (login: { from: number; to: number }) => number) =>
    mostOf(
      all.flatMap((login) => [
        { at: login.from, by: 1 },
        { at: end(login), by: -1 },
      ]),
    )
  return { count: all.length, mostASecond: spans(({ from }) => from + 1e6), mostAtOnce: spans(({ to }) => to) }
}

const calls = {
  start,
  /** The phone with this number scans a code. */
  scan: async ({ number, qr }: { number: string; qr: string }) => void (await phone(number).scans(qr)),
  say,
  until,
  logins: takeLogins,
  /** What went wrong: messages that phones could not read, and connections that were ended for a fault. */
  faults: async () => running().server.unread().length + running().server.broken().length,
}
export type WhatsAppCalls = typeof calls

answerCalls(calls)
