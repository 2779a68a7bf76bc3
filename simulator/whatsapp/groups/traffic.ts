// Messages to groups and to status: one encrypted body for all, and its key for each device that does not have it yet.
import { encodeWAMessage, proto, unpadRandomMax16 } from 'baileys'
import { perhapsCorrupt } from '../faults.ts'
import { rememberLine } from '../phones/past.ts'
import { encryptFor, keepSent, newMessageId, typeOf } from '../phones/sending.ts'
import type { Account, Addressing, Companion } from '../state.ts'
import { keep, noteUnread, type Part, partsOf, readPart } from '../traffic/messages.ts'
import { deliver } from '../traffic/queue.ts'
import { addressOf, bytesOf, child, children, deviceAddress, type Stanza, stanza } from '../wire/stanza.ts'
import { type Caller, companionsOf, find, nameOf, type SayOptions, stamp, type World } from '../world.ts'

/** Where a message for many goes: a group, or `status@broadcast`. */
export type Circle = { id: string; addressing: Addressing; audience: readonly Account[] }

/**
 * Which devices have the key of whose messages, by who writes and where: it goes with the first message to each. A phone
 * without an entry makes itself a new key.
 */
export type KeysGiven = Map<string, Set<Companion>>

/** A phone writes to many. Resolves with the message's id once it lies with every linked device. */
export async function sayToCircle(
  world: World,
  { from, circle, given }: { from: Account; circle: Circle; given: KeysGiven },
  { content, options }: { content: proto.IMessage; options: SayOptions },
): Promise<string> {
  const { id: chat, addressing } = circle
  const id = options.id ?? newMessageId()
  const t = options.at === undefined ? stamp(world) : String(options.at)
  const names = { from: chat, ...participantNames(from, addressing) }
  const attrs = {
    id,
    t,
    type: typeOf(content),
    notify: from.name,
    addressing_mode: addressing,
    ...names,
    ...options.attrs,
  }
  const { signal } = from.device
  const meId = nameOf(from, addressing)
  const name = `${from.number} ${chat}`
  if (!given.has(name)) from.device.renewSenderKey(chat, meId)
  const sealed = await signal.encryptGroupMessage({ group: chat, meId, data: encodeWAMessage(content) })
  const key: proto.IMessage = {
    senderKeyDistributionMessage: {
      groupId: chat,
      axolotlSenderKeyDistributionMessage: sealed.senderKeyDistributionMessage,
    },
  }
  keepSent(world, from, { id, to: chat, content: { ...content, ...key }, attrs })
  for (const account of chat.endsWith('@g.us') ? circle.audience : []) {
    rememberLine(account, { id, chat, by: from, content, at: Number(t) })
  }
  const has = given.get(name) ?? new Set<Companion>()
  given.set(name, has)
  for (const companion of circle.audience.flatMap(companionsOf)) {
    if (options.devices && !options.devices.includes(companion.id)) continue
    const parts = has.has(companion) ? [] : [await encryptFor(world, from, { companion, content: key })]
    has.add(companion)
    const body = Buffer.from(perhapsCorrupt(world.faults, sealed.ciphertext))
    deliver(companion, stanza('message', attrs, [...parts, stanza('enc', { v: '2', type: 'skmsg' }, body)]))
  }
  return id
}

/** Who wrote, by both names. */
function participantNames(account: Account, addressing: Addressing, device = 0): Record<string, string> {
  const participant = deviceAddress(nameOf(account, addressing), device)
  return addressing === 'lid'
    ? { participant, participant_pn: account.pn }
    : { participant, participant_lid: account.lid }
}

/** A linked device's message for many: read by all their phones, and passed on to their other devices. */
export async function takeForCircle(world: World, caller: Caller, message: Stanza, circle: Circle): Promise<void> {
  const { participant } = message.attrs
  if (participant !== undefined) return takeAgain(world, caller, { message, participant, circle })
  const keys = new Map<string, Stanza>()
  for (const part of partsOf(message)) {
    const account = find(world, part.to)
    const { device } = addressOf(part.to)
    if (account && device === 0) await learnKey(world, caller, { message, part, account, circle })
    else if (account) keys.set(`${account.number}:${device}`, part.enc)
  }
  const body = children(message, 'enc').find(({ attrs }) => attrs.type === 'skmsg')
  if (!body) return
  for (const account of circle.audience) {
    await readBody(world, caller, { message, body, account, circle })
    for (const companion of companionsOf(account)) {
      if (companion === caller.companion) continue
      const key = keys.get(`${account.number}:${companion.id}`)
      deliver(companion, passedOn(world, caller, { message, circle, parts: key ? [key, body] : [body] }))
    }
  }
}

type Taking = { message: Stanza; account: Account; circle: Circle }

/** The part of a message for a phone brings the key of the sending device; answers what else was in it. */
async function learnKey(
  world: World,
  caller: Caller,
  { message, part, account, circle }: Taking & { part: Part },
): Promise<proto.Message | undefined> {
  const content = await readPart(world, caller, { message, part, account })
  const item = content?.senderKeyDistributionMessage
  if (item) {
    await account.device.signal.processSenderKeyDistributionMessage({ authorJid: authorOf(caller, circle), item })
  }
  return content
}

async function readBody(world: World, caller: Caller, { message, body, account, circle }: Taking & { body: Stanza }) {
  try {
    const { signal } = account.device
    const asked = { group: circle.id, authorJid: authorOf(caller, circle), msg: bytesOf(body) }
    const content = proto.Message.decode(unpadRandomMax16(await signal.decryptGroupMessage(asked)))
    keep(world, caller, { message, account, cipher: 'skmsg', content })
  } catch (error) {
    noteUnread(world, caller, { message, account, error })
  }
}

/** A device sends a message again to the one that asked for it, whole and for that one alone. */
async function takeAgain(
  world: World,
  caller: Caller,
  { message, participant, circle }: { message: Stanza; participant: string; circle: Circle },
): Promise<void> {
  const account = find(world, participant)
  const enc = child(message, 'enc')
  if (!account || !enc) return
  const part = { to: participant, enc }
  const { device } = addressOf(participant)
  if (device === 0) {
    const content = await learnKey(world, caller, { message, part, account, circle })
    const cipher = enc.attrs.type === 'pkmsg' ? 'pkmsg' : 'msg'
    if (content)
      keep(world, caller, { message, account, cipher, content: content.deviceSentMessage?.message ?? content })
    return
  }
  const companion = account.companions.get(device)
  if (companion) deliver(companion, passedOn(world, caller, { message, circle, parts: [enc] }))
}

function passedOn(
  world: World,
  { account, companion }: Caller,
  { message, circle, parts }: { message: Stanza; circle: Circle; parts: Stanza[] },
): Stanza {
  const { id, type = 'text', edit } = message.attrs
  const names = { from: circle.id, ...participantNames(account, circle.addressing, companion.id) }
  const attrs = { id, t: stamp(world), type, edit, notify: account.name, addressing_mode: circle.addressing, ...names }
  return stanza('message', attrs, [...parts, ...children(message, 'device-identity')])
}

const authorOf = ({ account, companion }: Caller, { addressing }: Circle): string =>
  deviceAddress(nameOf(account, addressing), companion.id)
