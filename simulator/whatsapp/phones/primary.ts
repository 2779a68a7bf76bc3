// What only the account's own phone can do: vouch for a linked device, and open the box that an eight-digit code locks.
import { randomBytes } from 'node:crypto'
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  hkdf,
  hmacSign,
  type KeyPair,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
  WA_ADV_DEVICE_SIG_PREFIX,
} from 'baileys'
import { isSignedBy } from '../wire/certificates.ts'

/** What a QR code of WhatsApp Web says. Keys are 32 bytes. */
export type QrCode = { ref: string; noiseKey: Buffer; identity: Buffer; advSecret: Buffer }

/** The phone's word for a device: `blob` is what pair-success carries, `details` and `accountSignature` are within it. */
export type Voucher = { details: Uint8Array; accountSignature: Uint8Array; blob: Uint8Array }

/** Reads `https://wa.me/settings/linked_devices#ref,noise,identity,adv,platform`; fails on anything else. */
export function readQr(text: string): QrCode {
  const [ref, noise, identity, adv] = text.slice(text.indexOf('#') + 1).split(',')
  if (!ref || !noise || !identity || !adv) throw new Error('This is no QR code of WhatsApp Web')
  const [noiseKey, identityKey, advSecret] = [noise, identity, adv].map((part) => Buffer.from(part, 'base64'))
  if (noiseKey?.length !== 32 || identityKey?.length !== 32 || !advSecret?.length) {
    throw new Error('The keys in this QR code are broken')
  }
  return { ref, noiseKey, identity: identityKey, advSecret }
}

/** Vouches for a device's identity with the account's own; the secret of the QR code or of the code seals it. */
export function vouch(
  account: KeyPair,
  device: { identity: Uint8Array; advSecret: Uint8Array; index: number },
): Voucher {
  const timestamp = Math.floor(Date.now() / 1000)
  const details = proto.ADVDeviceIdentity.encode({ rawId: 1, timestamp, keyIndex: device.index }).finish()
  const said = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, device.identity])
  const accountSignature = Curve.sign(account.private, said)
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: account.public,
    accountSignature,
  }).finish()
  const hmac = hmacSign(signed, device.advSecret)
  const blob = proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish()
  return { details, accountSignature, blob }
}

/**
 * Whether a device identity holds: the account vouched for the device, and the device said yes to that account. Done when
 * a device is linked, and by phones when a device writes to them for the first time.
 */
export function isVouchedFor(signed: Uint8Array, device: Uint8Array, account: Uint8Array): boolean {
  const { details, accountSignature, deviceSignature } = proto.ADVSignedDeviceIdentity.decode(signed)
  if (!details) return false
  return (
    isSignedBy(account, Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, device]), accountSignature) &&
    isSignedBy(device, Buffer.concat([WA_ADV_DEVICE_SIG_PREFIX, details, device, account]), deviceSignature)
  )
}

/** Linking by a code of eight characters, from the phone's side, between the two steps. */
export type CodeExchange = { own: KeyPair; companion: Buffer }

/** The code was typed: opens the companion's key with it and locks one of ours (salt, nonce, key; 80 bytes). */
export async function enterCode(code: string, wrapped: Buffer): Promise<{ exchange: CodeExchange; answer: Buffer }> {
  const opening = await derivePairingCodeKey(code, wrapped.subarray(0, 32))
  const companion = aesDecryptCTR(wrapped.subarray(48, 80), opening, wrapped.subarray(32, 48))
  const own = Curve.generateKeyPair()
  const salt = randomBytes(32)
  const nonce = randomBytes(16)
  const locked = aesEncryptCTR(own.public, await derivePairingCodeKey(code, salt), nonce)
  return { exchange: { own, companion }, answer: Buffer.concat([salt, nonce, locked]) }
}

/** Opens what the companion answers, and takes the secret from it. Fails when the code was another one. */
export function finishCode(
  account: KeyPair,
  exchange: CodeExchange,
  reply: { bundle: Buffer; identity: Buffer },
): Buffer {
  const { bundle, identity } = reply
  const shared = Curve.sharedKey(exchange.own.private, exchange.companion)
  const info = 'link_code_pairing_key_bundle_encryption_key'
  const key = hkdf(shared, 32, { salt: bundle.subarray(0, 32), info })
  const plain = aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), Buffer.alloc(0))
  if (!plain.subarray(0, 32).equals(identity) || !plain.subarray(32, 64).equals(account.public)) {
    throw new Error('The companion answered for other keys')
  }
  const identities = Curve.sharedKey(account.private, identity)
  return Buffer.from(hkdf(Buffer.concat([shared, identities, plain.subarray(64)]), 32, { info: 'adv_secret' }))
}
