// How WhatsApp encrypts files: AES-256-CBC and a short HMAC under keys that are drawn from the message's media key.
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const purposes = {
  image: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
  sticker: 'WhatsApp Image Keys',
  history: 'WhatsApp History Keys',
  'app-state': 'WhatsApp App State Keys',
} as const

/** What a file is for; its keys are drawn for that purpose and no other. A voice note is `audio`. */
export type MediaKind = keyof typeof purposes
export const mediaKinds = Object.keys(purposes) as readonly MediaKind[]

/** A file as the media hosts keep it. Hashes are SHA-256, of the file and of `blob`. */
export type Sealed = { blob: Buffer; mediaKey: Buffer; fileSha256: Buffer; fileEncSha256: Buffer }

/** Bytes of the HMAC that are appended. */
const macLength = 10

/** Encrypts a file under a new key, or the one that is given (32 bytes). */
export function sealMedia(plain: Uint8Array, kind: MediaKind, mediaKey: Buffer = randomBytes(32)): Sealed {
  const { iv, cipherKey, macKey } = keysOf(mediaKey, kind)
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  const blob = Buffer.concat([body, macOf(macKey, iv, body)])
  return { blob, mediaKey, fileSha256: sha256(plain), fileEncSha256: sha256(blob) }
}

/** The file of a blob. Fails with a sentence when the HMAC is wrong. */
export function openMedia(blob: Uint8Array, mediaKey: Uint8Array, kind: MediaKind): Buffer {
  const { iv, cipherKey, macKey } = keysOf(mediaKey, kind)
  const body = blob.subarray(0, blob.length - macLength)
  const mac = Buffer.from(blob.subarray(blob.length - macLength))
  if (!mac.equals(macOf(macKey, iv, body))) throw new Error('the file is not what its key has sealed')
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
  return Buffer.concat([decipher.update(body), decipher.final()])
}

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

function keysOf(mediaKey: Uint8Array, kind: MediaKind) {
  const all = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(32), purposes[kind], 112))
  return { iv: all.subarray(0, 16), cipherKey: all.subarray(16, 48), macKey: all.subarray(48, 80) }
}

function macOf(key: Buffer, iv: Buffer, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(iv).update(body).digest().subarray(0, macLength)
}
