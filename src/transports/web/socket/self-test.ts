// Tries what an impostor would try, before any connection: if a wrong signature is taken for right, nothing is opened.
import { randomBytes } from 'node:crypto'
import type { Library } from './library.ts'

/** Fails with a sentence when a signature, a server's certificate or a device's identity is not really checked. */
export function checkSignatures(lib: Library): void {
  const wrong = [
    signatures(lib) ? null : 'signatures',
    certificates(lib) ? null : "the server's certificates",
    identities(lib) ? null : 'the identity of a linked device',
  ].filter((what) => what !== null)
  if (wrong.length > 0) throw new Error(`The WhatsApp library does not check ${wrong.join(', ')}: it is not used`)
}

function signatures({ Curve, generateSignalPubKey }: Library): boolean {
  const ours = Curve.generateKeyPair()
  const message = randomBytes(48)
  const good = Curve.sign(ours.private, message)
  const bad = Buffer.from(good)
  bad[7] = (bad[7] ?? 0) ^ 1
  return (
    Curve.verify(ours.public, message, good) &&
    Curve.verify(generateSignalPubKey(ours.public), message, good) &&
    !Curve.verify(ours.public, message, bad) &&
    !Curve.verify(ours.public, randomBytes(48), good) &&
    !Curve.verify(Curve.generateKeyPair().public, message, good) &&
    !Curve.verify(ours.public, message, Buffer.alloc(64))
  )
}

/** Shakes hands with servers whose certificates are forged: by another root, and by the right one for another key. */
function certificates(lib: Library): boolean {
  const root = lib.Curve.generateKeyPair()
  const trusted = lib.WA_CERT_DETAILS.PUBLIC_KEY
  lib.WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root.public)
  try {
    return (
      takes(lib, { root: root.private, isForItself: true }) &&
      !takes(lib, { root: root.private, isForItself: false }) &&
      !takes(lib, { root: lib.Curve.generateKeyPair().private, isForItself: true })
    )
  } finally {
    lib.WA_CERT_DETAILS.PUBLIC_KEY = trusted
  }
}

interface Server {
  /** Signs the upper certificate. */
  readonly root: Uint8Array
  /** Whether the lower certificate names the key that the server speaks with. */
  readonly isForItself: boolean
}

const SILENT = { level: 'silent', child: () => SILENT, trace() {}, debug() {}, info() {}, warn() {}, error() {} }

function takes(lib: Library, { root, isForItself }: Server): boolean {
  const { Curve, NOISE_WA_HEADER, makeNoiseHandler, proto } = lib
  const [client, upper, server, ephemeral] = [1, 2, 3, 4].map(() => Curve.generateKeyPair())
  if (!client || !upper || !server || !ephemeral) return false
  const named = isForItself ? server.public : Curve.generateKeyPair().public
  const { Details } = proto.CertChain.NoiseCertificate
  const upperDetails = Details.encode({ serial: 1, issuerSerial: 0, key: upper.public }).finish()
  const lowerDetails = Details.encode({ serial: 2, issuerSerial: 1, key: named }).finish()
  const chain = proto.CertChain.encode({
    intermediate: { details: upperDetails, signature: Curve.sign(root, upperDetails) },
    leaf: { details: lowerDetails, signature: Curve.sign(upper.private, lowerDetails) },
  }).finish()
  const noise = () => makeNoiseHandler({ keyPair: client, NOISE_HEADER: NOISE_WA_HEADER, logger: SILENT })
  const theirs = noise()
  theirs.authenticate(ephemeral.public)
  theirs.mixIntoKey(Curve.sharedKey(ephemeral.private, client.public))
  const fixed = theirs.encrypt(server.public)
  theirs.mixIntoKey(Curve.sharedKey(server.private, client.public))
  const serverHello = { ephemeral: ephemeral.public, static: fixed, payload: theirs.encrypt(chain) }
  return goesThrough(() =>
    noise().processHandshake(proto.HandshakeMessage.fromObject({ serverHello }), Curve.generateKeyPair()),
  )
}

/** Pairs with a phone that signed with the key it names, and with one that did not. */
function identities(lib: Library): boolean {
  return pairs(lib, true) && !pairs(lib, false)
}

function pairs(
  { Curve, configureSuccessfulPairing, hmacSign, initAuthCreds, proto }: Library,
  isOwn: boolean,
): boolean {
  const creds = initAuthCreds()
  const phone = Curve.generateKeyPair()
  const signer = isOwn ? phone : Curve.generateKeyPair()
  const device = proto.ADVDeviceIdentity.encode({ rawId: 1, timestamp: 1, keyIndex: 1 }).finish()
  const signed = Buffer.concat([Buffer.from([6, 0]), device, creds.signedIdentityKey.public])
  const details = proto.ADVSignedDeviceIdentity.encode({
    details: device,
    accountSignatureKey: phone.public,
    accountSignature: Curve.sign(signer.private, signed),
  }).finish()
  const hmac = hmacSign(details, Buffer.from(creds.advSecretKey, 'base64'))
  const identity = proto.ADVSignedDeviceIdentityHMAC.encode({ details, hmac }).finish()
  const success = {
    tag: 'pair-success',
    attrs: {},
    content: [
      { tag: 'device-identity', attrs: {}, content: identity },
      { tag: 'device', attrs: { jid: '15550000001:1@s.whatsapp.net', lid: '900000000000001:1@lid' } },
    ],
  }
  return goesThrough(() => configureSuccessfulPairing({ tag: 'iq', attrs: { id: '1' }, content: [success] }, creds))
}

function goesThrough(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
