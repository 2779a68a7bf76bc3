// The ways out of one account: the connection to WhatsApp and its files, all through the account's proxy when it has one,
// files only from and to hosts that WhatsApp is known by.
import { EventEmitter } from 'node:events'
import type { ClientRequest } from 'node:http'
import type { Agent as HttpAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { SocksProxyAgent } from 'socks-proxy-agent'
import { Agent, buildConnector, type Dispatcher, Dispatcher1Wrapper, ProxyAgent } from 'undici'
import type { Endpoint } from '../port.ts'

export interface Ways {
  /** For the WebSocket; null: straight. */
  readonly agent: HttpAgent | null
  /** For our requests for files. Refuses hosts that are not allowed. */
  readonly files: Dispatcher
  /** The same for the requests that the library makes itself, by the `fetch` of Node. */
  readonly fetching: Dispatcher
  /** Whether files may be fetched from, and brought to, this `host` or `host:port`. */
  allows(host: string): boolean
  close(): void
}

/** The host that the library knows by heart, whatever WhatsApp says. */
const BUILT_IN = 'mmg.whatsapp.net'
const CONNECT_MS = 20_000

/** How a proxy is reached. */
export interface ProxyWay {
  readonly url: string
  /** Resolves its name, to addresses only that may be dialled; null: as the system does. */
  readonly lookup: LookupFunction | null
}

/** Fails with an Error when the proxy's address is none that can be used. */
export function createWays(endpoint: Endpoint, proxy: ProxyWay | null): Ways {
  const allows = (host: string) => isAllowed(endpoint.mediaHosts, host)
  const exact = endpoint.mediaHosts.find((host) => !host.startsWith('*.'))
  const base = dispatcherFor(endpoint.mediaCa, proxy)
  const files = base.compose((dispatch) => (options, handler) => {
    const host = new URL(String(options.origin)).host
    const wanted = host === BUILT_IN && !allows(host) && exact !== undefined ? exact : host
    if (!allows(wanted)) throw new Error(`Files are not fetched from ${host}`)
    return dispatch({ ...options, origin: `https://${wanted}` }, handler)
  })
  return {
    agent: proxy === null ? null : agentFor(proxy),
    files,
    fetching: new Dispatcher1Wrapper(files),
    allows,
    close: () => void base.destroy().catch(() => {}),
  }
}

/** `*.whatsapp.net` is every name under it, on the port of https; anything else is one host, with its port if it has one. */
export function isAllowed(patterns: readonly string[], host: string): boolean {
  const plain = host.toLowerCase()
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? plain.endsWith(pattern.slice(1).toLowerCase()) : plain === pattern.toLowerCase(),
  )
}

function agentFor({ url, lookup }: ProxyWay): HttpAgent {
  const agent = isSocks(url) ? socksAgent({ url, lookup }) : new HttpsProxyAgent(url, lookup === null ? {} : { lookup })
  return agent as unknown as HttpAgent
}

/** Names are resolved by the proxy: what is looked up here would go beside it. */
function socksAgent({ url, lookup }: ProxyWay): SocksProxyAgent {
  const options = lookup === null ? {} : { socketOptions: { lookup, port: 0 } }
  return new SocksProxyAgent(url.replace(/^socks5?:/, 'socks5h:'), options)
}

/** For requests that go out by themselves. `ca`: authorities in PEM, null for the usual ones. */
export function dispatcherFor(ca: string | null, proxy: ProxyWay | null): Dispatcher {
  const tls = { timeout: CONNECT_MS, ...(ca === null ? null : { ca }) }
  if (proxy === null) return new Agent({ connect: tls })
  const { url: uri, lookup } = proxy
  if (!isSocks(uri))
    return new ProxyAgent({ uri, requestTls: tls, proxyTunnel: true, ...(lookup && { proxyTls: { lookup } }) })
  const agent = socksAgent(proxy)
  const secure = buildConnector(tls)
  return new Agent({
    connect(target, callback) {
      // All that the agent does with a request is to tell it of the proxy.
      const request = new EventEmitter() as unknown as ClientRequest
      const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80))
      agent.connect(request, { host: target.hostname, port, secureEndpoint: false }).then(
        (httpSocket) =>
          target.protocol === 'https:' ? secure({ ...target, httpSocket }, callback) : callback(null, httpSocket),
        (error: Error) => callback(error, null),
      )
    },
  })
}

function isSocks(proxy: string): boolean {
  return /^socks/.test(proxy)
}
