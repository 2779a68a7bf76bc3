// Sets the stage: numbers with their accounts and businesses, apps, access tokens.
import { newAccessToken, newAppSecret, newName, newObjectId } from '../ids.ts'
import { createLadder, type Ladder } from '../managed.ts'
import type { Account, App, PhoneNumber, Token } from '../state.ts'
import { needAccount, needApp, needNumber, type World } from '../world.ts'

/** What `addNumber` may be told; what is left out is made up, and said in its answer. */
export type NumberOptions = {
  phoneNumberId?: string
  displayPhoneNumber?: string
  verifiedName?: string
  wabaId?: string
  businessId?: string
  /** The number's account is owned by another business and shared with `businessId` (a client account). */
  shared?: boolean
  /** An access token for this number. A token that exists already is widened to this number's account. */
  token?: string
  appId?: string
  /** Secret of the app. Numbers without `appId` and `appSecret` share the simulator's first app. */
  appSecret?: string
  /** Callback of this number alone, above the account's and the app's. */
  callbackUrl?: string
  verifyToken?: string
  /** False: the number is known but not registered for messaging; sends are refused with 133010. */
  registered?: boolean
  /** False: the number has yet to be verified by a code before it can be registered. */
  verified?: boolean
  /** PIN of the two-step verification, six digits. Left out: none is set, so that any one registers. */
  pin?: string
  /** False: no app is subscribed to the account, so no callback is sent until one is. */
  subscribed?: boolean
}

/** A number with all that one needs to use it. */
export type NumberSetup = {
  phoneNumberId: string
  displayPhoneNumber: string
  verifiedName: string
  wabaId: string
  businessId: string
  appId: string
  appSecret: string
  token: string
  callbackUrl?: string
  verifyToken: string
}

/** What a token may do and how long; see `addToken`. */
export type TokenOptions = {
  token?: string
  appId?: string
  scopes?: readonly string[]
  /** Milliseconds since the epoch; left out = never expires. */
  expiresAt?: number
  wabaIds?: readonly string[]
  businessIds?: readonly string[]
}

/** What of an app can be changed. */
export type AppOptions = {
  name?: string
  callbackUrl?: string
  verifyToken?: string
  /** True: messages go only to `testRecipients`; all others are refused with 131030. */
  testMode?: boolean
  testRecipients?: readonly string[]
  /** True: a call without appsecret_proof is refused. */
  requireProof?: boolean
}

/** What of a number can be changed. */
export type NumberChange = {
  registered?: boolean
  /** What reads answer from now on, by field of Graph; null leaves a field out. */
  fields?: Record<string, unknown>
  /** Where the verification by code stands. */
  codeStatus?: Ladder['codeStatus']
  /** PIN of the two-step verification, six digits; null takes it away. */
  pin?: string | null
  /** Milliseconds from now in which registering is refused with 133015. */
  waitMs?: number
}

/** Every permission that the simulator knows; tokens have all of them unless said. */
export const allScopes = [
  'whatsapp_business_messaging',
  'whatsapp_business_management',
  'business_management',
  'catalog_management',
] as const

/** Adds a number and whatever it needs that is not there yet. */
export function addNumber(world: World, options: NumberOptions = {}): NumberSetup {
  const { state } = world
  const id = options.phoneNumberId ?? newObjectId()
  if (state.numbers.has(id)) throw new Error(`a number has the id ${id} already`)
  const app = appFor(world, options)
  const account = accountFor(world, options)
  const displayPhoneNumber = options.displayPhoneNumber ?? madeUpNumber(state.numbers.size)
  const verifyToken = options.verifyToken ?? app.verifyToken
  const number: PhoneNumber = {
    id,
    accountId: account.id,
    displayPhoneNumber,
    digits: displayPhoneNumber.replaceAll(/\D/g, ''),
    verifiedName: options.verifiedName ?? 'Lucky Shrub',
    registered: options.registered ?? options.verified ?? true,
    fields: {},
    ladder: { ...createLadder(options.verified ?? true), ...(options.pin === undefined ? {} : { pin: options.pin }) },
    profile: {},
  }
  if (options.callbackUrl !== undefined)
    number.override = { appId: app.id, callbackUrl: options.callbackUrl, verifyToken }
  state.numbers.set(id, number)
  if (options.subscribed !== false && !account.subscriptions.has(app.id))
    account.subscriptions.set(app.id, { appId: app.id })
  const businessId = options.businessId ?? [...account.clientIds][0] ?? account.ownerId
  const token = addToken(world, {
    ...(options.token === undefined ? {} : { token: options.token }),
    appId: app.id,
    wabaIds: [account.id],
    businessIds: [businessId],
  })
  return {
    ...{ phoneNumberId: id, displayPhoneNumber, verifiedName: number.verifiedName, wabaId: account.id, businessId },
    ...{ appId: app.id, appSecret: app.secret, token, verifyToken },
    ...(options.callbackUrl === undefined ? {} : { callbackUrl: options.callbackUrl }),
  }
}

/** Makes a token, or widens and changes the one of that name. Answers the token. */
export function addToken(world: World, options: TokenOptions = {}): string {
  const { state } = world
  const text = options.token ?? newAccessToken()
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Error('a token is one word of visible ASCII characters')
  const known = state.tokens.get(text)
  const appId = options.appId ?? known?.appId ?? firstApp(world).id
  const token: Token = known ?? {
    token: text,
    appId: needApp(state, appId).id,
    scopes: new Set(allScopes),
    issuedAt: world.now(),
    accountIds: new Set(),
    businessIds: new Set(),
  }
  if (options.scopes) token.scopes = new Set(options.scopes)
  if (options.expiresAt !== undefined) token.expiresAt = options.expiresAt
  for (const id of options.wabaIds ?? []) token.accountIds.add(needAccount(state, id).id)
  for (const id of options.businessIds ?? []) token.businessIds.add(id)
  state.tokens.set(text, token)
  return text
}

/** Makes an app, or changes the one of that id. */
export function setApp(world: World, appId: string, options: AppOptions = {}): App {
  const app = world.state.apps.get(appId) ?? addApp(world, appId, newAppSecret())
  const { testRecipients, ...rest } = options
  Object.assign(app, rest)
  if (testRecipients) app.testRecipients = new Set(testRecipients.map((each) => each.replaceAll(/\D/g, '')))
  return app
}

/** Registers or deregisters a number, or changes what its reads answer. */
export function changeNumber(world: World, id: string, change: NumberChange): void {
  const number = needNumber(world.state, id)
  if (change.registered !== undefined) number.registered = change.registered
  const { ladder } = number
  if (change.codeStatus !== undefined) ladder.codeStatus = change.codeStatus
  if (change.pin === null) delete ladder.pin
  else if (change.pin !== undefined) ladder.pin = change.pin
  if (change.waitMs !== undefined) ladder.waitUntil = world.now() + change.waitMs
  if (change.fields) number.fields = { ...number.fields, ...change.fields }
}

function appFor(world: World, options: NumberOptions): App {
  const { appId, appSecret } = options
  if (appId === undefined && appSecret === undefined) return firstApp(world)
  const apps = [...world.state.apps.values()]
  const known = apps.find((app) => (appId === undefined ? app.secret === appSecret : app.id === appId))
  if (known && appSecret !== undefined && known.secret !== appSecret)
    throw new Error(`the app ${known.id} has another secret`)
  return known ?? addApp(world, appId ?? newObjectId(), appSecret ?? newAppSecret())
}

function firstApp(world: World): App {
  const [app] = world.state.apps.values()
  return app ?? addApp(world, newObjectId(), newAppSecret())
}

function addApp(world: World, id: string, secret: string): App {
  const app: App = {
    ...{ id, name: 'WhatsHooked Sandbox', secret, verifyToken: newName('verify') },
    ...{ testMode: false, testRecipients: new Set<string>(), requireProof: false },
  }
  world.state.apps.set(id, app)
  return app
}

function accountFor(world: World, options: NumberOptions): Account {
  const { state } = world
  const known = options.wabaId === undefined ? undefined : state.accounts.get(options.wabaId)
  if (known) return known
  const id = options.wabaId ?? newObjectId()
  const businessId = options.businessId ?? [...state.businesses.keys()][0] ?? newObjectId()
  const ownerId = options.shared ? newObjectId() : businessId
  for (const each of new Set([businessId, ownerId])) {
    if (!state.businesses.has(each)) state.businesses.set(each, { id: each, name: 'Lucky Shrub Ltd' })
  }
  const account: Account = {
    ...{ id, name: `${options.verifiedName ?? 'Lucky Shrub'} ${state.accounts.size + 1}`, ownerId },
    clientIds: new Set(options.shared ? [businessId] : []),
    namespace: `${newAppSecret().slice(0, 8)}_${newAppSecret().slice(0, 4)}_sandbox`,
    subscriptions: new Map(),
    calls: 0,
  }
  state.accounts.set(id, account)
  return account
}

/** +1 555-01xx-xxxx style numbers that belong to nobody, one after the other. */
function madeUpNumber(count: number): string {
  const digits = String(780_000 + count * 7 + 3881).padStart(7, '0')
  return `+1 555-${digits.slice(0, 3)}-${digits.slice(3)}`
}
