// Names that Meta gives to things: message ids, object ids, access tokens, trace ids.
import { randomBytes, randomInt } from 'node:crypto'

/**
 * A message id: `wamid.` and base64 of a small binary record that holds the customer's number, the direction and
 * twenty random hex digits, as the ids seen in Meta's samples do.
 */
export function newWamid(customer: string, direction: 'in' | 'out'): string {
  const who = Buffer.from(customer.slice(0, 60))
  const random = Buffer.from(randomBytes(10).toString('hex').toUpperCase())
  const mark = direction === 'in' ? 0x12 : 0x11
  const parts = [Buffer.from([0x1c, 0x18, who.length]), who, Buffer.from([0x15, 0x02, 0x00, mark, 0x18, random.length])]
  return `wamid.${Buffer.concat([...parts, random, Buffer.from([0])]).toString('base64')}`
}

/** A Graph object id: fifteen or more digits, never starting with a zero. */
export function newObjectId(): string {
  return `${randomInt(1, 10)}${digits(14)}`
}

/** The id of a group: base64 of a text that nobody but Meta reads. */
export function newGroupId(): string {
  return Buffer.from(`capi_group:${digits(11)}:${digits(18)}`)
    .toString('base64')
    .replaceAll('=', '')
}

/** A long-lived access token in the shape of Meta's (`EAA…`). */
export function newAccessToken(): string {
  return `EAA${randomBytes(72).toString('base64url').replaceAll(/[-_]/g, 'Z')}`
}

/** A secret of an app: 32 hex digits. */
export function newAppSecret(): string {
  return randomBytes(16).toString('hex')
}

/** What `fbtrace_id` looks like: `A` and 22 characters. */
export function newTraceId(): string {
  return `A${randomBytes(17).toString('base64url').slice(0, 22)}`
}

/** A challenge of the callback handshake. */
export function newChallenge(): string {
  return `${randomInt(1, 10)}${digits(9)}`
}

/** A short random name for log entries and the like. */
export function newName(prefix: string): string {
  return `${prefix}_${randomBytes(9).toString('base64url')}`
}

function digits(count: number): string {
  let text = ''
  for (let i = 0; i < count; i += 1) text += String(randomInt(10))
  return text
}
