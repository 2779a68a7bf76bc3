// The answer to a Graph call as bytes: status, the headers that Graph sends, the body; and how it is spoilt.
import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { toWireJson } from '../callbacks/payload.ts'
import type { FaultAction } from '../faults.ts'
import { newTraceId } from '../ids.ts'
import type { Account } from '../state.ts'
import { authenticateHeader, errorBody, GraphError, statusOf, titleOf } from './graph-error.ts'
import type { FileAnswer } from './graph-request.ts'

/** `part`: bytes of a file (first and last, counted from 0) that are sent instead of the body, which only tells of them. */
export type WireAnswer = {
  status: number
  headers: Record<string, string>
  body: string
  part?: { path: string; first: number; last: number }
}

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

/** A file, or the one range of it that was asked for (RFC 9110, 14.2); several ranges count as none. */
export function fileAnswer(file: FileAnswer, range: string | undefined): WireAnswer {
  const { path, size, type, filename } = file
  const name = (filename ?? 'file').replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  const headers = {
    'content-type': type,
    'accept-ranges': 'bytes',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'private, no-transform, max-age=300',
  }
  const body = `(${type}, ${size} bytes)`
  const wanted = rangeOf(range, size)
  if (wanted === undefined) return { status: 200, headers, body, part: { path, first: 0, last: size - 1 } }
  if (wanted === 'unsatisfiable') return { status: 416, headers: { 'content-range': `bytes */${size}` }, body: '' }
  const { first, last } = wanted
  const contentRange = { 'content-range': `bytes ${first}-${last}/${size}` }
  return { status: 206, headers: { ...headers, ...contentRange }, body, part: { path, first, last } }
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
  if (answer.part) return writePart(response, answer, answer.part, cut)
  const bytes = Buffer.from(answer.body)
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(bytes.length) })
  return new Promise((resolve) => {
    response.once('close', resolve)
    if (!cut) response.end(bytes)
    else response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroySoon())
  })
}

type Part = NonNullable<WireAnswer['part']>

async function writePart(response: ServerResponse, answer: WireAnswer, part: Part, cut: boolean): Promise<void> {
  const { path, first, last } = part
  const length = last - first + 1
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(length) })
  const count = cut ? Math.floor(length / 2) : length
  if (count > 0) {
    const bytes = createReadStream(path, { start: first, end: first + count - 1 })
    // A caller who leaves in the middle is not worth a word.
    await pipeline(bytes, response, { end: !cut }).catch(() => response.destroy())
  } else if (!cut) response.end()
  if (cut) response.socket?.destroySoon()
}

function rangeOf(
  header: string | undefined,
  size: number,
): { first: number; last: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined
  return first > last ? 'unsatisfiable' : { first, last }
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
