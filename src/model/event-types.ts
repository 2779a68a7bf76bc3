// The closed catalogue of event types, and the names that a hook may ask for.
import { EVENT_SAMPLES } from './event-samples.ts'
import { Failure } from './failure.ts'

export type EventType = keyof typeof EVENT_SAMPLES

export interface EventEntry {
  /** `meta.<field>` stands for one type per field of Meta's that has none of its own. */
  readonly type: EventType
  /** When it is emitted, and what comes next; a paragraph for docs/events.md. */
  readonly about: string
  /** A `data` as hooks get it. */
  readonly sample: unknown
}

const ABOUT: Readonly<Record<EventType, string>> = {
  'message.received':
    'Somebody wrote to the number. Also emitted, with `from_me: true`, for what was written on the phone or in the business app of the same number. It may be followed by `message.edited`, `message.revoked` or `message.reaction` with its id as `target_id`. Linked devices also tell `mentions` (people named with an @), `view_once: true`, `ephemeral: true`, `album_id` and `hd_of` (the message that has the same picture or film, coarser) where they apply, and have types that Cloud numbers have not: `poll`, `poll_vote`, `event`, `event_response`, `album`, `group_invite`, `product`, `template`, `pin`, `keep`, `sticker_pack`; votes and answers have the `target_id` of their poll or event, and `options` or `response` is null with a `reason` when they could not be read. What WhatsApp keeps from linked devices, such as what is to be seen once (`view_once: true`), is of type `unsupported`, with `errors`.',
  'message.sent': 'The other side took a message of ours. `message.delivered` or `message.failed` follows.',
  'message.delivered':
    'A message of ours reached the phone. It may be left out when `message.read` comes first; statuses of one message are never told backwards.',
  'message.read': 'A message of ours was read. Phones that send no read receipts never cause it.',
  'message.played': 'A voice message of ours was listened to.',
  'message.failed':
    'A message of ours was taken and then not delivered; `error` has the code and the words of the other side. Nothing follows: it is not sent again by itself.',
  'message.unknown':
    'A send went out and its answer was lost, so nobody knows whether it arrived. It is never sent again by itself. `message.sent`, `.delivered` or `.failed` with the same `message_id` settles it.',
  'message.reaction':
    'Somebody reacted to the message `target_id`, or took a reaction back: then `reaction.emoji` is empty. Every change is an event of its own.',
  'message.edited':
    'The message `target_id` was changed; `message_type` and the content are those that it has now; `unsupported`, with `errors`, when a linked device cannot read the change, because the message came before it was linked. It may happen again.',
  'message.revoked': 'The message `target_id` was deleted for everyone.',
  'media.ready':
    'The file of the message `message_id` is here now. Only after its event went out with `media.error`; it has the same `media`, with the link or the content.',
  'account.connecting':
    'The number is being checked with the other side. `account.connected`, `.disconnected` or `.error` follows.',
  'account.connected': 'The other side answered for the number: messages flow.',
  'account.disconnected':
    'The number is not connected; `state` says how it goes on. `retrying`: the other side cannot be reached, and is tried again by itself at growing waits, at most every 5 minutes, until `account.connected` or `.error`. `replaced`: the session of a linked device is used somewhere else, and left to that. `unlinked`: no phone is linked. `off`: its owner disabled the account, or handed its session to another server. `removed`: there is no such account any more.',
  'account.logged_out':
    'The phone removed this device. The number has to be linked again; `account.qr` follows when that begins.',
  'account.stale': 'The connection is open, but nothing has been heard for too long. It is opened anew by itself.',
  'account.qr': 'A QR code to be scanned with the phone. A new one follows when it ends, until `account.connected`.',
  'account.pairing_code': 'A code to be typed into the phone, in place of the QR code.',
  'account.error':
    'The other side refuses the number (token, permission, restriction), and its owner has to act; `reason` says how. Also emitted for errors about the number that Meta tells in a callback: those come with `errors` and without `state`.',
  'group.updated': 'A group was made, ended or changed: subject, description, picture, settings.',
  'group.participants': 'People joined, left or were removed, or ask to join (`action`).',
  'contact.updated':
    "A person's id at WhatsApp changed, or the person was saved in, or removed from, the business app's address book.",
  'presence.updated': 'Somebody is typing, recording, came or went. Only for hooks that name it: there are many.',
  'call.received': 'Somebody is calling the number. What becomes of the call comes as `meta.calls`.',
  'template.status': 'A template was approved, rejected, paused or disabled; `reason` says why.',
  'template.quality': "Meta's rating of a template changed.",
  'template.category': 'Meta moved, or will move, a template to another category, which changes what it costs.',
  'phone_number.quality': "The number's messaging limit or quality changed.",
  'phone_number.name': "Meta decided on the number's display name.",
  'business.account':
    'Something about the WhatsApp Business Account: restrictions, violations, reviews, limits, partners. `field` says which.',
  'flow.status': 'A flow changed its status, or its endpoint is in trouble.',
  'meta.<field>':
    "Any other field of Meta's callbacks, as it came, in `item`; `<field>` is its name. The same for single items that are not what Meta documents, so that nothing is lost. `meta.*` asks for all of them.",
  'hook.disabled':
    'A hook was switched off, by its owner or because it answered 410; `reason` says which. Told to the other hooks.',
  'hook.enabled': 'A hook was switched on again. What it missed meanwhile is in the cache.',
  'hook.test': 'Sent by the test operation, to that hook only, and recorded nowhere.',
}

/** Every event there is, in the order of the docs. */
export const EVENT_TYPES: readonly EventEntry[] = typesOf(ABOUT).map((type) => ({
  type,
  about: ABOUT[type],
  sample: EVENT_SAMPLES[type],
}))

const NAMES: ReadonlySet<string> = new Set(
  EVENT_TYPES.map(({ type }) => type).filter((type) => type !== 'meta.<field>'),
)
const FAMILIES: ReadonlySet<string> = new Set(EVENT_TYPES.map(({ type }) => `${type.slice(0, type.indexOf('.'))}.*`))

/** Whether a hook may ask for this: a type, `*`, `message.*` and the like, or any `meta.<field>`. */
export function isEventPattern(text: string): boolean {
  return text === '*' || NAMES.has(text) || FAMILIES.has(text) || /^meta\.[a-z0-9_]{1,64}$/.test(text)
}

/** The patterns that somebody may have meant, best first, at most three; empty when nothing is near. */
export function nearestPatterns(text: string): string[] {
  const asked = text.trim().toLowerCase().slice(0, 64)
  const near = [...NAMES, ...FAMILIES]
    .map((name) => ({ name, distance: distanceTo(asked, name) }))
    .filter(({ distance }) => distance !== Number.POSITIVE_INFINITY)
    .toSorted((one, other) => one.distance - other.distance || one.name.localeCompare(other.name))
    .slice(0, 3)
    .map(({ name }) => name)
  const family = `${asked.split('.')[0]}.*`
  return near.length === 0 && FAMILIES.has(family) ? [family] : near
}

/** Fails with `invalid`, naming the first pattern that asks for no event and what is near to it. */
export function checkEventPatterns(events: readonly string[]): void {
  const wrong = events.find((event) => !isEventPattern(event))
  if (wrong === undefined) return
  const near = nearestPatterns(wrong)
  const hint =
    near.length > 0 ? `; did you mean ${near.join(', ')}?` : '; docs/events.md lists them, and * is all of them'
  throw new Failure('invalid', `events: there is no event ${JSON.stringify(wrong.slice(0, 80))}${hint}`)
}

/** Infinite when not near. People write a name with slips, or half of it (`received`): a whole half is one slip. */
function distanceTo(asked: string, name: string): number {
  const [family = '', event = ''] = name.split('.')
  const half = event === '*' ? family : event
  return Math.min(nearness(asked, name), nearness(asked, half) + 1)
}

/** A slip for every three letters is still near. */
function nearness(asked: string, name: string): number {
  const distance = editDistance(asked, name)
  return distance <= Math.max(1, Math.floor(name.length / 3)) ? distance : Number.POSITIVE_INFINITY
}

/** Levenshtein's distance. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1]
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

function typesOf<T extends string>(record: Readonly<Record<T, unknown>>): T[] {
  return Object.keys(record).filter((key): key is T => Object.hasOwn(record, key))
}
