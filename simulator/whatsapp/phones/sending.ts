// What phones send to linked devices: messages to others' and copies to their own, each encrypted for one device.
import { randomBytes } from 'node:crypto'
import type { proto } from 'baileys'
import { keepNewest, mostMessages } from '../bounds.ts'
import { perhapsCorrupt } from '../faults.ts'
import type { Account, Companion, Sent } from '../state.ts'
import { takeBundle } from '../traffic/bundles.ts'
import { copyNames, senderNames } from '../traffic/messages.ts'
import { deliver } from '../traffic/queue.ts'
import { giveTokenByPhone } from '../traffic/tokens.ts'
import { deviceAddress, type Stanza, stanza, withoutDevice } from '../wire/stanza.ts'
import { companionsOf, isBlocked, nameOf, need, type SayOptions, stamp, type World } from '../world.ts'
import { rememberLine } from './past.ts'

/** A message id as phones make them. */
export function newMessageId(): string {
  return `3A${randomBytes(9).toString('hex').toUpperCase()}`
}

/** A text, or a message as WhatsApp's protocol has it (`{ imageMessage: { … } }`). */
export type Content = string | proto.IMessage

/** Writes to somebody, or to a group. Resolves with the message's id once it lies with every linked device concerned. */
export async function say(
  world: World,
  from: Account,
  { to, content, options = {} }: { to: string; content: Content; options?: SayOptions },
): Promise<string> {
  const message = typeof content === 'string' ? { conversation: content } : content
  if (to.endsWith('@g.us')) {
    if (!world.groups) throw new Error('There are no groups here')
    return world.groups.say(from, to, message, options)
  }
  const account = need(world, to)
  const addressing = options.addressing ?? from.addressing
  const chat = nameOf(account, addressing)
  const id = options.id ?? newMessageId()
  const t = options.at === undefined ? stamp(world) : String(options.at)
  const attrs = { id, t, type: typeOf(message), notify: from.name, addressing_mode: addressing, ...options.attrs }
  const own = nameOf(from, addressing)
  keepSent(world, from, { id, to: chat, content: message, attrs })
  rememberLine(from, { id, chat: account, by: from, content: message, at: Number(t) })
  if (account !== from && !isBlocked(account, from))
    rememberLine(account, { id, chat: from, by: from, content: message, at: Number(t) })
  const isWanted = ({ id: device }: Companion): boolean => options.devices?.includes(device) ?? true
  for (const companion of companionsOf(account).filter(isWanted)) {
    if (account === from || isBlocked(account, from)) continue
    await sendTo(world, from, {
      companion,
      content: message,
      attrs: { ...attrs, from: own, ...senderNames(from, addressing) },
    })
  }
  const copy = { deviceSentMessage: { destinationJid: chat, message } }
  for (const companion of companionsOf(from).filter(isWanted)) {
    await sendTo(world, from, { companion, content: copy, attrs: { ...attrs, from: own, ...copyNames(world, chat) } })
  }
  giveTokenByPhone(world, { giver: from, taker: account }, id)
  return id
}

/** Something that only one's own devices say to each other: history, keys, answers to what a device asked its phone. */
export async function sayToOwn(
  world: World,
  from: Account,
  { device, content, id = newMessageId() }: { device: number; content: proto.IMessage; id?: string },
): Promise<string> {
  const companion = from.companions.get(device)
  if (!companion || companion.removed) throw new Error(`${from.number} has no linked device ${device}`)
  const names = { from: nameOf(from, 'pn'), sender_lid: from.lid, addressing_mode: 'pn' }
  const attrs = { id, t: stamp(world), type: 'text', category: 'peer', push_priority: 'high', ...names }
  keepSent(world, from, { id, to: from.pn, content, attrs })
  await sendTo(world, from, { companion, content, attrs })
  return id
}

/** Remembers a message for devices that will ask for it again. */
export function keepSent(world: World, from: Account, sent: Omit<Sent, 'at' | 'retries'>): void {
  keepNewest(from.sent, [sent.id, { ...sent, at: world.now(), retries: new Map() }], mostMessages)
}

/** A message for one linked device. `extra` are parts besides the encrypted one. */
export type Sending = {
  companion: Companion
  content: proto.IMessage
  attrs: Record<string, string>
  /** How often the device has asked for it, for messages that are sent again. */
  count?: number
  extra?: Stanza[]
}

/** Encrypts for one linked device, beginning a session when there is none, and sends. */
export async function sendTo(world: World, from: Account, sending: Sending): Promise<void> {
  const { companion, content, attrs, count, extra = [] } = sending
  const enc = await encryptFor(world, from, { companion, content })
  if (count !== undefined) enc.attrs.count = String(count)
  deliver(companion, stanza('message', attrs, [enc, ...extra]))
}

/** The encrypted part for one linked device. */
export async function encryptFor(
  world: World,
  from: Account,
  { companion, content }: Pick<Sending, 'companion' | 'content'>,
): Promise<Stanza> {
  const jid = deviceAddress(companion.account.lid, companion.id)
  if (!(await from.device.hasSession(jid))) {
    const bundle = await takeBundle(world, jid)
    if (!bundle) throw new Error(`${jid} has no keys`)
    await from.device.startSession(jid, bundle)
  }
  const { type, ciphertext } = await from.device.encrypt(jid, content)
  const mediatype = mediaTypeOf(content)
  return stanza('enc', { v: '2', type, mediatype }, Buffer.from(perhapsCorrupt(world.faults, ciphertext)))
}

/** Sends a message again to the one device that asked, as its phone does. Does nothing when the message is not known. */
export async function sayAgain(
  world: World,
  from: Account,
  { id, companion, count }: { id: string; companion: Companion; count: number },
): Promise<void> {
  const sent = from.sent.get(id)
  if (!sent) return
  sent.retries.set(`${companion.account.number}:${companion.id}`, count)
  // In a group, and in a status, everybody gets the same, addressed alike; the sender's key comes with it.
  if (sent.attrs.participant) return sendTo(world, from, { companion, content: sent.content, attrs: sent.attrs, count })
  const isOwn = companion.account === from
  const addressing = sent.attrs.addressing_mode === 'lid' ? 'lid' : 'pn'
  const isPeer = sent.attrs.category === 'peer'
  const wrapped =
    isOwn && !isPeer ? { deviceSentMessage: { destinationJid: sent.to, message: sent.content } } : sent.content
  const names = isOwn && !isPeer ? copyNames(world, withoutDevice(sent.to)) : senderNames(from, addressing)
  const attrs = { ...sent.attrs, from: nameOf(from, addressing), ...names }
  await sendTo(world, from, { companion, content: wrapped, attrs, count })
}

/** The `type` of a message's stanza. */
export function typeOf(content: proto.IMessage): string {
  if (content.reactionMessage || content.encReactionMessage) return 'reaction'
  if (content.pollCreationMessage || content.pollCreationMessageV3 || content.pollUpdateMessage) return 'poll'
  return mediaTypeOf(content) ? 'media' : 'text'
}

const mediaTypes: readonly (readonly [keyof proto.IMessage, string])[] = [
  ['imageMessage', 'image'],
  ['videoMessage', 'video'],
  ['ptvMessage', 'ptv'],
  ['audioMessage', 'audio'],
  ['documentMessage', 'document'],
  ['stickerMessage', 'sticker'],
  ['contactMessage', 'vcard'],
  ['contactsArrayMessage', 'contact_array'],
  ['locationMessage', 'location'],
  ['liveLocationMessage', 'livelocation'],
]

function mediaTypeOf(content: proto.IMessage): string | undefined {
  const inner = content.deviceSentMessage?.message ?? content.viewOnceMessage?.message ?? content
  if (inner.audioMessage?.ptt) return 'ptt'
  return mediaTypes.find(([field]) => inner[field])?.[1]
}
