// The QR code of an account for people and pictures: a page that renews itself, and a PNG. Both beside the operation that
// answers the same as JSON, at the same address.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Gateway, GatewayFor } from '../../gateway/gateway.ts'
import type { Log } from '../../kit/log.ts'
import { pngOf } from '../../kit/png.ts'
import { QUIET, qrField } from '../../kit/qr.ts'
import { type Caller, type Keyring, may } from '../../model/caller.ts'
import { Failure, type FailureCode } from '../../model/failure.ts'
import { readQuery } from '../read.ts'
import type { Wire } from '../surface.ts'
import { instructionsOf } from './pairing.ts'
import { type Moment, pageOf } from './pairing-html.ts'
import { credentialsOf, weightOf } from './wire.ts'

export interface PairingPageParts {
  readonly gatewayFor: GatewayFor
  readonly keyring: Keyring
  readonly wire: Wire
  readonly now: () => number
  readonly log: Log
}

/** The picture is about 500 pixels wide. */
const SCALE = 8
/** For how long a page renews itself: one that is left open must not go on pairing for ever. */
const OPEN_MS = 10 * 60_000
const FAILS: readonly FailureCode[] = ['not-found']
/** States in which a phone is linked: nothing is left to be shown. */
const CONNECTED = ['connected', 'restricted']

const GUARDS = {
  // Nothing but the page itself: no scripts, nothing from elsewhere, in nobody's frame.
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  vary: 'Accept',
}

type Form = 'json' | 'html' | 'png'

function formOf(accept: string | undefined): Form {
  // Asked of every request, so the usual ones are answered first.
  if (accept === undefined || !/html|image/i.test(accept)) return 'json'
  const weights: [Form, number][] = [
    ['json', weightOf(accept, ['application/json', 'application/problem+json', 'application/*', 'text/plain'])],
    ['html', weightOf(accept, ['text/html'])],
    ['png', weightOf(accept, ['image/png', 'image/*'])],
  ]
  return weights.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

/** Lets the router tell the forms of one address apart; those without a route of their own fall to the operation. */
const BY_FORM = {
  name: 'form',
  storage: () => {
    const routes = new Map()
    return {
      get: (form: Form) => routes.get(form) ?? null,
      set: (form: Form, route: unknown) => void routes.set(form, route),
    }
  },
  deriveConstraint: ({ headers }: IncomingMessage) => formOf(headers.accept),
  validate: () => {},
}

export function createPairingPage(parts: PairingPageParts): (fastify: FastifyInstance) => Promise<void> {
  const { wire, gatewayFor } = parts
  const admitted = async (request: FastifyRequest): Promise<Gateway> => {
    const caller = await callerOf(parts, request)
    if (!may(caller, 'admin')) throw new Failure('forbidden', 'This key may not do that: it needs the scope admin')
    return gatewayFor(caller)
  }
  const png = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const offer = await (await admitted(request)).pairing.qr(idOf(request))
    if (offer.by === 'code')
      throw new Failure('not-found', 'There is no QR code now: a pairing code waits to be typed into the phone')
    const picture = pngOf(qrField(offer.text), { scale: SCALE, border: QUIET })
    return reply.headers(GUARDS).type('image/png').send(picture)
  }
  const page = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const id = idOf(request)
    const gateway = await admitted(request)
    const latest = parts.now() + OPEN_MS
    const until = Math.min(Number(readQuery(request.url).get('until') ?? latest) || 0, latest)
    const moment = await momentOf(gateway, id)
    const html = pageOf({ id, moment, until, now: parts.now() })
    return reply.headers(GUARDS).type('text/html; charset=utf-8').send(html)
  }
  return async (fastify) => {
    if (!fastify.hasConstraintStrategy(BY_FORM.name)) fastify.addConstraintStrategy(BY_FORM)
    fastify.setErrorHandler((thrown, request, reply) => {
      const failure = Failure.from(thrown)
      const error = failure.cause instanceof Error ? failure.cause.stack : failure.cause
      if (failure.code === 'internal') parts.log.error('the page that links a phone failed inside', { error })
      const { status, headers, body } = wire.fail(failure, request, FAILS)
      // A browser asks for a password only when it is told that one helps.
      const challenge = status === 401 && { 'www-authenticate': 'Basic realm="WhatsHooked", charset="UTF-8"' }
      return reply
        .code(status)
        .headers({ ...GUARDS, ...headers, ...challenge })
        .send(body)
    })
    fastify.get('/api/accounts/:id/qr', { constraints: { form: 'html' } }, page)
    fastify.get('/api/accounts/:id/qr', { constraints: { form: 'png' } }, png)
    fastify.get('/api/accounts/:id/qr.png', png)
  }
}

/** A browser has no place for an API key but its question for a password: whatever user name stands beside it. */
async function callerOf({ keyring, wire }: PairingPageParts, request: FastifyRequest): Promise<Caller> {
  for (const shown of credentialsOf(request.headers)) {
    const caller = shown.is === 'basic' && (await keyring.check({ is: 'key', key: shown.password }))
    if (caller) return caller
  }
  return wire.authenticate(request)
}

async function momentOf({ accounts, pairing }: Gateway, id: string): Promise<Moment> {
  const { state } = accounts.get(id)
  if (CONNECTED.includes(state.is)) return { is: 'linked' }
  try {
    const offer = await pairing.qr(id)
    return { is: 'offered', offer, instructions: instructionsOf(offer) }
  } catch (thrown) {
    const failure = Failure.from(thrown)
    if (failure.code === 'exists') return { is: 'linked' }
    if (failure.code === 'internal') throw failure
    return { is: 'trouble', says: failure.message }
  }
}

const idOf = (request: FastifyRequest): string => String(Object(request.params).id)
