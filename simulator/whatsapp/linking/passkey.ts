// Linking that WhatsApp wants confirmed with a passkey, as for many accounts since mid-2026: what the device, the server and the
// phone say to each other. The steps are those that WhatsApp's own web client takes, where they are publicly known.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { aesDecryptGCM, Curve, hkdf, proto } from 'baileys'
import { type Answer, badRequest, refuse } from '../iq/answer.ts'
import { isAsserted } from '../phones/passkey.ts'
import type { Candidate, Ceremony } from '../state.ts'
import { bytesIn, bytesOf, child, SERVER, type Stanza, stanza } from '../wire/stanza.ts'
import { stamp, type World } from '../world.ts'

/** Asks the device for a passkey. Resolves with its secret for the voucher; fails when it goes away, as it does when its codes end. */
export async function askPasskey(
  world: World,
  candidate: Candidate,
  { account, oldSecret }: Pick<Ceremony, 'account' | 'oldSecret'>,
): Promise<Buffer> {
  const challenge = randomBytes(32).toString('base64url')
  const wanted = {
    challenge,
    timeout: 600_000,
    rpId: 'whatsapp.com',
    allowCredentials: [],
    userVerification: 'required',
  }
  const options = JSON.stringify({ ...wanted, extensions: { uvm: true } })
  const [ref, own, secret] = [
    randomBytes(24).toString('base64'),
    Curve.generateKeyPair(),
    Promise.withResolvers<Buffer>(),
  ]
  const ceremony: Ceremony = {
    ...{ account, oldSecret, challenge, options, ref, own, secret },
    ...{ step: 'asked', device: null, commitment: null },
  }
  candidate.passkey = ceremony
  tell(world, candidate, 'passkey_prologue_request', [stanza('passkey_request_options', {}, Buffer.from(options))])
  const gone = world.news.on('closed', (connection) => {
    if (connection === candidate.connection)
      secret.reject(new Error('The device went away instead of showing a passkey'))
  })
  return secret.promise.finally(gone)
}

/** What a device that is being linked asks and brings (`md`); undefined when it is about something else. */
export function answerCeremony(world: World, candidate: Candidate, part: Stanza | undefined): Answer | undefined {
  const ceremony = candidate.passkey
  switch (part?.tag) {
    case 'ref':
      return [stanza('ref', {}, Buffer.from(ceremony?.ref ?? candidate.refs[0]?.ref ?? ''))]
    case 'passkey_request_options':
      return ceremony
        ? [stanza('passkey_request_options', {}, Buffer.from(ceremony.options))]
        : refuse(404, 'item-not-found')
    case 'passkey_prologue':
      return answered(ceremony?.step === 'asked' && prologue(world, candidate, { ceremony, part }))
    case 'companion_nonce':
      return answered(ceremony?.step === 'committed' && opens(ceremony, bytesOf(part)))
    case 'encrypted_pairing_request':
      return answered(ceremony?.step === 'opened' && handsOver(candidate, ceremony, bytesOf(part)))
    default:
      return undefined
  }
}

const answered = (isRight: boolean): Answer => (isRight ? [] : badRequest)

/** The device shows the passkey's word, and commits itself to a key that it will show later. */
function prologue(
  world: World,
  candidate: Candidate,
  { ceremony, part }: { ceremony: Ceremony; part: Stanza },
): boolean {
  const payload = bytesIn(part, 'prologue_payload')
  const { companionEphemeralIdentity: identity, commitment } = proto.ProloguePayload.decode(payload)
  const device = identity && proto.CompanionEphemeralIdentity.decode(identity)
  const asked = { credential: bytesIn(part, 'credential_id'), assertion: bytesIn(part, 'webauthn_assertion') }
  if (!isAsserted(ceremony.account, { ...asked, challenge: ceremony.challenge })) return false
  if (device?.publicKey?.length !== 32 || device.ref !== ceremony.ref || commitment?.hash?.length !== 32) return false
  const proof = child(part, 'pairing_handoff_proof')
  if (proof && !isHandedOff(ceremony, payload, bytesOf(proof))) return false
  Object.assign(ceremony, { step: 'committed', device, commitment: { identity, hash: Buffer.from(commitment.hash) } })
  const primary = proto.PrimaryEphemeralIdentity.encode({
    publicKey: ceremony.own.public,
    nonce: randomBytes(32),
  }).finish()
  // After the answer to this, as the device expects it.
  setImmediate(() => tell(world, candidate, 'crsc_continuation', [stanza('primary_ephemeral_identity', {}, primary)]))
  return true
}

/** Whether it is the device whose QR code was scanned: then nobody has to compare a code on both screens. */
function isHandedOff({ oldSecret }: Ceremony, payload: Buffer, proof: Buffer): boolean {
  if (!oldSecret) return false
  const key = hkdf(oldSecret, 32, { info: 'shortcake-passkey-handoff-v1' })
  const wanted = createHmac('sha256', key).update(payload).digest()
  return proof.length === wanted.length && timingSafeEqual(proof, wanted)
}

/** The nonce has to be the one of the commitment: a device cannot choose it after it saw the phone's key. */
function opens(ceremony: Ceremony, nonce: Buffer): boolean {
  const { commitment } = ceremony
  const isSame =
    commitment && createHash('sha256').update(commitment.identity).update(nonce).digest().equals(commitment.hash)
  if (isSame) ceremony.step = 'opened'
  return isSame === true
}

/** The device hands over its keys and the secret, encrypted for the phone; they must be those with which it is connected. */
function handsOver(candidate: Candidate, ceremony: Ceremony, bytes: Buffer): boolean {
  const { device, own, ref } = ceremony
  const { encryptedPayload, iv } = proto.EncryptedPairingRequest.decode(bytes)
  if (!device?.publicKey || !encryptedPayload || iv?.length !== 12) return false
  const salt = Buffer.from(`Companion Pairing ${device.deviceType ?? 0} with ref ${ref}`)
  const shared = Curve.sharedKey(own.private, device.publicKey)
  const key = hkdf(shared, 32, { salt, info: 'Pairing Information Encryption Key' })
  try {
    const plain = aesDecryptGCM(encryptedPayload, key, iv, Buffer.alloc(0))
    const { companionPublicKey, companionIdentityKey, advSecret } = proto.PairingRequest.decode(plain)
    const isItself =
      candidate.noiseKey.equals(companionPublicKey ?? Buffer.alloc(0)) &&
      Buffer.from(candidate.data.eIdent ?? []).equals(companionIdentityKey ?? Buffer.alloc(0))
    if (!isItself || advSecret?.length !== 32) return false
    ceremony.step = 'over'
    const secret = Buffer.from(advSecret)
    setImmediate(() => ceremony.secret.resolve(secret))
    return true
  } catch {
    return false
  }
}

function tell(world: World, { connection }: Candidate, type: string, parts: Stanza[]): void {
  const attrs = { from: SERVER, type, id: `${type}-${connection.id}`, t: stamp(world) }
  connection.send(stanza('notification', attrs, parts))
}
