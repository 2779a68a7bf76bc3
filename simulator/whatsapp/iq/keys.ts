// `encrypt`: the keys that devices bring, count, check and renew, and the bundles that they fetch of others.
import { createHash } from 'node:crypto'
import type { Companion } from '../state.ts'
import { bundleParts, readKey, readSignedKey, takeBundle } from '../traffic/bundles.ts'
import { isSignedBy } from '../wire/certificates.ts'
import { bigEndian, bytesIn, child, children, numberOf, type Stanza, stanza } from '../wire/stanza.ts'
import type { World } from '../world.ts'
import { type Answer, badRequest, type DeviceQuestion, notFound } from './answer.ts'

export function answerKeys({ world, iq, part, companion }: DeviceQuestion): Answer | Promise<Answer> {
  if (iq.attrs.type === 'set') return part?.tag === 'rotate' ? rotate(part, companion) : upload(world, iq, companion)
  switch (part?.tag) {
    case 'count':
      return [stanza('count', { value: String(companion.oneTime.length) })]
    case 'digest':
      return companion.oneTime.length === 0 ? notFound : [digest(companion)]
    case 'key':
      return fetch(world, part)
    default:
      return badRequest
  }
}

function upload(world: World, iq: Stanza, companion: Companion): Answer {
  const skey = child(iq, 'skey')
  const identity = bytesIn(iq, 'identity')
  if (!skey || !identity.equals(companion.identity)) return badRequest
  const signed = readSignedKey(skey)
  if (!holds(companion, signed)) return badRequest
  companion.registrationId = numberOf(bytesIn(iq, 'registration'))
  companion.signed = signed
  const known = new Set(companion.oneTime.map(({ id }) => id))
  const brought = children(child(iq, 'list'), 'key').map(readKey)
  companion.oneTime.push(...brought.filter(({ id }) => !known.has(id)))
  world.news.tell('keys', companion)
  return []
}

function rotate(part: Stanza, companion: Companion): Answer {
  const skey = child(part, 'skey')
  if (!skey) return badRequest
  const signed = readSignedKey(skey)
  if (!holds(companion, signed)) return badRequest
  companion.signed = signed
  return []
}

/** Others would refuse a key that the device's identity has not signed; so does the server. */
function holds({ identity }: Companion, { key, signature }: Companion['signed']): boolean {
  return isSignedBy(identity, Buffer.concat([Buffer.from([5]), key]), signature)
}

/** What the server holds of a device, so that the device can tell whether it is the same that itself holds. */
function digest({ registrationId, identity, signed, oneTime }: Companion): Stanza {
  const hash = createHash('sha1').update(identity).update(signed.key).update(signed.signature)
  for (const { key } of oneTime) hash.update(key)
  return stanza('digest', {}, [
    stanza('registration', {}, bigEndian(registrationId)),
    stanza('type', {}, Buffer.from([5])),
    stanza('identity', {}, identity),
    stanza('skey', {}, [
      stanza('id', {}, bigEndian(signed.id, 3)),
      stanza('value', {}, Buffer.from(signed.key)),
      stanza('signature', {}, Buffer.from(signed.signature)),
    ]),
    stanza(
      'list',
      {},
      oneTime.map(({ id }) => stanza('id', {}, bigEndian(id, 3))),
    ),
    stanza('hash', {}, hash.digest()),
  ])
}

/** A device that does not exist (any more) is answered with an error in its place. */
async function fetch(world: World, part: Stanza): Promise<Answer> {
  const users: Stanza[] = []
  for (const { attrs } of children(part, 'user')) {
    const bundle = attrs.jid ? await takeBundle(world, attrs.jid) : undefined
    const parts = bundle ? bundleParts(bundle) : [stanza('error', { code: '406', text: 'not-acceptable' })]
    users.push(stanza('user', { jid: attrs.jid }, parts))
  }
  return [stanza('list', {}, users)]
}
