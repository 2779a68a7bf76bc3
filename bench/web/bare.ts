// What the product is held against where it is a linked device: the client library as it is published and as its guide
// has it, with its keys in SQLite and handlers that do nothing, in a process of its own.
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  BufferJSON,
  initAuthCreds,
  makeCacheableSignalKeyStore,
  makeWASocket,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  WA_CERT_DETAILS,
  type WASocket,
} from 'baileys'
import Fastify from 'fastify'
import pino from 'pino'
import Type from 'typebox'
import { quietSignal } from '../../simulator/whatsapp/index.ts'
import { answerCalls } from '../child.ts'
import { wait } from '../moment.ts'
import type { Place } from './whatsapp.ts'

/** How often acknowledgements are looked for, each 20 ms. */
const ACK_TRIES = 1000
const mute = pino({ level: 'silent' })

interface Device {
  readonly qr: Promise<string>
  readonly opened: Promise<void>
  socket: WASocket
}

interface Setting {
  readonly url: string
  readonly db: DatabaseSync
}

const devices = new Map<string, Device>()
let setting: Setting | null = null
let acks = 0
let heard = 0

async function start({ url, root, folder }: Pick<Place, 'url' | 'root'> & { folder: string }): Promise<void> {
  quietSignal()
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root, 'base64')
  const db = new DatabaseSync(join(folder, 'bare.db'))
  // As durable as the product's.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec(
    'CREATE TABLE key (device TEXT, type TEXT, id TEXT, value TEXT, PRIMARY KEY (device, type, id)) WITHOUT ROWID',
  )
  setting = { url, db }
}

/** The store that everybody writes first: a row a key, a transaction a `set`. */
function keysOf(device: string, db: DatabaseSync): SignalKeyStore {
  const read = db.prepare('SELECT value FROM key WHERE device = ? AND type = ? AND id = ?')
  const write = db.prepare('INSERT OR REPLACE INTO key VALUES (?, ?, ?, ?)')
  const wipe = db.prepare('DELETE FROM key WHERE device = ? AND type = ? AND id = ?')
  const put = (type: string, id: string, value: unknown) => {
    if (value === null || value === undefined) wipe.run(device, type, id)
    else write.run(device, type, id, JSON.stringify(value, BufferJSON.replacer))
  }
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[T] } = {}
      for (const id of ids) {
        const value = readValue(read, [device, type, id])
        if (value !== null) found[id] = type === 'app-state-sync-key' ? appStateKey(value) : value
      }
      return found
    },
    set(data: SignalDataSet) {
      db.exec('BEGIN')
      for (const [type, values] of Object.entries(data))
        for (const [id, value] of Object.entries(values)) put(type, id, value)
      db.exec('COMMIT')
    },
  }
}

function readValue(read: StatementSync, key: readonly [string, string, string]) {
  const text = read.get(...key)?.value
  return typeof text === 'string' ? JSON.parse(text, BufferJSON.reviver) : null
}

function appStateKey<T>(value: object): T {
  return proto.Message.AppStateSyncKeyData.fromObject(value) as T
}

/** Connects, and connects again when WhatsApp says so; what it is told goes nowhere. */
function open(id: string, { url, db }: Setting): Device {
  const qr = Promise.withResolvers<string>()
  const opened = Promise.withResolvers<void>()
  const creds = initAuthCreds()
  const write = db.prepare(`INSERT OR REPLACE INTO key VALUES (?, 'creds', '', ?)`)
  const keys = makeCacheableSignalKeyStore(keysOf(id, db), mute)
  const connect = () => {
    const socket = makeWASocket({ auth: { creds, keys }, logger: mute, waWebSocketUrl: url })
    socket.ev.on('creds.update', (update) => {
      Object.assign(creds, update)
      write.run(id, JSON.stringify(creds, BufferJSON.replacer))
    })
    socket.ev.on('connection.update', (update) => {
      if (update.qr) qr.resolve(update.qr)
      if (update.connection === 'open') opened.resolve()
      if (update.connection === 'close') device.socket = connect()
    })
    socket.ev.on('messages.upsert', ({ messages, type }) => {
      if (type === 'notify') heard += messages.length
    })
    socket.ws.on('CB:ack,class:message', () => {
      acks += 1
    })
    return socket
  }
  const device: Device = { qr: qr.promise, opened: opened.promise, socket: connect() }
  return device
}

function deviceOf(id: string): Device {
  const device = devices.get(id)
  if (!device) throw new Error(`there is no device ${id}`)
  return device
}

/** What `send` is told. */
export interface BareSends {
  readonly to: readonly string[]
  /** Texts of each device to each of `to`. */
  readonly each: number
  /** The longest pause of a device before a message, ms; 0: none. */
}

/** Every device sends, one message after the other; answers how many WhatsApp acknowledged. */
async function send({ to, each }: BareSends): Promise<number> {
  const before = acks
  const sendAll = async ({ socket }: Device) => {
    for (let no = 0; no < each; no += 1)
      for (const number of to) {
        await socket.sendMessage(`${number}@s.whatsapp.net`, { text: `Your order ${no} is on its way.` })
      }
  }
  await Promise.all([...devices.values()].map(sendAll))
  const due = before + devices.size * to.length * each
  // The library is done with a message when it is written; its acknowledgement follows.
  for (let tries = 0; acks < due && tries < ACK_TRIES; tries += 1) await wait(20)
  return acks - before
}

const Send = Type.Object({ account_id: Type.String(), to: Type.String(), text: Type.String() })

/** Takes the same requests as the product, and keeps nothing of them; answers where. */
async function serve(): Promise<string> {
  const fastify = Fastify({ logger: false })
  fastify.post('/api/send', { schema: { body: Send } }, async (request) => {
    const { account_id, to, text } = request.body as { account_id: string; to: string; text: string }
    const sent = await deviceOf(account_id).socket.sendMessage(`${to.slice(1)}@s.whatsapp.net`, { text })
    return { success: true, message_id: sent?.key.id }
  })
  return `${await fastify.listen({ host: '127.0.0.1', port: 0 })}/api/send`
}

const calls = {
  start,
  serve,
  /** Begins a device; answers the code that it shows. */
  qr: async (id: string) => {
    if (!setting) throw new Error('it is not started')
    const device = open(id, setting)
    devices.set(id, device)
    return device.qr
  },
  /** Resolves when the device is linked and logged in. */
  opened: async (id: string) => deviceOf(id).opened,
  send,
  acks: async () => acks,
  /** Messages that its handlers were told of. */
  heard: async () => heard,
  /** CPU that this process has used, µs. */
  cpu: async () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
}
export type BareCalls = typeof calls

answerCalls(calls)
