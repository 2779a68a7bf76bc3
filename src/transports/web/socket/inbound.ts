// What comes in is told, and recorded, inside its decryption: before the ratchet moves on, and before WhatsApp hears
// that we have it.
//
//   decrypt -> arrived (awaited) -> the ratchet's new state on disk -> receipt
//
// When recording fails, the connection is ended inside that moment: no receipt can go out, the ratchet stays where it
// was, and WhatsApp brings the message again.
import type { BinaryNode, SignalKeyStoreWithTransaction, SocketConfig } from 'baileys'
import type { Arrived, Envelope, WireContent } from '../port.ts'
import type { Cache } from './cache.ts'
import { envelopeOf, type Me, plainContent } from './envelope.ts'
import type { Library } from './library.ts'
import { isReadBefore } from './shims.ts'
import { takeTurns, type UsedKeys } from './turns.ts'

type Repository = ReturnType<SocketConfig['makeSignalRepository']>

export interface InboundParts {
  readonly lib: Library
  readonly me: () => Me
  readonly arrived: (message: Arrived) => Promise<void>
  /** Ends the connection at once. */
  readonly abort: (error: unknown) => void
  /** Ids that were told as unreadable before. */
  readonly unreadable: Cache
  /** A message without encryption came that may not come so. */
  readonly unencrypted: (id: string) => void
  readonly usedKeys: UsedKeys
}

export interface Inbound {
  /** Takes note of a message's stanza before the library reads it. False: it is not to be read. */
  announce(stanza: BinaryNode): Promise<boolean>
  /** Builds the library's Signal repository with the seam in it. */
  readonly makeRepository: SocketConfig['makeSignalRepository']
}

/** One stanza while its parts are decrypted. */
interface Reading {
  readonly envelope: Envelope
  left: number
  isTold: boolean
  /** Some part could not be read, and was not read before either. */
  isUnreadable: boolean
}

/** Parts of a message that say nothing by themselves. */
const SILENT_PARTS = ['senderKeyDistributionMessage', 'messageContextInfo']

export function createInbound(parts: InboundParts): Inbound {
  const readings = new WeakMap<Uint8Array, Reading>()
  const tell = async (message: Arrived) => {
    try {
      await parts.arrived(message)
    } catch (error) {
      parts.abort(error)
      throw error
    }
  }
  return {
    announce: (stanza) => announce(parts, { readings, tell, stanza }),
    makeRepository(auth, logger, toLid) {
      const repository = parts.lib.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, toLid)
      const { keys } = auth
      if (!hasTransactions(keys)) throw new Error('The library hands out keys without transactions')
      takeTurns(keys)
      const read = reader(parts, { readings, tell, keys })
      // Methods are replaced in place: the library's own call each other through the object.
      const { decryptMessage, decryptGroupMessage } = repository
      const wrapped: Pick<Repository, 'decryptMessage' | 'decryptGroupMessage'> = {
        decryptMessage: (asked) =>
          read({ part: asked.ciphertext, unit: asked.jid, decrypt: () => decryptMessage.call(repository, asked) }),
        decryptGroupMessage: (asked) =>
          read({ part: asked.msg, unit: asked.group, decrypt: () => decryptGroupMessage.call(repository, asked) }),
      }
      return Object.assign(repository, wrapped, parts.usedKeys.noting(repository, keys))
    },
  }
}

interface Reader {
  readonly readings: WeakMap<Uint8Array, Reading>
  readonly tell: (message: Arrived) => Promise<void>
}

async function announce(parts: InboundParts, { readings, tell, stanza }: Reader & { stanza: BinaryNode }) {
  const { lib, me } = parts
  const children = Array.isArray(stanza.content) ? stanza.content : []
  const encrypted = children.filter((child) => child.tag === 'enc' && child.content instanceof Uint8Array)
  const open = children.filter((child) => child.tag === 'plaintext')
  if (lib.isJidNewsletter(stanza.attrs.from)) {
    for (const { content } of open) await tellOpen(parts, { stanza, content, tell })
    return true
  }
  if (open.length > 0) {
    parts.unencrypted(stanza.attrs.id ?? '')
    if (encrypted.length === 0) return false
    stanza.content = children.filter((child) => child.tag !== 'plaintext')
  }
  const unavailable = children.find((child) => child.tag === 'unavailable')
  if (encrypted.length === 0 && !unavailable) return true
  const envelope = envelopeOf(lib, stanza, me())
  if (encrypted.length === 0) {
    if (unavailable && envelope.category !== 'peer')
      await tell({ envelope, content: null, unavailable: whyOf(unavailable.attrs.type) })
    return true
  }
  const reading: Reading = { envelope, left: encrypted.length, isTold: false, isUnreadable: false }
  for (const { content } of encrypted) if (content instanceof Uint8Array) readings.set(content, reading)
  return true
}

/** What the library asks our own phone for is `asked`; the rest stays where it is. */
function whyOf(type: string | undefined): 'view_once' | 'kept' | 'asked' {
  if (type?.startsWith('view_once')) return 'view_once'
  return type?.endsWith('_unavailable_fanout') ? 'kept' : 'asked'
}

/** Channels are not encrypted. */
async function tellOpen(
  { lib, me }: InboundParts,
  { stanza, content, tell }: { stanza: BinaryNode; content: BinaryNode['content']; tell: Reader['tell'] },
): Promise<void> {
  if (!(content instanceof Uint8Array)) return
  const said = contentOf(lib, content)
  if (said !== null) await tell({ envelope: envelopeOf(lib, stanza, me()), content: said })
}

interface Part {
  /** The ciphertext: the very bytes of the stanza. */
  readonly part: Uint8Array
  /** What the library locks while it decrypts: the sender, or the group. */
  readonly unit: string
  readonly decrypt: () => Promise<Uint8Array>
}

function reader({ lib, unreadable }: InboundParts, more: Reader & { keys: SignalKeyStoreWithTransaction }) {
  const { readings, tell, keys } = more
  return async ({ part, unit, decrypt }: Part): Promise<Uint8Array> => {
    const reading = readings.get(part)
    if (!reading) return decrypt()
    reading.left -= 1
    let isRead = false
    try {
      return await keys.transaction(async () => {
        const bytes = await decrypt()
        isRead = true
        const content = contentIn(lib, bytes)
        // It would be the same rubbish if it came again; the library is to take it for a message that says nothing.
        if (content === 'rubbish') {
          await tell({ envelope: reading.envelope, content: null, unavailable: 'rubbish' })
          return NOTHING
        }
        if (content !== null) await tellRead(reading, content, tell)
        return bytes
      }, unit)
    } catch (error) {
      const isKnown = isReadBefore(error)
      if (!isRead && !isKnown) reading.isUnreadable = true
      if (!isRead) await tellUnreadable(reading, unreadable, tell)
      // The library knows the words of one-to-one sessions only, and would ask a group's author for what is here already.
      throw isKnown ? new Error(lib.MISSING_KEYS_ERROR_TEXT, { cause: error }) : error
    }
  }
}

async function tellRead(reading: Reading, content: WireContent, tell: Reader['tell']): Promise<void> {
  reading.isTold = true
  // What one's own devices tell each other holds their keys, and is no message. Nobody else has devices of ours.
  const { category, fromMe } = reading.envelope
  if (category !== 'peer' || !fromMe) await tell({ envelope: reading.envelope, content })
}

/** Once for a message, when its last part could not be read either; a retry that fails again is not told again. */
async function tellUnreadable({ envelope, ...reading }: Reading, told: Cache, tell: Reader['tell']): Promise<void> {
  if (reading.left > 0 || reading.isTold || !reading.isUnreadable || envelope.category === 'peer') return
  const id = `${envelope.chat} ${envelope.from} ${envelope.id}`
  if (told.get(id)) return
  await tell({ envelope, content: null })
  told.set(id, true)
}

/** Padded, as what was decrypted is. */
const NOTHING = Uint8Array.of(1)

/** Whoever encrypts decides what; there need not be a message in it, nor one that fits onto the stack. */
function contentIn(lib: Library, decrypted: Uint8Array): WireContent | null | 'rubbish' {
  try {
    return contentOf(lib, lib.unpadRandomMax16(decrypted))
  } catch {
    return 'rubbish'
  }
}

/** What a decrypted message says; of a copy of what our own phone sent, what was sent. Null: nothing by itself. */
function contentOf(lib: Library, bytes: Uint8Array): WireContent | null {
  const message = lib.proto.Message.decode(bytes)
  const content = plainContent(lib, message)
  const sent = content.deviceSentMessage
  // What stands aside of a message stands beside the copy by now, and stood in it before.
  const inner = isPlain(sent) && isPlain(sent.message) ? { ...asideOf(content), ...sent.message } : content
  const said = Object.keys(inner).filter((name) => !SILENT_PARTS.includes(name))
  return said.length === 0 ? null : inner
}

function asideOf({ messageContextInfo }: WireContent): WireContent {
  return messageContextInfo ? { messageContextInfo } : {}
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function hasTransactions(keys: object): keys is SignalKeyStoreWithTransaction {
  return 'transaction' in keys && typeof keys.transaction === 'function'
}
