// The people on the other side: how they are found and made, and how payloads name them.
import type { CustomerProfile, CustomerRecord, State } from '../state.ts'

const userIdPattern = /^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$/

/** True for a business-scoped user id, such as `US.13491208655302741918`. */
export function isUserId(text: string): boolean {
  return userIdPattern.test(text)
}

/** The customer of this number (digits, a leading + is fine) or user id; undefined when nobody is. */
export function findCustomer(state: State, id: string): CustomerRecord | undefined {
  const key = isUserId(id) ? id : id.replace(/^\+/, '')
  return state.customers.get(key) ?? [...state.customers.values()].find(({ userId }) => userId === key)
}

/** The customer of this id, made on first sight; a profile changes what it names. */
export function customerOf(state: State, id: string, profile: CustomerProfile = {}): CustomerRecord {
  const known = findCustomer(state, id)
  const customer = known ?? newCustomer(id)
  if (profile.userId !== undefined && !isUserId(profile.userId)) throw new Error(`${profile.userId} is not a user id`)
  Object.assign(customer, profile)
  if (customer.waId === undefined && customer.userId === undefined)
    throw new Error('a customer has a number or a user id')
  if (customer.hidesNumber && customer.userId === undefined)
    throw new Error('a customer who hides the number needs a user id')
  state.customers.set(customer.id, customer)
  return customer
}

/** A group of this id, which takes messages as one who is always there. */
export function addGroup(state: State, id: string): string {
  if (state.customers.has(id)) throw new Error(`somebody has the id ${id} already`)
  const profile = { name: 'Group', hidesNumber: false, autoRead: false, online: true, reachable: true }
  state.customers.set(id, { id, waId: id, ...profile, isGroup: true, wroteAt: new Map() })
  return id
}

/** The entry of `contacts`. */
export function contactOf(customer: CustomerRecord): Record<string, unknown> {
  const { name, username } = customer
  return {
    profile: { name, ...(username === undefined ? {} : { username }) },
    ...(shownNumber(customer) === undefined ? {} : { wa_id: shownNumber(customer) }),
    ...(customer.userId === undefined ? {} : { user_id: customer.userId }),
  }
}

/** The number that payloads may show; undefined when it is hidden or unknown. */
export function shownNumber(customer: CustomerRecord): string | undefined {
  return customer.hidesNumber ? undefined : customer.waId
}

function newCustomer(id: string): CustomerRecord {
  const digits = id.replace(/^\+/, '')
  if (!isUserId(id) && !/^\d{5,15}$/.test(digits))
    throw new Error(`${id} is neither a number of 5 to 15 digits nor a user id`)
  return {
    ...(isUserId(id) ? { id, userId: id } : { id: digits, waId: digits }),
    ...{ name: `Customer ${id.slice(-4)}`, hidesNumber: false, autoRead: false, online: true, reachable: true },
    wroteAt: new Map(),
  }
}
