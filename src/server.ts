// The HTTP server: one listener, with the API, Meta's callbacks and the reference page mounted on it.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Gateway, GatewayFor } from './gateway/gateway.ts'
import type { Clock } from './kit/clock.ts'
import type { Log } from './kit/log.ts'
import type { Keyring } from './model/caller.ts'
import { Failure } from './model/failure.ts'
import { answerBrokenRequest, plainText } from './surfaces/broken-request.ts'
import { docs } from './surfaces/docs.ts'
import { createMediaLink } from './surfaces/media-link.ts'
import { createMetaWebhook } from './surfaces/meta-webhook.ts'
import { createNativeSurface } from './surfaces/native/index.ts'
import { keepPace } from './surfaces/pace.ts'

/** Times of a connection, ms. */
const HEADERS_MS = 10_000
/** The last word over what `keepPace` allows: 160 MB over a line of 45 KB a second. */
const REQUEST_MS = 3_600_000
/** Longer than the minute that proxies usually keep theirs, so that they close first. */
const KEEP_ALIVE_MS = 72_000
/** How often those times are looked at. */
const WATCH_MS = 2_000
/** How long requests in flight may take when the server stops, ms: deliveries in flight need the rest of the 30 s. */
const DRAIN_MS = 8_000
/** How often connections that have become idle are closed meanwhile. */
const DRAIN_LOOK_MS = 50
/** A percent-encoded id of 256 characters. */
const LONGEST_PARAMETER = 768

export interface HttpServerParts {
  readonly gateway: Gateway
  /** What a caller may see of it. */
  readonly gatewayFor: GatewayFor
  readonly keyring: Keyring
  /** Port 0: any free one. */
  readonly config: { readonly host: string; readonly port: number }
  /** The largest body that carries a file, bytes. */
  readonly uploadLimit: number
  readonly log: Log
  readonly clock: Clock
}

export interface HttpServer {
  /** Listens; answers where, with the port that it got. Fails with a Failure that says why it cannot. */
  start(): Promise<{ url: string }>
  /** Takes no more connections, ends what is in flight (at most 8 s), closes the rest. */
  stop(): Promise<void>
}

function createFastify(): FastifyInstance {
  return Fastify({
    logger: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: 'idle',
    // What reaches us while we stop came over a connection that was open already: it is answered, then that closes.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (_error, _request, reply) => plainText(reply, 400, 'The path is not valid'),
    // The surfaces read their queries themselves, strictly.
    routerOptions: { maxParamLength: LONGEST_PARAMETER, querystringParser: () => ({}) },
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: WATCH_MS },
  })
}

/**
 * Clients that ask before they send a body (`Expect: 100-continue`) are told to go on when somebody reads it, and not
 * before: without a key, a large body is never sent.
 */
function continueWhenRead(server: Server): void {
  server.on('checkContinue', (request, response) => {
    request.once('resume', () => {
      if (!response.headersSent) response.writeContinue()
    })
    server.emit('request', request, response)
  })
}

/** The connections that have not brought a request yet: Node does not count them as idle when it closes. */
function watchFresh(server: Server): ReadonlySet<Socket> {
  const fresh = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    fresh.add(socket)
    socket.once('close', () => fresh.delete(socket))
  })
  server.on('request', (request) => fresh.delete(request.socket))
  return fresh
}

/** Why the server cannot listen, in a sentence. */
function listenFailure(thrown: unknown, { host, port }: HttpServerParts['config']): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const more = { cause: thrown }
  if (code === 'EADDRINUSE') {
    return new Failure('unavailable', `Port ${port} of ${host} is taken by another program; choose another port`, more)
  }
  if (code === 'EACCES') {
    return new Failure('unavailable', `No permission to listen on port ${port}; choose one above 1023`, more)
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new Failure('invalid', `${host} is not an address of this machine`, more)
  }
  return thrown
}

export function createHttpServer(parts: HttpServerParts): HttpServer {
  const { config, log, clock, ...inside } = parts
  const fastify = createFastify()
  continueWhenRead(fastify.server)
  const fresh = watchFresh(fastify.server)
  fastify.setNotFoundHandler((_request, reply) => plainText(reply, 404, 'Nothing lives here; /docs lists what does'))
  fastify.addHook('onRequest', (request, _reply, done) => {
    keepPace(request.raw, request.routeOptions.config.carriesFile === true, clock)
    done()
  })
  fastify.register(createNativeSurface({ ...inside, clock, log }))
  fastify.register(createMediaLink({ gateway: inside.gateway, log }))
  fastify.register(createMetaWebhook({ callbacks: inside.gateway.callbacks, log }))
  fastify.register(docs)
  let starting: Promise<{ url: string }> | undefined
  let stopping: Promise<void> | undefined

  async function start(): Promise<{ url: string }> {
    try {
      return { url: await fastify.listen({ host: config.host, port: config.port }) }
    } catch (thrown) {
      throw listenFailure(thrown, config)
    }
  }

  async function stop(): Promise<void> {
    const idle = setInterval(() => {
      fastify.server.closeIdleConnections()
      for (const socket of fresh) socket.destroy()
    }, DRAIN_LOOK_MS)
    const deadline = clock.after(DRAIN_MS, () => fastify.server.closeAllConnections())
    try {
      await fastify.close()
    } finally {
      clearInterval(idle)
      deadline.cancel()
    }
  }

  return {
    start() {
      starting ??= start()
      return starting
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}
