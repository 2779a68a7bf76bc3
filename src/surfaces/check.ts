// Holds a request's values against what its operation says, and says in one sentence what is wrong with them.
import type { TObject } from 'typebox'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Parts } from '../contract/operation.ts'
import { Failure } from '../model/failure.ts'
import { pathText } from './json.ts'

/** One complaint of the validator. */
interface Complaint {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

type Values = Record<string, unknown>

const NAMES: Record<string, string> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

/** Complaints that only repeat what another one says better. */
const ECHOES = new Set(['additionalProperties', 'propertyNames', 'anyOf'])

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null
}

/** What a keyword of the schema at a complaint's place says. */
function at(schema: unknown, path: string, keyword: string): unknown {
  let here: unknown = schema
  for (const step of path.split('/').slice(1)) here = isValues(here) ? here[step] : undefined
  return isValues(here) ? here[keyword] : undefined
}

/** What is wrong, for the keywords whose figure the complaint carries in `limit`. */
const LIMITS: Record<string, (limit: number) => string> = {
  minLength: (limit) => (limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`),
  maxLength: (limit) => `must have at most ${limit} characters`,
  minItems: (limit) => `must hold at least ${limit} ${limit === 1 ? 'entry' : 'entries'}`,
  maxItems: (limit) => `must hold at most ${limit} entries`,
  maxProperties: (limit) => `must hold at most ${limit} entries`,
  minimum: (limit) => `must be at least ${limit}`,
  maximum: (limit) => `must be at most ${limit}`,
}

function wrongness(schema: unknown, complaint: Complaint): string {
  const { keyword, schemaPath } = complaint
  const params: Values = { ...complaint.params }
  const limit = LIMITS[keyword]
  if (limit) return limit(Number(params.limit))
  if (keyword === '~refine') return complaint.message
  if (keyword === 'boolean') return 'is an unknown field'
  if (keyword === 'enum' && Array.isArray(params.allowedValues))
    return `must be one of ${params.allowedValues.join(', ')}`
  if (keyword === 'const') return `must be ${String(params.allowedValue)}`
  if (keyword === 'type') return `must be ${NAMES[String(params.type)] ?? String(params.type)}`
  const must = at(schema, schemaPath, 'x-must')
  return typeof must === 'string' ? must : complaint.message
}

/** The first complaint that says most, as `field.path: what it must be`. */
function sentence(schema: TObject, complaints: readonly Complaint[]): string {
  const telling = complaints.filter((one) => !ECHOES.has(one.keyword))
  const notNull = telling.filter(
    (one) => !(one.keyword === 'type' && 'type' in one.params && one.params.type === 'null'),
  )
  const first = notNull[0] ?? telling[0] ?? complaints[0]
  if (!first) return 'The request is wrong'
  const path = first.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const missing = 'requiredProperties' in first.params ? first.params.requiredProperties : undefined
  if (first.keyword === 'required' && Array.isArray(missing)) {
    return `${pathText([...path, String(missing[0])])}: is required`
  }
  return `${pathText(path)}: ${wrongness(schema, first)}`
}

/**
 * Complaints run every rule over every text, whatever other rule it has broken already, and some rules give up on texts
 * of megabytes. So they are made of a copy whose texts end here: longer than any that has a form to keep to.
 */
const LONGEST = 65_536

/** A copy with its long texts cut; `long` is told where they were. */
function cut(value: unknown, path: readonly string[], long: (path: readonly string[]) => void): unknown {
  if (typeof value === 'string' && value.length > LONGEST) {
    long(path)
    return value.slice(0, LONGEST)
  }
  if (Array.isArray(value)) return value.map((item, index) => cut(item, [...path, String(index)], long))
  if (!isValues(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, cut(held, [...path, key], long)]))
}

/** What is wrong with a value that did not pass. */
function complaint(schema: TObject, value: unknown, errors: (value: unknown) => readonly Complaint[]): string {
  let longest: readonly string[] | undefined
  const complaints = errors(
    cut(value, [], (path) => {
      longest ??= path
    }),
  )
  if (complaints.length > 0 || !longest) return sentence(schema, complaints)
  return `${pathText(longest)}: is not of the form that it must have`
}

/** Says whether values are as a part of an operation wants them; throws `invalid` when not. */
type Check = (value: unknown) => Values

function compile(schema: TObject): Check {
  // Made at the first request: most servers never serve most operations.
  let made: ReturnType<typeof Compile> | null = null
  return (value) => {
    made ??= Compile(schema)
    const validator = made
    if (validator.Check(value) && isValues(value)) return value
    throw new Failure(
      'invalid',
      complaint(schema, value, (cutValue) => validator.Errors(cutValue)),
    )
  }
}

const NUMBER = /^-?\d{1,15}$/

/** Query values are text: numbers and booleans are taken from exactly their own spelling. */
function coerced(schema: TObject, query: ReadonlyMap<string, string>): Values {
  const entries = [...query].map(([name, text]): [string, unknown] => {
    const type = at(schema, `#/properties/${name}`, 'type')
    if (type === 'integer' && NUMBER.test(text)) return [name, Number(text)]
    if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true']
    return [name, text]
  })
  return Object.fromEntries(entries)
}

const NOTHING = Type.Object({}, { additionalProperties: false })

/** What a request brought, not yet looked at. */
export interface Brought {
  readonly path: unknown
  readonly query: ReadonlyMap<string, string>
  /** `undefined`: no body. A Map: the fields of a form, each as it was written. */
  readonly body: unknown
}

/** The checker of an operation's input: all its values in one object, or a Failure that names the field. */
export function checker(parts: Parts): (brought: Brought) => Values {
  const path = compile(parts.path ?? NOTHING)
  const query = compile(parts.query ?? NOTHING)
  const bodySchema = parts.body?.schema ?? NOTHING
  const body = compile(bodySchema)
  const needsBody = parts.body !== undefined && !(parts.body.as === 'json' && parts.body.optional === true)
  const form = parts.body?.as === 'multipart'
  return (brought) => {
    const found = { ...path(brought.path), ...query(coerced(parts.query ?? NOTHING, brought.query)) }
    if (brought.body === undefined) {
      if (!needsBody) return found
      throw new Failure('invalid', `The body is empty: send ${form ? 'a form with the file' : 'a JSON object'}`)
    }
    return { ...found, ...body(brought.body instanceof Map ? coerced(bodySchema, brought.body) : brought.body) }
  }
}
