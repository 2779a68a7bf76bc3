// The credentials that are good here: the installation's own key, its user with a password, and the keys that were made.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Caller, type Credential, type Keyring, SCOPES } from '../model/caller.ts'
import { Failure } from '../model/failure.ts'
import { repeatsItself } from '../model/repeating.ts'
import type { Store } from '../store/store.ts'
import type { Keys } from './keys.ts'

/** Under which name the SHA-256 of the key that was made is kept, in hex. */
const SETTING = 'api_key.sha256'

const LEAST_KEY_BYTES = 16
const LEAST_PASSWORD_BYTES = 8

/** What people put in the place of a key in examples; the words come first there. */
const PLACEHOLDER =
  /^(change[-_ ]?(me|this|it)|your[-_ ]|replace[-_ ]?(me|this|with)|insert[-_ ]|enter[-_ ]|example|sample|placeholder|default|<|\$\{|xxx)/i

/** Keys and passwords that everybody knows, in lower case and without what is neither letter nor digit. */
const KNOWN: ReadonlySet<string> = new Set([
  'adminadmin',
  'apikeyapikeyapikey',
  'bqyhjgjhj',
  'devadminkey',
  'letmein',
  'mysecretapikey',
  'mysecretkey',
  'mysupersecretkey',
  'mysupersecretapikey',
  'password',
  'password1',
  'password123',
  'passw0rd',
  'qwertyuiop',
  'qwertyuiopasdfgh',
  'secretapikey',
  'secretpassword',
  'supersecretkey',
  'supersecretapikey',
  'supersecretpassword',
  'thisisasecretkey',
  'whatshooked',
  'whatshookedapikey',
  '429683c4c977415caafcce10f7d57e11',
])

/** Why a secret must not be used, as the end of a sentence; null when it may. */
function weakness(secret: string, leastBytes: number): string | null {
  if (Buffer.byteLength(secret) < leastBytes) return `is shorter than ${leastBytes} bytes`
  if (PLACEHOLDER.test(secret) || KNOWN.has(secret.toLowerCase().replace(/[^a-z0-9]/g, ''))) {
    return 'is one that stands in examples, so everybody knows it'
  }
  if (repeatsItself(secret)) return 'repeats itself, so it is easily guessed'
  return null
}

function refuseWeak(name: string, secret: string, leastBytes: number): void {
  const why = weakness(secret, leastBytes)
  if (why) throw new Failure('invalid', `The ${name} that was set ${why}: choose a random one`)
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()

export interface KeyringParts {
  readonly store: Pick<Store, 'settings'>
  /** The keys that were made beside the installation's own. */
  readonly keys: Pick<Keys, 'callerOf'>
  /** Used instead of the key that was made at the first start. */
  readonly apiKey?: string | undefined
  /** Both or neither. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Is told a key that was just made: the only time that anybody sees it. */
  readonly announce: (key: string) => void
}

/** The digest of the key that is good here; makes a key where there was none. */
async function keyDigest(parts: KeyringParts): Promise<Buffer> {
  if (parts.apiKey !== undefined) {
    if (!/^[\x21-\x7e]*$/.test(parts.apiKey)) {
      throw new Failure('invalid', 'The API key that was set has characters that no header can carry')
    }
    refuseWeak('API key', parts.apiKey, LEAST_KEY_BYTES)
    return digest(parts.apiKey)
  }
  const kept = await parts.store.settings.get(SETTING)
  if (kept !== null) return Buffer.from(kept, 'hex')
  const key = `wh_${randomBytes(32).toString('base64url')}`
  // Told before it is kept: a crash in between costs another key at the next start, not a key that nobody has seen.
  parts.announce(key)
  await parts.store.settings.set(SETTING, digest(key).toString('hex'))
  return digest(key)
}

/** Whoever runs the server may everything. */
const owner = (id: string, name: string): Caller => ({ id, name, scopes: SCOPES, accounts: null })

/** Fails with `invalid` for a key or password that is weak, or that stands in examples. */
export async function createKeyring(parts: KeyringParts): Promise<Keyring> {
  const { username, password } = parts
  if ((username === undefined) !== (password === undefined)) {
    throw new Failure('invalid', 'A user name and a password belong together: set both or neither')
  }
  if (username === '' || username?.includes(':')) {
    throw new Failure('invalid', 'The user name that was set is empty or contains a colon, which Basic cannot carry')
  }
  if (password !== undefined) refuseWeak('password', password, LEAST_PASSWORD_BYTES)
  const key = await keyDigest(parts)
  const user = username === undefined || password === undefined ? null : [digest(username), digest(password)]

  async function check(credential: Credential): Promise<Caller | null> {
    if (credential.is === 'key') {
      const shown = digest(credential.key)
      const sha256 = shown.toString('hex')
      if (timingSafeEqual(shown, key)) return owner(`key:${sha256.slice(0, 12)}`, 'the API key of this server')
      return parts.keys.callerOf(sha256)
    }
    const [wantedName = key, wantedPassword = key] = user ?? []
    // Both are compared whatever the first one gives, so that the time says nothing of which is wrong.
    const isUser = timingSafeEqual(digest(credential.username), wantedName)
    const isPassword = timingSafeEqual(digest(credential.password), wantedPassword)
    return user && isUser && isPassword ? owner(`user:${credential.username}`, credential.username) : null
  }

  return { check }
}
