// Messages of linked devices: taken, acknowledged, read by the phones they are for, passed on to other devices.
import { proto } from 'baileys'
import { keepLast, keepNewest, mostMessages, mostOddities, mostRecords } from '../bounds.ts'
import { perhapsCorrupt } from '../faults.ts'
import { rememberLine } from '../phones/past.ts'
import { isVouchedFor } from '../phones/primary.ts'
import type { Account, Addressing, Received } from '../state.ts'
import { addressOf, bytesOf, child, children, deviceAddress, type Stanza, stanza } from '../wire/stanza.ts'
import { addressingOf, type Caller, find, isBlocked, nameOf, stamp, type World } from '../world.ts'
import { refusalOf } from './checks.ts'
import { staleHash } from './device-lists.ts'
import { deliver } from './queue.ts'

/** One device's part of a message: for whom, and what is for it. */
export type Part = { readonly to: string; readonly enc: Stanza }

/** Takes a message of a linked device. One that is refused, or is to be, is answered with an error, and nobody gets it. */
export async function takeMessage(world: World, caller: Caller, message: Stanza): Promise<void> {
  const { connection, companion, account } = caller
  const { id, to } = message.attrs
  if (!id || !to) throw new Error('A message without id or recipient')
  const error = refusalOf(world, caller, message)
  const phash = error ? undefined : staleHash(world, caller, message)
  if (!error) {
    keepNewest(world.state.authors, [id, { account, device: companion.id, to }], mostRecords)
    if (isForMany(to)) await world.groups?.take(caller, message)
    else await takeDirect(world, caller, message)
  }
  const ack = stanza('ack', { class: 'message', id, from: to, t: stamp(world), error: error ?? undefined, phash })
  if (world.faults.acksHeld) world.state.heldAcks.push({ connection, ack })
  else connection.send(ack)
}

function isForMany(to: string): boolean {
  return to.endsWith('@g.us') || to.endsWith('@broadcast')
}

/** The parts of a message that are for single devices. */
export function partsOf(message: Stanza): Part[] {
  const each = children(child(message, 'participants'), 'to').flatMap((to) => {
    const enc = child(to, 'enc')
    return enc && to.attrs.jid ? [{ to: to.attrs.jid, enc }] : []
  })
  const enc = child(message, 'enc')
  const only = enc && enc.attrs.type !== 'skmsg' && message.attrs.to ? [{ to: message.attrs.to, enc }] : []
  return [...each, ...only]
}

async function takeDirect(world: World, caller: Caller, message: Stanza): Promise<void> {
  for (const part of partsOf(message)) {
    const account = find(world, part.to)
    // Who is blocked is not told so: there is an acknowledgement, and nothing else.
    if (!account || isBlocked(account, caller.account)) continue
    if (addressOf(part.to).device !== 0) passOn(world, caller, { message, part, account })
    else await readPart(world, caller, { message, part, account })
  }
}

/** What a phone is to read. */
export type Reading = { message: Stanza; part: Part; account: Account }

/**
 * The phone of an account reads its part of a message: it checks who vouches for a device that it hears for the first
 * time, decrypts, and keeps the message. Answers the content, or undefined when it could not read it.
 */
export async function readPart(
  world: World,
  caller: Caller,
  { message, part, account }: Reading,
): Promise<proto.Message | undefined> {
  const { enc } = part
  const cipher = enc.attrs.type === 'pkmsg' ? 'pkmsg' : 'msg'
  try {
    if (cipher === 'pkmsg') checkIdentity(caller, message)
    const sender = deviceAddress(caller.account.lid, caller.companion.id)
    const content = await account.device.decrypt(sender, cipher, bytesOf(enc))
    // In a message for many, what is for one device is the key to the rest.
    if (!isForMany(message.attrs.to ?? '')) keep(world, caller, { message, account, cipher, content })
    return content
  } catch (error) {
    noteUnread(world, caller, { message, account, error })
    return undefined
  }
}

/** A phone could not read a message: that is remembered, as such things are seen on phones as "waiting for this message". */
export function noteUnread(
  world: World,
  caller: Caller,
  { message, account, error }: { message: Stanza; account: Account; error: unknown },
): void {
  const why = error instanceof Error ? error.message : String(error)
  const unread = { id: message.attrs.id ?? '', from: caller.account.number, by: account.number, why }
  keepLast(world.state.unread, unread, mostOddities)
  world.news.tell('unread', unread)
}

function checkIdentity({ account, companion }: Caller, message: Stanza): void {
  const signed = bytesOf(child(message, 'device-identity'))
  const { accountSignatureKey } = proto.ADVSignedDeviceIdentity.decode(signed)
  const own = account.device.creds.signedIdentityKey.public
  if (!accountSignatureKey || !Buffer.from(own).equals(accountSignatureKey)) {
    throw new Error('The message begins a session, but does not carry the identity of its device')
  }
  if (!isVouchedFor(signed, companion.identity, own)) throw new Error('Nobody vouches for the device')
}

type Keeping = { message: Stanza; account: Account; cipher: Received['cipher']; content: proto.IMessage }

/** Puts what a phone has read into its inbox. */
export function keep(world: World, caller: Caller, { message, account, cipher, content }: Keeping): void {
  const { id = '', to = '', category, recipient } = message.attrs
  const copy = content.deviceSentMessage
  const written = copy?.message ?? content
  const received: Received = {
    id,
    from: caller.account.number,
    device: caller.companion.id,
    by: account.number,
    to: copy?.destinationJid ?? recipient ?? to,
    content: written,
    text: written.conversation || written.extendedTextMessage?.text || null,
    own: account === caller.account,
    category: category ?? null,
    cipher,
    repeated: account.seen.has(`${caller.account.number} ${id}`),
    attrs: message.attrs,
    at: world.now(),
  }
  keepLast(account.inbox, received, mostMessages)
  keepNewest(account.seen, [`${received.from} ${id}`, true], mostMessages)
  if (!received.repeated && received.category === null) remember(world, caller, { account, received })
  world.news.tell('message', received)
}

/** The message is one of the phone's chats from now on. */
function remember(world: World, caller: Caller, { account, received }: { account: Account; received: Received }): void {
  const { id, to, content } = received
  const other = to.endsWith('@g.us') ? to : find(world, to)
  const chat = typeof other === 'string' || received.own ? other : caller.account
  if (!chat) return
  rememberLine(account, { id, chat, by: caller.account, content, at: Math.floor(received.at / 1000) })
}

/** Another linked device's part: passed on as it is, with who sent it, by the name that the sender addressed it by. */
export function passOn(world: World, caller: Caller, { message, part, account }: Reading): void {
  const { account: from, companion: sender } = caller
  const companion = account.companions.get(addressOf(part.to).device)
  if (!companion) return
  const { id, to = '', type = 'text', edit, recipient } = message.attrs
  const addressing = addressingOf(part.to)
  const names = account === from ? copyNames(world, recipient ?? to) : senderNames(from, addressing)
  const head = { id, t: stamp(world), type, edit, notify: from.name, addressing_mode: addressing }
  const sentBy = deviceAddress(nameOf(from, addressing), sender.id)
  const content = Buffer.from(perhapsCorrupt(world.faults, bytesOf(part.enc)))
  const parts = [{ ...part.enc, content }, ...children(message, 'device-identity')]
  deliver(companion, stanza('message', { ...head, from: sentBy, ...names }, parts))
}

/** What the copy for one's own devices says of the chat: its address, and its other name. */
export function copyNames(world: World, chat: string): Record<string, string> {
  const account = find(world, chat)
  if (!account) return { recipient: chat }
  const other = addressingOf(chat) === 'lid' ? { peer_recipient_pn: account.pn } : { peer_recipient_lid: account.lid }
  return { recipient: chat, ...other }
}

/** The name of a sender that the stanza's `from` does not say. */
export function senderNames(from: Account, addressing: Addressing): Record<string, string> {
  return addressing === 'lid' ? { sender_pn: from.pn } : { sender_lid: from.lid }
}
