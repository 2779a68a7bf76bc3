// `/{waba_id}/subscribed_apps`: which apps are told about an account, and where.
import { handshakeProblem } from '../callbacks/callbacks.ts'
import type { Account, Subscription, Token } from '../state.ts'
import { needApp, type World } from '../world.ts'
import { GraphError, parameterError, unknownObject } from './graph-error.ts'
import type { GraphAnswer, GraphRequest } from './graph-request.ts'

type Subject = { account: Account; token: Token }

/** Lists, adds or changes, or takes away the subscription; POST and DELETE concern the app of the token. */
export async function subscribedApps(
  world: World,
  request: GraphRequest,
  { account, token }: Subject,
): Promise<GraphAnswer> {
  if (request.method === 'GET') {
    const data = [...account.subscriptions.values()].map((each) => shown(world, each))
    return { body: { data }, accountId: account.id }
  }
  if (request.method === 'DELETE') {
    account.subscriptions.delete(token.appId)
    return { body: { success: true }, accountId: account.id }
  }
  if (request.method !== 'POST') throw unknownObject(request.method, account.id)
  const subscription = await wantedSubscription(world, request, token.appId)
  account.subscriptions.set(token.appId, subscription)
  const data = subscription.callbackUrl === undefined ? {} : { data: [shown(world, subscription)] }
  return { body: { success: true, ...data }, accountId: account.id }
}

async function wantedSubscription(world: World, request: GraphRequest, appId: string): Promise<Subscription> {
  const { override_callback_uri: url, verify_token: verifyToken } = request.params
  if (url === undefined) return { appId }
  if (typeof url !== 'string' || !URL.canParse(url))
    throw parameterError('Param override_callback_uri must be a valid URI')
  if (typeof verifyToken !== 'string' || verifyToken === '')
    throw parameterError('The parameter verify_token is required.')
  const problem = await handshakeProblem(world, url, verifyToken)
  if (problem !== undefined) {
    throw new GraphError(`(#2200) Callback verification failed with the following errors: ${problem}`, { code: 2200 })
  }
  return { appId, callbackUrl: url, verifyToken }
}

function shown(world: World, subscription: Subscription): Record<string, unknown> {
  const { id, name } = needApp(world.state, subscription.appId)
  return {
    ...(subscription.callbackUrl === undefined ? {} : { override_callback_uri: subscription.callbackUrl }),
    whatsapp_business_api_data: { id, link: `https://www.facebook.com/games/?app_id=${id}`, name },
  }
}
