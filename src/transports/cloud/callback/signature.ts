// Proves that a callback comes from Meta: X-Hub-Signature-256 over the bytes as they came.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** The signature of one request, ready to be held against secrets. */
export interface Signature {
  /** Whether the body was signed with this app secret. False for a missing or malformed signature. */
  isBy(appSecret: string): boolean
}

/**
 * `sha256=` and 64 hex digits, lower case, once; anything else is no signature (Meta, "Validating payloads"). Each
 * secret is tried once, however many changes ask.
 */
export function readSignature(header: string | string[] | undefined, body: Uint8Array): Signature {
  const found = typeof header === 'string' ? /^sha256=([0-9a-f]{64})$/.exec(header) : null
  const given = found?.[1] === undefined ? null : Buffer.from(found[1], 'hex')
  const tried = new Map<string, boolean>()
  return {
    isBy(appSecret) {
      if (given === null) return false
      const known = tried.get(appSecret)
      if (known !== undefined) return known
      const isSame = timingSafeEqual(createHmac('sha256', appSecret).update(body).digest(), given)
      tried.set(appSecret, isSame)
      return isSame
    },
  }
}
