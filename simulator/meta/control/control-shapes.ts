// What the bodies of the control API may hold; anything else is refused with a sentence that names it.

import type { MediaFile } from '../callbacks/inbound.ts'
import type { ReleaseOptions } from '../callbacks/outbox.ts'
import type { Change } from '../callbacks/payload.ts'
import type { FaultAction, FaultRule } from '../faults.ts'
import type { CatalogOptions, ProductOptions } from '../graph/catalogs/stage.ts'
import type { FlowChange, FlowOptions } from '../graph/flows/changes.ts'
import { isObject } from '../graph/graph-request.ts'
import type { TemplateChange, TemplateOptions } from '../graph/templates/changes.ts'
import type { CustomerProfile, Limits, StatusDelays } from '../state.ts'
import type { AppOptions, NumberChange, NumberOptions, TokenOptions } from './admin.ts'

/** The caller of the control API made a mistake. */
export class ControlError extends Error {}

type Check = { says: string; is(value: unknown): boolean }
type Shape<T> = { fields: Record<keyof T & string, Check>; required: (keyof T & string)[] }

const text: Check = { says: 'a text', is: (value) => typeof value === 'string' && value !== '' }
const flag: Check = { says: 'true or false', is: (value) => typeof value === 'boolean' }
const milliseconds: Check = {
  says: 'a number of milliseconds from 0',
  is: (value) => typeof value === 'number' && value >= 0,
}
const count: Check = { says: 'a whole number from 1', is: isCount }
const object: Check = { says: 'an object', is: isObject }
const anything: Check = { says: 'anything', is: () => true }
const texts: Check = {
  says: 'a list of texts',
  is: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
}

const either = (one: Check, other: Check): Check => ({
  says: `${one.says} or ${other.says}`,
  is: (value) => one.is(value) || other.is(value),
})
const nothing: Check = { says: 'null', is: (value) => value === null }
const oneOf = (...values: unknown[]): Check => ({ says: values.join(' or '), is: (value) => values.includes(value) })
const objectOf = (fields: Record<string, Check>, says: string): Check => ({
  says,
  is: (value) =>
    isObject(value) &&
    Object.keys(fields).length === Object.keys(value).length &&
    Object.entries(fields).every(([name, check]) => check.is(value[name])),
})

const pair = objectOf({ burst: count, everyMs: milliseconds }, '{"burst": count, "everyMs": ms}')
const when = either(
  oneOf('always'),
  either(objectOf({ next: count }, '{"next": count}'), objectOf({ every: count }, '{"every": count}')),
)

/** What an action must hold besides `kind`, and what it may. */
const actions: Record<FaultAction['kind'], { must: Record<string, Check>; may: Record<string, Check> }> = {
  error: { must: { code: count }, may: { status: count, subcode: count, type: text, message: text, transient: flag } },
  throttle: { must: { retryAfter: count }, may: { code: count } },
  unavailable: { must: {}, may: { retryAfter: count } },
  html: { must: {}, may: { status: count } },
  truncated: { must: {}, may: {} },
  slow: { must: { ms: milliseconds }, may: {} },
  reset: { must: { when: oneOf('before-body', 'after-body') }, may: {} },
  empty: { must: {}, may: {} },
}
const action: Check = {
  says: `an object whose kind is one of ${Object.keys(actions).join(', ')}, with what that kind needs (see the README)`,
  is: isAction,
}

const number: Shape<NumberOptions> = {
  fields: {
    ...{
      phoneNumberId: text,
      displayPhoneNumber: text,
      verifiedName: text,
      wabaId: text,
      businessId: text,
      shared: flag,
    },
    ...{
      token: text,
      appId: text,
      appSecret: text,
      callbackUrl: text,
      verifyToken: text,
      registered: flag,
      verified: flag,
      pin: text,
      subscribed: flag,
    },
  },
  required: [],
}
const numberChange: Shape<NumberChange> = {
  fields: {
    ...{ registered: flag, fields: object, codeStatus: oneOf('VERIFIED', 'NOT_VERIFIED', 'EXPIRED') },
    ...{ pin: either(text, nothing), waitMs: milliseconds },
  },
  required: [],
}
const token: Shape<TokenOptions> = {
  fields: { token: text, appId: text, scopes: texts, expiresAt: milliseconds, wabaIds: texts, businessIds: texts },
  required: [],
}
const app: Shape<AppOptions> = {
  fields: {
    name: text,
    callbackUrl: text,
    verifyToken: text,
    testMode: flag,
    testRecipients: texts,
    requireProof: flag,
  },
  required: [],
}
const customer: Shape<CustomerProfile> = {
  fields: {
    failsWith: either(nothing, count),
    name: text,
    userId: text,
    username: text,
    hidesNumber: flag,
    autoRead: flag,
    online: flag,
    reachable: flag,
  },
  required: [],
}
const says: Shape<{ text: string; to?: string }> = { fields: { text, to: text }, required: ['text'] }
const sends: Shape<{ message: Record<string, unknown>; to?: string }> = {
  fields: { message: object, to: text },
  required: ['message'],
}
const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const
/** `data` is base64. */
type MediaBody = Omit<MediaFile, 'bytes'> & { kind: (typeof mediaKinds)[number]; data: string; to?: string }
const sendsMedia: Shape<MediaBody> = {
  fields: {
    ...{ kind: oneOf(...mediaKinds), data: text, mimeType: text, caption: text, filename: text },
    ...{ voice: flag, animated: flag, to: text },
  },
  required: ['kind', 'data', 'mimeType'],
}
const group: Shape<{ id?: string }> = { fields: { id: text }, required: [] }
const expire: Shape<{ what?: 'id' | 'urls' }> = { fields: { what: oneOf('id', 'urls') }, required: [] }
const reads: Shape<{ id: string; status?: 'read' | 'played' }> = {
  fields: { id: text, status: oneOf('read', 'played') },
  required: ['id'],
}
const change: Shape<Change> = {
  fields: { phoneNumberId: text, wabaId: text, field: text, value: anything },
  required: ['field', 'value'],
}
const release: Shape<ReleaseOptions> = {
  fields: { reversed: flag, batch: either(flag, count), copies: count, skip: texts },
  required: [],
}
const fault: Shape<FaultRule> = {
  fields: { match: text, action, when, processed: flag },
  required: ['match', 'action'],
}
const limits: Shape<Partial<Limits>> = {
  fields: {
    window: flag,
    pair: either(nothing, pair),
    throughput: either(nothing, count),
    management: either(nothing, count),
    page: either(nothing, count),
  },
  required: [],
}
const delays: Shape<Partial<StatusDelays>> = {
  fields: { sent: milliseconds, delivered: milliseconds, read: milliseconds },
  required: [],
}
const clock: Shape<{ advanceMs: number }> = { fields: { advanceMs: milliseconds }, required: ['advanceMs'] }

const objects: Check = { says: 'a list of objects', is: (value) => Array.isArray(value) && value.every(isObject) }
const category = oneOf('AUTHENTICATION', 'MARKETING', 'UTILITY')
const quality = oneOf('GREEN', 'YELLOW', 'RED', 'UNKNOWN')
const template: Shape<TemplateOptions> = {
  fields: {
    ...{ id: text, wabaId: text, name: text, language: text, category, components: objects, quality },
    status: oneOf('PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'),
    parameterFormat: oneOf('POSITIONAL', 'NAMED'),
  },
  required: [],
}
const templateChange: Shape<TemplateChange> = {
  fields: {
    status: oneOf('APPROVED', 'REJECTED', 'PAUSED', 'DISABLED', 'FLAGGED', 'REINSTATED', 'PENDING'),
    ...{ reason: text, quality, category },
  },
  required: [],
}
const review: Shape<{ ms: number | null }> = { fields: { ms: either(nothing, milliseconds) }, required: ['ms'] }
const flowStatus = oneOf('DRAFT', 'PUBLISHED', 'DEPRECATED', 'BLOCKED', 'THROTTLED')
const flow: Shape<FlowOptions> = {
  fields: {
    ...{ id: text, wabaId: text, name: text, categories: texts, status: flowStatus, endpointUri: text },
    json: either(nothing, either(text, object)),
  },
  required: [],
}
const flowChange: Shape<FlowChange> = { fields: { status: flowStatus }, required: ['status'] }
const catalog: Shape<CatalogOptions> = {
  fields: { id: text, name: text, vertical: text, wabaIds: texts, businessId: text, products: objects },
  required: [],
}
const products: Shape<{ products: ProductOptions[] }> = { fields: { products: objects }, required: ['products'] }

/** The bodies by what they are about. */
export const shapes = {
  ...{ template, templateChange, review, flow, flowChange, catalog, products },
  ...{ number, numberChange, token, app, customer, says, sends, sendsMedia, expire, group, reads },
  ...{ change, release, fault, limits, delays, clock },
}

/** The body as its shape says, or a ControlError with the first thing that is wrong. */
export function bodyOf<T>(body: unknown, shape: Shape<T>): T {
  if (!isObject(body)) throw new ControlError('the body must be a JSON object')
  const checks: Record<string, Check> = shape.fields
  for (const name of shape.required) if (!(name in body)) throw new ControlError(`${name} is missing`)
  for (const [name, value] of Object.entries(body)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (!check) throw new ControlError(`${name} is not known here; known: ${Object.keys(checks).join(', ')}`)
    if (!check.is(value)) throw new ControlError(`${name} must be ${check.says}`)
  }
  return body as T
}

function isAction(value: unknown): boolean {
  if (!isObject(value)) return false
  const { kind, ...rest } = value
  const known = Object.entries(actions).find(([name]) => name === kind)?.[1]
  if (!known) return false
  const { must, may } = known
  const hasAll = Object.keys(must).every((name) => name in rest)
  return hasAll && Object.entries(rest).every(([name, each]) => ({ ...must, ...may })[name]?.is(each) ?? false)
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
}
