// `/{phone_number_id}` and its edges, apart from messages and media.
import type { PhoneNumber, Token } from '../../state.ts'
import type { World } from '../../world.ts'
import { needScope } from '../auth.ts'
import { unknownField, unknownObject } from '../graph-error.ts'
import type { GraphAnswer, GraphRequest } from '../graph-request.ts'
import { requestCode, verifyCode } from './codes.ts'
import { numberFields, numberType } from './number-node.ts'
import { changeProfile, readProfile } from './profile.ts'
import { changeSettings, deregisterNumber, registerNumber } from './registration.ts'

const edges = ['', 'request_code', 'verify_code', 'register', 'deregister', 'whatsapp_business_profile']

/** Reads a number or its profile, changes them, and takes the number up and down the ladder. */
export async function numberCall(
  world: World,
  request: GraphRequest,
  { number, token }: { number: PhoneNumber; token: Token },
): Promise<GraphAnswer> {
  const { method, params } = request
  const edge = request.segments[1] ?? ''
  // What only reads, or sets up messaging, is allowed to those who may send as well.
  const isManaged = method !== 'GET' && edge !== 'register' && edge !== 'deregister'
  const scopes = isManaged ? [] : ['whatsapp_business_messaging']
  needScope(token, ['whatsapp_business_management', ...scopes])
  const calls: Record<string, () => unknown> = {
    'GET ': () => numberFields(world, number, params.fields),
    'POST ': () => changeSettings(world, number, { params, token }),
    'POST request_code': () => requestCode(world, number, params),
    'POST verify_code': () => verifyCode(world, number, params),
    'POST register': () => registerNumber(world, number, params),
    'POST deregister': () => deregisterNumber(world, number),
    'GET whatsapp_business_profile': () => readProfile(number, params.fields),
    'POST whatsapp_business_profile': () => changeProfile(number, params),
  }
  const call = Object.hasOwn(calls, `${method} ${edge}`) ? calls[`${method} ${edge}`] : undefined
  if (call) return { body: await call(), accountId: number.accountId }
  if (method === 'GET' || !edges.includes(edge)) throw unknownField(edge, numberType)
  throw unknownObject(method, number.id)
}
