// Rows 17 and 18: the CPU of a message that comes in, and of one that goes out, over WhatsApp Web, beside the bare library.
import { type Bench, type Contender, type Goal, type Results, type Row, ratioOf } from '../measure.ts'
import { linkBare, linkProduct, numbersOf, whatsApp } from '../web/link.ts'

/** Accounts of each side. */
const ACCOUNTS = 12
const CONTACTS = numbersOf(9, 3)
/** Messages of each contact to each account in a round, and of each account to each contact. */
const IN_EACH = 10
const OUT_EACH = 10
const WITHIN_MS = 60_000
const RECEIVED = 'whatshooked_events_recorded_total\\{type="message.received"\\}'

const NUMBERS = { product: numbersOf(1, ACCOUNTS), hooked: numbersOf(2, ACCOUNTS), bare: numbersOf(3, ACCOUNTS) }
const CPU = { cpu: { unit: 'ms', better: 'low' } } as const

/** Something that is linked to numbers and sends to every contact. */
interface Side {
  readonly numbers: readonly string[]
  /** µs */
  cpu(): Promise<number>
  /** Messages that it has got so far, by its own account. */
  received(): Promise<number>
  /** Each of its numbers sends `each` texts to each contact; answers how many were acknowledged. */
  send(each: number): Promise<number>
}

type Open = (bench: Bench) => Promise<Side>

const openProduct = productSide('linked', NUMBERS.product)
const openHooked = productSide('linked-hooked', NUMBERS.hooked, '/linked/0')

/** `hook`: the path of a hook that wants every event. */
function productSide(name: string, numbers: readonly string[], hook?: string): Open {
  return (bench) =>
    bench.once(`side:${name}`, async () => {
      const { url, trust, phones } = await whatsApp(bench)
      const hooks = hook === undefined ? [] : [`${bench.at.hooks}${hook}`]
      const product = await bench.product({ name, store: 'sqlite', hooks, whatsapp: { url, trust } })
      await linkProduct(product, phones, numbers)
      const target = { url: product.sendUrl, key: product.key, accounts: numbers, to: CONTACTS }
      const side: Side = {
        numbers,
        cpu: product.cpu,
        received: () => product.metric(RECEIVED),
        send: (each) => bench.load.call('sends', { ...target, each }),
      }
      return acquainted(bench, side)
    })
}

const bareOf = (bench: Bench) => bench.once('bare', () => linkBare(bench, NUMBERS.bare))

function openBare(bench: Bench): Promise<Side> {
  return bench.once('side:bare', async () => {
    const bare = await bareOf(bench)
    return acquainted(bench, {
      numbers: NUMBERS.bare,
      cpu: () => bare.call('cpu'),
      received: () => bare.call('heard'),
      send: (each) => bare.call('send', { to: CONTACTS, each }),
    })
  })
}

/** The same, asked over HTTP as the product is. */
async function openBareHttp(bench: Bench): Promise<Side> {
  const side = await openBare(bench)
  const bare = await bareOf(bench)
  const url = await bench.once('bare-http', () => bare.call('serve'))
  const target = { url, key: 'none', accounts: NUMBERS.bare, to: CONTACTS }
  return { ...side, send: (each) => bench.load.call('sends', { ...target, each }) }
}

/** Everybody has written to everybody once, so that all sessions are those of people who know each other. */
async function acquainted(bench: Bench, side: Side): Promise<Side> {
  const { phones } = await whatsApp(bench)
  const pairs = side.numbers.length * CONTACTS.length
  await phones.call('say', { from: CONTACTS, to: side.numbers, each: 1 })
  await phones.call('until', { of: side.numbers, what: 'receipts', count: pairs, withinMs: WITHIN_MS })
  const acked = await side.send(1)
  if (acked !== pairs) throw new Error(`of ${pairs} first messages ${acked} were acknowledged`)
  return side
}

/** Until WhatsApp has every receipt, which goes out when a message is kept: all that a message costs lies before it. */
function receiving(what: { id: string; says: string }, open: Open): Contender {
  return {
    ...what,
    figures: CPU,
    async run(bench) {
      const side = await open(bench)
      const { phones } = await whatsApp(bench)
      const of = side.numbers
      const count = IN_EACH * CONTACTS.length * of.length
      const receipts = await phones.call('until', { of, what: 'receipts', count: 0, withinMs: 0 })
      const received = await side.received()
      const cpu = await side.cpu()
      await phones.call('say', { from: CONTACTS, to: of, each: IN_EACH })
      await phones.call('until', { of, what: 'receipts', count: receipts + count, withinMs: WITHIN_MS })
      const used = (await side.cpu()) - cpu
      const got = (await side.received()) - received
      if (got !== count) throw new Error(`${what.id}: of ${count} messages ${got} were received`)
      return { cpu: used / count / 1000 }
    },
  }
}

function sending(what: { id: string; says: string }, open: Open): Contender {
  return {
    ...what,
    figures: CPU,
    async run(bench) {
      const side = await open(bench)
      const { phones } = await whatsApp(bench)
      const of = side.numbers
      const count = OUT_EACH * CONTACTS.length * of.length
      const messages = await phones.call('until', { of, what: 'messages', count: 0, withinMs: 0 })
      const cpu = await side.cpu()
      const acked = await side.send(OUT_EACH)
      const used = (await side.cpu()) - cpu
      if (acked !== count) throw new Error(`${what.id}: of ${count} messages ${acked} were acknowledged`)
      await phones.call('until', { of, what: 'messages', count: messages + count, withinMs: WITHIN_MS })
      if ((await phones.call('faults')) > 0) throw new Error(`${what.id}: WhatsApp could not read what it was sent`)
      return { cpu: used / count / 1000 }
    },
  }
}

const bareIn = receiving({ id: 'bare-in', says: 'bare library, message received' }, openBare)
const productIn = receiving({ id: 'web-in', says: 'message received, on disk' }, openProduct)
const hookedIn = receiving({ id: 'web-in-hook', says: 'the same, and told to a hook' }, openHooked)
const bareOut = sending({ id: 'bare-out', says: 'bare library, message sent' }, openBare)
const bareHttpOut = sending(
  { id: 'bare-out-http', says: 'bare library, message sent, behind a bare Fastify' },
  openBareHttp,
)
const productOut = sending({ id: 'web-out', says: 'POST /api/send until acknowledged' }, openProduct)

function beside(says: string, over: Contender, under: Contender) {
  const limits = { unit: 'x', better: 'low', floor: 1.3, excellent: 1.1 } as const
  return (results: Results): Goal => ({
    says,
    ...ratioOf(results, { over: [over, 'cpu'], under: [under, 'cpu'] }),
    ...limits,
  })
}

const received = beside('CPU a message received over WhatsApp Web / bare library', productIn, bareIn)
const sent = beside('CPU a message sent over WhatsApp Web / bare library', productOut, bareOut)
const asked = beside('the same / bare library that is asked over HTTP, too', productOut, bareHttpOut)

export const linkedMessages: readonly Row[] = [
  { number: 17, needs: [bareIn, productIn, hookedIn], goals: (results) => [received(results)] },
  { number: 18, needs: [bareOut, bareHttpOut, productOut], goals: (results) => [sent(results), asked(results)] },
]
