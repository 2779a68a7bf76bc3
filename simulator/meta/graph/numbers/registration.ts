// Registering a number for messaging, deregistering it, and the PIN that guards that.
import { handshakeProblem, tell } from '../../callbacks/callbacks.ts'
import type { PhoneNumber, Token } from '../../state.ts'
import type { World } from '../../world.ts'
import { GraphError, messagingError, parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import { needProduct } from './params.ts'

type Params = Record<string, unknown>

const hour = 60 * 60 * 1000
const window = 72 * hour
const perWindow = 10
/** From this many wrong PINs in a row on, each needs a minute of its own (133009). */
const patientWrong = 3
/** As many wrong PINs within twelve hours are the last ones (133008). */
const mostWrong = 8

/**
 * `POST /{phone_number_id}/register`. 133015 while the number has to wait, 133006 before it is verified, 133016 from
 * the eleventh call in 72 h on, 133005 for another PIN than the one that is set, 133009 and 133008 for guessing.
 */
export function registerNumber(world: World, number: PhoneNumber, params: Params): { success: true } {
  needProduct(params)
  const pin = pinOf(params.pin)
  const region = params.data_localization_region
  if (region !== undefined && !/^[A-Z]{2}$/.test(String(region))) {
    throw parameterError('Param data_localization_region must be a country code of two letters.')
  }
  const { ladder } = number
  const now = world.now()
  if (now < ladder.waitUntil) throw messagingError(133015, 'The number was deleted recently. Try again later.')
  if (ladder.codeStatus === 'NOT_VERIFIED') {
    throw messagingError(133006, 'The number has to be verified before it can be registered.')
  }
  countRegistration(world, number)
  checkPin(world, number, pin)
  ladder.pin = pin
  ladder.wrongPins = []
  number.registered = true
  delete ladder.deregisteredAt
  return { success: true }
}

/** `POST /{phone_number_id}/deregister`. A number that is not registered is 100 with 2207051. */
export function deregisterNumber(world: World, number: PhoneNumber): { success: true } {
  if (!number.registered) {
    throw new GraphError('Phone number not registered on the WhatsApp Business Platform.', {
      code: 100,
      subcode: 2207051,
    })
  }
  countRegistration(world, number)
  number.registered = false
  number.ladder.deregisteredAt = world.now()
  return { success: true }
}

/** `POST /{phone_number_id}`: a new PIN, another callback for this number alone, or both. */
export async function changeSettings(
  world: World,
  number: PhoneNumber,
  { params, token }: { params: Params; token: Token },
): Promise<{ success: true }> {
  const { pin, webhook_configuration: webhook } = params
  if (pin === undefined && webhook === undefined) {
    throw parameterError('One of the parameters pin and webhook_configuration is required.')
  }
  const wanted = pin === undefined ? undefined : pinOf(pin)
  if (webhook !== undefined) await changeCallback(world, number, { webhook, appId: token.appId })
  if (wanted === undefined) return { success: true }
  number.ladder.pin = wanted
  number.ladder.wrongPins = []
  const value = { display_phone_number: number.digits, event: 'PIN_CHANGED', requester: token.appId }
  tell(world, number, { field: 'security', value })
  return { success: true }
}

/** Another address for this number's callbacks, once it stands the handshake (2200); '' takes it away. */
async function changeCallback(
  world: World,
  number: PhoneNumber,
  { webhook, appId }: { webhook: unknown; appId: string },
): Promise<void> {
  const given = isObject(webhook) ? webhook : {}
  const { override_callback_uri: url, verify_token: verifyToken = '' } = given
  if (url === '') {
    delete number.override
    return
  }
  if (typeof url !== 'string' || !URL.canParse(url) || typeof verifyToken !== 'string') {
    throw parameterError('Param override_callback_uri must be a valid URI')
  }
  const problem = await handshakeProblem(world, url, verifyToken)
  if (problem !== undefined) {
    throw new GraphError(`(#2200) Callback verification failed with the following errors: ${problem}`, { code: 2200 })
  }
  number.override = { appId, callbackUrl: url, verifyToken }
}

function pinOf(pin: unknown): string {
  if (pin === undefined || pin === null || pin === '') throw parameterError('The parameter pin is required.')
  const text = String(pin)
  if (!/^\d{6}$/.test(text)) throw parameterError('Param pin must be exactly 6 digits.')
  return text
}

function countRegistration(world: World, { ladder }: PhoneNumber): void {
  const now = world.now()
  const recent = ladder.registrations.filter((at) => at > now - window)
  if (recent.length >= perWindow) {
    throw messagingError(133016, 'This number was registered or deregistered too often. Try again in 72 hours.')
  }
  ladder.registrations = [...recent, now]
}

function checkPin(world: World, { ladder }: PhoneNumber, pin: string): void {
  if (ladder.pin === undefined) return
  const now = world.now()
  const recent = ladder.wrongPins.filter((at) => at > now - 12 * hour)
  const last = recent.at(-1)
  if (recent.length >= mostWrong) throw messagingError(133008, 'Too many PINs were wrong. Try again later.')
  if (recent.length >= patientWrong && last !== undefined && now - last < 60_000) {
    throw messagingError(133009, 'PINs are guessed too fast. Wait a minute.')
  }
  if (pin === ladder.pin) return
  ladder.wrongPins = [...recent, now]
  throw messagingError(133005, 'The PIN is not the one that was set for this number.')
}
