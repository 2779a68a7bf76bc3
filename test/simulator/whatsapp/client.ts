// The real client library against the simulated WhatsApp, with signatures really checked and its output kept clean.
import { createRequire } from 'node:module'
import {
  type AuthenticationCreds,
  type BaileysEventMap,
  type BinaryNode,
  Curve,
  generateSignalPubKey,
  initAuthCreds,
  makeCacheableSignalKeyStore,
  makeWASocket,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WAMessage,
  type WASocket,
} from 'baileys'
import pino from 'pino'
import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'

const mute = pino({ level: 'silent' })
const require = createRequire(import.meta.url)

/** Call before anything else of a test file: without it the library takes every signature for good. */
export function prepareLibrary(): void {
  forgetLongTimers()
  const curve = require('libsignal/src/curve.js') as {
    verifySignature(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  }
  Curve.verify = (key, message, signature) => {
    try {
      return curve.verifySignature(generateSignalPubKey(Buffer.from(key)), message, signature) === true
    } catch {
      return false
    }
  }
  // The library's Signal part writes sessions, keys and all, to the console whenever one is replaced.
  console.info = () => {}
  console.warn = () => {}
  console.error = () => {}
}

/** The library leaves timers of half a minute behind on every connection; a process that has only those left is done. */
function forgetLongTimers(): void {
  const set = globalThis.setTimeout
  const setTimer = <A extends unknown[]>(callback: (...more: A) => void, ms?: number, ...more: A): NodeJS.Timeout => {
    const timer = set(callback, ms, ...more)
    return (ms ?? 0) > 3000 ? timer.unref() : timer
  }
  globalThis.setTimeout = Object.assign(setTimer, { __promisify__: set.__promisify__ })
}

/** A simulator that the library in this process trusts. */
export async function startTrusted(
  options: Parameters<typeof startWhatsAppSimulator>[0] = {},
): Promise<WhatsAppSimulator> {
  const whatsapp = await startWhatsAppSimulator(options)
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(whatsapp.trust.noise_root, 'base64')
  return whatsapp
}

/** What the library keeps: given to a second client, it is the same device. */
export type Kept = { creds: AuthenticationCreds; keys: SignalKeyStore }

export type Closed = { code: number | undefined; text: string }

/** A client, and what it has told so far. */
export type Client = {
  readonly kept: Kept
  readonly qrs: string[]
  readonly opens: number
  readonly closes: Closed[]
  readonly messages: WAMessage[]
  readonly events: { [Name in keyof BaileysEventMap]?: BaileysEventMap[Name] }[]
  /** Stanzas of the server, oldest first. */
  readonly stanzas: BinaryNode[]
  socket(): WASocket
  /** Opens a connection, the first or a new one. */
  connect(): void
  /** The next end of a connection that nobody asked for yet. */
  closed(): Promise<Closed>
  /** Resolves when the connection that was opened last is logged in. */
  opened(): Promise<void>
  until<T>(look: () => T | undefined | null | false, what: string): Promise<T>
  end(): void
}

/** A client that is not connected yet. */
export function createClient(url: string, options: Partial<UserFacingSocketConfig> = {}, kept?: Kept): Client {
  const own: Kept = kept ?? { creds: initAuthCreds(), keys: memoryKeys() }
  const told = { qrs: [] as string[], opens: 0, closes: [] as Closed[], taken: 0, expected: 0 }
  const messages: WAMessage[] = []
  const events: Client['events'] = []
  const stanzas: BinaryNode[] = []
  const waiting = new Set<() => void>()
  let socket: WASocket | undefined
  const note = (update: { [Name in keyof BaileysEventMap]?: BaileysEventMap[Name] }): void => {
    Object.assign(own.creds, update['creds.update'])
    events.push(update)
    messages.push(...(update['messages.upsert']?.messages ?? []))
    const { qr, connection, lastDisconnect } = update['connection.update'] ?? {}
    if (qr) told.qrs.push(qr)
    if (connection === 'open') told.opens += 1
    if (connection === 'close') told.closes.push(closedBy(lastDisconnect?.error))
    for (const look of waiting) look()
  }
  const until = <T>(look: () => T | undefined | null | false, what: string): Promise<T> => waitFor(waiting, look, what)
  return {
    kept: own,
    qrs: told.qrs,
    get opens() {
      return told.opens
    },
    closes: told.closes,
    messages,
    events,
    stanzas,
    socket: () => socket!,
    connect() {
      told.expected = told.opens + 1
      const auth = { creds: own.creds, keys: makeCacheableSignalKeyStore(own.keys, mute) }
      socket = makeWASocket({ ...usual, auth, waWebSocketUrl: url, ...options })
      socket.ev.process(note)
      socket.ws.on('frame', (frame: BinaryNode | Uint8Array) => {
        if ('tag' in frame) stanzas.push(frame)
        for (const look of waiting) look()
      })
    },
    closed: () =>
      until(() => told.closes.length > told.taken && told.closes[told.taken++], 'the end of the connection'),
    async opened() {
      await until(() => told.opens >= told.expected, `a login (closes: ${JSON.stringify(told.closes)})`)
    },
    until,
    end: () => socket?.end(undefined),
  }
}

const usual = {
  logger: mute,
  syncFullHistory: false,
  markOnlineOnConnect: false,
  emitOwnEvents: false,
  browser: ['Mac OS', 'Chrome', '14.4.1'] as [string, string, string],
  shouldSyncHistoryMessage: () => false,
  retryRequestDelayMs: 1,
}

function closedBy(error: unknown): Closed {
  const { output, message } = (error ?? {}) as { output?: { statusCode: number }; message?: string }
  return { code: output?.statusCode, text: message ?? '' }
}

function waitFor<T>(waiting: Set<() => void>, condition: () => T | undefined | null | false, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      waiting.delete(look)
    }
    const look = (): void => {
      const found = condition()
      if (found === undefined || found === null || found === false) return
      stop()
      resolve(found)
    }
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`The client did not see ${what}`))
    }, 8000)
    waiting.add(look)
    look()
  })
}

/** Keys in memory, as the library wants them kept. */
export function memoryKeys(): SignalKeyStore {
  const kept = new Map<string, unknown>()
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: Record<string, SignalDataTypeMap[T]> = {}
      for (const id of ids) {
        const value = kept.get(`${type} ${id}`)
        if (value !== undefined) found[id] = value as SignalDataTypeMap[T]
      }
      return found
    },
    set(data: SignalDataSet) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null || value === undefined) kept.delete(`${type} ${id}`)
          else kept.set(`${type} ${id}`, value)
        }
      }
    },
  }
}

/** A client that was linked to this phone by its QR code and is logged in, its keys at the server. */
export async function linked(
  whatsapp: WhatsAppSimulator,
  phone: Phone,
  options: Partial<UserFacingSocketConfig> = {},
): Promise<Client> {
  const client = createClient(whatsapp.url, options)
  client.connect()
  await phone.scans(await client.until(() => client.qrs.at(-1), 'a QR code'))
  await client.closed()
  await loggedIn(whatsapp, phone, client)
  return client
}

/** Connects, and waits until WhatsApp has given the device its messages. */
export async function loggedIn(whatsapp: WhatsAppSimulator, phone: Phone, client: Client): Promise<void> {
  client.connect()
  await client.opened()
  const id = Number(client.kept.creds.me?.id.split(/[:@]/)[1])
  await whatsapp.server.wait(() => phone.companions().find((device) => device.id === id)?.active)
}
