// A phone number as Graph shows it.

import type { PhoneNumber } from '../../state.ts'
import { needAccount, type World } from '../../world.ts'
import { type Node, selectFields } from '../fields.ts'

/** How Graph calls a phone number. */
export const numberType = 'WhatsAppBusinessPhoneNumber'
const defaults = [
  'verified_name',
  'code_verification_status',
  'display_phone_number',
  'quality_rating',
  'platform_type',
  'throughput',
] as const

/** A number cut to `fields`. */
export function numberFields(world: World, number: PhoneNumber, fields: unknown): Record<string, unknown> {
  return selectFields(nodeOf(world, number), fields)
}

function nodeOf(world: World, number: PhoneNumber): Node {
  const isUp = number.registered
  const { ladder } = number
  const down = ladder.deregisteredAt === undefined ? 'PENDING' : 'DISCONNECTED'
  const usual: Record<string, () => unknown> = {
    id: () => number.id,
    display_phone_number: () => number.displayPhoneNumber,
    verified_name: () => number.verifiedName,
    quality_rating: () => 'GREEN',
    quality_score: () => ({ score: 'GREEN' }),
    status: () => (isUp ? 'CONNECTED' : down),
    code_verification_status: () => ladder.codeStatus,
    name_status: () => 'APPROVED',
    new_name_status: () => undefined,
    platform_type: () => (isUp ? 'CLOUD_API' : 'NOT_APPLICABLE'),
    throughput: () => ({ level: isUp ? 'STANDARD' : 'NOT_APPLICABLE' }),
    account_mode: () => 'LIVE',
    host_platform: () => (isUp ? 'CLOUD_API' : 'NOT_APPLICABLE'),
    health_status: () => healthOf(world, number),
    messaging_limit_tier: () => 'TIER_250',
    is_official_business_account: () => false,
    is_pin_enabled: () => ladder.pin !== undefined,
    is_on_biz_app: () => false,
    is_preverified_number: () => false,
    search_visibility: () => 'VISIBLE',
    country_dial_code: () => number.digits.slice(0, 1),
    last_onboarded_time: () => undefined,
    certificate: () => undefined,
    username: () => undefined,
    webhook_configuration: () => webhooksOf(world, number),
  }
  const changed = Object.entries(number.fields).map(([name, value]) => [name, () => value] as const)
  return { type: numberType, fields: { ...usual, ...Object.fromEntries(changed) }, defaults }
}

/** Which parts of the chain from number to app may send; always names account, business and app. */
function healthOf(world: World, number: PhoneNumber): Record<string, unknown> {
  const account = needAccount(world.state, number.accountId)
  const verdict = number.registered ? 'AVAILABLE' : 'BLOCKED'
  const errors = [
    {
      error_code: 141000,
      error_description: 'The phone number is not registered to the Cloud API.',
      possible_solution: 'Register the phone number.',
    },
  ]
  const apps = [...account.subscriptions.keys()].map((id) => ({
    entity_type: 'APP',
    id,
    can_send_message: 'AVAILABLE',
  }))
  return {
    can_send_message: verdict,
    entities: [
      {
        entity_type: 'PHONE_NUMBER',
        id: number.id,
        can_send_message: verdict,
        ...(number.registered ? {} : { errors }),
      },
      { entity_type: 'WABA', id: account.id, can_send_message: 'AVAILABLE' },
      { entity_type: 'BUSINESS', id: account.ownerId, can_send_message: 'AVAILABLE' },
      ...apps,
    ],
  }
}

function webhooksOf(world: World, number: PhoneNumber): Record<string, string> {
  const account = needAccount(world.state, number.accountId)
  const [subscription] = account.subscriptions.values()
  const application = subscription && world.state.apps.get(subscription.appId)?.callbackUrl
  return {
    ...(number.override ? { phone_number: number.override.callbackUrl } : {}),
    ...(subscription?.callbackUrl === undefined ? {} : { whatsapp_business_account: subscription.callbackUrl }),
    ...(application === undefined ? {} : { application }),
  }
}
