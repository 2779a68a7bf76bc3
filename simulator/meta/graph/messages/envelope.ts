// The parts of a message around its content: product, recipient, type, context, and nothing that Meta does not know.
import { isUserId } from '../../callbacks/customers.ts'
import { messagingError, parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import { isAbsent, missing, shown, wrongValue } from './params.ts'

/** Whom a message is for, as the request named it. */
export type Recipient = { input: string; id: string; kind: 'number' | 'user' | 'group' }

/** Every type that Graph names in its refusal of an unknown one. */
const namedTypes = [
  'audio',
  'contacts',
  'document',
  'gif',
  'image',
  'interactive',
  'link_preview',
  'location',
  'pin',
  'reaction',
  'sticker',
  'template',
  'text',
  'video',
]
/** Of these, the ones that it names but does not send. */
const unsupportedTypes = ['gif', 'link_preview', 'pin']

const envelopeKeys = [
  ...['messaging_product', 'recipient_type', 'to', 'recipient', 'type', 'context', 'biz_opaque_callback_data'],
  ...['recipient_identity_key_hash', 'access_token', 'appsecret_proof'],
]

/** `messaging_product` must be there and say whatsapp, in every body of these edges. */
export function checkProduct(params: Record<string, unknown>): void {
  const product = params.messaging_product
  if (isAbsent(product)) throw parameterError('The parameter messaging_product is required.')
  if (typeof product !== 'string' || product.toLowerCase() !== 'whatsapp') {
    throw parameterError(`Param messaging_product must be one of {WHATSAPP} - got "${shown(product)}".`)
  }
}

/**
 * The recipient: `to` in digits (a leading + and the usual separators are taken), a user id in `recipient`, or the id
 * of a group in `to`.
 */
export function recipientOf(params: Record<string, unknown>): Recipient {
  const { to, recipient, recipient_type: kind } = params
  if (kind !== undefined && kind !== 'individual' && kind !== 'group') {
    throw parameterError(`Param recipient_type must be one of {GROUP, INDIVIDUAL} - got "${shown(kind)}".`)
  }
  if (to === undefined && recipient !== undefined) return userRecipient(recipient)
  if (isAbsent(to)) throw parameterError('The parameter to is required.')
  if (typeof to !== 'string' && typeof to !== 'number') throw parameterError('Param to must be a string.')
  const input = String(to)
  if (kind === 'group') return groupRecipient(input)
  const digits = input.replaceAll(/[\s()-]/g, '').replace(/^\+/, '')
  if (!/^\d{5,15}$/.test(digits)) throw wrongValue(`The parameter to is not a valid phone number: ${input}`)
  return { input, id: digits, kind: 'number' }
}

/** The type of a message in lower case; text when none is said. One that Meta knows but does not send is 131051. */
export function typeOf(params: Record<string, unknown>): string {
  const type = params.type ?? 'text'
  const name = typeof type === 'string' ? type.toLowerCase() : ''
  if (!namedTypes.includes(name)) {
    const known = namedTypes.map((each) => each.toUpperCase()).join(', ')
    throw parameterError(`Param type must be one of {${known}} - got "${shown(type)}".`)
  }
  if (unsupportedTypes.includes(name)) throw messagingError(131051, `Message type ${name} is not supported.`)
  return name
}

/** Context and biz_opaque_callback_data, which every message may carry; and no key that is not known. */
export function checkExtras(params: Record<string, unknown>, body: unknown): void {
  const { context, biz_opaque_callback_data: opaque } = params
  if (context !== undefined) checkContext(context)
  for (const name of Object.keys(isObject(body) ? body : {})) {
    if (!envelopeKeys.includes(name) && !namedTypes.includes(name)) {
      throw parameterError(`Unexpected key "${name}" on param "message".`)
    }
  }
  if (opaque === undefined) return
  if (typeof opaque !== 'string') throw parameterError('Param biz_opaque_callback_data must be a string.')
  if ([...opaque].length > 512) throw wrongValue('biz_opaque_callback_data must be at most 512 characters.')
}

/** Refuses what is not the id of a message. */
export function checkMessageId(id: unknown, path: string): void {
  if (typeof id === 'string' && /^wamid\.[A-Za-z0-9+/=_-]+$/.test(id)) return
  throw wrongValue(`The parameter ${path} is not the id of a message.`)
}

function checkContext(context: unknown): void {
  if (!isObject(context)) throw parameterError('Param context must be a JSON object.')
  const id = context.message_id
  if (isAbsent(id)) throw missing("The parameter context['message_id'] is required.")
  checkMessageId(id, "context['message_id']")
}

function userRecipient(recipient: unknown): Recipient {
  if (typeof recipient !== 'string' || !isUserId(recipient)) {
    throw wrongValue(`The parameter recipient is not a valid user id: ${shown(recipient)}`)
  }
  return { input: recipient, id: recipient, kind: 'user' }
}

function groupRecipient(input: string): Recipient {
  if (!/^[A-Za-z0-9+/=_-]{8,256}$/.test(input)) throw wrongValue(`The parameter to is not the id of a group: ${input}`)
  return { input, id: input, kind: 'group' }
}
