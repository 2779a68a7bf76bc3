// Key bundles, by which a session with a device begins: whose they are, and how they look on the wire.
import type { Bundle, SignedKey } from '../phones/device.ts'
import { addressOf, bigEndian, bytesIn, child, numberOf, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import { companionAt, find, stamp, type World } from '../world.ts'
import { deliver } from './queue.ts'

/** With this many left, a device is asked to bring more keys. */
const fewKeys = 4

/** A bundle of the device at this address, with a key that is used up by it; undefined when there is no such device. */
export async function takeBundle(
  world: World,
  jid: string,
): Promise<(Bundle & { deviceIdentity?: Buffer }) | undefined> {
  if (addressOf(jid).device === 0) return find(world, jid)?.device.bundle()
  const companion = companionAt(world, jid)
  if (!companion) return undefined
  const oneTime = companion.oneTime.shift()
  if (companion.oneTime.length === fewKeys) {
    const value = String(companion.oneTime.length)
    const attrs = { from: SERVER, type: 'encrypt', id: `keys-${world.now()}`, t: stamp(world) }
    deliver(companion, stanza('notification', attrs, [stanza('count', { value })]))
  }
  const { registrationId, identity, signed, deviceIdentity } = companion
  return { registrationId, identity, signed, deviceIdentity, ...(oneTime ? { oneTime } : {}) }
}

/** The parts of a bundle as answers to `encrypt` carry them. */
export function bundleParts(bundle: Bundle & { deviceIdentity?: Buffer }): Stanza[] {
  return [
    stanza('registration', {}, bigEndian(bundle.registrationId)),
    stanza('type', {}, Buffer.from([5])),
    stanza('identity', {}, Buffer.from(bundle.identity)),
    signedKeyPart(bundle.signed),
    ...oneTimePart(bundle),
    ...(bundle.deviceIdentity ? [stanza('device-identity', {}, bundle.deviceIdentity)] : []),
  ]
}

/** A bundle as receipts that ask for a message again carry it. */
export function retryParts(bundle: Bundle): Stanza[] {
  return [
    stanza('registration', {}, bigEndian(bundle.registrationId)),
    stanza('keys', {}, [
      stanza('type', {}, Buffer.from([5])),
      stanza('identity', {}, Buffer.from(bundle.identity)),
      ...oneTimePart(bundle),
      signedKeyPart(bundle.signed),
    ]),
  ]
}

/** Reads the bundle of a receipt that asks again; undefined when it brings none. */
export function retryBundle(receipt: Stanza): Bundle | undefined {
  const keys = child(receipt, 'keys')
  const signed = child(keys, 'skey')
  if (!keys || !signed) return undefined
  const oneTime = child(keys, 'key')
  return {
    registrationId: numberOf(bytesIn(receipt, 'registration')),
    identity: bytesIn(keys, 'identity'),
    signed: readSignedKey(signed),
    ...(oneTime ? { oneTime: readKey(oneTime) } : {}),
  }
}

export function readSignedKey(part: Stanza): SignedKey {
  return { ...readKey(part), signature: bytesIn(part, 'signature') }
}

export function readKey(part: Stanza): { id: number; key: Buffer } {
  return { id: numberOf(bytesIn(part, 'id')), key: bytesIn(part, 'value') }
}

function signedKeyPart({ id, key, signature }: SignedKey): Stanza {
  const parts = [stanza('id', {}, bigEndian(id, 3)), stanza('value', {}, Buffer.from(key))]
  return stanza('skey', {}, [...parts, stanza('signature', {}, Buffer.from(signature))])
}

function oneTimePart({ oneTime }: Bundle): Stanza[] {
  if (!oneTime) return []
  return [
    stanza('key', {}, [stanza('id', {}, bigEndian(oneTime.id, 3)), stanza('value', {}, Buffer.from(oneTime.key))]),
  ]
}
