// What a customer does to a number: says a text, sends any message.

import { newWamid } from '../ids.ts'
import type { CustomerRecord, PhoneNumber } from '../state.ts'
import { needNumber, type World } from '../world.ts'
import { messagesValue, tell } from './callbacks.ts'
import { contactOf, shownNumber } from './customers.ts'

/** What `says` and `sends` answer: the message as it goes out in the callback. */
export type Said = { id: string; phoneNumberId: string; message: Record<string, unknown> }

/**
 * Sends a message object of Meta's from a customer to a number (the first one when `to` is left out). `from`,
 * `from_user_id`, `id` and `timestamp` are filled in unless given. A system message comes without contacts and does
 * not open the 24 h window.
 */
export function receive(world: World, customer: CustomerRecord, message: Record<string, unknown>, to?: string): Said {
  const { type } = message
  if (typeof type !== 'string' || type === '') throw new Error('a message has a type')
  const number = to === undefined ? firstNumber(world) : needNumber(world.state, to)
  const at = world.now()
  const filled: Record<string, unknown> = {
    ...(shownNumber(customer) === undefined ? {} : { from: shownNumber(customer) }),
    ...(customer.userId === undefined ? {} : { from_user_id: customer.userId }),
    id: newWamid(customer.id, 'in'),
    timestamp: String(Math.floor(at / 1000)),
    ...message,
  }
  const id = String(filled.id)
  const isSystem = type === 'system'
  if (!isSystem) customer.wroteAt.set(number.id, at)
  world.state.messages.set(id, {
    ...{ id, direction: 'in', phoneNumberId: number.id, customerId: customer.id, type, message: filled, at },
    ...{ status: 'received', history: [{ status: 'received', at }] },
  })
  const rest = { ...(isSystem ? {} : { contacts: [contactOf(customer)] }), messages: [filled] }
  tell(world, number, { field: 'messages', value: messagesValue(number, rest) })
  return { id, phoneNumberId: number.id, message: filled }
}

function firstNumber(world: World): PhoneNumber {
  const [number] = world.state.numbers.values()
  if (!number) throw new Error('there is no number to write to')
  return number
}
