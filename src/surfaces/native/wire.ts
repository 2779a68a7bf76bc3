// How the WhatsHooked API speaks: who may call it, and how it says no.
import { STATUS_CODES } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { statusOf } from '../../contract/native/statuses.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { Caller, Credential, Keyring } from '../../model/caller.ts'
import { Failure, type FailureCode } from '../../model/failure.ts'
import type { Answer, Audit, Wire } from '../surface.ts'
import { createTries } from './tries.ts'

/** Large enough that a text of 10 MB is refused by its field and not by the size of the body. */
const BODY_LIMIT = 16 * 1024 * 1024

/** The same words for absent and for wrong credentials: they tell nothing to who guesses. */
const WHO = 'Unauthorized: send the API key as x-api-key or as a bearer token, or user name and password (Basic)'

function fromAuthorization(header: string): Credential | null {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header) ?? []
  if (scheme.toLowerCase() === 'bearer') return { is: 'key', key: value }
  if (scheme.toLowerCase() !== 'basic') return null
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 0) return null
  return { is: 'basic', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}

/** All credentials of a request; those that are empty are none. */
export function credentialsOf(headers: FastifyRequest['headers']): Credential[] {
  const { 'x-api-key': key, authorization = '' } = headers
  const shown: Credential[] = typeof key === 'string' && key !== '' ? [{ is: 'key', key }] : []
  const other = fromAuthorization(authorization)
  return other ? [...shown, other] : shown
}

/** What a caller accepts, in its order, with the weight of each (RFC 9110, 12.5.1). */
function rangesOf(accept: string | undefined): { type: string; weight: number }[] {
  return (accept ?? '')
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
      const q = parameters.find((one) => one.startsWith('q='))
      return { type, weight: q === undefined ? 1 : Number(q.slice(2)) || 0 }
    })
}

/** How much a caller would like any of these media types; 0 when it names none. */
export function weightOf(accept: string | undefined, types: readonly string[]): number {
  return Math.max(0, ...rangesOf(accept).flatMap(({ type, weight }) => (types.includes(type) ? [weight] : [])))
}

/** Whether a caller would rather have JSON than text; text when it does not say. */
export function prefersJson(accept: string | undefined): boolean {
  let best = { json: false, weight: 0 }
  for (const { type, weight } of rangesOf(accept)) {
    const json = type === 'application/json' || type === 'application/problem+json'
    if ((json || type === 'text/plain' || type === 'text/*') && weight > best.weight) best = { json, weight }
  }
  return best.json
}

/** Members of a problem of ours: facts of these names are the other side's, and come beside them as `meta_code` and so on. */
const MEMBERS = new Set(['type', 'title', 'status', 'detail', 'code'])

function besideMembers(facts: Failure['facts']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [MEMBERS.has(name) ? `meta_${name}` : name, fact]),
  )
}

/** A failure as text/plain, or as problem+json (RFC 9457) for callers that accept JSON. */
export function failNative(failure: Failure, accept: string | undefined, fails: readonly FailureCode[]): Answer {
  const status = statusOf(failure.code, fails)
  const headers = {
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="WhatsHooked"' }),
    ...(failure.retryAfterS !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(failure.retryAfterS))) }),
    vary: 'Accept',
  }
  if (!prefersJson(accept)) {
    return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: failure.message }
  }
  const title = STATUS_CODES[status] ?? 'Error'
  const { code, message: detail, facts } = failure
  const problem = { ...besideMembers(facts), type: 'about:blank', title, status, detail, code }
  return { status, headers: { ...headers, 'content-type': 'application/problem+json' }, body: JSON.stringify(problem) }
}

/** The entry of the audit log about an address that has used up its tries. */
const guessed = (address: string): Parameters<Audit>[0] => ({
  caller: 'anyone',
  callerName: 'anyone',
  address,
  operation: 'authenticate',
  target: null,
  account: null,
  outcome: 'rate-limited',
  details: '{}',
})

export function createNativeWire(parts: { keyring: Keyring; clock: Clock; log: Log; audit: Audit }): Wire {
  const tries = createTries(parts.clock)

  async function authenticate(request: FastifyRequest): Promise<Caller> {
    const shown = credentialsOf(request.headers)
    const waitS = tries.waitS(request.ip)
    for (const credential of shown) {
      const caller = await parts.keyring.check(credential)
      // Nobody guesses a key in any number of tries; a password one might, so that one has to wait.
      if (caller && (waitS === 0 || credential.is === 'key')) return caller
    }
    if (shown.length > 0 && waitS > 0) {
      throw new Failure('rate-limited', 'Too many wrong credentials from this address', { retryAfterS: waitS })
    }
    if (shown.length > 0 && tries.wrong(request.ip)) {
      parts.log.warn('an address has used up its tries at guessing credentials', { address: request.ip })
      await parts.audit(guessed(request.ip))
    }
    throw new Failure('unauthenticated', WHO)
  }

  return {
    bodyLimit: BODY_LIMIT,
    authenticate,
    fail: (failure, request, fails) => failNative(failure, request.headers.accept, fails),
  }
}
