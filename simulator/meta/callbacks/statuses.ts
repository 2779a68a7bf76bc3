// The way of a message that the business sent: sent, delivered, read, or failed, told step by step.

import { statusError } from '../graph/graph-error.ts'
import type { CustomerRecord, MessageRecord, MessageStatus } from '../state.ts'
import { needNumber, type World } from '../world.ts'
import { messagesValue, tell } from './callbacks.ts'
import { shownNumber } from './customers.ts'

const day = 24 * 60 * 60 * 1000
const order: readonly MessageStatus[] = ['accepted', 'sent', 'delivered', 'read', 'played']

/** Starts an accepted message on its way; `needsWindow` says that it is free-form. */
export function startDelivery(world: World, message: MessageRecord, needsWindow: boolean): void {
  const { delays } = world.state
  const code = failureOf(world, message, needsWindow)
  if (code !== undefined) {
    world.activity.later(delays.sent, () => fail(world, message, code))
    return
  }
  world.activity.later(delays.sent, () => {
    advance(world, message, 'sent')
    if (customerOf(world, message).online) world.activity.later(delays.delivered, () => deliver(world, message))
  })
}

/** What came in while a phone was off is delivered. */
export function deliverWaiting(world: World, customer: CustomerRecord): void {
  for (const message of world.state.messages.values()) {
    const isWaiting = message.direction === 'out' && message.customerId === customer.id && message.status === 'sent'
    if (isWaiting) world.activity.later(world.state.delays.delivered, () => deliver(world, message))
  }
}

/** The customer reads a message, or listens to it. One that has not arrived yet, or never will, cannot be read. */
export function readByCustomer(world: World, customer: CustomerRecord, id: string, status: 'read' | 'played'): void {
  const message = world.state.messages.get(id)
  if (message?.direction !== 'out' || message.customerId !== customer.id) {
    throw new Error(`no message ${id} was sent to this customer`)
  }
  if (order.indexOf(message.status) < order.indexOf('delivered')) {
    throw new Error(`the message ${id} is ${message.status}: only what was delivered can be read`)
  }
  advance(world, message, status)
}

function deliver(world: World, message: MessageRecord): void {
  const customer = customerOf(world, message)
  if (!customer.online) return
  advance(world, message, 'delivered')
  if (customer.autoRead) world.activity.later(world.state.delays.read, () => advance(world, message, 'read'))
}

function advance(world: World, message: MessageRecord, status: MessageStatus): void {
  if (order.indexOf(status) <= order.indexOf(message.status)) return
  record(world, message, { status })
}

function fail(world: World, message: MessageRecord, code: number): void {
  record(world, message, { status: 'failed', code })
}

function record(world: World, message: MessageRecord, step: { status: MessageStatus; code?: number }): void {
  const at = world.now()
  message.status = step.status
  message.history.push({ ...step, at })
  const number = needNumber(world.state, message.phoneNumberId)
  const statuses = [statusOf(customerOf(world, message), message, { ...step, at })]
  tell(world, number, { field: 'messages', value: messagesValue(number, { statuses }) })
}

function statusOf(
  customer: CustomerRecord,
  message: MessageRecord,
  step: { status: MessageStatus; code?: number; at: number },
): Record<string, unknown> {
  const isFailed = step.code !== undefined
  const pricing = { billable: false, pricing_model: 'PMP', category: 'service', type: 'free_customer_service' }
  return {
    id: message.id,
    status: step.status,
    timestamp: String(Math.floor(step.at / 1000)),
    ...(shownNumber(customer) === undefined ? {} : { recipient_id: shownNumber(customer) }),
    ...(customer.userId === undefined ? {} : { recipient_user_id: customer.userId }),
    ...(isFailed || step.status === 'played' ? {} : { pricing }),
    ...(message.opaque === undefined ? {} : { biz_opaque_callback_data: message.opaque }),
    ...(step.code === undefined ? {} : { errors: [statusError(step.code, failureDetails[step.code] ?? '')] }),
  }
}

const failureDetails: Record<number, string> = {
  131026: 'Message Undeliverable.',
  131047:
    'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
}

function failureOf(world: World, message: MessageRecord, needsWindow: boolean): number | undefined {
  const customer = customerOf(world, message)
  if (!customer.reachable) return 131026
  if (!needsWindow || !world.state.limits.window) return undefined
  const wroteAt = customer.wroteAt.get(message.phoneNumberId)
  return wroteAt !== undefined && world.now() - wroteAt < day ? undefined : 131047
}

function customerOf(world: World, message: MessageRecord): CustomerRecord {
  const customer = world.state.customers.get(message.customerId)
  if (!customer) throw new Error(`no customer has the id ${message.customerId}`)
  return customer
}
