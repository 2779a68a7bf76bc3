// What WhatsApp's server refuses about a message before anybody gets it, by the code in its answer.
import type { AckError } from '../faults.ts'
import { addressOf, bytesOf, child, children, type Stanza } from '../wire/stanza.ts'
import { addressingOf, type Caller, find, type World } from '../world.ts'
import { isOverLimit } from './limits.ts'
import { isTokenOf } from './tokens.ts'

/** Why a message is refused; null when it is not. What a switch says goes before what is wrong with the message. */
export function refusalOf(world: World, caller: Caller, message: Stanza): AckError | null {
  if (world.faults.ackError) return world.faults.ackError
  if (isMalformed(message)) return '479'
  if (isOverLimit(world, 'messages', caller.companion)) return '429'
  if (isMisaddressed(world, message)) return '421'
  return world.faults.wantsTokens && lacksToken(world, caller, message) ? '463' : null
}

const ciphers = ['pkmsg', 'msg', 'skmsg']

/**
 * Stanzas are held to a schema: a type, something encrypted by a cipher that there is, each part for one device. What
 * only one's own devices say to each other carries no token, and a status names no addressing.
 */
function isMalformed(message: Stanza): boolean {
  const { to = '', type, category, addressing_mode: addressing } = message.attrs
  const isChannel = to.endsWith('@newsletter')
  const parts = children(child(message, 'participants'))
  const encs = [...children(message, 'enc'), ...parts.flatMap((part) => children(part, 'enc'))]
  const isSound = (enc: Stanza): boolean =>
    enc.attrs.v === '2' && ciphers.includes(enc.attrs.type ?? '') && bytesOf(enc).length > 0
  return (
    !type ||
    (encs.length === 0 && !isChannel) ||
    !encs.every(isSound) ||
    parts.some((part) => part.tag !== 'to' || !part.attrs.jid || children(part, 'enc').length !== 1) ||
    (category === 'peer' && child(message, 'tctoken') !== undefined) ||
    (to === 'status@broadcast' && addressing !== undefined)
  )
}

/** In a group all are addressed as the group goes: by LID, or by number. */
function isMisaddressed(world: World, message: Stanza): boolean {
  const { to = '', addressing_mode: said, participant } = message.attrs
  const wanted = world.groups?.addressingOf(to)
  if (!wanted || participant) return false
  const named = children(child(message, 'participants'), 'to').map(({ attrs }) => addressingOf(attrs.jid ?? ''))
  return (said !== undefined && said !== wanted) || named.some((each) => each !== wanted)
}

/** A message to one who is not of the account, without the token that this person gave it. */
function lacksToken(world: World, { account }: Caller, message: Stanza): boolean {
  const { to = '', category } = message.attrs
  const { server } = addressOf(to)
  const other = server === 's.whatsapp.net' || server === 'lid' ? find(world, to) : undefined
  if (!other || other === account || category === 'peer') return false
  return !isTokenOf(world, { giver: other, taker: account }, bytesOf(child(message, 'tctoken')))
}
