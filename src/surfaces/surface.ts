// Makes a surface: a contract, a handler for every operation of it and a way of speaking, as a plugin of the server.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { type Contract, type Input, type Operation, type Output, routesOf } from '../contract/operation.ts'
import type { Log } from '../kit/log.ts'
import type { Spooling } from '../kit/spool.ts'
import { type Caller, may } from '../model/caller.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import { type Audit, aboutOf, detailsOf, isAudited, madeId } from './audit.ts'
import { bodyReader, carriesFile, type ReadBody } from './body/body.ts'
import { createIncoming, type Incoming, type IncomingFile } from './body/incoming.ts'
import { type Brought, checker } from './check.ts'
import { readQuery } from './read.ts'

export type { Audit } from './audit.ts'
export type { IncomingFile } from './body/incoming.ts'

/** What a handler is given besides its input. */
export interface Call<App> {
  /** As the caller may see it. */
  readonly app: App
  readonly caller: Caller
  /**
   * The files that came in the body, by their fields; the input has an empty text in their place. Who wants one longer
   * than the call lasts keeps it: the others are dropped when the handler is done.
   */
  readonly files: ReadonlyMap<string, IncomingFile>
  /** The caller's `Idempotency-Key`, made unique to the caller and the operation; only where operations send. */
  readonly idempotencyKey: string | undefined
}
export type Handler<App, O extends Operation> = (call: Call<App>, input: Input<O>) => Promise<Output<O>> | Output<O>

/** Exactly one handler for every operation of the contract: a missing or a surplus one does not compile. */
export type Handlers<App, C extends Contract> = { readonly [K in keyof C]: Handler<App, C[K]> }

/** A finished answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How a surface speaks, once for all its operations. */
export interface Wire {
  /** The largest body that an operation takes, without its files, bytes. */
  readonly bodyLimit: number
  /** Fails with `unauthenticated` or `rate-limited`. Sees the head of a request only. */
  authenticate(request: FastifyRequest): Promise<Caller>
  /** `fails`: what the operation says of itself. */
  fail(failure: Failure, request: FastifyRequest, fails: readonly FailureCode[]): Answer
}

export interface SurfaceParts<App, C extends Contract> {
  /** For operations that are open to everybody. */
  readonly app: App
  /** What a caller may see of it. */
  readonly appFor: (caller: Caller) => App
  readonly contract: C
  readonly handlers: Handlers<App, C>
  readonly wire: Wire
  readonly log: Log
  /** Begins a file on disk, for what comes in bodies. */
  readonly receive: () => Promise<Spooling>
  /** The largest body that carries a file, bytes. */
  readonly uploadLimit: number
  /** Notes what was changed, and by whom. */
  readonly audit?: Audit
}

/** What the steps of one operation work with. */
interface Work<App> extends Pick<SurfaceParts<App, Contract>, 'app' | 'appFor' | 'wire' | 'log' | 'receive' | 'audit'> {
  readonly name: string
  readonly said: Operation
  readonly body: ReadBody
  readonly input: (brought: Brought) => Record<string, unknown>
  readonly run: (call: Call<App>, input: Record<string, unknown>) => unknown
}

/** What is known of what a request asks for: ids as soon as they are there, details only once they are checked. */
interface Asked {
  about: Record<string, unknown>
  details: Record<string, unknown>
}

const NOBODY: Caller = { id: 'anyone', name: 'anyone', scopes: [], accounts: [] }
const CALLER = 'caller'
const FAILED = 'failed'
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const satisfies HTTPMethods[]

/** Headers of every answer: it is what it says it is, and nobody keeps it. */
const GUARDS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

// The steps, in their order. The first two are taken before the body is read; whatever one throws ends in `wire.fail`.

async function authenticate<App>(work: Work<App>, request: FastifyRequest): Promise<void> {
  if (!work.said.open) request.setDecorator(CALLER, await work.wire.authenticate(request))
}

async function authorize<App>(work: Work<App>, request: FastifyRequest): Promise<void> {
  const { said } = work
  if (said.open || may(request.getDecorator<Caller>(CALLER), said.scope)) return
  const asked = { about: { ...Object(request.params) }, details: {} }
  await note(work, request, { asked, outcome: 'forbidden' })
  throw new Failure('forbidden', `This key may not do that: it needs the scope ${said.scope}`)
}

async function read<App>(work: Work<App>, request: FastifyRequest, incoming: Incoming): Promise<Brought> {
  const bodyless = request.method === 'GET' || request.method === 'HEAD'
  return {
    path: { ...Object(request.params) },
    query: readQuery(request.url),
    body: bodyless ? undefined : await work.body(request, incoming),
  }
}

/** Every value of a request by its name, before any is checked. */
function namedBy({ path, query, body }: Brought): Record<string, unknown> {
  const fields = typeof body === 'object' && !Array.isArray(body) ? body : {}
  return {
    ...Object.fromEntries(query),
    ...(fields instanceof Map ? Object.fromEntries(fields) : fields),
    ...Object(path),
  }
}

function check<App>(work: Work<App>, brought: Brought): Record<string, unknown> {
  return work.input(brought)
}

async function handle<App>(
  work: Work<App>,
  request: FastifyRequest,
  { input, files }: { input: Record<string, unknown> } & Pick<Incoming, 'files'>,
): Promise<unknown> {
  const caller = request.getDecorator<Caller>(CALLER)
  const app = work.said.open ? work.app : work.appFor(caller)
  return await work.run({ app, caller, files, idempotencyKey: idempotencyKey(work, request, caller) }, input)
}

async function note<App>(
  work: Work<App>,
  request: FastifyRequest,
  { asked, outcome, output }: { asked: Asked; outcome: string; output?: unknown },
): Promise<void> {
  if (!work.audit || !isAudited(work.said)) return
  const { id: caller, name: callerName } = request.getDecorator<Caller>(CALLER)
  const { target, account } = aboutOf(work.said, asked.about)
  const details = detailsOf(asked.details)
  const what = { operation: work.name, target: target ?? madeId(output), account, outcome, details }
  await work.audit({ caller, callerName, address: request.ip, ...what })
}

/** From reading to noting: what the operation answers. No file of the request is left behind that nobody kept. */
async function perform<App>(work: Work<App>, request: FastifyRequest): Promise<unknown> {
  const incoming = createIncoming(work.receive, work.log)
  const asked: Asked = { about: { ...Object(request.params) }, details: {} }
  try {
    const brought = await read(work, request, incoming)
    asked.about = namedBy(brought)
    const input = check(work, brought)
    asked.about = input
    asked.details = input
    const output = await handle(work, request, { input, files: incoming.files })
    await note(work, request, { asked, outcome: 'ok', output })
    return output
  } catch (thrown) {
    await note(work, request, { asked, outcome: Failure.from(thrown).code })
    throw thrown
  } finally {
    await incoming.drop()
  }
}

function write<App>(work: Work<App>, reply: FastifyReply, output: unknown): FastifyReply {
  const { said } = work
  const body = said.output.as === 'json' ? JSON.stringify(output) : String(output)
  const type = said.output.as === 'json' ? 'application/json; charset=utf-8' : said.output.type
  return reply
    .code(said.status ?? 200)
    .headers(GUARDS)
    .header('content-type', type)
    .send(body)
}

function idempotencyKey<App>(work: Work<App>, request: FastifyRequest, caller: Caller): string | undefined {
  const key = request.headers['idempotency-key']
  if (work.said.effect !== 'sends' || key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new Failure('invalid', 'Idempotency-Key: must be 1 to 255 printable ASCII characters')
  }
  return `${caller.id}:${work.name}:${key}`
}

/** What was thrown, as a Failure; the server's own complaint about a header is the caller's fault, not ours. */
function failureFrom(thrown: unknown, { input }: Operation): Failure {
  if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('FST_ERR_CTP')) {
    const type = input.body?.as === 'multipart' ? 'multipart/form-data' : 'application/json'
    return new Failure('invalid', `Content-Type: must be ${type}`)
  }
  return Failure.from(thrown)
}

function answer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply
    .code(status)
    .headers({ ...GUARDS, ...headers })
    .send(body)
}

function failer<App>(work: Work<App>) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const failure = failureFrom(thrown, work.said)
    if (failure.code === 'internal') {
      const { cause, detail } = failure
      const error = cause instanceof Error ? cause.stack : cause
      work.log.error('an operation failed inside', { operation: work.name, error, detail, stack: failure.stack })
    }
    request.setDecorator(FAILED, failure.code)
    return answer(reply, work.wire.fail(failure, request, work.said.fails))
  }
}

/** The one line about a request, for the operations that people call. */
function logger<App>(work: Work<App>) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const failure = request.getDecorator<FailureCode | null>(FAILED)
    work.log.info('request.answered', {
      operation: work.name,
      method: request.method,
      status: reply.statusCode,
      tookMs: Math.round(reply.elapsedTime),
      caller: request.getDecorator<Caller>(CALLER).id,
      ...(failure !== null && { failure }),
    })
  }
}

const urlOf = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1')

/** One route of an operation, with its steps. */
function addRoute<App>(fastify: FastifyInstance, work: Work<App>, method: string, path: string): void {
  fastify.route({
    method,
    url: urlOf(path),
    config: { carriesFile: carriesFile(work.said) },
    onRequest: [(request) => authenticate(work, request), (request) => authorize(work, request)],
    handler: async (request, reply) => write(work, reply, await perform(work, request)),
    errorHandler: failer(work),
    ...(path.startsWith('/api/') && { onResponse: logger(work) }),
  })
}

/** Answers 405 where a path is known and the method is not, and 404 below `/api/` where the path is not. */
function addRefusals(fastify: FastifyInstance, wire: Wire, taken: ReadonlyMap<string, readonly string[]>): void {
  for (const [path, methods] of taken) {
    const allow = methods.join(', ')
    fastify.route({
      method: METHODS.filter((method) => !methods.includes(method)),
      url: urlOf(path),
      handler: async (request, reply) => {
        const failure = new Failure('unsupported', `${request.method} is not taken here; ${allow} is`)
        const { headers, body } = wire.fail(failure, request, [])
        return answer(reply, { status: 405, headers: { ...headers, allow }, body })
      },
    })
  }
  fastify.route({
    method: [...METHODS],
    url: '/api/*',
    handler: async (request, reply) => {
      const failure = new Failure('not-found', 'There is no such operation; /docs lists them all')
      return answer(reply, wire.fail(failure, request, ['not-found']))
    },
  })
}

/** The surface as a plugin that mounts every operation of its contract. */
export function createSurface<App, C extends Contract>(
  parts: SurfaceParts<App, C>,
): (fastify: FastifyInstance) => Promise<void> {
  const { contract, wire, handlers: _typed, uploadLimit, ...shared } = parts
  const limits = { body: wire.bodyLimit, upload: uploadLimit }
  // The type of `handlers` has made sure that each handler fits its operation; here only their names matter.
  const handlers = parts.handlers as Readonly<Record<string, Work<App>['run']>>
  return async (fastify) => {
    fastify.removeAllContentTypeParsers()
    // Bodies are left alone until the caller is known; `read` takes them.
    fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))
    fastify.decorateRequest(CALLER, null)
    fastify.decorateRequest(FAILED, null)
    fastify.addHook('onRequest', async (request) => request.setDecorator(CALLER, NOBODY))
    const taken = new Map<string, string[]>()
    for (const [name, said] of Object.entries(contract)) {
      const run = handlers[name]
      if (!run) continue
      const how = { body: bodyReader(said, limits), input: checker(said.input), run }
      const work: Work<App> = { name, said, wire, ...how, ...shared }
      for (const { method, path } of routesOf(name, said)) {
        addRoute(fastify, work, method, path)
        taken.set(path, [...(taken.get(path) ?? []), method])
      }
    }
    addRefusals(fastify, wire, taken)
  }
}
