// The server's half of the Noise handshake (XX, X25519, AES-GCM, SHA-256), and the frames that it protects.
import { aesDecryptGCM, aesEncryptGCM, Curve, hkdf, NOISE_MODE, NOISE_WA_HEADER, proto, sha256 } from 'baileys'
import type { Authority } from './certificates.ts'

const nothing = Buffer.alloc(0)
const routingPrologue = Buffer.from('ED')

/** A handshake that goes on to protect a connection. Call the methods in the order in which they stand. */
export type Noise = {
  /** Takes the client's hello and answers ours, which carries the certificates. */
  hello(frame: Uint8Array): Uint8Array
  /** Takes the client's proof. Fails when it was not meant for us. `clientKey` is the key that the client proved. */
  finish(frame: Uint8Array): { payload: proto.ClientPayload; clientKey: Buffer }
  open(sealed: Uint8Array): Buffer
  seal(plain: Uint8Array): Buffer
}

/** Starts a handshake for one connection. */
export function createNoise(authority: Authority): Noise {
  const transcript = createTranscript()
  const ephemeral = Curve.generateKeyPair()
  let incoming: Cipher | undefined
  let outgoing: Cipher | undefined
  transcript.add(NOISE_WA_HEADER)
  return {
    hello(frame) {
      const theirs = proto.HandshakeMessage.decode(frame).clientHello?.ephemeral
      if (!theirs) throw new Error('The first frame is no client hello')
      transcript.add(theirs)
      transcript.add(ephemeral.public)
      transcript.mix(Curve.sharedKey(ephemeral.private, theirs))
      const key = transcript.seal(authority.server.public)
      transcript.mix(Curve.sharedKey(authority.server.private, theirs))
      const payload = transcript.seal(authority.chain)
      const serverHello = { ephemeral: ephemeral.public, static: key, payload }
      return proto.HandshakeMessage.encode({ serverHello }).finish()
    },
    finish(frame) {
      const { clientFinish } = proto.HandshakeMessage.decode(frame)
      if (!clientFinish?.static || !clientFinish.payload)
        throw new Error('The second frame does not finish the handshake')
      const clientKey = transcript.open(clientFinish.static)
      transcript.mix(Curve.sharedKey(ephemeral.private, clientKey))
      const payload = proto.ClientPayload.decode(transcript.open(clientFinish.payload))
      const [fromClient, toClient] = transcript.split()
      incoming = createCipher(fromClient)
      outgoing = createCipher(toClient)
      return { payload, clientKey }
    },
    open: (sealed) => ready(incoming).open(sealed, nothing),
    seal: (plain) => ready(outgoing).seal(plain, nothing),
  }
}

type Cipher = { open(sealed: Uint8Array, aad: Uint8Array): Buffer; seal(plain: Uint8Array, aad: Uint8Array): Buffer }

function ready(cipher: Cipher | undefined): Cipher {
  if (!cipher) throw new Error('The handshake is not over')
  return cipher
}

/** AES-GCM with a counter for nonce, in the last four of its twelve bytes. */
function createCipher(key: Uint8Array): Cipher {
  let used = 0
  const nonce = (): Buffer => {
    const bytes = Buffer.alloc(12)
    bytes.writeUInt32BE(used++, 8)
    return bytes
  }
  return {
    open: (sealed, aad) => aesDecryptGCM(sealed, key, nonce(), aad),
    seal: (plain, aad) => aesEncryptGCM(plain, key, nonce(), aad),
  }
}

/** What both sides have said so far, as a hash, and the key that follows from it. */
function createTranscript() {
  let hash: Buffer = Buffer.from(NOISE_MODE)
  let salt: Buffer = hash
  let cipher = createCipher(hash)
  const expand = (secret: Uint8Array): [Buffer, Buffer] => {
    const out = Buffer.from(hkdf(Buffer.from(secret), 64, { salt, info: '' }))
    return [out.subarray(0, 32), out.subarray(32)]
  }
  const add = (data: Uint8Array): void => {
    hash = sha256(Buffer.concat([hash, data]))
  }
  return {
    add,
    mix(secret: Uint8Array): void {
      const [nextSalt, key] = expand(secret)
      salt = nextSalt
      cipher = createCipher(key)
    },
    seal(plain: Uint8Array): Buffer {
      const sealed = cipher.seal(plain, hash)
      add(sealed)
      return sealed
    },
    open(sealed: Uint8Array): Buffer {
      const plain = cipher.open(sealed, hash)
      add(sealed)
      return plain
    },
    split: () => expand(nothing),
  }
}

/** A frame as it goes over the socket: three bytes of length before the data. */
export function frameOf(data: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(3 + data.length)
  frame.writeUIntBE(data.length, 0, 3)
  frame.set(data, 3)
  return frame
}

/**
 * Cuts what a client sends into frames. The first bytes are `WA`, a version and the dictionary's version, perhaps after
 * a prologue that says where to route (`ED`); anything else fails.
 */
export function createFrames(): (chunk: Uint8Array) => Buffer[] {
  let waiting = nothing
  let introduced = false
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk])
    if (!introduced) {
      const rest = afterIntroduction(waiting)
      if (!rest) return []
      introduced = true
      waiting = rest
    }
    const frames: Buffer[] = []
    while (waiting.length >= 3 && waiting.length >= 3 + waiting.readUIntBE(0, 3)) {
      const end = 3 + waiting.readUIntBE(0, 3)
      frames.push(waiting.subarray(3, end))
      waiting = waiting.subarray(end)
    }
    return frames
  }
}

/** What follows the introduction; undefined while it is not whole. */
function afterIntroduction(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> | undefined {
  if (bytes.length < 4) return undefined
  if (!bytes.subarray(0, 2).equals(routingPrologue)) return afterHeader(bytes)
  if (bytes.length < 7) return undefined
  const end = 7 + bytes.readUIntBE(4, 3)
  return bytes.length < end + 4 ? undefined : afterHeader(bytes.subarray(end))
}

function afterHeader(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  if (!bytes.subarray(0, 4).equals(NOISE_WA_HEADER))
    throw new Error('This client does not introduce itself as WhatsApp')
  return bytes.subarray(4)
}
