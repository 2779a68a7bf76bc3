// The code that proves whose a number is: asked for by SMS or call, and sent back.
import { randomInt } from 'node:crypto'
import type { PhoneNumber } from '../../state.ts'
import type { World } from '../../world.ts'
import { GraphError, parameterError, titleOf } from '../graph-error.ts'

const minute = 60 * 1000
const day = 24 * 60 * minute
const codeLife = 10 * minute
const pause = minute
const perDay = 5
const mostWrong = 5
const lockedFor = 60 * minute

/** `POST /{phone_number_id}/request_code`. Within a minute of the last one, or a sixth in a day: 136024, 2388091. */
export function requestCode(world: World, number: PhoneNumber, params: Record<string, unknown>): { success: true } {
  const { code_method: method, language } = params
  if (method === undefined || method === '') throw parameterError('The parameter code_method is required.')
  if (method !== 'SMS' && method !== 'VOICE') {
    throw parameterError(`Param code_method must be one of {SMS, VOICE} - got "${String(method)}".`)
  }
  if (language === undefined || language === '') throw parameterError('The parameter language is required.')
  if (typeof language !== 'string' || !/^[a-z]{2,3}(_[A-Z]{2})?$/.test(language)) {
    throw parameterError(`Param language must be a language code such as en or en_US - got "${String(language)}".`)
  }
  const { ladder } = number
  const now = world.now()
  const recent = ladder.requests.filter((at) => at > now - day)
  const last = recent.at(-1)
  if ((last !== undefined && now - last < pause) || recent.length >= perDay || now < ladder.codeLockedUntil) {
    throw codeError(136024, 2388091, 'A code was asked for too often. Try again later.')
  }
  ladder.requests = [...recent, now]
  ladder.code = { code: String(randomInt(1_000_000)).padStart(6, '0'), method, language, at: now, wrong: 0 }
  return { success: true }
}

/**
 * `POST /{phone_number_id}/verify_code`. A wrong or old code is 136025 with 2388093; the fifth wrong one makes the
 * code worthless, and for an hour no other is sent.
 */
export function verifyCode(
  world: World,
  number: PhoneNumber,
  { code }: Record<string, unknown>,
): { success: true; id: string } {
  if (code === undefined || code === '') throw parameterError('The parameter code is required.')
  const text = String(code)
  if (!/^\d{6}$/.test(text)) throw parameterError('Param code must be 6 digits.')
  const { ladder } = number
  const now = world.now()
  if (now < ladder.codeLockedUntil) throw codeError(136025, 2388093, 'Too many codes were wrong. Try again later.')
  const sent = ladder.code
  if (!sent || now - sent.at > codeLife) {
    throw codeError(136025, 2388093, 'There is no code to verify, or it is too old. Ask for a new one.')
  }
  if (sent.code !== text) {
    sent.wrong += 1
    if (sent.wrong >= mostWrong) {
      delete ladder.code
      ladder.codeLockedUntil = now + lockedFor
    }
    throw codeError(136025, 2388093, 'The code is not right.')
  }
  delete ladder.code
  ladder.codeStatus = 'VERIFIED'
  return { success: true, id: number.id }
}

function codeError(code: number, subcode: number, userMessage: string): GraphError {
  const userTitle = code === 136024 ? 'Code not sent' : 'Code not verified'
  return new GraphError(`(#${code}) ${titleOf(code)}`, { code, subcode, transient: false, userTitle, userMessage })
}
