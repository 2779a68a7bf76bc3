// Loaded into every thread of a server before anything else (`--import`): notes each way that leads out of it, and
// closes all that do not lead to loopback, so that nothing leaves the machine whatever the server does.
import child_process from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { threadId } from 'node:worker_threads'

/** One line of the notes. `watched`: a thread begins. `to`: `host:port`, a name that was looked up, or a program. */
export interface Note {
  readonly thread: number
  readonly kind: 'watched' | 'dial' | 'lookup' | 'datagram' | 'program'
  readonly to: string
}

/** The file is named in the query of this module's own address. */
const file = new URL(import.meta.url).searchParams.get('notes')
if (file !== null) watch((kind, to) => appendFileSync(file, `${JSON.stringify({ thread: threadId, kind, to })}\n`))

type Take = (kind: Note['kind'], to: string) => void
type Any = (...given: never[]) => unknown

function watch(note: Take): void {
  note('watched', process.argv[1] ?? '')
  watchSockets(note)
  watchNames(note)
  const { prototype: sockets } = dgram.Socket as unknown as { prototype: Record<'send' | 'connect', Any> }
  for (const way of ['send', 'connect'] as const) sockets[way] = refusing(note, 'datagram', way)
  const { ChildProcess } = child_process as unknown as { ChildProcess: { prototype: { spawn: Any } } }
  ChildProcess.prototype.spawn = refusing(note, 'program', 'spawn')
  syncBuiltinESMExports()
}

/** Everything of Node's that speaks over TCP or TLS, and whatever is built on it, comes through here. */
function watchSockets(note: Take): void {
  const { connect } = net.Socket.prototype
  net.Socket.prototype.connect = function (this: net.Socket, ...given: unknown[]) {
    const { host = 'localhost', port, path } = placeOf(given)
    note('dial', path ?? `${host}:${port}`)
    const isNear = !path && net.isIP(host) !== 0 && /^(127\.|::1$)/.test(host)
    if (isNear) return Reflect.apply(connect, this, given)
    // Not at once: as with a network, there is time to listen for what becomes of it.
    setImmediate(() => this.destroy(Object.assign(new Error(`${host} is out of reach`), { code: 'ECONNREFUSED' })))
    return this
  }
}

interface Place {
  readonly host?: string
  readonly port?: number | string
  readonly path?: string | null
}

/** What can be given to `connect`: options, a port and perhaps a host, a path, or what Node has made of these. */
function placeOf([first, second]: readonly unknown[]): Place {
  if (Array.isArray(first)) return placeOf(first)
  if (typeof first === 'object' && first !== null) return first
  const isPath = typeof first === 'string' && Number.isNaN(Number(first))
  if (isPath) return { path: first }
  return { port: String(first), ...(typeof second === 'string' && { host: second }) }
}

/** No name has an address: it is noted, and asked of nobody. */
function watchNames(note: Take): void {
  const apart = [dns.Resolver.prototype, dns.promises.Resolver.prototype]
  for (const names of [dns, dns.promises, ...apart] as unknown as Record<string, unknown>[]) {
    const isLater = names === (dns.promises as unknown) || names === (dns.promises.Resolver.prototype as unknown)
    for (const way of Object.getOwnPropertyNames(names)) {
      if (!/^(lookup|resolve|reverse)/.test(way) || typeof names[way] !== 'function') continue
      const real = names[way] as Any
      names[way] = function (this: unknown, name: string, ...more: unknown[]) {
        // What is an address already is asked of nobody.
        if (net.isIP(name) !== 0) return Reflect.apply(real, this, [name, ...more])
        note('lookup', name)
        const unknown = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
        if (isLater) return Promise.reject(unknown)
        const done = more.at(-1)
        if (typeof done === 'function') process.nextTick(done, unknown)
        return {}
      }
    }
  }
}

function refusing(note: Take, kind: Note['kind'], what: string) {
  return (...given: unknown[]): never => {
    note(kind, JSON.stringify(given.filter((each) => typeof each !== 'function')).slice(0, 200))
    throw new Error(`${what} is not allowed here`)
  }
}
