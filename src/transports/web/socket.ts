// The one room that knows the client library of WhatsApp Web: opens connections that keep to port.ts.
//
// What the library does wrong or leaves open is put right below this door: signatures are checked (socket/shims.ts),
// nothing is printed (socket/console.ts), messages are recorded before WhatsApp hears of them (socket/inbound.ts), and
// files come from and go to WhatsApp's hosts only, through the account's proxy (socket/ways.ts, socket/files).
import { AsyncLocalStorage } from 'node:async_hooks'
import type { WASocket } from 'baileys'
import { type Clock, systemClock } from '../../kit/clock.ts'
import type { EgressGuard } from '../../kit/egress.ts'
import type { SessionStoreOf } from '../transport.ts'
import type { Closed, OpenSocket, Socket, SocketEvents, SocketParts } from './port.ts'
import { hasLinked, openAuth } from './socket/auth.ts'
import { type Caches, createCaches } from './socket/cache.ts'
import { configOf } from './socket/config.ts'
import { keyOf, parsed } from './socket/envelope.ts'
import { downloadFile } from './socket/files/download.ts'
import { uploadFile } from './socket/files/upload.ts'
import { createInbound } from './socket/inbound.ts'
import type { Library } from './socket/library.ts'
import { listen, whyOf } from './socket/listening.ts'
import { loadLibrary, trustRoot } from './socket/load.ts'
import { askPairingCode, findOnWhatsApp, messageOf, ping, renewFile, sendMessage } from './socket/outbound.ts'
import { whatWasSent } from './socket/repairs/asked-again.ts'
import { createRepairs, type Repairs } from './socket/repairs/repairs.ts'
import { letGoWithin } from './socket/timers.ts'
import { createUsedKeys } from './socket/turns.ts'
import type { Versions } from './socket/version.ts'
import { createWays, type ProxyWay, type Ways } from './socket/ways.ts'
import { guardListeners, holdUntilKept, keepAmongOwn, wireOf } from './socket/wiring.ts'

export { deviceOf } from './socket/auth.ts'
export { createVersions } from './socket/version.ts'

/** How long a farewell may take before the line is cut. */
const FAREWELL_MS = 2000
const PAIRING_CODE_MS = 20_000

/**
 * Opens the connections of one account: what is remembered between them (groups, devices, retries) belongs to it. One at
 * a time: two that use the same keys would spoil them, so that the one before is ended and has written its last.
 */
export function createOpenSocket(clock: Clock, { versions, guard }: Outside): OpenSocket {
  const caches = createCaches(clock)
  let last: Connection | null = null
  return (parts) => {
    const wayOf = (proxy: string | null) => proxyWay(proxy, guard)
    last = new Connection(parts, { caches, versions, wayOf, before: last?.end() ?? Promise.resolve() })
    return speak(last)
  }
}

/** What all accounts share of the way out. */
export interface Outside {
  readonly versions: Versions
  /** Says whether a proxy may be dialled; null: all may. */
  readonly guard: Pick<EgressGuard, 'checkProxy'> | null
}

/** How a proxy is reached; null without one. Fails with the guard's sentence when it may not be dialled. */
export async function proxyWay(proxy: string | null, guard: Outside['guard']): Promise<ProxyWay | null> {
  return proxy === null ? null : { url: proxy, lookup: (await guard?.checkProxy(proxy)) ?? null }
}

/** Whether credentials are those of a device that a phone has linked. */
export function isLinked(credentials: string | null): boolean {
  return credentials !== null && hasLinked(credentials)
}

/** A connection that was made. */
interface Live {
  readonly lib: Library
  readonly sock: WASocket
  readonly ways: Ways
  readonly wrote: SocketEvents['wrote']
  /** Has messages go to whom they are for. */
  readonly around: ReturnType<Repairs['with']>['send']
}

interface Surroundings {
  readonly caches: Caches
  readonly versions: Versions
  readonly wayOf: (proxy: string | null) => Promise<ProxyWay | null>
  /** Resolves when the connection before this one writes nothing any more. */
  readonly before: Promise<void>
}

class Connection {
  readonly #parts: SocketParts
  readonly #caches: Caches
  readonly #around: Surroundings
  /** Of the client that we say we are, once it is said. */
  #revision: number | null = null
  readonly #live: Promise<Live>
  /** Ended by its owner, or told to be closed. */
  #isOver = false
  #cut: (() => void) | null = null
  readonly #writing = new Set<Promise<void>>()

  constructor(parts: SocketParts, around: Surroundings) {
    this.#parts = { ...parts, events: fromOutside(parts.events), session: this.#fenced(parts.session) }
    this.#around = around
    this.#caches = around.caches
    this.#live = around.before.then(() => this.#open())
    this.#live.catch((error: unknown) => this.#close(whyOf(error)))
  }

  /** Does something once the connection is made. */
  async use<T>(work: (live: Live) => Promise<T> | T): Promise<T> {
    if (this.#isOver) throw new Error('The connection is closed')
    const live = await this.#live
    return letGoWithin(() => work(live))
  }

  /** Resolves when nothing of it is being written any more; from now on nothing will. */
  async end(): Promise<void> {
    this.#isOver = true
    this.#cut?.()
    await Promise.allSettled(this.#writing)
  }

  #fenced(session: SessionStoreOf): SessionStoreOf {
    return {
      ...session,
      put: (change) => {
        if (this.#isOver) return Promise.reject(new Error('The connection is closed'))
        const writing = session.put(change)
        this.#writing.add(writing)
        const done = () => void this.#writing.delete(writing)
        writing.then(done, done)
        return writing
      },
    }
  }

  async #open(): Promise<Live> {
    const { endpoint, session, proxy, log, events } = this.#parts
    const lib = await loadLibrary()
    trustRoot(lib, endpoint.noiseRoot)
    const abort = (error: unknown) => this.#abort(error)
    const way = await this.#around.wayOf(proxy)
    const auth = await openAuth({ lib, session, failed: abort })
    if (this.#isOver) throw new Error('The connection is closed')
    const ways = createWays(endpoint, way)
    const me = () => ({ id: auth.creds.me?.id ?? '', lid: auth.creds.me?.lid ?? '' })
    const { unreadable, groups } = this.#caches
    const { arrived, unencrypted } = events
    const usedKeys = createUsedKeys()
    const inbound = createInbound({ lib, me, arrived, abort, unreadable, unencrypted, usedKeys })
    const group = (id: string) => this.#group(sock, id)
    const troubled = (error: unknown) => log.debug('whatsapp library', { said: wordsOf(error) })
    const getMessage = whatWasSent({ lib, sent: this.#parts.sent, group })
    const repairs = createRepairs({ lib, caches: this.#caches, group, getMessage, troubled, ...inbound })
    const { makeRepository } = repairs
    const { caches, parts, version } = {
      caches: this.#caches,
      parts: this.#parts,
      version: this.#around.versions.current(),
    }
    this.#revision = version[2]
    const config = configOf({ lib, auth, ways, caches, parts, version, makeRepository, group, getMessage })
    const sock: WASocket = letGoWithin(() => lib.makeWASocket(config))
    this.#cut = cutter(sock, ways)
    const repaired = repairs.with(sock)
    holdUntilKept(sock, () => Promise.all([auth.kept(), usedKeys.kept()]))
    keepAmongOwn(sock, (jid) => lib.areJidsSameUser(jid, me().id) || lib.areJidsSameUser(jid, me().lid))
    guardListeners(sock, { broken: abort, troubled })
    const closed = (why: Closed | null) => (why === null ? this.#cut?.() : this.#close(why))
    listen({ lib, sock, auth, inbound, events, me, groups, abort, troubled, closed, ...repaired })
    return { lib, sock, ways, wrote: events.wrote, around: repaired.send }
  }

  async #group(sock: WASocket, id: string) {
    const { groups } = this.#caches
    const known = groups.get<Awaited<ReturnType<WASocket['groupMetadata']>>>(id)
    if (known) return known
    const found = await sock.groupMetadata(id)
    groups.set(id, found)
    return found
  }

  /** Nothing more goes out from the moment that this is called. */
  #abort(error: unknown): void {
    this.#close({ code: null, text: wordsOf(error) })
  }

  #close(why: Closed): void {
    if (!this.#isOver) {
      this.#isOver = true
      this.#parts.events.closed(this.#revision === null ? why : { ...why, revision: this.#revision })
    }
    this.#cut?.()
  }
}

function speak(connection: Connection): Socket {
  const use = connection.use.bind(connection)
  return {
    pairingCode: (phone) => use(({ sock }) => askPairingCode(sock, phone, PAIRING_CODE_MS)),
    send: (message) =>
      use(async ({ wrote, ...live }) => {
        const content = await sendMessage(live, message)
        wrote(message.id, content)
        return content
      }),
    parse: (bytes) => use(({ lib }) => parsed(lib, bytes)),
    markRead: (envelopes) => use(({ sock }) => sock.readMessages(envelopes.map(keyOf))),
    typing: (to, on) => use(({ sock }) => sock.sendPresenceUpdate(on ? 'composing' : 'paused', to)),
    onWhatsApp: (phones) => use(({ sock }) => findOnWhatsApp(sock, phones)),
    ping: (withinMs) => use(({ sock }) => ping(sock, withinMs)),
    group: (id) => use(async ({ sock }) => ({ ...(await sock.groupMetadata(id)) })),
    upload: (kind, file) =>
      use(({ sock, ways }) => uploadFile({ ways, hosts: (anew) => sock.refreshMediaConn(anew) }, kind, file)),
    async *download(content) {
      yield* await use(({ sock, ways }) => downloadFile({ ways, hosts: () => sock.refreshMediaConn(false) }, content))
    },
    renew: (envelope, content) => use(({ lib, sock }) => renewFile(lib, sock, messageOf(lib, envelope, content))),
    logout: () => use(({ sock }) => sock.logout()),
    end: () => connection.end(),
  }
}

/** Says farewell, and cuts the line when that is not answered. */
function cutter(sock: WASocket, ways: Ways): () => void {
  const wire = wireOf(sock)
  let isCut = false
  return () => {
    if (isCut) return
    isCut = true
    sock.end(undefined)
    systemClock.after(FAREWELL_MS, () => wire?.terminate())
    ways.close()
  }
}

/**
 * The library calls from inside its transactions, and what is begun there would write into them when they are long over:
 * our side is called from outside of them.
 */
function fromOutside(events: SocketEvents): SocketEvents {
  const outside = AsyncLocalStorage.snapshot()
  return {
    arrived: (message) => outside(events.arrived, message),
    qr: (text, livesMs) => outside(events.qr, text, livesMs),
    paired: (self) => outside(events.paired, self),
    open: (self) => outside(events.open, self),
    closed: (why) => outside(events.closed, why),
    wrote: (id, content) => outside(events.wrote, id, content),
    unencrypted: (id) => outside(events.unencrypted, id),
    acked: (id, error) => outside(events.acked, id, error),
    receipts: (receipt) => outside(events.receipts, receipt),
    frame: () => outside(events.frame),
    notice: (what, value) => outside(events.notice, what, value),
    restricted: (until) => outside(events.restricted, until),
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
