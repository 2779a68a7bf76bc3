// Our OpenAPI document against the published one, whose facts are kept beside the tests: nothing missing, and all that is
// more is additive.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nativeDocument } from '../../src/surfaces/native/index.ts'
import facts from '../samples/native-contract.json' with { type: 'json' }

type Values = Record<string, unknown>

/** What the published document says of a value. */
interface Fact {
  readonly component?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly pattern?: string
  readonly format?: string
  readonly minItems?: number
  readonly fields?: Readonly<Record<string, Fact>>
  readonly required?: readonly string[]
  readonly items?: Fact
  readonly values?: Fact
}

const document = nativeDocument()
const components: Readonly<Record<string, Fact>> = facts.components

/** A value inside the document, by keys; references are followed. */
function at(from: unknown, ...keys: readonly (string | number)[]): Values {
  let here: Values = Object(from)
  for (const key of keys) {
    here = Object(here[key])
    if (typeof here.$ref === 'string') here = at(document, ...here.$ref.split('/').slice(1))
  }
  return here
}

const typesOf = (values: readonly unknown[]) => [...new Set(values.map((value) => typeof value))]

/** The type of a schema, also where only its values are named. */
function typeOf(said: Values): unknown {
  if (said.type !== undefined) return said.type
  const values = Array.isArray(said.enum) ? said.enum : 'const' in said ? [said.const] : []
  return typesOf(values).length === 1 ? typesOf(values)[0] : undefined
}

/** The published document wants base64; we take the file in two more ways, exactly one of the three. */
function relaxed(said: Values, required: readonly string[]): readonly string[] {
  const ways = Array.isArray(said.oneOf) ? said.oneOf.map((one) => String(at(one, 'required')[0])) : []
  if (ways.length === 0) return required
  const [data, url, id] = ways
  assert.match(String(data), /^(image|video|document|audio|sticker)_data$/)
  assert.deepEqual([url, id], [String(data).replace('_data', '_url'), 'media_id'])
  assert.ok(data !== undefined && required.includes(data))
  return required.filter((field) => field !== data)
}

/** Whether a schema of ours says all that the published one says. `asked`: callers send it, so that it may want no more. */
function compare(fact: Fact, said: Values, where: string, asked: boolean): void {
  if (fact.component !== undefined) {
    const component = components[fact.component]
    assert.ok(component, fact.component)
    compare(component, said, where, asked)
    return
  }
  assert.equal(typeOf(said), fact.type, `type of ${where}`)
  for (const value of fact.enum ?? [])
    assert.ok(Object.values(at(said, 'enum')).includes(value), `${value} of ${where}`)
  for (const key of ['default', 'pattern', 'format', 'minItems'] as const) {
    if (fact[key] !== undefined) assert.deepEqual(said[key], fact[key], `${key} of ${where}`)
  }
  for (const [field, inner] of Object.entries(fact.fields ?? {})) {
    assert.ok(field in at(said, 'properties'), `${where}.${field}`)
    compare(inner, at(said, 'properties', field), `${where}.${field}`, asked)
  }
  if (fact.items) compare(fact.items, at(said, 'items'), `${where}[]`, asked)
  if (fact.values) compare(fact.values, at(said, 'additionalProperties'), `${where}{}`, asked)
  const required = Object.values(at(said, 'required'))
  if (asked) assert.deepEqual(required.sort(), [...relaxed(said, fact.required ?? [])].sort(), `required of ${where}`)
  else for (const field of fact.required ?? []) assert.ok(required.includes(field), `${where}.${field}`)
}

/** Methods and paths of all operations that the published document does not have. */
const published = new Set(facts.operations.map(({ method, path }) => `${method} ${path}`))

test('the facts are those of 53 operations', () => {
  assert.equal(facts.operations.length, 53)
  assert.equal(published.size, 53)
  assert.equal(facts.operations.filter(({ businessOnly }) => businessOnly).length, 32)
})

for (const fact of facts.operations) {
  const said = at(document.paths, fact.path, fact.method.toLowerCase())
  const parameters = Object.values(at(said, 'parameters')).map((one) => at(one))

  test(`${fact.operationId} is documented under its path, with its name, tags and mark`, () => {
    assert.equal(said.operationId, fact.operationId)
    assert.deepEqual(said.tags, fact.tags)
    assert.deepEqual(said.security, fact.open ? [] : undefined)
    assert.equal(String(said.summary).endsWith('(Business API only)'), fact.businessOnly)
  })

  test(`${fact.operationId} answers with the same statuses; what is more is a failure`, () => {
    const statuses = Object.keys(at(said, 'responses')).map(Number)
    for (const status of fact.statuses) assert.ok(statuses.includes(status), `status ${status}`)
    for (const status of statuses) assert.ok(status >= 400 || fact.statuses.includes(status), `status ${status}`)
  })

  test(`${fact.operationId} takes the same parameters, and wants no other`, () => {
    const known: readonly { name: string; in: string; required: boolean; schema: Fact }[] = fact.parameters ?? []
    for (const parameter of known) {
      const found = at(parameters.find((one) => one.name === parameter.name && one.in === parameter.in))
      assert.equal(found.required, parameter.required, parameter.name)
      compare(parameter.schema, at(found, 'schema'), parameter.name, true)
    }
    const others = parameters.filter((one) => !known.some((parameter) => parameter.name === one.name))
    assert.deepEqual(
      others.filter((one) => one.required && one.in !== 'path'),
      [],
    )
  })

  test(`${fact.operationId} takes and answers the same fields`, () => {
    const body = at(said, 'requestBody')
    if (fact.body) {
      assert.equal(body.required, fact.body.required)
      assert.deepEqual(Object.keys(at(body, 'content')), [fact.body.type])
      compare(fact.body.schema, at(body, 'content', fact.body.type, 'schema'), 'body', true)
    } else assert.deepEqual(body, {})
    const [success = 0] = fact.statuses
    const { type, schema } = fact.answer
    compare(schema, at(said, 'responses', String(success), 'content', type, 'schema'), 'answer', false)
  })
}

for (const [name, fact] of Object.entries(components)) {
  test(`the component ${name} is there with the same fields`, () => {
    assert.ok(name in document.components.schemas)
    const answered = ['StatusOk', 'StatusOkWithID', 'CachedEvent', 'Error'].includes(name)
    compare(fact, at(document.components.schemas, name), name, !answered)
  })
}

test('the security schemes have the same names and forms, and hold for every operation that is not open', () => {
  assert.deepEqual(document.components.securitySchemes, facts.securitySchemes)
  assert.deepEqual(document.security.flatMap(Object.keys), Object.keys(facts.securitySchemes))
})
