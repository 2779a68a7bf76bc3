// Whom a callback goes to, and Meta's handshake with an address before anything is sent there.
import { newChallenge } from '../ids.ts'
import type { PhoneNumber } from '../state.ts'
import { needAccount, needNumber, type World } from '../world.ts'
import type { CallbackRecord } from './outbox.ts'
import type { Change, Update } from './payload.ts'

type Target = { url: string; appId: string; secret: string; verifyToken: string }

/** Tells every app that listens about a change of a number. Without a listener nothing is sent, as at Meta. */
export function tell(world: World, number: PhoneNumber, change: { field: string; value: unknown }): void {
  const whence = { accountId: number.accountId, phoneNumberId: number.id }
  world.outbox.add(
    targetsOf(world, number.accountId, number).map((target) => ({ ...route(target), ...whence, ...change })),
  )
}

/** Tells every app that listens about a change of an account, such as the status of a template. */
export function tellAccount(world: World, accountId: string, change: { field: string; value: unknown }): void {
  const targets = targetsOf(world, accountId, firstNumberOf(world, accountId))
  world.outbox.add(targets.map((target) => ({ ...route(target), accountId, ...change })))
}

/** The value of field `messages` around its messages or statuses. */
export function messagesValue(number: PhoneNumber, rest: Record<string, unknown>): Record<string, unknown> {
  const metadata = { display_phone_number: number.digits, phone_number_id: number.id }
  return { messaging_product: 'whatsapp', metadata, ...rest }
}

/** One POST with any changes, to the first app that listens. Fails with a sentence when there is none. */
export function sendChanges(world: World, changes: readonly Change[]): CallbackRecord {
  return world.outbox.post(changes.map((change) => updateOf(world, change)))
}

/**
 * Meta's handshake: GET with hub.mode, hub.challenge and hub.verify_token; the answer must be 200 and exactly the
 * challenge. Resolves with what is wrong, or undefined.
 */
export async function handshakeProblem(world: World, url: string, verifyToken: string): Promise<string | undefined> {
  if (!URL.canParse(url)) return 'the URL is malformed'
  const challenge = newChallenge()
  const address = new URL(url)
  address.searchParams.set('hub.mode', 'subscribe')
  address.searchParams.set('hub.challenge', challenge)
  address.searchParams.set('hub.verify_token', verifyToken)
  const reply = await world.caller.call({
    url: address.href,
    method: 'GET',
    headers: { accept: '*/*', 'user-agent': 'facebookplatform/1.0 (+http://developers.facebook.com)' },
    timeoutMs: world.callbackTimeoutMs,
    signal: AbortSignal.timeout(world.callbackTimeoutMs),
  })
  if ('error' in reply) return `curl_error = ${reply.error}; HTTP Status Code = 0`
  if (reply.status !== 200) return `HTTP Status Code = ${reply.status}`
  return reply.body === challenge ? undefined : 'the challenge was not echoed; HTTP Status Code = 200'
}

/** The handshake with the address that a number's callbacks go to; fails with a sentence. */
export async function verifyCallback(world: World, phoneNumberId: string): Promise<void> {
  const number = needNumber(world.state, phoneNumberId)
  const target = needTarget(world, number.accountId, number)
  const problem = await handshakeProblem(world, target.url, target.verifyToken)
  if (problem !== undefined) throw new Error(`Callback verification failed with the following errors: ${problem}`)
}

/** The addresses of a number: its own override, else the account's, else the app's, for each subscribed app. */
function targetsOf(world: World, accountId: string, number?: PhoneNumber): Target[] {
  const account = needAccount(world.state, accountId)
  return [...account.subscriptions.values()].flatMap((subscription) => {
    const app = world.state.apps.get(subscription.appId)
    if (!app) return []
    const own = number?.override?.appId === app.id ? number.override : undefined
    const url = own?.callbackUrl ?? subscription.callbackUrl ?? app.callbackUrl
    if (url === undefined) return []
    const verifyToken = own?.verifyToken ?? subscription.verifyToken ?? app.verifyToken
    return [{ url, appId: app.id, secret: app.secret, verifyToken }]
  })
}

function updateOf(world: World, change: Change): Update {
  const number = change.phoneNumberId === undefined ? undefined : needNumber(world.state, change.phoneNumberId)
  const accountId = change.wabaId ?? number?.accountId
  if (accountId === undefined) throw new Error('a change names a phoneNumberId or a wabaId')
  const target = needTarget(world, accountId, number ?? firstNumberOf(world, accountId))
  const { field, value } = change
  return { ...route(target), accountId, ...(number ? { phoneNumberId: number.id } : {}), field, value }
}

function firstNumberOf(world: World, accountId: string): PhoneNumber | undefined {
  return [...world.state.numbers.values()].find((number) => number.accountId === accountId)
}

function needTarget(world: World, accountId: string, number: PhoneNumber | undefined): Target {
  const [target] = targetsOf(world, accountId, number)
  if (!target) throw new Error('no subscribed app has a callback URL for this number or account')
  return target
}

function route({ url, appId, secret }: Target): Pick<Update, 'url' | 'appId' | 'secret'> {
  return { url, appId, secret }
}
