// What is wrong with the client library and libsignal as they come, put right before anything of them is used.
//
//   - `Curve.verify` of the library says yes to every signature: certificates and device identities were not checked.
//   - Signatures in plain JavaScript take 100 times as long as in the library's own WebAssembly.
//   - Node looks at a key that is given as bytes for longer than it encrypts with it.
//   - A message that was read before is told from one that cannot be read: only the second is worth asking for again.
//   - What comes deflated is inflated without any bound: a frame of 16 MB may hold 16 GB.
//   - A certificate is good for the key that it names only; the library takes it from whoever repeats it.
import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type Decipheriv,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import zlib from 'node:zlib'
import { systemClock } from '../../../kit/clock.ts'
import type { Library } from './library.ts'

/** The parts of libsignal that are replaced; it is CommonJS, so that what others import from it is what stands here. */
interface SignalCurve {
  verifySignature(key: Uint8Array, message: Uint8Array, signature: Uint8Array, isInit?: boolean): boolean
  calculateSignature(key: Uint8Array, message: Uint8Array): Buffer
}
interface SignalCipher {
  doDecryptWhisperMessage(data: Uint8Array, session: SignalSession): Promise<Uint8Array>
  decryptWithSessions(data: Uint8Array, sessions: readonly SignalSession[]): Promise<ReadOutcome>
}
interface SignalSession {
  readonly constructor: { deserialize(stored: unknown): object }
  readonly indexInfo: { used: number }
  serialize(): unknown
}
interface ReadOutcome {
  readonly session: SignalSession
  readonly plaintext: Uint8Array
}

/** libsignal's name for "this message was read before". */
const READ_BEFORE = 'MessageCounterError'

const require = createRequire(import.meta.url)

/** Whether a failed decryption says that the message was read before: by one-to-one sessions, and by sender keys. */
export function isReadBefore(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === READ_BEFORE || /old counter|No sender message key found/.test(error.message)
}

/** Before the library is loaded: it keeps the functions of libsignal that it finds when it is. */
export async function repairSignal(): Promise<void> {
  giveKeysAsObjects()
  const bridge = await import('whatsapp-rust-bridge')
  const curve: SignalCurve = require('libsignal/src/curve.js')
  // libsignal never looks at the answer for the signed pre-key of a first session, and passes `isInit` to say so.
  curve.verifySignature = (key, message, signature, isInit) =>
    isInit ? true : bridge.verifySignature(key, message, signature)
  curve.calculateSignature = (key, message) => Buffer.from(bridge.calculateSignature(key, message))
  const { prototype }: { prototype: SignalCipher } = require('libsignal/src/session_cipher.js')
  prototype.decryptWithSessions = tryEach
}

/** Of one frame, or of the history that a message carries itself; real ones have some MB. */
const MOST_INFLATED = 64 * 1024 * 1024

/** Loads the library, which keeps the function that it finds then. */
export async function withBoundedInflate<T>(load: () => Promise<T>): Promise<T> {
  const { inflate } = zlib
  const options = { maxOutputLength: MOST_INFLATED }
  const bounded = (data: zlib.InputType, ...more: unknown[]): unknown =>
    Reflect.apply(inflate, zlib, more.length === 1 ? [data, options, ...more] : [data, ...more])
  const put = (now: object) => {
    Object.assign(zlib, { inflate: now })
    syncBuiltinESMExports()
  }
  put(bounded)
  try {
    return await load()
  } finally {
    put(inflate)
  }
}

/** What libsignal encrypts with; the library's own part for groups has it from there. */
interface SignalCrypto {
  encrypt(key: Uint8Array, data: Uint8Array, iv: Uint8Array): Buffer
  decrypt(key: Uint8Array, data: Uint8Array, iv: Uint8Array): Buffer
  calculateMAC(key: Uint8Array, data: Uint8Array): Buffer
  verifyMAC(data: Uint8Array, key: Uint8Array, mac: Uint8Array, length: number): void
  /** HKDF with SHA-256 (RFC 5869): as many times 32 bytes as asked for, three when nothing is said. */
  deriveSecrets(input: Uint8Array, salt: Uint8Array, info: Uint8Array, chunks?: number): Buffer[]
}

const CIPHER = 'aes-256-cbc'
const SECRET_BYTES = 32

/**
 * Node 24 finds out that bytes are no key object by catching two errors with their stacks: 10 to 20 µs, twice to three times
 * what the encryption takes, eight times a message. What is made a key object first is known at once, and is the same key;
 * and Node derives keys in one call instead of four. Within libsignal alone: what a frame of the connection is encrypted with
 * takes 2 to 4 % of a message, for which nobody's `node:crypto` is to be another.
 */
function giveKeysAsObjects(): void {
  const signal: SignalCrypto = require('libsignal/src/crypto.js')
  const mac: SignalCrypto['calculateMAC'] = (key, data) =>
    createHmac('sha256', createSecretKey(key)).update(data).digest()
  Object.assign(signal, {
    encrypt: (key, data, iv) => ended(createCipheriv(CIPHER, createSecretKey(key), iv), data),
    decrypt: (key, data, iv) => ended(createDecipheriv(CIPHER, createSecretKey(key), iv), data),
    calculateMAC: mac,
    verifyMAC(data, key, given, length) {
      const right = mac(key, data).subarray(0, length)
      if (given.length !== length || right.length !== length) throw new Error('Bad MAC length')
      if (!timingSafeEqual(right, given)) throw new Error('Bad MAC')
    },
    deriveSecrets(input, salt, info, chunks = 3) {
      const all = Buffer.from(hkdfSync('sha256', createSecretKey(input), salt, info, SECRET_BYTES * chunks))
      return Array.from({ length: chunks }, (_, index) =>
        all.subarray(SECRET_BYTES * index, SECRET_BYTES * (index + 1)),
      )
    },
  } satisfies SignalCrypto)
}

function ended(cipher: Cipheriv | Decipheriv, data: Uint8Array): Buffer {
  return Buffer.concat([cipher.update(data), cipher.final()])
}

/**
 * As libsignal's own, but keeps its word for a message that was read before, prints nothing, and leaves a session that
 * cannot read the message as it was: merely trying moves its ratchet on, to where the other side will never be.
 */
async function tryEach(this: SignalCipher, data: Uint8Array, sessions: readonly SignalSession[]): Promise<ReadOutcome> {
  let before: Error | null = null
  for (const [at, session] of sessions.entries()) {
    // When none can, nothing of this is kept.
    const asItWas = at < sessions.length - 1 ? session.serialize() : null
    try {
      const plaintext = await this.doDecryptWhisperMessage(data, session)
      session.indexInfo.used = systemClock.now()
      return { session, plaintext }
    } catch (error) {
      if (error instanceof Error && error.name === READ_BEFORE) before = error
      if (asItWas !== null) Object.assign(session, session.constructor.deserialize(asItWas))
    }
  }
  throw before ?? new Error(sessions.length === 0 ? 'No sessions available' : 'No session can read the message')
}

/** After the library is loaded, and before a connection is made. */
export function repairCurve(lib: Library): void {
  const { Curve, WA_CERT_DETAILS, generateSignalPubKey, proto } = lib
  const curve: SignalCurve = require('libsignal/src/curve.js')
  const isSigned = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
    try {
      return curve.verifySignature(Buffer.from(generateSignalPubKey(Buffer.from(key))), message, signature) === true
    } catch {
      return false
    }
  }
  // A handshake runs without a pause: the server's key is agreed with, then the certificate of that key is verified,
  // then the one above it, by the root.
  let agreedWith: Uint8Array = new Uint8Array()
  let verified: Uint8Array = new Uint8Array()
  const agree = Curve.sharedKey
  Curve.sharedKey = (ours, theirs) => {
    agreedWith = theirs
    return agree(ours, theirs)
  }
  Curve.verify = (key, message, signature) => {
    const leaf = verified
    verified = message
    if (!isSigned(key, message, signature)) return false
    if (key !== WA_CERT_DETAILS.PUBLIC_KEY) return true
    const named = proto.CertChain.NoiseCertificate.Details.decode(leaf).key
    return Buffer.compare(Buffer.from(named ?? []), Buffer.from(agreedWith)) === 0
  }
}
