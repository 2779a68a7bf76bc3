// Values that a schema of the document allows, as arbitraries; and those beside them that it does not.
import fc from 'fast-check'
import { at, isSchema, type Schema } from './document.ts'

/** What a generator has to know besides the schema. */
export interface Around {
  resolve(schema: Schema): Schema
  /** Values of a field that stand for things that are there, or that are worth trying; none: only made-up ones. */
  known(field: string): readonly unknown[]
  /** Values of a field that this fuzzer leaves alone. */
  avoided(field: string): readonly unknown[]
  /** Where links and hooks may lead: nowhere else may be asked for anything. */
  readonly urls: readonly string[]
}

/** A pattern without what it looks ahead for, which the generator cannot follow; whoever uses it filters. */
export function withoutLookahead(pattern: string): string {
  const start = pattern.indexOf('(?!')
  if (start < 0) return pattern
  let depth = 0
  for (let end = start; end < pattern.length; end++) {
    if (pattern[end] === '\\') end++
    else if (pattern[end] === '(') depth++
    else if (pattern[end] === ')' && --depth === 0)
      return withoutLookahead(pattern.slice(0, start) + pattern.slice(end + 1))
  }
  throw new Error(`not a pattern: ${pattern}`)
}

const length = (text: string): number => [...text].length

/** Texts of every script, and those that break things; without NUL, which no field takes. */
const anyText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      { weight: 4, arbitrary: fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) }) },
      {
        weight: 2,
        arbitrary: fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40), unit: 'binary' }),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'مرحبا ‮abc',
          '👩‍👩‍👧‍👦🏽',
          'a\r\nb\tc',
          '{{7*7}}%s%n',
          "' OR 1=1 --",
          '<script>alert(1)</script>',
          '../../etc/passwd',
          '__proto__',
          'constructor',
          '=1+1',
          'é'.normalize('NFD'),
        ),
      },
      {
        weight: 1,
        arbitrary: fc
          .integer({ min: 0, max: 2 })
          .map((less) => 'x'.repeat(Math.max(minLength, Math.min(maxLength, 5000) - less))),
      },
    )
    .filter((text) => !text.includes('\0') && length(text) >= minLength && length(text) <= maxLength)

function texts(schema: Schema, around: Around): fc.Arbitrary<unknown> {
  const { pattern, format, minLength: min = 0, maxLength: max = 100_000 } = schema
  if (format === 'uri') return fc.constantFrom(...around.urls)
  if (format === 'byte')
    return fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64'))
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (typeof pattern !== 'string') return anyText(Number(min), Number(max))
  const whole = new RegExp(pattern, 'u')
  return fc
    .stringMatching(new RegExp(withoutLookahead(pattern)))
    .filter((text) => whole.test(text) && length(text) >= Number(min) && length(text) <= Number(max))
}

function numbers({ type, minimum, maximum }: Schema): fc.Arbitrary<unknown> {
  const limits = {
    ...(typeof minimum === 'number' && { min: minimum }),
    ...(typeof maximum === 'number' && { max: maximum }),
  }
  return type === 'integer' ? fc.integer(limits) : fc.double({ ...limits, noNaN: true, noDefaultInfinity: true })
}

function lists(schema: Schema, around: Around): fc.Arbitrary<unknown> {
  const min = Number(schema.minItems ?? 0)
  return fc.array(valuesOf(at(schema.items), around), {
    minLength: min,
    maxLength: Math.min(Number(schema.maxItems ?? 5), min + 4),
  })
}

/** Fields of which exactly one must be there, by `oneOf` with a `required` of one each. */
export function oneOfFields(schema: Schema): string[] {
  const ways = Array.isArray(schema.oneOf) ? schema.oneOf : []
  return ways.flatMap((way) =>
    Array.isArray(at(way).required) ? [String(Object.values(at(way).required ?? [])[0])] : [],
  )
}

function objects(schema: Schema, around: Around): fc.Arbitrary<unknown> {
  const fields = Object.entries(at(schema.properties))
  const ways = oneOfFields(schema)
  const required = Object.values(schema.required ?? []).map(String)
  const made = Object.fromEntries(fields.map(([name, field]) => [name, fieldValues(name, at(field), around)]))
  const plain = (names: readonly string[], must: readonly string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, made[name] ?? fc.constant(null)])), {
      requiredKeys: [...must],
      noNullPrototype: true,
    })
  const names = fields.map(([name]) => name).filter((name) => !ways.includes(name))
  const bodies =
    ways.length === 0
      ? plain(names, required)
      : fc.oneof(...ways.map((way) => plain([...names, way], [...required, way])))
  const { additionalProperties: more } = schema
  if (more === false) return bodies
  const name = isSchema(schema.propertyNames) ? valuesOf(schema.propertyNames, around) : fc.string({ maxLength: 10 })
  const value = isSchema(more) ? valuesOf(more, around) : fc.jsonValue({ maxDepth: 3 })
  const extras = fc.dictionary(name as fc.Arbitrary<string>, value, { maxKeys: 3, noNullPrototype: true })
  return fc
    .tuple(bodies, extras, fc.nat(3))
    .map(([body, extra, luck]) => (luck === 0 || fields.length === 0 ? { ...extra, ...body } : body))
}

/** What a field may hold: more often than not something that is there. */
export function fieldValues(name: string, schema: Schema, around: Around): fc.Arbitrary<unknown> {
  const { type } = around.resolve(schema)
  // Fields of one name are not always of one type.
  const known = around
    .known(name)
    .filter((value) => type === undefined || type === (Array.isArray(value) ? 'array' : typeof value))
  const avoided = around.avoided(name)
  const made = valuesOf(schema, around).filter((value) => !avoided.includes(value))
  return known.length === 0
    ? made
    : fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: made })
}

/** Everything that a schema allows. */
export function valuesOf(said: Schema, around: Around): fc.Arbitrary<unknown> {
  const schema = around.resolve(said)
  if ('const' in schema) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map((one) => valuesOf(at(one), around)))
  if (schema.type === 'string') return texts(schema, around)
  if (schema.type === 'integer' || schema.type === 'number') return numbers(schema)
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'null') return fc.constant(null)
  if (schema.type === 'array') return lists(schema, around)
  if (schema.type === 'object') return objects(schema, around)
  return fc.jsonValue({ maxDepth: 3 })
}
