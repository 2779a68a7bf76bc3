// One socket of a client: the handshake, then stanzas both ways, in order.
import { decodeBinaryNode, encodeBinaryNode, type proto } from 'baileys'
import type { WebSocket } from 'ws'
import type { Authority } from './certificates.ts'
import { createFrames, createNoise, frameOf } from './noise.ts'
import { type Stanza, stanza } from './stanza.ts'

export type Connection = {
  readonly id: number
  /** True until the socket closes. */
  isOpen(): boolean
  send(what: Stanza): void
  /** Asks the client something; resolves with its answer. Never await it where stanzas are handled: the answer is one. */
  request(what: Stanza): Promise<Stanza>
  /** Ends the stream with a word of why, as WhatsApp does, and closes. */
  streamError(attrs: Record<string, string>, parts?: Stanza[]): void
  /** Refuses a login with a reason, such as `401`, and closes. */
  fail(reason: string, attrs?: Record<string, string>): void
  /** Cuts the socket without a word. */
  cut(): void
  /** While silent, nothing goes out and what comes in is dropped; the socket stays open. */
  silent: boolean
}

/** What a connection does with what it hears. */
export type Listener = {
  /** The handshake is over: who does the client say it is? `clientKey` is the Noise key that it proved. */
  introduced(connection: Connection, payload: proto.ClientPayload, clientKey: Buffer): void | Promise<void>
  heard(connection: Connection, what: Stanza): void | Promise<void>
  said(connection: Connection, what: Stanza): void
  /** The client broke the protocol, or a handler failed; the socket is closed. */
  broke(connection: Connection, error: unknown): void
  closed(connection: Connection): void
}

let connections = 0

/** Takes a socket that has just been opened. */
export function openConnection(socket: WebSocket, authority: Authority, listener: Listener): Connection {
  const wire = createWire(socket, authority)
  const waiting = new Map<string, (answer: Stanza) => void>()
  const send = (what: Stanza): void => {
    if (connection.silent || !connection.isOpen()) return
    listener.said(connection, what)
    wire.send(encodeBinaryNode(what))
  }
  const connection: Connection = {
    id: ++connections,
    silent: false,
    isOpen: () => socket.readyState === socket.OPEN,
    send,
    request: (what) =>
      new Promise((resolve) => {
        waiting.set(what.attrs.id ?? '', resolve)
        send(what)
      }),
    streamError(attrs, parts) {
      // Before the handshake is over nothing can be said.
      if (wire.isOpen()) send(stanza('stream:error', attrs, parts))
      socket.close()
    },
    fail(reason, attrs = {}) {
      send(stanza('failure', { reason, location: 'sim', ...attrs }))
      socket.close()
    },
    cut: () => socket.terminate(),
  }
  const hear = (what: Stanza): void | Promise<void> => {
    const answered = what.tag === 'iq' && what.attrs.type !== 'get' && what.attrs.type !== 'set'
    const answer = answered ? waiting.get(what.attrs.id ?? '') : undefined
    if (!answer) return listener.heard(connection, what)
    waiting.delete(what.attrs.id ?? '')
    answer(what)
  }
  listen(socket, connection, { wire, listener, hear })
  return connection
}

type Wire = ReturnType<typeof createWire>
type Hearing = { wire: Wire; listener: Listener; hear(what: Stanza): void | Promise<void> }

function listen(socket: WebSocket, connection: Connection, { wire, listener, hear }: Hearing): void {
  // Frames are handled one after the other: the ciphers count them, and a message must not overtake another.
  let last = Promise.resolve()
  const take = async (chunk: Buffer): Promise<void> => {
    for (const frame of wire.frames(chunk)) {
      const heard = await wire.take(frame, connection.silent)
      if (heard?.kind === 'introduced') await listener.introduced(connection, heard.payload, heard.clientKey)
      if (heard?.kind === 'stanza' && !connection.silent) await hear(heard.stanza)
    }
  }
  socket.on('message', (data: Buffer) => {
    last = last
      .then(() => take(data))
      .catch((error: unknown) => {
        listener.broke(connection, error)
        // Whoever got through the handshake is told; who did not has no cipher to be told in.
        if (wire.isOpen()) connection.streamError({}, [stanza('xml-not-well-formed')])
        else socket.terminate()
      })
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => listener.closed(connection))
}

type Heard =
  | { kind: 'introduced'; payload: proto.ClientPayload; clientKey: Buffer }
  | { kind: 'stanza'; stanza: Stanza }

function createWire(socket: WebSocket, authority: Authority) {
  const noise = createNoise(authority)
  let stage: 'hello' | 'finish' | 'open' = 'hello'
  return {
    frames: createFrames(),
    isOpen: () => stage === 'open',
    send: (data: Uint8Array) => socket.send(frameOf(noise.seal(data))),
    /** What a frame says; undefined when it says nothing by itself, or when a deaf server would not answer it. */
    async take(frame: Buffer, silent: boolean): Promise<Heard | undefined> {
      if (stage === 'open') {
        return { kind: 'stanza', stanza: await decodeBinaryNode(noise.open(frame)) }
      }
      if (silent) return undefined
      if (stage === 'hello') {
        socket.send(frameOf(noise.hello(frame)))
        stage = 'finish'
        return undefined
      }
      const { payload, clientKey } = noise.finish(frame)
      stage = 'open'
      return { kind: 'introduced', payload, clientKey }
    },
  }
}
