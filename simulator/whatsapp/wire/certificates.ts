// The certificates by which WhatsApp's server shows who it is: a root, one in between, and a leaf for the server's key.
import { Curve, type KeyPair, proto } from 'baileys'
import { verifySignature } from 'whatsapp-rust-bridge'

const dayS = 86_400

/** The keys of the simulated WhatsApp, and the chain that it shows in each handshake. */
export type Authority = {
  /** What a client has to trust: the public half is the `noise_root` of the trust file. */
  readonly root: KeyPair
  /** The key that the server proves to hold. */
  readonly server: KeyPair
  /** `CertChain`, encoded. */
  readonly chain: Uint8Array
}

/**
 * Makes an authority of its own. As at WhatsApp, the root has the serial 0, signs the intermediate certificate, and that
 * signs the leaf, whose key is the server's. `nowS` is seconds since the epoch; the certificates hold for a year.
 */
export function createAuthority(nowS: number): Authority {
  const root = Curve.generateKeyPair()
  const server = Curve.generateKeyPair()
  const between = Curve.generateKeyPair()
  const valid = { notBefore: nowS - dayS, notAfter: nowS + 365 * dayS }
  const { Details } = proto.CertChain.NoiseCertificate
  const intermediate = Details.encode({ serial: 1, issuerSerial: 0, key: between.public, ...valid }).finish()
  const leaf = Details.encode({ serial: 2, issuerSerial: 1, key: server.public, ...valid }).finish()
  const chain = proto.CertChain.encode({
    intermediate: { details: intermediate, signature: Curve.sign(root.private, intermediate) },
    leaf: { details: leaf, signature: Curve.sign(between.private, leaf) },
  }).finish()
  return { root, server, chain }
}

/**
 * Whether a signature (XEdDSA, 64 bytes) of a message is by the holder of a public key. Done here and not by the
 * library's own function, which takes any signature for good.
 */
export function isSignedBy(key: Uint8Array, message: Uint8Array, signature: Uint8Array | null | undefined): boolean {
  if (signature?.length !== 64 || key.length !== 32) return false
  try {
    return verifySignature(Buffer.concat([Buffer.from([5]), key]), message, signature)
  } catch {
    return false
  }
}
