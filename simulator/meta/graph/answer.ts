// The answer to a Graph call as bytes: status, the headers that Graph sends, the body; and how it is spoilt.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { toWireJson } from '../callbacks/payload.ts'
import type { FaultAction } from '../faults.ts'
import { newTraceId } from '../ids.ts'
import type { Account } from '../state.ts'
import { authenticateHeader, errorBody, GraphError, statusOf, titleOf } from './graph-error.ts'

export type WireAnswer = { status: number; headers: Record<string, string>; body: string }

/** The oldest version that Graph still serves; older ones are forwarded to it. */
const oldestVersion = 21
const jsonType = 'application/json; charset=UTF-8'

/** A right answer. A call that concerned an account carries its usage. */
export function rightAnswer(body: unknown, version: string | undefined, account?: Account): WireAnswer {
  const usage = account ? { 'x-business-use-case-usage': usageOf(account) } : {}
  return {
    status: 200,
    headers: { ...commonHeaders(version), 'content-type': jsonType, ...usage },
    body: toWireJson(body),
  }
}

/** A refusal in Meta's shape. */
export function errorAnswer(error: GraphError, version: string | undefined): WireAnswer {
  const headers = {
    ...commonHeaders(version),
    'content-type': jsonType,
    'www-authenticate': authenticateHeader(error),
    ...error.options.headers,
  }
  return { status: statusOf(error), headers, body: toWireJson(errorBody(error)) }
}

/** What a fault makes of an answer; undefined when it answers nothing by itself. */
export function faultyAnswer(action: FaultAction, version: string | undefined): WireAnswer | undefined {
  const plain = commonHeaders(version)
  switch (action.kind) {
    case 'error':
      return errorAnswer(injectedError(action), version)
    case 'throttle': {
      const code = action.code ?? 130429
      const headers = { 'retry-after': String(action.retryAfter) }
      return errorAnswer(new GraphError(`(#${code}) ${titleOf(code)}`, { code, status: 429, headers }), version)
    }
    case 'unavailable': {
      const headers = action.retryAfter === undefined ? {} : { 'retry-after': String(action.retryAfter) }
      const error = new GraphError('Service temporarily unavailable', {
        code: 2,
        status: 503,
        transient: true,
        headers,
      })
      return errorAnswer(error, version)
    }
    case 'html': {
      const page =
        '<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>'
      return {
        status: action.status ?? 502,
        headers: { ...plain, 'content-type': 'text/html; charset="utf-8"' },
        body: page,
      }
    }
    case 'empty':
      return { status: 200, headers: plain, body: '' }
    default:
      return undefined
  }
}

/** Sends an answer; with `cut`, only half of it, while Content-Length promises all. Resolves when it is out. */
export function write(response: ServerResponse, answer: WireAnswer, cut = false): Promise<void> {
  // A caller who has gone closes no more.
  if (response.destroyed) return Promise.resolve()
  const bytes = Buffer.from(answer.body)
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(bytes.length) })
  return new Promise((resolve) => {
    response.once('close', resolve)
    if (!cut) response.end(bytes)
    else response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroySoon())
  })
}

/** Resets the connection, so that the caller sees ECONNRESET and no answer. */
export function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

function injectedError(action: Extract<FaultAction, { kind: 'error' }>): GraphError {
  const { code, status, subcode, type, transient } = action
  const isUnspecific = code === 1 || code === 2
  return new GraphError(action.message ?? (isUnspecific ? titleOf(code) : `(#${code}) ${titleOf(code)}`), {
    code,
    ...(status === undefined ? {} : { status }),
    ...(subcode === undefined ? {} : { subcode }),
    ...(type === undefined ? {} : { type }),
    ...(transient === undefined ? {} : { transient }),
  })
}

function commonHeaders(version: string | undefined): Record<string, string> {
  return {
    'facebook-api-version': servedVersion(version),
    'x-fb-request-id': newTraceId(),
    'x-fb-trace-id': newTraceId(),
    'x-fb-rev': '1031700000',
    'strict-transport-security': 'max-age=15552000; preload',
    pragma: 'no-cache',
    'cache-control': 'private, no-cache, no-store, must-revalidate',
    expires: 'Sat, 01 Jan 2000 00:00:00 GMT',
    'access-control-allow-origin': '*',
  }
}

function servedVersion(version: string | undefined): string {
  const major = Number(/^v(\d+)\./.exec(version ?? '')?.[1] ?? 0)
  return version !== undefined && major >= oldestVersion ? version : `v${oldestVersion}.0`
}

/** Shares of the hourly budget of an active account (5000 calls), in percent, as Meta counts them. */
function usageOf(account: Account): string {
  const share = Math.min(100, Math.ceil(account.calls / 50))
  const usage = {
    type: 'whatsapp',
    call_count: share,
    total_cputime: 1,
    total_time: 1,
    estimated_time_to_regain_access: 0,
  }
  return JSON.stringify({ [account.id]: [usage] })
}
