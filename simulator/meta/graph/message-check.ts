// What Meta refuses in the body of a message before it looks at anything else.
import { isUserId } from '../callbacks/customers.ts'
import { type GraphError, messagingError, parameterError } from './graph-error.ts'
import { isObject } from './graph-request.ts'

/** Whom a message is for, as the request named it. */
export type Recipient = { input: string; id: string; isUserId: boolean }

/** A kind of message that is supported: how its object is checked, and whether it needs the 24 h window. */
export type Kind = { needsWindow: boolean; check(content: unknown): void }

/** Every type that Graph knows, as its error lists them. */
const knownTypes = [
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

const kinds: Record<string, Kind> = { text: { needsWindow: true, check: checkText } }

/** `messaging_product` must be there and say whatsapp, in every body of this edge. */
export function checkProduct(params: Record<string, unknown>): void {
  const product = params.messaging_product
  if (product === undefined || product === null || product === '') {
    throw parameterError('The parameter messaging_product is required.')
  }
  if (typeof product !== 'string' || product.toLowerCase() !== 'whatsapp') {
    throw parameterError(`Param messaging_product must be one of {WHATSAPP} - got "${shown(product)}".`)
  }
}

/** The recipient: `to` in digits (a leading + and the usual separators are taken), or a user id in `recipient`. */
export function recipientOf(params: Record<string, unknown>): Recipient {
  const { to, recipient, recipient_type: kind } = params
  if (kind !== undefined && kind !== 'individual' && kind !== 'group') {
    throw parameterError(`Param recipient_type must be one of {GROUP, INDIVIDUAL} - got "${shown(kind)}".`)
  }
  if (to === undefined && recipient !== undefined) return userRecipient(recipient)
  if (to === undefined || to === null || to === '') throw parameterError('The parameter to is required.')
  if (typeof to !== 'string' && typeof to !== 'number') throw parameterError('Param to must be a string.')
  const input = String(to)
  if (kind === 'group') throw parameterError('Invalid parameter', `Group with ID ${input} does not exist.`)
  const digits = input.replaceAll(/[\s()-]/g, '').replace(/^\+/, '')
  if (!/^\d{5,15}$/.test(digits)) throw wrongValue(`The parameter to is not a valid phone number: ${input}`)
  return { input, id: digits, isUserId: false }
}

/** The kind of a message; text when no type is said. Types that the simulator does not serve are 131051. */
export function kindOf(params: Record<string, unknown>): { type: string; kind: Kind } {
  const type = params.type ?? 'text'
  if (typeof type !== 'string' || !knownTypes.includes(type.toLowerCase())) {
    const known = knownTypes.map((each) => each.toUpperCase()).join(', ')
    throw parameterError(`Param type must be one of {${known}} - got "${shown(type)}".`)
  }
  const kind = Object.hasOwn(kinds, type.toLowerCase()) ? kinds[type.toLowerCase()] : undefined
  if (!kind) throw messagingError(131051, `Message type ${type} is not supported by this simulator.`)
  return { type: type.toLowerCase(), kind }
}

/** Context and biz_opaque_callback_data, which every message may carry. */
export function checkExtras(params: Record<string, unknown>): void {
  const { context, biz_opaque_callback_data: opaque } = params
  if (context !== undefined) {
    if (!isObject(context)) throw parameterError('Param context must be a JSON object.')
    const id = context.message_id
    if (id === undefined || id === '') throw missing('The parameter context.message_id is required.')
    if (typeof id !== 'string' || !/^wamid\.[A-Za-z0-9+/=_-]+$/.test(id)) {
      throw wrongValue('The parameter context.message_id is not the id of a message.')
    }
  }
  if (opaque === undefined) return
  if (typeof opaque !== 'string') throw parameterError('Param biz_opaque_callback_data must be a string.')
  if ([...opaque].length > 512) throw wrongValue('biz_opaque_callback_data must be at most 512 characters.')
}

function checkText(text: unknown): void {
  if (text === undefined || text === null) throw missing('The parameter text is required for messages of type text.')
  if (!isObject(text)) throw parameterError('Param text must be a JSON object.')
  const { body, preview_url: preview } = text
  if (body === undefined || body === null || body === '') throw parameterError('The parameter text.body is required.')
  if (typeof body !== 'string') throw parameterError('Param text.body must be a string.')
  if (body.trim() === '') throw wrongValue('text.body must not be blank.')
  const { length } = [...body]
  if (length > 4096) throw wrongValue(`text.body must be 1 to 4096 characters long; it has ${length}.`)
  const isFlag = preview === undefined || typeof preview === 'boolean' || preview === 'true' || preview === 'false'
  if (!isFlag) throw parameterError('Param text.preview_url must be a boolean.')
  for (const name of Object.keys(text)) {
    if (name !== 'body' && name !== 'preview_url') throw parameterError(`Unexpected key "${name}" on param "text".`)
  }
}

function userRecipient(recipient: unknown): Recipient {
  if (typeof recipient !== 'string' || !isUserId(recipient)) {
    throw wrongValue(`The parameter recipient is not a valid user id: ${shown(recipient)}`)
  }
  return { input: recipient, id: recipient, isUserId: true }
}

function missing(details: string): GraphError {
  return messagingError(131008, details)
}

function wrongValue(details: string): GraphError {
  return messagingError(131009, details)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
