// Whether the parameters of a message fit the header, the body and the buttons of its template.
import { messagingError, parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'
import { type Component, textOf } from './component.ts'
import { filled, variablesOf } from './variables.ts'

type Parameter = Record<string, unknown>
type Place = { isNamed: boolean; prefix: string }

const maxBody = 1024
const maxHeader = 60
const textTypes = ['text', 'currency', 'date_time']

/** The header: text with its variable, a medium of the right kind, or a location. */
export function checkHeader(known: Component | undefined, sent: readonly Parameter[], place: Place): void {
  const where = `${place.prefix}header`
  const format = known?.format
  if (format === undefined || format === 'TEXT') {
    checkText({ text: textOf(known), limit: maxHeader, where }, sent, place)
    return
  }
  const [parameter, ...more] = sent
  const received = typeof parameter?.type === 'string' ? parameter.type.toUpperCase() : 'UNKNOWN'
  if (received !== format) mismatch(where, String(format), received)
  if (more.length > 0) wrongCount(where, sent.length, 1)
  const content = parameter?.[received.toLowerCase()]
  if (received === 'LOCATION' ? !isPlace(content) : !isMedium(content)) {
    throw messagingError(131008, `${where}: Parameter of type ${received.toLowerCase()} is missing its value`)
  }
}

/** The body: as many texts as it has variables, and not too long with them. */
export function checkBody(known: Component | undefined, sent: readonly Parameter[], place: Place): void {
  checkText({ text: textOf(known), limit: maxBody, where: `${place.prefix}body` }, sent, place)
}

/** A button: what its type needs to be sent. */
export function checkButton(
  button: Component,
  sent: readonly Parameter[],
  { index, prefix }: { index: number; prefix: string },
): void {
  const type = String(button.type)
  const where = `${prefix}buttons`
  const wanted = type === 'URL' ? variablesOf(String(button.url ?? '')).length : 0
  if (type === 'URL' && sent.length > wanted) wrongCount(where, sent.length, wanted)
  const needs = requiredParameter(type, wanted)
  if (needs !== undefined && sent.length === 0) {
    throw messagingError(131008, `${where}: Button at index ${index} of type ${titled(type)} requires a parameter`)
  }
  const allowed = allowedParameters[type] ?? []
  for (const parameter of sent) {
    const received = String(parameter.type ?? 'unknown')
    if (!allowed.includes(received)) mismatch(where, (allowed[0] ?? 'none').toUpperCase(), received.toUpperCase())
    const value = parameter[received]
    if (received === 'action' ? !isObject(value) : typeof value !== 'string' || value === '') {
      throw messagingError(131008, `${where}: Parameter of type ${received} is missing its value`)
    }
  }
}

const allowedParameters: Record<string, readonly string[]> = {
  URL: ['text', 'payload'],
  QUICK_REPLY: ['payload'],
  COPY_CODE: ['coupon_code'],
  FLOW: ['action'],
  CATALOG: ['action'],
  MPM: ['action'],
  SPM: ['action'],
}

function requiredParameter(type: string, variables: number): string | undefined {
  if (type === 'URL') return variables > 0 ? 'text' : undefined
  return type === 'COPY_CODE' || type === 'MPM' ? allowedParameters[type]?.[0] : undefined
}

type Wanted = { text: string; limit: number; where: string }

function checkText({ text, limit, where }: Wanted, sent: readonly Parameter[], { isNamed }: Place): void {
  const variables = variablesOf(text)
  if (sent.length !== variables.length) wrongCount(where, sent.length, variables.length)
  const values = new Map<string, string>()
  for (const [i, parameter] of sent.entries()) {
    const name = isNamed ? nameOf(parameter, variables, where) : String(variables[i])
    values.set(name, shownValue(parameter, where))
  }
  if (values.size !== variables.length) {
    throw messagingError(132012, `${where}: Parameter name is given more than once`)
  }
  if ([...filled(text, values)].length > limit) {
    throw messagingError(132005, `${where}: the text with its parameters is longer than ${limit} characters`)
  }
}

function nameOf({ parameter_name: name }: Parameter, variables: readonly string[], where: string): string {
  if (typeof name !== 'string' || name === '') {
    throw parameterError('Invalid parameter', `${where}: Parameter name is missing or empty`)
  }
  if (!variables.includes(name)) {
    throw messagingError(132012, `${where}: Parameter name (${name}) does not exist in the template`)
  }
  return name
}

/** What a parameter shows. Line breaks, tabs and more than four spaces in a row are 132018. */
function shownValue(parameter: Parameter, where: string): string {
  const type = String(parameter.type ?? 'unknown')
  if (!textTypes.includes(type)) mismatch(where, 'TEXT', type.toUpperCase())
  const content = parameter[type]
  const value = type === 'text' ? content : isObject(content) ? content.fallback_value : undefined
  if (typeof value !== 'string' || value === '') {
    throw messagingError(131008, `${where}: Parameter of type ${type} is missing text value`)
  }
  if (/[\n\r\t]| {5,}/.test(value)) {
    throw messagingError(
      132018,
      `${where}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces`,
    )
  }
  return value
}

function isMedium(content: unknown): boolean {
  if (!isObject(content)) return false
  const { id, link } = content
  return [id, link].some((each) => (typeof each === 'string' && each !== '') || typeof each === 'number')
}

function isPlace(content: unknown): boolean {
  return isObject(content) && [content.latitude, content.longitude].every((each) => each !== undefined && each !== '')
}

function wrongCount(where: string, sent: number, expected: number): never {
  throw messagingError(
    132000,
    `${where}: number of localizable_params (${sent}) does not match the expected number of params (${expected})`,
  )
}

function mismatch(where: string, expected: string, received: string): never {
  throw messagingError(132012, `${where}: Format mismatch, expected ${expected}, received ${received}`)
}

/** `QUICK_REPLY` as Meta's details write it: `QuickReply`. */
function titled(type: string): string {
  return type
    .toLowerCase()
    .split('_')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')
}
