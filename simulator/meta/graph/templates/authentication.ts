// Templates of category AUTHENTICATION: their own shape going in, and the texts that Meta writes for them.
import { parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import { buttonsOf, type Component, componentOf } from './component.ts'
import { missingField, tooLong } from './refusal.ts'

const otpTypes = ['COPY_CODE', 'ONE_TAP', 'ZERO_TAP']

/**
 * Checks the components (`BODY` without text, `FOOTER` with `code_expiration_minutes`, one `OTP` button) and answers
 * what reads show: the text of the body, and the button as a URL that takes the code.
 */
export function authenticationComponents(list: readonly Component[]): Component[] {
  const body = componentOf(list, 'BODY')
  if (!body) throw missingField('BODY', 'type')
  for (const { type } of list) {
    if (type !== 'BODY' && type !== 'FOOTER' && type !== 'BUTTONS') {
      throw parameterError(`Templates of category AUTHENTICATION have no component of type ${String(type)}.`)
    }
  }
  if (body.text !== undefined) {
    throw parameterError('The text of the body is fixed for templates of category AUTHENTICATION.')
  }
  const [button, ...more] = buttonsOf(list)
  if (!button || more.length > 0) throw parameterError('Templates of category AUTHENTICATION have one button.')
  const minutes = expiry(componentOf(list, 'FOOTER'))
  return [
    bodyOf(body),
    ...(minutes === undefined ? [] : [footerOf(minutes)]),
    { type: 'BUTTONS', buttons: [shownButton(button, minutes)] },
  ]
}

function bodyOf({ add_security_recommendation: warns }: Component): Component {
  if (warns !== undefined && typeof warns !== 'boolean') {
    throw parameterError('Param add_security_recommendation must be a boolean.')
  }
  const text = `*{{1}}* is your verification code.${warns ? ' For your security, do not share this code.' : ''}`
  const flag = warns === undefined ? {} : { add_security_recommendation: warns }
  return { type: 'BODY', text, ...flag, example: { body_text: [['123456']] } }
}

function expiry(footer: Component | undefined): number | undefined {
  const minutes = footer?.code_expiration_minutes
  if (minutes === undefined) return undefined
  const isRight = typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= 90
  if (!isRight) throw parameterError('Param code_expiration_minutes must be an integer from 1 to 90.')
  return minutes
}

function footerOf(minutes: number): Component {
  return {
    type: 'FOOTER',
    text: `This code expires in ${minutes} minutes.`,
    code_expiration_minutes: minutes,
  }
}

function shownButton(button: Component, minutes: number | undefined): Component {
  if (String(button.type).toUpperCase() !== 'OTP') {
    throw parameterError('The button of a template of category AUTHENTICATION is of type OTP.')
  }
  const otp = String(button.otp_type ?? '').toUpperCase()
  if (!otpTypes.includes(otp)) {
    throw parameterError(`Param otp_type must be one of {${otpTypes.join(', ')}} - got "${otp}".`)
  }
  const { text = 'Copy code' } = button
  if (typeof text !== 'string' || text === '') throw missingField('BUTTONS', 'text')
  if ([...text].length > 25) throw tooLong('The text of the button', 25)
  if (otp !== 'COPY_CODE') checkApps(button)
  if (otp === 'ZERO_TAP' && button.zero_tap_terms_accepted !== true) {
    throw missingField('BUTTONS', 'zero_tap_terms_accepted')
  }
  const query = `otp_type=${otp}${minutes === undefined ? '' : `&code_expiration_minutes=${minutes}`}`
  const url = `https://www.whatsapp.com/otp/code/?${query}&code=otp`
  return { type: 'URL', text, url: `${url}{{1}}`, example: [`${url}123456`] }
}

/** The apps that may take the code by themselves: a package name and the hash of its signature. */
function checkApps(button: Component): void {
  const { supported_apps: several } = button
  const apps: unknown[] = Array.isArray(several) ? several : [button]
  if (apps.length === 0 || apps.length > 5) throw parameterError('Param supported_apps has 1 to 5 entries.')
  for (const app of apps) {
    const entry = isObject(app) ? app : {}
    for (const field of ['package_name', 'signature_hash']) {
      if (typeof entry[field] !== 'string' || entry[field] === '') throw missingField('BUTTONS', field)
    }
  }
}
