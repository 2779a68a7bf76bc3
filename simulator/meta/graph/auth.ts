// Who is calling: access tokens, what they may see, appsecret_proof, and /debug_token.
import { timingSafeEqual } from 'node:crypto'
import { appSecretProof } from '../callbacks/payload.ts'
import type { Account, App, PhoneNumber, Token } from '../state.ts'
import type { World } from '../world.ts'
import { GraphError, parameterError, unknownObject } from './graph-error.ts'
import type { GraphAnswer, GraphRequest } from './graph-request.ts'

const authenticationError = (message: string, subcode?: number): GraphError =>
  new GraphError(message, { code: 190, ...(subcode === undefined ? {} : { subcode }) })

/**
 * The token of a call, from the Authorization header or, as Graph allows, the parameter access_token. Missing or
 * unknown is 190, expired is 190 with subcode 463; a wrong or missing appsecret_proof is 100.
 */
export function authenticate(world: World, request: GraphRequest): Token {
  const text = bearerOf(request)
  if (text === undefined) throw authenticationError('Authentication Error')
  const token = world.state.tokens.get(text) ?? appToken(world, text)
  if (!token) throw authenticationError('Invalid OAuth access token - Cannot parse access token')
  const expiry = expiryProblem(world, token)
  if (expiry !== undefined) throw authenticationError(expiry, 463)
  checkProof(world, token, request.params.appsecret_proof)
  return token
}

/** Refuses a token that has none of these scopes, with 10 for sends and 200 for the rest. */
export function needScope(token: Token, scopes: readonly string[], code: 10 | 200 = 200): void {
  if (scopes.some((scope) => token.scopes.has(scope))) return
  if (code === 10) throw new GraphError('(#10) Application does not have permission for this action', { code })
  throw new GraphError(`(#200) Requires ${scopes.join(' or ')} permission to manage the object`, { code })
}

/** The number of this id if the token may see it; else Meta's 100 with subcode 33. */
export function visibleNumber(world: World, request: GraphRequest, token: Token): PhoneNumber | undefined {
  const number = world.state.numbers.get(request.segments[0] ?? '')
  return number && token.accountIds.has(number.accountId) ? number : undefined
}

/** The account of this id if the token may see it. */
export function visibleAccount(world: World, request: GraphRequest, token: Token): Account | undefined {
  const account = world.state.accounts.get(request.segments[0] ?? '')
  return account && token.accountIds.has(account.id) ? account : undefined
}

/** `GET /debug_token?input_token=…`: what a token is worth. */
export function debugToken(world: World, request: GraphRequest, caller: Token): GraphAnswer {
  if (request.method !== 'GET') throw unknownObject(request.method, 'debug_token')
  const input = request.params.input_token
  if (typeof input !== 'string' || input === '') throw parameterError('The parameter input_token is required.')
  const token = world.state.tokens.get(input)
  if (!token) {
    const error = { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' }
    return { body: { data: { error, is_valid: false, scopes: [] } } }
  }
  if (token.appId !== caller.appId) {
    throw parameterError(
      'You must provide an app access token, or a user access token that is an owner or developer of the app',
    )
  }
  const expired = expiryProblem(world, token)
  const scopes = [...token.scopes]
  const data = {
    app_id: token.appId,
    type: 'SYSTEM_USER',
    application: world.state.apps.get(token.appId)?.name,
    data_access_expires_at: 0,
    ...(expired === undefined ? {} : { error: { code: 190, message: expired, subcode: 463 } }),
    expires_at: token.expiresAt === undefined ? 0 : Math.floor(token.expiresAt / 1000),
    is_valid: expired === undefined,
    issued_at: Math.floor(token.issuedAt / 1000),
    scopes,
    granular_scopes: scopes.map((scope) => granularScope(scope, token)),
  }
  return { body: { data } }
}

function granularScope(scope: string, token: Token): Record<string, unknown> {
  if (scope.startsWith('whatsapp_business_')) return { scope, target_ids: [...token.accountIds] }
  return scope === 'business_management' ? { scope, target_ids: [...token.businessIds] } : { scope }
}

function bearerOf(request: GraphRequest): string | undefined {
  const [scheme, token, ...rest] = (request.headers.authorization ?? '').trim().split(/\s+/)
  if (token !== undefined && rest.length === 0 && /^(bearer|oauth)$/i.test(scheme ?? '')) return token
  const parameter = request.params.access_token
  return typeof parameter === 'string' && parameter !== '' ? parameter : undefined
}

/** `app_id|app_secret` stands for the app itself, which sees no account. */
function appToken(world: World, text: string): Token | undefined {
  const [id, secret] = text.split('|')
  const app = world.state.apps.get(id ?? '')
  if (!app || secret === undefined || !isSame(secret, app.secret)) return undefined
  return { token: text, appId: app.id, scopes: new Set(), issuedAt: 0, accountIds: new Set(), businessIds: new Set() }
}

function expiryProblem(world: World, token: Token): string | undefined {
  const now = world.now()
  if (token.expiresAt === undefined || token.expiresAt > now) return undefined
  const say = (at: number): string => new Date(at).toUTCString()
  return (
    `Error validating access token: Session has expired on ${say(token.expiresAt)}. ` +
    `The current time is ${say(now)}.`
  )
}

function checkProof(world: World, token: Token, proof: unknown): void {
  const app: App | undefined = world.state.apps.get(token.appId)
  const refuse = (message: string): GraphError => new GraphError(message, { code: 100, type: 'GraphMethodException' })
  if (proof === undefined) {
    if (app?.requireProof) throw refuse('API calls from the server require an appsecret_proof argument')
    return
  }
  const expected = app ? appSecretProof(token.token, app.secret) : ''
  if (typeof proof !== 'string' || !isSame(proof, expected))
    throw refuse('Invalid appsecret_proof provided in the API argument')
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
