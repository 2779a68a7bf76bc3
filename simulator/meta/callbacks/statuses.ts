// The way of a message that the business sent: sent, delivered, read, or failed, told step by step.

import { statusError } from '../graph/graph-error.ts'
import { isObject } from '../graph/graph-request.ts'
import type { CustomerRecord, MessageRecord, MessageStatus } from '../state.ts'
import { needNumber, type World } from '../world.ts'
import { messagesValue, tell } from './callbacks.ts'
import { shownNumber } from './customers.ts'

const day = 24 * 60 * 60 * 1000
const order: readonly MessageStatus[] = ['accepted', 'sent', 'delivered', 'read', 'played']

/** What is known of a message when it is accepted: whether it is free-form, and why it will fail, if it will. */
export type Prospects = { needsWindow: boolean; doom?: Failure | undefined }

/** Starts an accepted message on its way. */
export function startDelivery(world: World, message: MessageRecord, prospects: Prospects): void {
  const { delays } = world.state
  const failure = failureOf(world, message, prospects)
  if (failure !== undefined) {
    world.activity.later(delays.sent, () => record(world, message, { status: 'failed', failure }))
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

type Failure = { code: number; details: string }
type Step = { status: MessageStatus; failure?: Failure }

function record(world: World, message: MessageRecord, step: Step): void {
  const at = world.now()
  const { status, failure } = step
  message.status = status
  message.history.push({ status, at, ...(failure ? { code: failure.code } : {}) })
  const number = needNumber(world.state, message.phoneNumberId)
  const statuses = [statusOf(world, message, { ...step, at })]
  tell(world, number, { field: 'messages', value: messagesValue(number, { statuses }) })
}

function statusOf(
  world: World,
  message: MessageRecord,
  { status, failure, at }: Step & { at: number },
): Record<string, unknown> {
  const customer = customerOf(world, message)
  const isPriced = failure === undefined && status !== 'played'
  return {
    id: message.id,
    status,
    timestamp: String(Math.floor(at / 1000)),
    ...(shownNumber(customer) === undefined ? {} : { recipient_id: shownNumber(customer) }),
    ...(customer.userId === undefined ? {} : { recipient_user_id: customer.userId }),
    ...(customer.isGroup ? { recipient_type: 'group' } : {}),
    ...(isPriced ? { pricing: pricingOf(world, message) } : {}),
    ...(message.opaque === undefined ? {} : { biz_opaque_callback_data: message.opaque }),
    ...(failure === undefined ? {} : { errors: [statusError(failure.code, failure.details)] }),
  }
}

/** Free-form messages are free; a template is charged by its category, but for utility inside the 24 h window. */
function pricingOf(world: World, message: MessageRecord): Record<string, unknown> {
  const model = { pricing_model: 'PMP' }
  const category = categoryOf(world, message)
  if (category === undefined || (category === 'utility' && isWindowOpen(world, message))) {
    return { billable: false, ...model, category: category ?? 'service', type: 'free_customer_service' }
  }
  return { billable: true, ...model, category, type: 'regular' }
}

function categoryOf(world: World, { type, message, phoneNumberId }: MessageRecord): string | undefined {
  if (type !== 'template') return undefined
  const { template } = message
  const { name, language } = isObject(template) ? template : {}
  const code = isObject(language) ? language.code : undefined
  const { accountId } = needNumber(world.state, phoneNumberId)
  const known = [...world.state.managed.templates.values()].find(
    (each) => each.accountId === accountId && each.name === name && each.language === code,
  )
  return known?.category.toLowerCase() ?? 'marketing'
}

const failureDetails: Record<number, string> = {
  130472: "Message was not delivered because the recipient's number is part of an experiment.",
  131026: 'Message Undeliverable.',
  131047:
    'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
  131049: 'In order to maintain a healthy ecosystem engagement, the message failed to be delivered.',
  131050: 'Recipient has chosen to stop receiving marketing messages on WhatsApp from your business.',
}

function failureOf(world: World, message: MessageRecord, { needsWindow, doom }: Prospects): Failure | undefined {
  const customer = customerOf(world, message)
  const because = (code: number): Failure => ({ code, details: failureDetails[code] ?? '' })
  if (customer.failsWith) return because(customer.failsWith)
  if (!customer.reachable) return because(131026)
  if (doom) return doom
  if (!needsWindow || !world.state.limits.window || isWindowOpen(world, message)) return undefined
  return because(131047)
}

function isWindowOpen(world: World, message: MessageRecord): boolean {
  const wroteAt = customerOf(world, message).wroteAt.get(message.phoneNumberId)
  return wroteAt !== undefined && world.now() - wroteAt < day
}

function customerOf(world: World, message: MessageRecord): CustomerRecord {
  const customer = world.state.customers.get(message.customerId)
  if (!customer) throw new Error(`no customer has the id ${message.customerId}`)
  return customer
}
