// The passkey of an account (WebAuthn, ES256): what a browser answers that holds it, and how WhatsApp checks that.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import type { Account } from '../state.ts'

const relyingParty = 'whatsapp.com'
const origin = 'https://web.whatsapp.com'
/** User present, and verified by finger, face or PIN. */
const flags = { present: 0x01, verified: 0x04 }

type Passkey = { id: Buffer; privateKey: KeyObject; publicKey: KeyObject }

const passkeys = new WeakMap<Account, Passkey>()

function passkeyOf(account: Account): Passkey {
  const known = passkeys.get(account) ?? { id: randomBytes(16), ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  passkeys.set(account, known)
  return known
}

/**
 * What `navigator.credentials.get()` answers at web.whatsapp.com, as `PublicKeyCredential.toJSON()` writes it. `options` is
 * the JSON that WhatsApp sent. Fails on a challenge that is missing.
 */
export function assertion(account: Account, options: string): string {
  const { challenge } = JSON.parse(options) as { challenge?: unknown }
  if (typeof challenge !== 'string' || challenge === '') throw new Error('These options hold no challenge')
  const { id, privateKey } = passkeyOf(account)
  const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }))
  const authenticatorData = Buffer.concat([
    sha256(relyingParty),
    Buffer.from([flags.present | flags.verified]),
    Buffer.alloc(4),
  ])
  const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(clientData)]), privateKey)
  const response = {
    clientDataJSON: clientData.toString('base64url'),
    authenticatorData: authenticatorData.toString('base64url'),
    signature: signature.toString('base64url'),
  }
  const name = id.toString('base64url')
  return JSON.stringify({ id: name, rawId: name, type: 'public-key', clientExtensionResults: {}, response })
}

/** Whether the account's passkey said yes to this challenge, at WhatsApp's own site, and somebody was verified (WebAuthn, 7.2). */
export function isAsserted(
  account: Account,
  asked: { credential: Buffer; assertion: Buffer; challenge: string },
): boolean {
  const { id, publicKey } = passkeyOf(account)
  const isKnown = asked.credential.equals(id) || asked.credential.toString() === id.toString('base64url')
  try {
    const { response } = JSON.parse(asked.assertion.toString()) as { response: Record<string, string> }
    const [client, data, signature] = ['clientDataJSON', 'authenticatorData', 'signature'].map((name) =>
      Buffer.from(response[name] ?? '', 'base64url'),
    )
    if (!isKnown || !client || !data || !signature) return false
    const said = JSON.parse(client.toString()) as Record<string, unknown>
    const isMeant = said.type === 'webauthn.get' && said.challenge === asked.challenge && said.origin === origin
    const isVerified = ((data[32] ?? 0) & flags.verified) !== 0 && data.subarray(0, 32).equals(sha256(relyingParty))
    return isMeant && isVerified && verify('sha256', Buffer.concat([data, sha256(client)]), publicKey, signature)
  } catch {
    return false
  }
}

const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
