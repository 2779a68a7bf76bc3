// Fetches the file that a link names: only where the egress guard lets it, only so large, only for so long.
import { Agent, type Dispatcher, request } from 'undici'
import { EGRESS_REFUSED, type EgressGuard } from '../../kit/egress.ts'
import type { Folder, Spooled, Spooling } from '../../kit/spool.ts'

/** For everything: name, connection, answer, its last byte, ms. */
const TOTAL_MS = 60_000
/** How long a connection is kept for the next file of the same host, ms. */
const KEEP_ALIVE_MS = 5_000

/** Why a link's file is not there, in words that go behind the field's name. */
export class LinkError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'LinkError'
  }
}

export interface Fetched {
  readonly file: Spooled
  /** As the answer says it; null when it does not. */
  readonly mimeType: string | null
}

export interface Fetcher {
  /** Fails with LinkError; with what `stop` was given when it is cut off; with what the disk says. */
  fetch(url: string, maxBytes: number): Promise<Fetched>
  /** Cuts off what is being fetched. */
  stop(): Promise<void>
}

export interface FetcherDeps {
  readonly guard: Pick<EgressGuard, 'connector'>
  readonly folder: Pick<Folder, 'create'>
  /** ms; 60 s. */
  readonly timeoutMs?: number
}

export function createFetcher({ guard, folder, timeoutMs = TOTAL_MS }: FetcherDeps): Fetcher {
  const agent = new Agent({
    connect: guard.connector({ timeout: timeoutMs, allowH2: false }),
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // One limit for the exchange as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const stopping = new AbortController()

  const ask = async (url: string, maxBytes: number, signal: AbortSignal): Promise<Fetched> => {
    const answer = await request(url, { dispatcher: agent, signal, headers: { 'accept-encoding': 'identity' } })
    // What is left of a body that nobody wants ends with the connection; its end is no news.
    answer.body.on('error', () => {})
    const refusal = refusalOf(answer, maxBytes)
    if (refusal !== null) {
      answer.body.destroy()
      throw new LinkError(refusal)
    }
    const file = await kept(await folder.create(), answer.body, maxBytes)
    return { file, mimeType: firstOf(answer.headers['content-type']) }
  }

  return {
    async fetch(url, maxBytes) {
      const late = AbortSignal.timeout(timeoutMs)
      try {
        return await ask(url, maxBytes, AbortSignal.any([late, stopping.signal]))
      } catch (thrown) {
        if (thrown instanceof LinkError || stopping.signal.aborted) throw thrown
        if (late.aborted) throw new LinkError(`the file did not come within ${timeoutMs / 1000} s`, thrown)
        const reason = reasonOf(thrown)
        throw reason === null ? thrown : new LinkError(reason, thrown)
      }
    },
    async stop() {
      stopping.abort()
      await agent.destroy()
    },
  }
}

async function kept(spooling: Spooling, body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Spooled> {
  try {
    for await (const chunk of body) {
      if (spooling.size + chunk.length > maxBytes) throw new LinkError(tooLarge(maxBytes))
      await spooling.write(chunk)
    }
    if (spooling.size === 0) throw new LinkError('the file is empty')
    return await spooling.end()
  } catch (thrown) {
    await spooling.abort()
    throw thrown
  }
}

function refusalOf({ statusCode, headers }: Dispatcher.ResponseData, maxBytes: number): string | null {
  if (statusCode >= 300 && statusCode < 400)
    return `answered ${statusCode}; redirects are not followed, name the address where the file is`
  if (statusCode < 200 || statusCode >= 300) return `answered ${statusCode}`
  const encoding = firstOf(headers['content-encoding'])
  if (encoding !== null && encoding !== 'identity') return `answered in the encoding "${encoding}", unasked`
  return Number(firstOf(headers['content-length']) ?? 0) > maxBytes ? tooLarge(maxBytes) : null
}

function tooLarge(maxBytes: number): string {
  const megabytes = maxBytes / (1024 * 1024)
  const most = megabytes < 1 ? `${Math.round(maxBytes / 1024)} KB` : `${megabytes} MB`
  return `the file is larger than ${most}, which is the most for its kind`
}

function firstOf(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null
}

const REASONS: Readonly<Record<string, string>> = {
  [EGRESS_REFUSED]: 'points to a host that requests may not go to',
  ENOTFOUND: 'its host name does not resolve',
  EAI_AGAIN: 'its host name does not resolve: the name server does not answer',
  ECONNREFUSED: 'its host refuses the connection',
  ECONNRESET: 'the connection was closed before the file was complete',
  UND_ERR_SOCKET: 'the connection was closed before the file was complete',
  UND_ERR_CONNECT_TIMEOUT: 'its host does not answer',
  ETIMEDOUT: 'its host does not answer',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its host cannot be reached',
  CERT_HAS_EXPIRED: 'the certificate of its host has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of its host is for another name',
}

/** The codes of errors of the network, of TLS and of undici; anything else is the disk's, or a fault of ours. */
const NETWORK =
  /^(UND_ERR_|HPE_|ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|EAI_|ENET|EHOST|ECONN|EPIPE)/

function reasonOf(thrown: unknown): string | null {
  const code = codeOf(thrown)
  return REASONS[code] ?? (NETWORK.test(code) ? `cannot be fetched (${code})` : null)
}

/** Of several attempts to connect, the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) {
    const inner = error.errors.map(codeOf).find((code) => code !== '')
    if (inner) return inner
  }
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
