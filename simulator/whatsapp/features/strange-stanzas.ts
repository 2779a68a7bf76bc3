// Stanzas that WhatsApp's server would never send: for those who try whether a client can be fooled or felled.
import { randomBytes } from 'node:crypto'
import { proto } from 'baileys'
import type { Companion } from '../state.ts'
import { type Stanza, stanza } from '../wire/stanza.ts'

/** Who is said to have written. `id` is made up when absent. */
export type Claim = { from: string; participant?: string; recipient?: string; id?: string; notify?: string }

const attrsOf = ({ id = randomBytes(8).toString('hex').toUpperCase(), ...claim }: Claim): Record<string, string> => ({
  ...{ id, t: String(Math.floor(Date.now() / 1000)), type: 'text', notify: 'Mallory' },
  ...claim,
})

/** In the clear, as only channels may: a client must not take it for a message of `from`. */
export const plaintext = (claim: Claim, content: proto.IMessage): Stanza =>
  stanza('message', attrsOf(claim), [stanza('plaintext', {}, Buffer.from(proto.Message.encode(content).finish()))])

/** Random bytes that claim to be encrypted. */
export const noise = (claim: Claim, type: 'pkmsg' | 'msg' | 'skmsg' | (string & {}) = 'msg', length = 100): Stanza =>
  stanza('message', attrsOf(claim), [stanza('enc', { v: '2', type }, randomBytes(length))])

/** With nothing in it. */
export const hollow = (claim: Claim): Stanza => stanza('message', attrsOf(claim), [])

/** As WhatsApp tells companions of something that is to be seen once, on the phone alone. */
export const unavailable = (claim: Claim): Stanza =>
  stanza('message', attrsOf(claim), [stanza('unavailable', { type: 'view_once' })])

/** Without the attributes that every client reads. */
export const nameless = (): Stanza => stanza('message', {}, [stanza('enc', { v: '2', type: 'msg' }, randomBytes(60))])

/** Tags and attributes of tomorrow, at every place where a client looks. */
export const ofTomorrow = (claim: Claim): Stanza[] => [
  stanza('notification', { ...attrsOf(claim), type: 'hologram' }, [stanza('hologram', { of: claim.from })]),
  stanza('hologram', attrsOf(claim), [stanza('light')]),
  stanza('ib', { from: claim.from }, [stanza('hologram')]),
  stanza('receipt', { ...attrsOf(claim), type: 'beheld' }),
  stanza('call', attrsOf(claim), [stanza('hologram', { 'call-id': 'x' })]),
  stanza('presence', { from: claim.from, type: 'glowing' }),
  stanza('chatstate', { from: claim.from }, [stanza('glowing')]),
]

/** Sent past the queue: it is not kept, and not repeated. Answers false when the device is not there. */
export function sendStrange(companion: Companion, what: Stanza | Stanza[]): boolean {
  const { connection } = companion
  if (!connection?.isOpen()) return false
  for (const each of Array.isArray(what) ? what : [what]) connection.send(each)
  return true
}
