// Makes a surface: a contract, a handler for every operation of it and a way of speaking, as a plugin of the server.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { type Contract, type Input, type Operation, type Output, routesOf } from '../contract/operation.ts'
import type { Log } from '../kit/log.ts'
import type { Caller } from '../model/caller.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import { type Brought, checker } from './check.ts'
import { readJsonBody, readQuery } from './read.ts'

/** What a handler is given besides its input. */
export interface Call<App> {
  readonly app: App
  readonly caller: Caller
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
  /** The largest body that an operation takes, bytes. */
  readonly bodyLimit: number
  /** Fails with `unauthenticated` or `rate-limited`. Sees the head of a request only. */
  authenticate(request: FastifyRequest): Promise<Caller>
  /** `fails`: what the operation says of itself. */
  fail(failure: Failure, request: FastifyRequest, fails: readonly FailureCode[]): Answer
}

export interface SurfaceParts<App, C extends Contract> {
  readonly app: App
  readonly contract: C
  readonly handlers: Handlers<App, C>
  readonly wire: Wire
  readonly log: Log
}

/** What the steps of one operation work with. */
interface Work<App> {
  readonly name: string
  readonly said: Operation
  readonly app: App
  readonly wire: Wire
  readonly log: Log
  readonly input: (brought: Brought) => Record<string, unknown>
  readonly run: (call: Call<App>, input: Record<string, unknown>) => unknown
}

const NOBODY: Caller = { id: 'anyone' }
const CALLER = 'caller'
const FAILED = 'failed'
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const satisfies HTTPMethods[]

/** Headers of every answer: it is what it says it is, and nobody keeps it. */
const GUARDS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

// The steps, in their order. The first is taken before the body is read; whatever one throws ends in `wire.fail`.

async function authenticate<App>(work: Work<App>, request: FastifyRequest): Promise<void> {
  if (!work.said.open) request.setDecorator(CALLER, await work.wire.authenticate(request))
}

async function read<App>(work: Work<App>, request: FastifyRequest): Promise<Brought> {
  const bodyless = request.method === 'GET' || request.method === 'HEAD'
  return {
    path: { ...Object(request.params) },
    query: readQuery(request.url),
    body: bodyless ? undefined : await readJsonBody(request, work.wire.bodyLimit),
  }
}

function check<App>(work: Work<App>, brought: Brought): Record<string, unknown> {
  return work.input(brought)
}

async function handle<App>(work: Work<App>, request: FastifyRequest, input: Record<string, unknown>): Promise<unknown> {
  const caller = request.getDecorator<Caller>(CALLER)
  return await work.run({ app: work.app, caller, idempotencyKey: idempotencyKey(work, request, caller) }, input)
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
function failureFrom(thrown: unknown): Failure {
  if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('FST_ERR_CTP')) {
    return new Failure('invalid', 'Content-Type: must be application/json')
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
    const failure = failureFrom(thrown)
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
    onRequest: (request) => authenticate(work, request),
    handler: async (request, reply) => {
      const brought = await read(work, request)
      const input = check(work, brought)
      const output = await handle(work, request, input)
      return write(work, reply, output)
    },
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
  const { app, contract, wire, log } = parts
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
      const work: Work<App> = { name, said, app, wire, log, run, input: checker(said.input) }
      for (const { method, path } of routesOf(name, said)) {
        addRoute(fastify, work, method, path)
        taken.set(path, [...(taken.get(path) ?? []), method])
      }
    }
    addRefusals(fastify, wire, taken)
  }
}
