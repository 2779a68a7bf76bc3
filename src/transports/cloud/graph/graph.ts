// Calls Meta's Graph API over kept-alive connections, and says of every failure whether the call can have taken effect.
import { createHmac } from 'node:crypto'
import { type Dispatcher, Pool } from 'undici'
import { type GraphReply, type RawAnswer, readAnswer } from './answer.ts'
import { plainTrouble } from './trouble.ts'

/** As whom a call is made. */
export interface Caller {
  /** `v21.0` */
  readonly apiVersion: string
  readonly accessToken: string
  readonly appSecret: string | null
}

export interface GraphCall {
  readonly method: 'GET' | 'POST'
  /** Below the version, already encoded: `106540352242922/messages`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

export interface Graph {
  /** Never fails; what went wrong is in the reply. */
  call(caller: Caller, call: GraphCall): Promise<GraphReply>
  close(): Promise<void>
}

/** Answers beyond this are not Graph's. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/**
 * `baseUrl` without the version (`https://graph.facebook.com`); `timeoutMs` is for a whole call, connecting included.
 * HTTP/1.1 only, so that one lost connection is one lost call; redirects are never followed, for the token goes with
 * every call.
 */
export function createGraph(baseUrl: string, timeoutMs = 30_000): Graph {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/+$/, '')
  const pool = new Pool(base.origin, {
    connections: 64,
    allowH2: false,
    connectTimeout: Math.min(timeoutMs, 10_000),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: MAX_ANSWER_BYTES,
  })
  return {
    async call(caller, call) {
      const path = `${prefix}/${versionOf(caller)}/${call.path}${queryOf(caller, call)}`
      const body = call.body === undefined ? null : JSON.stringify(call.body)
      const headers = {
        authorization: `Bearer ${caller.accessToken}`,
        accept: 'application/json',
        ...(body === null ? null : { 'content-type': 'application/json' }),
      }
      const raw = await exchange(pool, { path, method: call.method, headers, body }, timeoutMs)
      return readAnswer(raw, secretsOf(caller))
    },
    close: () => pool.destroy(),
  }
}

/**
 * One request by `dispatch`, the layer under `Pool.request`, because only there one learns whether a request was written
 * to a connection before it failed: what was never written cannot have taken effect, whatever the error was.
 */
function exchange(pool: Pool, request: Dispatcher.DispatchOptions, timeoutMs: number): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let status = 0
    let headers: Readonly<Record<string, string | string[] | undefined>> = {}
    let controller: Dispatcher.DispatchController | null = null
    let isOver = false
    const finish = (answer: RawAnswer): void => {
      clearTimeout(deadline)
      isOver = true
      resolve(answer)
    }
    const fail = (reason: string): void => {
      finish({
        trouble: controller ? plainTrouble('lost', reason, status || null) : plainTrouble('unreachable', reason),
      })
    }
    const deadline = setTimeout(() => {
      fail(`no answer within ${timeoutMs / 1000} s`)
      controller?.abort(new Error('deadline'))
    }, timeoutMs)
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(given) {
        // Gave up while it was queued: must not be written any more.
        if (isOver) given.abort(new Error('deadline'))
        else controller = given
      },
      onResponseStart(_given, code, received) {
        status = code
        headers = received
      },
      onResponseData(_given, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd: () => finish({ status, headers, body: Buffer.concat(chunks) }),
      onResponseError: (_given, error) => isOver || fail(reasonOf(error)),
    }
    try {
      pool.dispatch(request, handler)
    } catch (error) {
      fail(reasonOf(error))
    }
  })
}

/** `v21.0`; owners write `21.0` as well. */
function versionOf(caller: Caller): string {
  const text = caller.apiVersion.trim()
  return /^\d/.test(text) ? `v${encodeURIComponent(text)}` : encodeURIComponent(text)
}

function queryOf(caller: Caller, call: GraphCall): string {
  const query = new URLSearchParams(call.query)
  if (caller.appSecret !== null) query.set('appsecret_proof', proofOf(caller.accessToken, caller.appSecret))
  return query.size === 0 ? '' : `?${query}`
}

/** Hex HMAC-SHA256 of the token: what apps with "Require app secret" ask for (Meta, "Secure Graph API calls"). */
function proofOf(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex')
}

/** What must never show in a text that leaves us; Meta quotes tokens in some of its messages. */
function secretsOf(caller: Caller): readonly string[] {
  const { accessToken, appSecret } = caller
  return [accessToken, ...(appSecret === null ? [] : [appSecret, proofOf(accessToken, appSecret)])].filter(
    (text) => text.length > 3,
  )
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the call failed'
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  const text =
    error.message === '' && error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : error.message
  return `${text === '' ? 'the connection failed' : text}${code}`
}
