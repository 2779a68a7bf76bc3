// What people write as the recipient of a message, as the chat id that Cloud API numbers use.
import { Failure } from '../../model/failure.ts'

/** A person's id that is bound to the business and independent of the number (Meta: BSUID). */
const USER_ID = /^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$/

/** Group ids of the Cloud API are base64; no phone number, name or JID looks like that. */
const GROUP_ID = /^(?=.*[A-Za-z])[0-9A-Za-z+/_-]{24,200}={0,2}$/

/** What people put between digits, and the invisible direction marks that come along when a number is copied. */
const FILLING = /[\s().\-/\u00a0\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

export type ChatKind = 'person' | 'user' | 'group'

/**
 * Digits for a person (`+27 82 123-4567`, `0027…`, `27…@s.whatsapp.net`), else a BSUID or a group id as it is. Fails
 * with `invalid`, naming `to`.
 */
export function chatIdOf(to: string): string {
  const text = to.trim()
  if (USER_ID.test(text) || GROUP_ID.test(text)) return text
  const jid = /^([^@]*)@(.*)$/.exec(text)
  if (jid && !/^(s\.whatsapp\.net|c\.us)$/i.test(jid[2] ?? '')) throw refuse(jidReason(jid[2] ?? ''))
  const number = (jid?.[1] ?? text)
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

/** Of what kind a chat id is that `chatIdOf` wrote. */
export function kindOfChat(chat: string): ChatKind {
  if (/^\d+$/.test(chat)) return 'person'
  return USER_ID.test(chat) ? 'user' : 'group'
}

function refuse(reason: string): Failure {
  return new Failure(
    'invalid',
    `to: ${reason}. It takes a phone number with its country code (+27821234567), a user id of Meta's (US.13491208655302741918) or a group id of the Cloud API.`,
  )
}

function jidReason(server: string): string {
  if (server === 'g.us') return 'is a group of WhatsApp Web, which numbers on the Cloud API cannot write to'
  if (server === 'lid') return 'is an id of WhatsApp Web (LID), which Meta does not know'
  return 'is not an address on WhatsApp'
}
