// Signs what is sent, by Standard Webhooks, and makes and reads the secrets for it.
import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { Failure } from '../../model/failure.ts'

const PREFIX = 'whsec_'
const MIN_BYTES = 24
const MAX_BYTES = 64

/** A fresh secret: `whsec_` and 32 random bytes in base64. */
export function newHookSecret(): string {
  return PREFIX + randomBytes(32).toString('base64')
}

/**
 * The key in a secret: `whsec_` and 24 to 64 bytes in base64 with its padding, the one spelling that every receiver's
 * library reads alike. Throws Failure('invalid') naming `secret`, and never the secret itself.
 */
export function parseHookSecret(text: string): KeyObject {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : ''
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES || bytes.toString('base64') !== encoded) {
    throw new Failure(
      'invalid',
      `secret must be ${PREFIX} followed by ${MIN_BYTES} to ${MAX_BYTES} bytes in base64; leave it out to have one made`,
    )
  }
  return createSecretKey(bytes)
}

/** What is signed besides the body: the `webhook-id`, and the `webhook-timestamp` in seconds since epoch. */
export interface Stamp {
  readonly id: string
  readonly timestampS: number
}

/** The `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; `body` is the bytes sent. */
export function signature(key: KeyObject, stamp: Stamp, body: Uint8Array): string {
  const mac = createHmac('sha256', key).update(`${stamp.id}.${stamp.timestampS}.`).update(body)
  return `v1,${mac.digest('base64')}`
}
