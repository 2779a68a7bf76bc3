// One end of the Signal protocol, as a phone is: its keys in memory, its sessions with others, encrypting and decrypting.
import {
  type AuthenticationCreds,
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  encodeWAMessage,
  generateSignalPubKey,
  initAuthCreds,
  proto,
  type SignalRepositoryWithLIDStore,
  unpadRandomMax16,
} from 'baileys'
import pino from 'pino'
import { addressOf } from '../wire/stanza.ts'
import { createMemoryKeys } from './memory-keys.ts'

/** What a device publishes so that others may begin a session with it. Keys are 32 bytes. */
export type Bundle = {
  registrationId: number
  identity: Uint8Array
  signed: SignedKey
  /** Used once; absent when the device has none left. */
  oneTime?: { id: number; key: Uint8Array }
}

export type SignedKey = { id: number; key: Uint8Array; signature: Uint8Array }

/** `pkmsg` begins a session, `msg` goes on with it, `skmsg` is for a group. */
export type Encrypted = { type: 'pkmsg' | 'msg'; ciphertext: Uint8Array }

export type Device = {
  readonly creds: AuthenticationCreds
  readonly signal: SignalRepositoryWithLIDStore
  /** A bundle with a key that was never given out before. */
  bundle(): Promise<Bundle>
  hasSession(jid: string): Promise<boolean>
  /** Begins a session anew, whether there was one or not. */
  startSession(jid: string, bundle: Bundle): Promise<void>
  encrypt(jid: string, content: proto.IMessage): Promise<Encrypted>
  decrypt(jid: string, type: 'pkmsg' | 'msg', ciphertext: Uint8Array): Promise<proto.Message>
  /**
   * From now on this phone, which goes by `name` (its number's or its LID's address) in a group, speaks there with another
   * key, which it has to give to everybody anew.
   */
  renewSenderKey(group: string, name: string): void
}

const mute = pino({ level: 'silent' })

let last: Promise<unknown> = Promise.resolve()

/**
 * One thing at a time, whichever phone does it: libsignal queues by the address of the other side alone, and would do
 * what one phone asks within a transaction of another, so that a key is used twice.
 */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work, work)
  last = done
  return done
}

/** A device with keys of its own. */
export function createDevice(): Device {
  const creds = initAuthCreds()
  const memory = createMemoryKeys()
  const keys = addTransactionCapability(memory, mute, { maxCommitRetries: 1, delayBetweenTriesMs: 1 })
  const signal = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, mute, async () => [])
  let given = 0
  return {
    creds,
    signal,
    async bundle() {
      const id = ++given
      const pair = Curve.generateKeyPair()
      await keys.set({ 'pre-key': { [id]: pair } })
      const { keyId, keyPair, signature } = creds.signedPreKey
      return {
        registrationId: creds.registrationId,
        identity: creds.signedIdentityKey.public,
        signed: { id: keyId, key: keyPair.public, signature },
        oneTime: { id, key: pair.public },
      }
    },
    hasSession: async (jid) => (await signal.validateSession(jid)).exists,
    startSession: (jid, bundle) =>
      alone(async () => {
        await signal.deleteSession([jid])
        await signal.injectE2ESession({ jid, session: sessionOf(bundle) })
      }),
    encrypt: (jid, content) => alone(() => signal.encryptMessage({ jid, data: encodeWAMessage(content) })),
    async decrypt(jid, type, ciphertext) {
      const padded = await alone(() => signal.decryptMessage({ jid, type, ciphertext }))
      return proto.Message.decode(unpadRandomMax16(padded))
    },
    renewSenderKey(group, name) {
      const { user, server } = addressOf(name)
      memory.forgetSenderKey(`${group}::${user}${server === 'lid' ? '_1' : ''}::0`)
    },
  }
}

type Session = Parameters<SignalRepositoryWithLIDStore['injectE2ESession']>[0]['session']

function sessionOf({ registrationId, identity, signed, oneTime }: Bundle): Session {
  return {
    registrationId,
    identityKey: generateSignalPubKey(identity),
    signedPreKey: { keyId: signed.id, publicKey: generateSignalPubKey(signed.key), signature: signed.signature },
    ...(oneTime ? { preKey: { keyId: oneTime.id, publicKey: generateSignalPubKey(oneTime.key) } } : {}),
  }
}
