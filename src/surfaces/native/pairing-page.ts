// The QR code of an account for people and pictures: a page that renews itself, and a PNG. Both beside the operation that
// answers the same as JSON, at the same address.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Gateway, GatewayFor } from '../../gateway/gateway.ts'
import type { Log } from '../../kit/log.ts'
import { pngOf } from '../../kit/png.ts'
import { QUIET, qrField } from '../../kit/qr.ts'
import type { AccountState } from '../../model/account.ts'
import { type Caller, type Keyring, may } from '../../model/caller.ts'
import { Failure, type FailureCode } from '../../model/failure.ts'
import { readQuery } from '../read.ts'
import type { Wire } from '../surface.ts'
import { RISK, stepsOf } from './pairing.ts'
import { type Moment, pageOf, refusalPage, SCRIPT_HASH } from './pairing-html.ts'
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
const WHO =
  'Load the page again, and give the browser an API key that may administer accounts (scope admin) as the password; the user name may be anything.'
/** States in which a phone is linked: nothing is left to be shown. */
const CONNECTED: readonly AccountState['is'][] = ['connected', 'restricted']
/** States in which one is linked and nobody has to do anything. */
const COMING: readonly AccountState['is'][] = ['connecting', 'retrying', 'stale', 'pairing']

const GUARDS = {
  // Nothing but the page itself: its own script, which asks this server only, nothing from elsewhere, in nobody's frame.
  'content-security-policy': `default-src 'none'; script-src '${SCRIPT_HASH}'; connect-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
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
    const query = readQuery(request.url)
    const until = Math.min(Number(query.get('until') ?? latest) || 0, latest)
    const moment = await momentOf(gateway, id, query.get('anew') === 'true')
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
      const answer = reply.code(status).headers({ ...GUARDS, ...headers, ...challenge })
      if (formOf(request.headers.accept) !== 'html' || isPicture(request)) return answer.send(body)
      const says = status === 401 ? WHO : bare(failure.message)
      return answer.type('text/html; charset=utf-8').send(refusalPage(`Not shown (${status})`, says))
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

async function momentOf({ accounts, pairing }: Gateway, id: string, anew: boolean): Promise<Moment> {
  try {
    const offer = await pairing.qr(id, anew)
    return { is: 'offered', offer, steps: stepsOf(offer), risk: RISK }
  } catch (thrown) {
    const failure = Failure.from(thrown)
    if (failure.code === 'internal' || failure.code === 'not-found') throw failure
    if (failure.code !== 'exists')
      return { is: 'trouble', says: bare(failure.message), again: failure.code === 'upstream' }
    const { is, reason } = accounts.get(id).state
    if (CONNECTED.includes(is)) return { is: 'linked' }
    if (COMING.includes(is)) return { is: 'scanned' }
    return { is: 'trouble', says: reason ?? `A phone is linked, and the account is ${is}.`, again: false }
  }
}

/** Without the name of the field that is meant, which programs want and people do not. */
const bare = (sentence: string): string => {
  const said = sentence.replace(/^(account_)?id: /, '')
  return `${said.slice(0, 1).toUpperCase()}${said.slice(1)}`
}
const isPicture = ({ url }: FastifyRequest): boolean => /\.png(\?|$)/.test(url)
const idOf = (request: FastifyRequest): string => String(Object(request.params).id)
