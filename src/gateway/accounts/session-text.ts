// The session of a linked device as one text, encrypted with a password, for moving it to another server.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { createKeyedQueue } from '../../kit/keyed-queue.ts'
import { Failure } from '../../model/failure.ts'
import type { SessionKey } from '../../store/store.ts'

export interface Session {
  readonly credentials: string
  readonly keys: readonly SessionKey[]
}

const NAME = 'whatshooked-session'
const VERSION = 'v1'
/** How hard a guess is: N = 2^17, r = 8 takes 128 MB and about half a second (RFC 7914). */
const COST = { lnN: 17, r: 8, p: 1 } as const
/** What a text may ask of the server that opens it: later versions may be harder, but not without bounds. */
const HARDEST = { lnN: 19, r: 8, p: 4 } as const
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Of a session that is unpacked, bytes: one that was used for years has some 10 MB. */
const LARGEST = 64 * 1024 * 1024

const pack = promisify(deflateRaw)
const unpack = promisify(inflateRaw)
/** One at a time, for each takes 128 MB and more. */
const inTurn = createKeyedQueue()

/**
 * `whatshooked-session.v1.<ln N>-<r>-<p>.<salt>.<nonce>.<ciphertext and tag>`, the last three in base64url: scrypt, then
 * AES-256-GCM, which authenticates all that stands before the ciphertext.
 */
export async function sealSession(session: Session, password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const { lnN, r, p } = COST
  const head = [NAME, VERSION, `${lnN}-${r}-${p}`, salt.toString('base64url'), nonce.toString('base64url')].join('.')
  const plain = await pack(JSON.stringify(session))
  const cipher = createCipheriv('aes-256-gcm', await keyFrom(password, salt, COST), nonce)
  cipher.setAAD(Buffer.from(head))
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${head}.${sealed.toString('base64url')}`
}

/** Fails with `invalid` for a text that is none of these, or damaged, and for another password. */
export async function openSession(text: string, password: string): Promise<Session> {
  const { head, cost, salt, nonce, sealed } = partsOf(text.replace(/\s+/g, ''))
  const key = await keyFrom(password, salt, cost)
  const end = sealed.length - TAG_BYTES
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(head))
    cipher.setAuthTag(sealed.subarray(end))
    const plain = Buffer.concat([cipher.update(sealed.subarray(0, end)), cipher.final()])
    return sessionFrom(JSON.parse((await unpack(plain, { maxOutputLength: LARGEST })).toString('utf8')))
  } catch (cause) {
    const sentence = 'password: is not the one that this session was exported with, or the text was changed on its way'
    throw new Failure('invalid', sentence, { cause })
  }
}

interface Cost {
  readonly lnN: number
  readonly r: number
  readonly p: number
}

function partsOf(text: string) {
  const [name, version, figures = '', salt = '', nonce = '', sealed = '', ...more] = text.split('.')
  if (name !== NAME) throw new Failure('invalid', 'session: is not a session that was exported by WhatsHooked')
  if (version !== VERSION)
    throw new Failure('invalid', `session: is of version ${cut(version)}; this release knows ${VERSION}`)
  const [lnN = 0, r = 0, p = 0] = /^\d{1,2}-\d{1,2}-\d{1,2}$/.test(figures) ? figures.split('-').map(Number) : []
  const bytes = { salt: bytesOf(salt), nonce: bytesOf(nonce), sealed: bytesOf(sealed) }
  const whole =
    more.length === 0 &&
    // The last character of base64 has bits to spare: of all texts for the same bytes one was exported.
    bytes.sealed.toString('base64url') === sealed &&
    within(lnN, 14, HARDEST.lnN) &&
    within(r, 1, HARDEST.r) &&
    within(p, 1, HARDEST.p) &&
    bytes.salt.length === SALT_BYTES &&
    bytes.nonce.length === NONCE_BYTES &&
    bytes.sealed.length > TAG_BYTES
  if (!whole) throw new Failure('invalid', 'session: is cut off or damaged; it has to come whole, as it was exported')
  return { ...bytes, cost: { lnN, r, p }, head: text.slice(0, text.lastIndexOf('.')) }
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')
const within = (figure: number, least: number, most: number): boolean => figure >= least && figure <= most
const cut = (text: string | undefined): string => JSON.stringify((text ?? '').slice(0, 20))

/** The same password however its letters were typed (NFKC, as RFC 8265 has it for passwords of people). */
function keyFrom(password: string, salt: Buffer, { lnN, r, p }: Cost): Promise<Buffer> {
  const options = { N: 2 ** lnN, r, p, maxmem: 129 * 2 ** lnN * r + 1024 * 1024 }
  return inTurn('scrypt', () => {
    return new Promise((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
    })
  })
}

/** What was authenticated was written by a server of ours; still, nothing of another shape goes into the store. */
function sessionFrom(value: unknown): Session {
  if (!isRecord(value) || typeof value.credentials !== 'string' || !Array.isArray(value.keys))
    throw new Error('It holds no session')
  return { credentials: value.credentials, keys: value.keys.map(keyOf) }
}

function keyOf(value: unknown): SessionKey {
  if (!isRecord(value)) throw new Error('It holds a key that is none')
  const { type, id, value: held } = value
  if (typeof type !== 'string' || typeof id !== 'string' || typeof held !== 'string')
    throw new Error('It holds a key that is none')
  return { type, id, value: held }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
