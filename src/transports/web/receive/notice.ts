// Turns what happens around messages into events: groups, participants, presence, calls, contacts.
import type { ChatRef, PersonRef } from '../../../model/event-data.ts'
import type { CallData, ContactData, GroupData, ParticipantsData, PresenceData } from '../../../model/notice-data.ts'
import { knownOf } from './groups.ts'
import { parseJid } from './jid.ts'
import { chatWith, type Known, MAX_NAME, refOf } from './people.ts'
import { copyOf } from './raw.ts'
import type { Room } from './room.ts'
import { asList, asObject, asText, isoOf, isoOfSeconds, type Wire } from './values.ts'

const MAX_PEOPLE = 1024

const BY_NAME: ReadonlyMap<string, (room: Room, value: Wire) => Promise<void>> = new Map([
  ['groups.upsert', groupMade],
  ['groups.update', groupChanged],
  ['group-participants.update', participantsChanged],
  ['group.join-request', joinAsked],
  ['presence.update', presenceChanged],
  ['call', called],
  ['contacts.upsert', contactTold],
  ['contacts.update', contactTold],
  ['lid-mapping.update', idsTold],
])

/** Records what a notice of the library says; those without an event are left alone. */
export async function receiveNotice(room: Room, what: string, value: Wire): Promise<void> {
  await BY_NAME.get(what)?.(room, value)
}

/** Adds one event; a value that cannot be written as JSON is dropped. */
async function tell(
  { side, account, dropped }: Room,
  fact: { type: string; chat: string; data: Wire; value: unknown; origin?: { at: number; key: string } },
): Promise<void> {
  const raw = copyOf(fact.value)
  if (!raw.ok) return dropped.add(raw.why, { id: fact.chat, said: fact.type })
  const { type, chat, origin = null } = fact
  // `value` stands last, and as the text that it already is.
  const data = JSON.stringify({ ...fact.data, value: undefined })
  const withValue = 'value' in fact.data ? `${data.slice(0, -1)},"value":${raw.json}}` : data
  await side.desk.emit([
    { type, account, chat: chat === '' ? null : chat, data: withValue, raw: raw.json, origin, news: null },
  ])
}

async function groupMade(room: Room, value: Wire): Promise<void> {
  const id = parseJid(value.id)
  if (id?.kind !== 'group') return
  await room.groups.heard(value)
  await tellGroup(room, { id: id.text, change: 'create', value, timestamp: isoOfSeconds(value.creation) })
}

/** What the library names the settings of a group, and what an event calls a change of it. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['subject', 'subject'],
  ['desc', 'description'],
  ['announce', 'announce'],
  ['restrict', 'restrict'],
  ['inviteCode', 'invite_link'],
  ['memberAddMode', 'member_add'],
  ['joinApprovalMode', 'join_approval'],
  ['ephemeralDuration', 'ephemeral'],
]

/** A single setting changed; or the library read all of a group anew, which is told only where it differs from what was known. */
async function groupChanged(room: Room, value: Wire): Promise<void> {
  const id = parseJid(value.id)
  if (id?.kind !== 'group') return
  const before = room.groups.peek(id.text)
  const isWhole = Array.isArray(value.participants)
  const was = { subject: before?.subject ?? null, description: before?.description ?? null }
  await room.groups.heard(value)
  const now = room.groups.peek(id.text)
  const changes = isWhole
    ? [
        ...(before && was.subject !== now?.subject ? ['subject'] : []),
        ...(before && was.description !== now?.description ? ['description'] : []),
      ]
    : SETTINGS.filter(([field]) => value[field] !== undefined).map(([, change]) => change)
  for (const change of changes) await tellGroup(room, { id: id.text, change, value, timestamp: null })
}

async function tellGroup(
  room: Room,
  { id, change, value, timestamp }: { id: string; change: string; value: Wire; timestamp: string | null },
): Promise<void> {
  const chat = await room.groups.chat(id)
  const subject = asText(value.subject) ?? chat.name
  const description = asText(value.desc) ?? room.groups.peek(id)?.description ?? null
  const data = { chat: { ...chat, name: subject }, change, subject, description, timestamp, value } satisfies GroupData
  await tell(room, { type: 'group.updated', chat: id, data, value })
}

async function participantsChanged(room: Room, value: Wire): Promise<void> {
  const id = parseJid(value.id)
  if (id?.kind !== 'group') return
  const action = asText(value.action)
  const list = asList(value.participants).slice(0, MAX_PEOPLE)
  if (action === 'promote' || action === 'demote') room.groups.promoted(id.text, list, action === 'promote')
  await tellParticipants(room, { id: id.text, action, list, value })
}

/** Somebody asks to join, takes that back, or is refused: `join_request_created`, `_revoked`, `_rejected`. */
async function joinAsked(room: Room, value: Wire): Promise<void> {
  const id = parseJid(value.id)
  if (id?.kind !== 'group') return
  const list = [{ id: value.participant, phoneNumber: value.participantPn }]
  await tellParticipants(room, {
    id: id.text,
    action: `join_request_${asText(value.action) ?? 'created'}`,
    list,
    value,
  })
}

async function tellParticipants(
  room: Room,
  { id, action, list, value }: { id: string; action: string | null; list: readonly unknown[]; value: Wire },
): Promise<void> {
  await room.people.learnAll(list.map(knownOf))
  const participants: PersonRef[] = []
  for (const one of list) {
    const { phone, lid } = knownOf(one)
    const jid = phone !== null ? `${phone}@s.whatsapp.net` : lid !== null ? `${lid}@lid` : null
    if (jid !== null) participants.push(await room.people.person(jid))
  }
  const data = {
    chat: await room.groups.chat(id),
    action,
    participants,
    timestamp: null,
    value,
  } satisfies ParticipantsData
  await tell(room, { type: 'group.participants', chat: id, data, value })
}

async function presenceChanged(room: Room, value: Wire): Promise<void> {
  const id = parseJid(value.id)
  if (id === null) return
  for (const [jid, told] of Object.entries(asObject(value.presences)).slice(0, MAX_PEOPLE)) {
    const presence = asText(asObject(told).lastKnownPresence)
    if (presence === null || parseJid(jid) === null || room.people.isSelf(jid)) continue
    const from = await room.people.person(jid)
    const chat: ChatRef =
      id.kind === 'group' ? await room.groups.chat(id.text) : chatWith(await room.people.person(id.text))
    const data = { chat, from, presence, last_seen: isoOfSeconds(asObject(told).lastSeen) } satisfies PresenceData
    await tell(room, {
      type: 'presence.updated',
      chat: chat.id,
      data,
      value: { id: value.id, presences: { [jid]: told } },
    })
  }
}

/** Told once, when it rings. */
async function called(room: Room, value: Wire): Promise<void> {
  // Of whom the call is WhatsApp says itself; who began it, and under which number, stands in what the caller's phone sent.
  const sender = parseJid(value.chatId)
  const caller = sender?.kind === 'phone' || sender?.kind === 'lid' ? sender : parseJid(value.from)
  const id = asText(value.id)
  const at = value.date instanceof Date ? value.date.getTime() : Date.parse(asText(value.date) ?? '')
  if (value.status !== 'offer' || caller === null || id === null) return
  if (room.people.isSelf(caller.text) || room.people.isSelf(value.from)) return
  const timestamp = isoOf(at) ?? isoOf(room.side.desk.clock.now()) ?? ''
  const isKnownByNumber = (await room.people.known(caller.text))?.phone != null
  const isOwnWord = parseJid(value.from)?.text === caller.text
  const from = await room.people.person(caller.text, isOwnWord && !isKnownByNumber ? value.callerPn : null)
  const group = parseJid(value.groupJid)
  const chat = group?.kind === 'group' ? await room.groups.chat(group.text) : chatWith(from)
  const data = { call_id: id, chat, from, timestamp, value } satisfies CallData
  const origin = { at: Date.parse(timestamp), key: `c:${room.account}:${caller.text}:${id}` }
  await tell(room, { type: 'call.received', chat: chat.id, data, value, origin })
}

/**
 * Names come with every message and with the phone's address book. Only a new name in the address book of somebody whom
 * we know is told: the whole book comes when a phone is linked.
 */
async function contactTold(room: Room, value: Wire): Promise<void> {
  const { phone, lid } = knownOf(value)
  const saved = asText(value.name)?.slice(0, MAX_NAME) ?? null
  const push = (asText(value.notify) ?? asText(value.verifiedName))?.slice(0, MAX_NAME)
  const learned = await room.people.learn({ phone, lid, ...(saved && { saved }), ...(push && { push }) })
  if (learned === null || saved === null || learned.before.saved === saved || !isKnown(learned.before)) return
  const contact = { ...refOf(learned.now), name: saved }
  await tellContact(room, { contact, change: 'saved', previous_lid: null, timestamp: null, value })
}

async function idsTold(room: Room, value: Wire): Promise<void> {
  const phone = parseJid(value.pn)
  const lid = parseJid(value.lid)
  if (phone?.kind !== 'phone' || lid?.kind !== 'lid') return
  const learned = await room.people.learn({ phone: phone.user, lid: lid.user })
  const previous = learned?.before.lid ?? null
  if (learned === null || previous === null || previous === lid.user) return
  const contact = refOf(learned.now)
  await tellContact(room, { contact, change: 'user_id', previous_lid: `${previous}@lid`, timestamp: null, value })
}

function tellContact(room: Room, data: ContactData): Promise<void> {
  return tell(room, { type: 'contact.updated', chat: data.contact.id, data: { ...data }, value: data.value })
}

function isKnown({ push, saved }: Known): boolean {
  return push !== null || saved !== null
}
