// `POST /{phone_number_id}/messages`: messages are taken or refused, and incoming ones marked as read.
import { customerOf, findCustomer } from '../../callbacks/customers.ts'
import { startDelivery } from '../../callbacks/statuses.ts'
import { newWamid } from '../../ids.ts'
import type { CustomerRecord, MessageRecord, PhoneNumber, Token } from '../../state.ts'
import { needAccount, type World } from '../../world.ts'
import { needScope } from '../auth.ts'
import { messagingError, parameterError, unknownField, unknownObject } from '../graph-error.ts'
import { type GraphAnswer, type GraphRequest, isObject } from '../graph-request.ts'
import type { LimitKeeper } from '../limits.ts'
import { checkExtras, checkProduct, type Recipient, recipientOf, typeOf } from './envelope.ts'
import { kinds } from './kinds.ts'

type Subject = { number: PhoneNumber; token: Token; limits: LimitKeeper }

/** Sends a message, or marks one as read when the body says `status`. */
export function postMessages(world: World, request: GraphRequest, subject: Subject): GraphAnswer {
  const { number, token } = subject
  if (request.method === 'GET') throw unknownField('messages', 'WhatsAppBusinessPhoneNumber')
  if (request.method !== 'POST') throw unknownObject(request.method, number.id)
  needScope(token, ['whatsapp_business_messaging'], 10)
  checkProduct(request.params)
  const body = request.params.status === undefined ? send(world, request, subject) : markRead(world, request, number)
  return { body, accountId: number.accountId }
}

function send(world: World, request: GraphRequest, { number, token, limits }: Subject): Record<string, unknown> {
  const { params } = request
  const recipient = recipientOf(params)
  const type = typeOf(params)
  const kind = kinds[type]
  if (!kind) throw messagingError(131051, `Message type ${type} is not supported.`)
  checkExtras(params, request.body)
  const doom = kind.check(params[type], { world, number, account: needAccount(world.state, number.accountId) })
  checkRecipient(world, recipient, { number, token })
  limits.count(number.id, recipient.id)
  const customer = recipientRecord(world, recipient)
  const at = world.now()
  const message: MessageRecord = {
    ...{ id: newWamid(customer.id, 'out'), direction: 'out', phoneNumberId: number.id, customerId: customer.id },
    ...{ type, at, message: isObject(request.body) ? request.body : params },
    ...{ status: 'accepted', history: [{ status: 'accepted', at }] },
  }
  const opaque = params.biz_opaque_callback_data
  if (typeof opaque === 'string') message.opaque = opaque
  world.state.messages.set(message.id, message)
  startDelivery(world, message, { needsWindow: kind.needsWindow && recipient.kind !== 'group', doom })
  const status = type === 'template' ? { message_status: 'accepted' } : {}
  const messages = [{ id: message.id, ...status }]
  return { messaging_product: 'whatsapp', contacts: [answeredContact(recipient)], messages }
}

/** Marks an incoming message, and all earlier ones of that customer, as read. */
function markRead(world: World, request: GraphRequest, number: PhoneNumber): Record<string, unknown> {
  const { status, message_id: id, typing_indicator: typing } = request.params
  if (typeof status !== 'string' || status.toLowerCase() !== 'read') {
    throw parameterError(`Param status must be one of {READ} - got "${String(status)}".`)
  }
  if (typeof id !== 'string' || id === '') throw parameterError('The parameter message_id is required.')
  if (typing !== undefined && !(isObject(typing) && typing.type === 'text')) {
    throw parameterError('Param typing_indicator.type must be one of {TEXT}.')
  }
  const message = world.state.messages.get(id)
  if (message?.phoneNumberId !== number.id)
    throw parameterError('Invalid parameter', `Message with ID ${id} does not exist.`)
  if (message.direction === 'out') throw parameterError('Invalid parameter', `Message with ID ${id} is outgoing.`)
  const at = world.now()
  for (const each of incomingUpTo(world, message)) {
    if (each.status === 'read') continue
    each.status = 'read'
    each.history.push({ status: 'read', at })
  }
  if (typing !== undefined) message.typingAt = at
  return { success: true }
}

function* incomingUpTo(world: World, last: MessageRecord): Generator<MessageRecord> {
  for (const message of world.state.messages.values()) {
    const isSameChat = message.phoneNumberId === last.phoneNumberId && message.customerId === last.customerId
    if (message.direction === 'in' && isSameChat) yield message
    if (message === last) return
  }
}

function checkRecipient(world: World, recipient: Recipient, { number, token }: Omit<Subject, 'limits'>): void {
  if (!number.registered) throw messagingError(133010, 'The phone number is not registered on the Cloud API.')
  if (recipient.id === number.digits)
    throw messagingError(131021, 'Recipient phone number cannot be the sender phone number.')
  if (recipient.kind === 'group' && !world.state.customers.get(recipient.id)?.isGroup) {
    throw parameterError('Invalid parameter', `Group with ID ${recipient.input} does not exist.`)
  }
  const app = world.state.apps.get(token.appId)
  const waId = recipient.kind === 'user' ? findCustomer(world.state, recipient.id)?.waId : recipient.id
  if (recipient.kind !== 'group' && app?.testMode && !app.testRecipients.has(waId ?? '')) {
    throw messagingError(131030, 'Recipient phone number not in allowed list: add it to the list of test recipients.')
  }
}

/** Somebody unknown is made up: a number is taken to be on WhatsApp, a user id that nobody has reaches nobody. */
function recipientRecord(world: World, { id, kind }: Recipient): CustomerRecord {
  return findCustomer(world.state, id) ?? customerOf(world.state, id, kind === 'user' ? { reachable: false } : {})
}

function answeredContact({ input, id, kind }: Recipient): Record<string, unknown> {
  return kind === 'user' ? { input, user_id: id } : { input, wa_id: id }
}
