// The one guard on requests that go where a user's URL points: it keeps them out of the inside of the network.
import { lookup as systemLookup } from 'node:dns/promises'
import type { LookupFunction, Socket } from 'node:net'
import { buildConnector } from 'undici'
import { isGuardedAddress, isPublicAddress, literalAddress } from './addresses.ts'
import { readAllowed } from './egress-allow.ts'

/** The `code` of the error that a connection ends with when its address is refused. */
export const EGRESS_REFUSED = 'EGRESS_REFUSED'

/** Longest URL taken, in characters. */
const MAX_URL = 2048
/** How long `checkUrl` waits for a name to resolve, ms; the connection is vetted again anyway. */
const RESOLVE_MS = 5000

/** Where a proxy listens whose address names no port. */
const PROXY_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'socks5:': 1080 }

/** Names that clouds give to their metadata service: refused whatever they resolve to, unless listed. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
])

/** One address of a name. */
export interface Resolved {
  readonly address: string
  /** 4 or 6. */
  readonly family: number
}
/** All addresses of a name; rejects when it does not resolve. */
export type Resolve = (name: string) => Promise<readonly Resolved[]>

export interface EgressOptions {
  /** What may be reached although it is inside: `host`, `*.domain`, `host:port`, addresses and networks (CIDR). */
  readonly allowed: readonly string[]
  /** Makes the error that `checkUrl`, and a malformed entry of `allowed`, are answered with. */
  readonly refuse: (sentence: string) => Error
  /** Put behind a refusal: how the one who runs this can allow it. */
  readonly hint?: string
  /** Instead of the system's resolver. */
  readonly lookup?: Resolve
}

/** All ways out use the same guard, so that they cannot differ: a check at registration and one at every connection. */
export interface EgressGuard {
  /**
   * Whether requests may go to a URL, which is handed back parsed. A name that does not resolve (yet) passes, since
   * the receiver may come later and every connection is vetted. The sentence of a refusal never tells an address.
   */
  checkUrl(text: string): Promise<URL>
  /**
   * Whether the proxy at that address (any scheme, with a user or without) may be dialled; hands back the lookup that
   * resolves its name, if it is one, when it is dialled. The sentence of a refusal does not repeat the address.
   */
  checkProxy(address: string): Promise<LookupFunction>
  /** For `net.connect`: resolves a name and hands back only addresses that may be reached, or EGRESS_REFUSED. */
  readonly lookup: LookupFunction
  /** For undici: connects only where it may, by name or by address, and looks again at what it is connected to. */
  connector(options?: buildConnector.BuildOptions): buildConnector.connector
}

interface Destination {
  readonly name: string | null
  readonly ip: string
  readonly port: number | null
}

interface Rules {
  allows(destination: Destination): boolean
  /** The addresses of a name that may be reached; rejects with EGRESS_REFUSED when there are none. */
  reachable(name: string, port: number | null): Promise<readonly Resolved[]>
}

function refused(): Error {
  return Object.assign(new Error('The address is not allowed'), { code: EGRESS_REFUSED })
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === EGRESS_REFUSED
}

/** Lookups of a name that is being looked up already wait for that one: a dead name holds one thread, not sixteen. */
function shareLookups(resolve: Resolve): Resolve {
  const running = new Map<string, Promise<readonly Resolved[]>>()
  return (name) => {
    const found = running.get(name)
    if (found) return found
    const started = resolve(name).finally(() => running.delete(name))
    running.set(name, started)
    return started
  }
}

/** RFC 6761, 6.3: `localhost` and what is under it is loopback, whatever a resolver says. */
const LOOPBACK: readonly Resolved[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

function rulesOf(options: EgressOptions): Rules {
  const allowed = readAllowed(options.allowed, (entry) =>
    options.refuse(`"${entry}" is no host, host:port, *.domain, IP address or network (such as 10.0.0.0/8)`),
  )
  const resolve = shareLookups(options.lookup ?? ((name) => systemLookup(name, { all: true, order: 'verbatim' })))
  const allows = ({ name, ip, port }: Destination) => {
    if (allowed.listsAddress(ip, port)) return true
    if (isGuardedAddress(ip)) return false
    return isPublicAddress(ip) || allowed.coversAddress(ip) || (name !== null && allowed.listsName(name, port))
  }
  return {
    allows,
    async reachable(name, port) {
      const plain = name.toLowerCase().replace(/\.+$/, '')
      if (METADATA_NAMES.has(plain) && !allowed.listsName(plain, port)) throw refused()
      const isLocal = plain === 'localhost' || plain.endsWith('.localhost')
      const found = isLocal ? LOOPBACK : await resolve(name)
      const good = found.filter(({ address }) => {
        const ip = literalAddress(address)
        return ip !== null && allows({ name: plain, ip, port })
      })
      if (found.length > 0 && good.length === 0) throw refused()
      return good
    },
  }
}

function lookupFor(rules: Rules, port: number | null): LookupFunction {
  return (name, options, callback) => {
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family
    rules.reachable(name, port).then(
      (found) => {
        const good = family === 4 || family === 6 ? found.filter((one) => one.family === family) : found
        const first = good[0]
        if (!first) callback(Object.assign(new Error('The name has no address'), { code: 'ENOTFOUND' }), [])
        else if (options.all) callback(null, [...good])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

/** What may be told of a socket that claims to be connected: an error, or null when all is well. */
function doubtAbout(socket: Socket, rules: Rules, target: { name: string; port: number }): Error | null {
  const ip = literalAddress(socket.remoteAddress ?? '')
  if (ip === null || socket.destroyed) return Object.assign(new Error('Closed at once'), { code: 'ECONNRESET' })
  const name = literalAddress(target.name) === null ? target.name.toLowerCase().replace(/\.+$/, '') : null
  return rules.allows({ name, ip, port: target.port }) ? null : refused()
}

function connectorFor(rules: Rules, options: buildConnector.BuildOptions): buildConnector.connector {
  const byPort = new Map<number, buildConnector.connector>()
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80)
    const ip = literalAddress(target.hostname)
    if (ip !== null && !rules.allows({ name: null, ip, port })) {
      process.nextTick(callback, refused(), null)
      return
    }
    const connect = byPort.get(port) ?? buildConnector({ ...options, lookup: lookupFor(rules, port), socketPath: null })
    byPort.set(port, connect)
    connect(target, (...result) => {
      const [error, socket] = result
      if (error) return callback(error, null)
      const doubt = doubtAbout(socket, rules, { name: target.hostname, port })
      if (!doubt) return callback(null, socket)
      socket.on('error', () => {}).destroy()
      callback(doubt, null)
    })
  }
}

/** What can be said of a URL without asking anybody: its parsed form, or the sentence that refuses it. */
function readUrl(text: string): URL | string {
  if (text.length > MAX_URL) return `The url is longer than ${MAX_URL} characters`
  // The parser would drop tabs and line ends silently, and read a backslash as a slash.
  const isOdd = [...text].some((letter) => letter <= ' ' || letter === '\\' || letter === '\u007f')
  const url = isOdd ? null : URL.parse(text)
  if (!url) return 'The url is not a valid URL'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'The url must start with http:// or https://'
  if (url.username !== '' || url.password !== '') return 'The url must not carry a user or a password; use a header'
  if (/^\.|\.\./.test(url.hostname) || /^\.*$/.test(url.hostname)) return 'The url has no valid host'
  return url
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Makes a guard; throws `refuse(...)` naming the entry when one of `allowed` is malformed. */
export function createEgressGuard(options: EgressOptions): EgressGuard {
  const rules = rulesOf(options)
  const hint = options.hint ? `. ${options.hint}` : ''
  const isRefused = async (host: string, port: number): Promise<boolean> => {
    const ip = literalAddress(host)
    return ip === null
      ? within(rules.reachable(host, port), RESOLVE_MS).then(() => false, isRefusal)
      : !rules.allows({ name: null, ip, port })
  }
  return {
    async checkUrl(text) {
      const url = readUrl(text)
      if (typeof url === 'string') throw options.refuse(url)
      const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
      if (await isRefused(url.hostname, port))
        throw options.refuse(`The url points to a host that requests may not go to${hint}`)
      return url
    },
    async checkProxy(address) {
      const url = URL.parse(address)
      if (!url) throw options.refuse('The address of the proxy is not a valid one')
      // A scheme that URLs do not know keeps the letters and numbers of a host as they were written.
      const host = URL.parse(`http://${url.host}`)?.hostname ?? ''
      const port = Number(url.port) || (PROXY_PORTS[url.protocol] ?? 80)
      if (host === '' || (await isRefused(host, port)))
        throw options.refuse(`The proxy is at a host that requests may not go to${hint}`)
      return lookupFor(rules, port)
    },
    lookup: lookupFor(rules, null),
    connector: (more = {}) => connectorFor(rules, more),
  }
}
