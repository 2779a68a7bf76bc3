// Lays hands on a fresh connection of the library before its first byte: what goes out waits for what it depends on, and
// a failure inside the library ends this connection and not the process.
import type { BinaryNode, WASocket } from 'baileys'

/** What is reached into of the library's connection: the WebSocket below it. */
interface Wire {
  send(bytes: Uint8Array, done?: (error?: Error) => void): void
  terminate(): void
}

type Listener = (...told: unknown[]) => unknown

/** The WebSocket under a connection; null when there is none (any more). */
export function wireOf(sock: WASocket): Wire | null {
  const { ws } = sock as unknown as { readonly ws: { readonly socket: Wire | null } }
  return ws.socket
}

/**
 * Holds back every frame until what it may speak of is on disk: a pairing that WhatsApp knows of and we forgot could not
 * be undone from here, and a key that is forgotten would be used again. Frames stay in their order.
 */
export function holdUntilKept(sock: WASocket, kept: () => Promise<unknown>): void {
  const wire = wireOf(sock)
  if (!wire) return
  const send = wire.send.bind(wire)
  wire.send = (bytes, done) => {
    kept()
      .then(() => send(bytes, done))
      .catch((error: unknown) => done?.(error instanceof Error ? error : new Error(String(error))))
  }
}

/**
 * What somebody may ask for again is what we wrote, and that is known from our own record (`getMessage`). The library keeps
 * what came in under the same ids as what went out, and would hand either out as ours: anybody could have this number say
 * what they wrote, to a whole group. Kept is only what our own devices tell each other, of which there is no other record.
 */
export function keepAmongOwn({ messageRetryManager: kept }: WASocket, isOwn: (jid: string) => boolean): void {
  if (!kept) return
  const add = kept.addRecentMessage.bind(kept)
  kept.addRecentMessage = (to, id, message) => {
    if (isOwn(to)) add(to, id, message)
  }
}

/**
 * The library's listeners are async and fail unheard, which would end the process. `broken` hears of bytes that cannot
 * be read: nothing sensible follows them. `troubled` hears of everything else.
 */
export function guardListeners(
  { ws }: WASocket,
  heard: { broken(error: unknown): void; troubled(error: unknown): void },
): void {
  for (const name of ws.eventNames()) {
    if (typeof name !== 'string' || !(name === 'message' || name.startsWith('CB:'))) continue
    const failed = name === 'message' ? heard.broken : heard.troubled
    const listeners = ws.listeners(name) as Listener[]
    ws.removeAllListeners(name)
    for (const listener of listeners) {
      ws.on(name, (...told) => {
        try {
          Promise.resolve(listener(...told)).catch(failed)
        } catch (error) {
          failed(error)
        }
      })
    }
  }
}

/** Lets `first` see each stanza of a kind; the library gets it when that resolves with true, and not when it fails. */
export function seeFirst(
  { ws }: WASocket,
  name: string,
  { first, failed }: { first(stanza: BinaryNode): Promise<boolean>; failed(error: unknown): void },
): void {
  const theirs = ws.listeners(name) as Listener[]
  ws.removeAllListeners(name)
  // In the order in which they came: a stanza never overtakes the one before it.
  let last: Promise<void> = Promise.resolve()
  ws.on(name, (stanza: BinaryNode) => {
    last = last
      .then(() => first(stanza))
      .then((isTheirs) => {
        if (isTheirs) for (const listener of theirs) listener(stanza)
      })
      .catch(failed)
  })
}
