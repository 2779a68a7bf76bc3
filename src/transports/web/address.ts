// Chats of a linked device: what people write as a recipient, WhatsApp's jids, and the one id that a chat has with us.
import { Failure } from '../../model/failure.ts'

/** What people put between digits, and the invisible direction marks that come along when a number is copied. */
const FILLING = /[\s().\-/\u00a0\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

/** Groups are named by 18 digits or so; older ones by their maker's number and the second in which they were made. */
const GROUP = /^(\d{7,15}-\d{9,10}|\d{16,20})$/

/** Such a group without its server: no phone number is that long. */
const BARE_GROUP = /^(\d{7,15}-\d{10}|120363\d{12})$/

export type ChatKind = 'person' | 'lid' | 'group'

/**
 * Digits for a person (`+27 82 123-4567`, `0027...`, `27...@s.whatsapp.net`), `...@lid` for a person whose number
 * WhatsApp keeps to itself, `...@g.us` for a group. Fails with `invalid`, naming `to`.
 */
export function chatIdOf(to: string): string {
  const text = to.trim()
  if (BARE_GROUP.test(text)) return `${text}@g.us`
  const [user = '', server, ...rest] = text.split('@')
  if (rest.length > 0) throw refuse('is not an address on WhatsApp')
  switch (server?.toLowerCase()) {
    case undefined:
    case 's.whatsapp.net':
    case 'c.us':
      return digitsOf(user)
    case 'lid':
      return lidOf(user)
    case 'g.us':
      if (GROUP.test(user)) return `${user}@g.us`
      throw refuse('is not the id of a group')
    case 'broadcast':
      throw refuse('is a status or a broadcast list, which this server does not write to')
    case 'newsletter':
      throw refuse('is a channel, which this server does not write to')
    default:
      throw refuse('is not an address on WhatsApp')
  }
}

/** Of what kind a chat id is that `chatIdOf` or `chatOfJid` wrote. */
export function kindOfChat(chat: string): ChatKind {
  if (chat.endsWith('@g.us')) return 'group'
  return chat.endsWith('@lid') ? 'lid' : 'person'
}

/** Where a message to that chat goes. */
export function jidOfChat(chat: string): string {
  return chat.includes('@') ? chat : `${chat}@s.whatsapp.net`
}

/**
 * The chat id of a jid, and of the other name of the same person where WhatsApp told one: the phone number's digits where
 * known, else the LID; groups, broadcasts and channels as they are. Devices are left out.
 */
export function chatOfJid(jid: string, alt: string | null = null): string {
  return phoneOf(jid) ?? (alt === null ? null : phoneOf(alt)) ?? plainJid(jid)
}

/** The digits of a person's number; null for everything that is not one. */
export function phoneOf(jid: string): string | null {
  return /^(\d{5,20})(?:_\d+)?(?::\d+)?@(?:s\.whatsapp\.net|c\.us|hosted)$/.exec(jid)?.[1] ?? null
}

/** Without agent and device: `123:4@lid` is a device of `123@lid`. */
export function plainJid(jid: string): string {
  return jid.replace(/^([^@:_]+)(?:_\d+)?(?::\d+)?@/, '$1@')
}

function lidOf(user: string): string {
  const digits = /^(\d{5,20})(?::\d{1,3})?$/.exec(user)?.[1]
  if (digits === undefined) throw refuse('is not an id of WhatsApp (LID)')
  return `${digits}@lid`
}

function digitsOf(user: string): string {
  const number = user
    .replace(/:\d{1,3}$/, '')
    .replace('(0)', '')
    .replace(FILLING, '')
  const digits = number.replace(/^(\+|00)/, '')
  if (!/^\d+$/.test(digits)) throw refuse('is not a phone number')
  if (digits.startsWith('0')) throw refuse('starts with 0, so that its country code is missing')
  if (digits.length < 7 || digits.length > 15)
    throw refuse(`has ${digits.length} digits; with its country code a phone number has 7 to 15`)
  return digits
}

function refuse(reason: string): Failure {
  return new Failure(
    'invalid',
    `to: ${reason}. It takes a phone number with its country code (+27821234567), a JID of a person (27821234567@s.whatsapp.net, 123456789012345@lid) or of a group (120363012345678901@g.us).`,
  )
}
