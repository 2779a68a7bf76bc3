// How WhatsApp encrypts files: one key in the message, expanded into those of AES-256-CBC and HMAC-SHA256.
import { type Cipheriv, createCipheriv, createHash, createHmac, type Hash, type Hmac, hkdfSync } from 'node:crypto'

/** Names that the keys are expanded under, and the paths that files are brought to, by the kind of file. */
const KINDS = {
  image: { info: 'WhatsApp Image Keys', path: '/mms/image' },
  video: { info: 'WhatsApp Video Keys', path: '/mms/video' },
  audio: { info: 'WhatsApp Audio Keys', path: '/mms/audio' },
  document: { info: 'WhatsApp Document Keys', path: '/mms/document' },
  sticker: { info: 'WhatsApp Image Keys', path: '/mms/image' },
} as const
export type FileKind = keyof typeof KINDS

/** Bytes of the MAC that follow the ciphertext. */
export const MAC_BYTES = 10

export interface FileKeys {
  readonly iv: Buffer
  readonly cipher: Buffer
  readonly mac: Buffer
}

export function fileKeys(mediaKey: Uint8Array, kind: FileKind): FileKeys {
  const bytes = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(32), KINDS[kind].info, 112))
  return { iv: bytes.subarray(0, 16), cipher: bytes.subarray(16, 48), mac: bytes.subarray(48, 80) }
}

export function uploadPath(kind: FileKind): string {
  return KINDS[kind].path
}

/** How many bytes so many become: padded to a full block, with the MAC behind. */
export function encryptedSize(size: number): number {
  return (Math.floor(size / 16) + 1) * 16 + MAC_BYTES
}

/** Encrypts as the bytes come; the digests are there when all have passed. */
export class FileEncryption {
  readonly #cipher: Cipheriv
  readonly #mac: Hmac
  readonly #plain: Hash = createHash('sha256')
  readonly #encrypted: Hash = createHash('sha256')
  #size = 0

  constructor(keys: FileKeys) {
    this.#cipher = createCipheriv('aes-256-cbc', keys.cipher, keys.iv)
    this.#mac = createHmac('sha256', keys.mac).update(keys.iv)
  }

  async *encrypt(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    for await (const chunk of plain) {
      this.#size += chunk.length
      this.#plain.update(chunk)
      yield this.#pass(this.#cipher.update(chunk))
    }
    yield this.#pass(this.#cipher.final())
    const mac = this.#mac.digest().subarray(0, MAC_BYTES)
    this.#encrypted.update(mac)
    yield mac
  }

  /** Once, after the last byte. */
  digests(): { readonly fileSha256: Buffer; readonly fileEncSha256: Buffer; readonly fileLength: number } {
    return { fileSha256: this.#plain.digest(), fileEncSha256: this.#encrypted.digest(), fileLength: this.#size }
  }

  #pass(chunk: Buffer): Buffer {
    this.#mac.update(chunk)
    this.#encrypted.update(chunk)
    return chunk
  }
}
