// Receipts: linked devices say what arrived and what was read, or ask for a message again; phones do the same.
import { keepLast, keepNewest, mostOddities, mostRecords } from '../bounds.ts'
import { sayAgain } from '../phones/sending.ts'
import { inTurn } from '../phones/turn.ts'
import type { Account, Companion, ReceiptRecord } from '../state.ts'
import { addressOf, child, children, deviceAddress, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import { addressingOf, type Caller, companionsOf, find, nameOf, stamp, type World } from '../world.ts'
import { retryBundle, retryParts } from './bundles.ts'
import { deliver, settle } from './queue.ts'

/** Receipts that concern nobody but the server and one's own devices. */
const quiet = new Set(['retry', 'server-error', 'sender', 'read-self', 'played-self', 'peer_msg', 'hist_sync'])
/** How often a phone sends the same message to the same device again. */
const mostRetries = 5

/** Takes a receipt of a linked device, confirms it, and tells those whom it concerns. */
export async function takeReceipt(world: World, caller: Caller, receipt: Stanza): Promise<void> {
  const { connection, companion } = caller
  const { id = '', to = SERVER, type, participant } = receipt.attrs
  const ids = [id, ...children(child(receipt, 'list'), 'item').map(({ attrs }) => attrs.id ?? '')]
  connection.send(stanza('ack', { class: 'receipt', id, from: to, type, participant }))
  const from = { number: caller.account.number, device: companion.id }
  const kind = type ?? 'delivered'
  const record: ReceiptRecord = { ids, type: kind, from, to, participant: participant ?? null, stanza: receipt }
  keepLast(world.state.receipts, record, mostRecords)
  if (kind !== 'retry' && kind !== 'server-error') {
    for (const one of ids) settle(world, companion, { tag: 'message', id: one })
  }
  world.news.tell('receipt', record)
  if (kind === 'retry') await answerRetry(world, caller, receipt)
  if (kind === 'read-self' || !quiet.has(kind)) tellOwnDevices(world, caller, receipt)
  if (!quiet.has(kind)) tellAuthor(world, caller, receipt)
}

/** A device could not read a message: the author's phone sends it again, or the author's device is asked to. */
async function answerRetry(world: World, caller: Caller, receipt: Stanza): Promise<void> {
  const { id = '', to = '', participant } = receipt.attrs
  const author = find(world, participant ?? to)
  if (!author) return
  const writer = author.companions.get(addressOf(participant ?? to).device)
  if (writer) {
    const own = deviceAddress(nameOf(caller.account, addressingOf(participant ?? to)), caller.companion.id)
    const where = participant ? { from: to, participant: own } : { from: own }
    const attrs = { ...receipt.attrs, to: undefined, ...where, t: stamp(world) }
    return deliver(writer, stanza('receipt', attrs, children(receipt)))
  }
  const count = Number(child(receipt, 'retry')?.attrs.count ?? 1)
  if (!author.answersRetries || count > mostRetries) return
  if (author.sent.has(id)) askedAnew(caller.companion).add(id)
  const bundle = retryBundle(receipt)
  const jid = deviceAddress(caller.account.lid, caller.companion.id)
  await inTurn(author, async () => {
    if (bundle) await author.device.startSession(jid, bundle)
    else await author.device.signal.deleteSession([jid])
    await sayAgain(world, author, { id, companion: caller.companion, count })
  })
}

/**
 * Messages that a device asked for anew. It refuses the one that it could not read after that; by then the new one, which
 * has the same id, may lie here already, and is not what it means.
 */
const anew = new WeakMap<Companion, Set<string>>()

function askedAnew(companion: Companion): Set<string> {
  const ids = anew.get(companion) ?? new Set()
  anew.set(companion, ids)
  return ids
}

/** Delivered and read, as the author's linked devices see it. */
function tellAuthor(world: World, caller: Caller, receipt: Stanza): void {
  const { id, to = '', type, participant } = receipt.attrs
  const author = find(world, participant ?? to)
  if (!author || author === caller.account) return
  const own = nameOf(caller.account, addressingOf(participant ?? to))
  const where = participant ? { from: to, participant: own } : { from: own }
  const kind = type === 'inactive' ? undefined : type
  const told = stanza('receipt', { id, type: kind, t: stamp(world), ...where }, children(receipt, 'list'))
  for (const companion of companionsOf(author)) deliver(companion, told)
}

/** What one device has read need not be shown as new by the others. */
function tellOwnDevices(world: World, caller: Caller, receipt: Stanza): void {
  const { id, to = '', type, participant } = receipt.attrs
  if (type !== 'read' && type !== 'read-self') return
  const from = nameOf(caller.account, addressingOf(participant ?? to))
  const attrs = { id, type: 'read-self', t: stamp(world), from, recipient: to, participant }
  const told = stanza('receipt', attrs, children(receipt, 'list'))
  for (const other of companionsOf(caller.account)) if (other !== caller.companion) deliver(other, told)
}

/** What a phone says of messages. */
export type Saying = {
  /** Who wrote them: number or address. */
  to: string
  ids: readonly string[]
  /** Absent: delivered. */
  type?: 'read' | 'played'
  /** The group in which they were written. */
  group?: string | undefined
}

/** A phone tells somebody's linked devices that messages arrived, were read or listened to. */
export function sayReceipt(world: World, from: Account, { to, ids, type, group }: Saying): void {
  const account = find(world, to)
  const [id, ...others] = ids
  if (!account || !id) return
  const items = others.map((other) => stanza('item', { id: other }))
  const list = items.length > 0 ? [stanza('list', {}, items)] : undefined
  const own = addressedAs(world, from, id)
  const where = group ? { from: group, participant: own } : { from: own }
  for (const companion of companionsOf(account)) {
    deliver(companion, stanza('receipt', { id, type, t: stamp(world), ...where }, list))
  }
}

/** Phones that tell by themselves that messages arrived do so from now on. */
export function watchArrivals(world: World): void {
  world.news.on('message', ({ id, from, by, to, own }) => {
    const account = find(world, by)
    const group = to.endsWith('@g.us') ? to : undefined
    if (account?.autoDelivers && !own) sayReceipt(world, account, { to: from, ids: [id], group })
  })
  askByThemselves(world)
}

/** Phones that could not read something ask for it, some times, as WhatsApp does ("Waiting for this message"). */
function askByThemselves(world: World): void {
  const asked = new Map<string, number>()
  world.news.on('unread', ({ id, by }) => {
    const account = find(world, by)
    const count = (asked.get(`${by} ${id}`) ?? 0) + 1
    if (!account?.asksByItself || count > mostRetries || !world.state.authors.has(id)) return
    keepNewest(asked, [`${by} ${id}`, count], mostOddities)
    void askAgain(world, account, { id, count }).catch(() => {
      // The device that wrote it was unlinked meanwhile: nobody can send it again.
    })
  })
}

/** A phone could not read a message and asks the device that wrote it, with keys for a new session. */
export async function askAgain(
  world: World,
  from: Account,
  { id, count = 1 }: { id: string; count?: number },
): Promise<void> {
  const author = world.state.authors.get(id)
  const companion = author?.account.companions.get(author.device)
  if (!author || !companion) throw new Error(`No linked device sent ${id}`)
  const t = stamp(world)
  const own = addressedAs(world, from, id)
  const where = addressOf(author.to).server === 'g.us' ? { from: author.to, participant: own } : { from: own }
  const retry = stanza('retry', { count: String(count), id, t, v: '1' })
  const parts = [retry, ...retryParts(await from.device.bundle())]
  deliver(companion, stanza('receipt', { id, type: 'retry', t, ...where }, parts))
}

/** The name by which the author of a message addressed this account; its usual one when that is not known. */
function addressedAs(world: World, account: Account, id: string): string {
  const to = world.state.authors.get(id)?.to
  return to && find(world, to) === account ? nameOf(account, addressingOf(to)) : nameOf(account, account.addressing)
}

/** A device confirmed something that is not a message, or refused a message. */
export function takeAck(world: World, companion: Companion, { attrs }: Stanza): void {
  if (attrs.class === 'message' && askedAnew(companion).delete(attrs.id ?? '')) return
  settle(world, companion, { tag: attrs.class ?? '', id: attrs.id ?? '' })
}
