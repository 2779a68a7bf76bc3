// The HTTP side: reads a call, lets a fault strike, has it answered, logs it.
import http from 'node:http'
import type { Fault, Faults } from './faults.ts'
import { errorAnswer, faultyAnswer, fileAnswer, reset, rightAnswer, type WireAnswer, write } from './graph/answer.ts'
import { answerGraph } from './graph/graph.ts'
import { GraphError, titleOf } from './graph/graph-error.ts'
import { fieldsOf, type GraphRequest, paramsOf, parseBody, splitPath } from './graph/graph-request.ts'
import type { LimitKeeper } from './graph/limits.ts'
import { isMultipart, readMultipart, type UploadedFile } from './graph/multipart.ts'
import type { LoggedRequest, RequestLog } from './request-log.ts'
import type { World } from './world.ts'

/** What the server stands on; `control` answers everything under `/_control`. */
export type ServerParts = {
  world: World
  faults: Faults
  log: RequestLog
  limits: LimitKeeper
  control(method: string, path: string, body: string): Promise<{ status: number; body: unknown }>
}

/** A server that is not listening yet. */
export function createServer(parts: ServerParts): http.Server {
  return http.createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const url = urlOf(request)
    const isControl = url.pathname === '/_control' || url.pathname.startsWith('/_control/')
    const work = isControl ? controlCall(parts, request, response) : graphCall(parts, request, response)
    // Only a caller who went away ends here: everything else is answered.
    work.catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
}

async function controlCall(
  parts: ServerParts,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const body = await readBody(request)
  const answer = await parts.control(request.method ?? 'GET', urlOf(request).pathname, body.toString('utf8'))
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  await write(response, { status: answer.status, headers, body: JSON.stringify(answer.body, null, 2) })
}

async function graphCall(
  parts: ServerParts,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const from = performance.now()
  const url = urlOf(request)
  const call = splitPath(url.pathname)
  const fault = parts.faults.strike(request.method ?? 'GET', `/${call.segments.join('/')}`)
  const entry = parts.log.open(headOf(request, url, { at: parts.world.now(), version: call.version, fault }))
  if (fault?.action.kind === 'reset' && fault.action.when === 'before-body') return reset(request)
  const { method, query, headers } = entry
  const origin = `http://${headers.host ?? 'localhost'}`
  const taken = await takeBody(parts, request, entry)
  try {
    const answer = entry.processed
      ? await answerOf(parts, { method, query, headers, ...call, origin, ...taken })
      : undefined
    await deliver({ request, response }, { entry, fault, answer, version: call.version })
  } finally {
    const files = Object.values(taken.files ?? {}).filter(({ kept }) => !kept)
    for (const file of files) await parts.world.spool.drop(file.path)
    entry.ms = Math.round((performance.now() - from) * 1000) / 1000
  }
}

type TakenBody = Pick<GraphRequest, 'rawBody' | 'body' | 'params' | 'files'>

/** Reads the body, whichever kind it is, and writes it into the log. */
async function takeBody(
  { world }: ServerParts,
  request: http.IncomingMessage,
  entry: LoggedRequest,
): Promise<TakenBody> {
  const type = entry.headers['content-type']
  if (!isMultipart(type)) {
    const rawBody = await readBody(request)
    entry.rawBody = rawBody.toString('utf8')
    const body = parseBody(rawBody, type)
    if (body !== undefined) entry.body = body
    return { rawBody, body, params: paramsOf(entry.query, body) }
  }
  const { head, bytes, multipart } = await readMultipart(request, world.spool)
  entry.rawBody = head.toString('utf8')
  entry.rawBodyBytes = bytes
  if (!multipart) return { rawBody: head, body: undefined, params: paramsOf(entry.query, undefined) }
  const fields = fieldsOf(Object.entries(multipart.fields))
  const files = Object.entries(multipart.files).map(([name, file]) => [name, shownFile(file)])
  entry.body = { ...fields, ...Object.fromEntries(files) }
  return { rawBody: head, body: entry.body, params: paramsOf(entry.query, fields), files: multipart.files }
}

function shownFile({ filename, type, size, sha256 }: UploadedFile): Record<string, unknown> {
  return { ...(filename === undefined ? {} : { filename }), type, size, sha256 }
}

async function answerOf({ world, limits }: ServerParts, request: GraphRequest): Promise<WireAnswer> {
  try {
    const { body, accountId, file } = await answerGraph(world, request, limits)
    if (file) return fileAnswer(file, request.headers.range)
    const account = accountId === undefined ? undefined : world.state.accounts.get(accountId)
    if (account) account.calls += 1
    return rightAnswer(body, request.version, account)
  } catch (error) {
    if (error instanceof GraphError) return errorAnswer(error, request.version)
    // A mistake of the simulator's own: it must not pass for something that Meta would say.
    console.error(error)
    return errorAnswer(new GraphError(`${titleOf(1)} (simulator: ${String(error)})`, { code: 1 }), request.version)
  }
}

type Exchange = { request: http.IncomingMessage; response: http.ServerResponse }
type Outcome = {
  entry: LoggedRequest
  fault: Fault | undefined
  answer: WireAnswer | undefined
  version: string | undefined
}

async function deliver({ request, response }: Exchange, { entry, fault, answer, version }: Outcome): Promise<void> {
  const action = fault?.action
  if (action?.kind === 'reset') return reset(request)
  if (action?.kind === 'slow') await pause(action.ms, response)
  if (response.destroyed) return
  const wire = (action && faultyAnswer(action, version)) ?? answer ?? unansweredCall(version)
  entry.status = wire.status
  entry.answer = wire.body
  await write(response, wire, action?.kind === 'truncated')
}

/** What a call gets that a fault slowed or cut without letting it take effect. */
function unansweredCall(version: string | undefined): WireAnswer {
  return errorAnswer(new GraphError(titleOf(2), { code: 2, transient: true }), version)
}

/** Waits, but not longer than the caller does. */
function pause(ms: number, response: http.ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

type Seen = { at: number; version: string | undefined; fault: Fault | undefined }

function headOf(request: http.IncomingMessage, url: URL, { at, version, fault }: Seen): Omit<LoggedRequest, 'id'> {
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return {
    ...{ at, method: request.method ?? 'GET', path: url.pathname, query: Object.fromEntries(url.searchParams) },
    ...{ headers: Object.fromEntries(headers), rawBody: '', processed: fault?.processed ?? true },
    ...(version === undefined ? {} : { version }),
    ...(fault ? { fault: fault.id } : {}),
  }
}

function urlOf(request: http.IncomingMessage): URL {
  const target = `http://localhost${request.url?.startsWith('/') ? request.url : '/'}`
  return new URL(URL.canParse(target) ? target : 'http://localhost/')
}

async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
