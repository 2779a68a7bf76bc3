// Seals single values with AES-256-GCM, so that a stolen database file tells no secrets.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { Failure } from '../model/failure.ts'
import type { Sealer } from './store.ts'

/** A key of 32 bytes, and the short name that sealed texts carry so that the right key is found when keys change. */
export interface SealingKey {
  /** Letters, digits, `_` and `-`. */
  readonly id: string
  readonly key: Buffer
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * The first key seals, all of them open. A sealed text is `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in
 * base64url; key id and `about` are authenticated with it, so a text moved to another row does not open. Throws a
 * Failure `invalid` for keys that are none.
 */
export function createSealer(keys: readonly SealingKey[]): Sealer {
  const [first] = keys
  if (!first) throw new Failure('invalid', 'At least one key to seal secrets with is needed')
  for (const { id, key } of keys) {
    if (!/^[\w-]{1,32}$/.test(id))
      throw new Failure('invalid', 'The name of a sealing key takes letters, digits, _ and -')
    if (key.length !== 32) throw new Failure('invalid', `The sealing key ${id} must be 32 bytes, it is ${key.length}`)
  }
  // As objects: Node looks at plain bytes by catching two errors, which takes five times as long as the sealing itself.
  const byId = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]))
  const sealing = createSecretKey(first.key)
  return {
    seal(plain, about) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce)
      cipher.setAAD(authenticated(first.id, about))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1.${first.id}.${nonce.toString('base64url')}.${text.toString('base64url')}`
    },
    open(sealed, about) {
      const [version, id = '', nonce = '', text = '', more] = sealed.split('.')
      const key = byId.get(id)
      if (version !== 'v1' || more !== undefined || !key) throw notOurs(about)
      return decrypt(key, { nonce: Buffer.from(nonce, 'base64url'), text: Buffer.from(text, 'base64url'), id, about })
    },
  }
}

function decrypt(key: KeyObject, part: { nonce: Buffer; text: Buffer; id: string; about: string }): string {
  if (part.nonce.length !== NONCE_BYTES || part.text.length < TAG_BYTES) throw notOurs(part.about)
  const end = part.text.length - TAG_BYTES
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, part.nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(authenticated(part.id, part.about))
    cipher.setAuthTag(part.text.subarray(end))
    return Buffer.concat([cipher.update(part.text.subarray(0, end)), cipher.final()]).toString('utf8')
  } catch (thrown) {
    throw notOurs(part.about, thrown)
  }
}

/** What is authenticated beside the text. The id holds no colon, so no two pairs give the same bytes. */
function authenticated(id: string, about: string): Buffer {
  return Buffer.from(`${id}:${about}`)
}

function notOurs(about: string, cause?: unknown): Failure {
  return new Failure('internal', 'A stored secret cannot be opened with the keys that this server has', {
    detail: { about },
    cause,
  })
}
