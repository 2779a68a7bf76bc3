// What happens in the simulated WhatsApp, as it happens: for those who listen, and for those who wait.
import { EventEmitter } from 'node:events'
import type { Account, Companion, ReceiptRecord, Received, Unread } from './state.ts'
import type { Connection } from './wire/connection.ts'
import type { Stanza } from './wire/stanza.ts'

/** What is told, by name. */
export type Happenings = {
  /** A client connected that is not linked, and shows QR codes from now on. */
  candidate: [connection: Connection]
  /** A client asks to be linked by a code of eight characters, or such a link has ended. */
  code: [account: Account]
  linked: [companion: Companion]
  /** A device was linked with a signature that does not hold, or refused. */
  refused: [why: string]
  unlinked: [companion: Companion]
  /** Somebody is no member of this group any more. */
  left: [group: string]
  login: [companion: Companion]
  /** A linked device has asked for its messages, and got those that waited. */
  active: [companion: Companion]
  offline: [companion: Companion]
  /** A socket was opened. */
  opened: [connection: Connection]
  /** Any connection has closed. */
  closed: [connection: Connection]
  keys: [companion: Companion]
  /** A phone has read a message of a linked device. */
  message: [received: Received]
  unread: [unread: Unread]
  receipt: [receipt: ReceiptRecord]
  /** A client confirmed a message, a receipt or a notification. */
  settled: [companion: Companion, tag: string, id: string]
  /** Any stanza of a client, before it is handled. */
  heard: [stanza: Stanza, companion: Companion | null]
  said: [stanza: Stanza, companion: Companion | null]
  /** A connection was ended because the client broke the protocol, or the simulator failed. */
  broke: [error: unknown]
}

export type News = {
  tell<Name extends keyof Happenings>(name: Name, ...what: Happenings[Name]): void
  /** Listens; answers what ends it. */
  on<Name extends keyof Happenings>(name: Name, listener: (...what: Happenings[Name]) => void): () => void
  /**
   * Resolves with what `condition` answers once that is neither undefined, null nor false: asked now, and after
   * everything that happens. Fails with `what` in the sentence when it takes longer than `withinMs`.
   */
  wait<T>(condition: () => T | undefined | null | false, options?: { what?: string; withinMs?: number }): Promise<T>
}

/** An empty board. */
export function createNews(): News {
  const board = new EventEmitter()
  board.setMaxListeners(0)
  return {
    tell(name, ...what) {
      board.emit(name, ...what)
      board.emit('any')
    },
    on(name, listener) {
      const hear = (...what: unknown[]): void => listener(...(what as Parameters<typeof listener>))
      board.on(name, hear)
      return () => void board.off(name, hear)
    },
    wait: (condition, { what = 'something that was waited for', withinMs = 8000 } = {}) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = condition()
          if (found === undefined || found === null || found === false) return
          stop()
          resolve(found)
        }
        const stop = (): void => {
          clearTimeout(timer)
          board.off('any', look)
        }
        const timer = setTimeout(() => {
          stop()
          reject(new Error(`${what} did not happen within ${withinMs} ms`))
        }, withinMs)
        board.on('any', look)
        look()
      }),
  }
}
