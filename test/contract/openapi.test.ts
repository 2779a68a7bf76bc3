// The OpenAPI document against the facts that the API is held to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Ajv2020 from 'ajv/dist/2020.js'
import { native } from '../../src/contract/native/index.ts'
import { nativeDocument } from '../../src/surfaces/native/index.ts'
import facts from '../samples/native-contract.json' with { type: 'json' }

type Values = Record<string, unknown>

const document = nativeDocument()
const built = facts.operations.filter((one) => one.built)

/** A value inside the document, by keys; references are followed. */
function at(from: unknown, ...keys: readonly (string | number)[]): Values {
  let here: Values = Object(from)
  for (const key of keys) {
    here = Object(here[key])
    if (typeof here.$ref === 'string') here = at(document, ...here.$ref.split('/').slice(1))
  }
  return here
}

const schemaOf = (content: Values) => at(content, 'content', 'application/json', 'schema')
const keysOf = (of: unknown) => Object.keys(Object(of))

test('the facts cover all 53 operations of the API, and 19 of them are built', () => {
  assert.equal(facts.operations.length, 53)
  assert.equal(new Set(facts.operations.map((one) => one.operationId)).size, 53)
  assert.equal(built.length, 19)
})

for (const fact of built) {
  test(`${fact.operationId} is documented with the same path, method, tag and statuses`, () => {
    const said = at(document.paths, fact.path, fact.method.toLowerCase())
    assert.equal(said.operationId, fact.operationId)
    assert.deepEqual(said.tags, [fact.tag])
    assert.deepEqual(said.security, fact.open ? [] : undefined)
    for (const status of fact.statuses) assert.ok(keysOf(said.responses).includes(String(status)), `status ${status}`)
    const successes = keysOf(said.responses).filter((status) => status.startsWith('2'))
    assert.deepEqual(successes, fact.statuses.filter((status) => status < 300).map(String))
  })

  test(`${fact.operationId} takes and answers the same fields`, () => {
    const said = at(document.paths, fact.path, fact.method.toLowerCase())
    for (const parameter of fact.parameters ?? []) {
      const found = Object.values(at(said, 'parameters')).find((one) => at(one).name === parameter.name)
      assert.deepEqual(
        { in: at(found).in, required: at(found).required },
        { in: parameter.in, required: parameter.required },
      )
    }
    if (fact.body) {
      const schema = schemaOf(at(said, 'requestBody'))
      assert.equal(at(said, 'requestBody').required, fact.body.required)
      assert.deepEqual(Object.values(at(schema, 'required')).sort(), [...fact.body.requiredFields].sort())
      for (const field of fact.body.fields) assert.ok(keysOf(schema.properties).includes(field), field)
    }
    const success = at(said, 'responses', String(fact.statuses[0]))
    const answer = schemaOf(success)
    const one = answer.type === 'array' ? at(answer, 'items') : answer
    for (const field of fact.answer?.fields ?? []) assert.ok(keysOf(one.properties).includes(field), field)
  })
}

for (const name of [
  'StatusOk',
  'StatusOkWithID',
  'Error',
  'Hook',
  'WhatsAppAccount',
  'BusinessAPIConfig',
  'CachedEvent',
] as const) {
  test(`the component ${name} has the same fields, and wants no more of them`, () => {
    const fact = facts.components[name]
    const said = at(document.components.schemas, name)
    for (const field of fact.fields) assert.ok(keysOf(said.properties).includes(field), field)
    for (const [field, value] of Object.entries(fact.defaults)) {
      assert.deepEqual(at(said, 'properties', field).default, value)
    }
    const asked = ['Hook', 'WhatsAppAccount', 'BusinessAPIConfig'].includes(name)
    if (asked) assert.deepEqual(Object.values(at(said, 'required')).sort(), [...fact.required].sort())
    else for (const field of fact.required) assert.ok(Object.values(at(said, 'required')).includes(field), field)
  })
}

test('the security schemes have the same names and forms, and hold for every operation that is not open', () => {
  assert.deepEqual(document.components.securitySchemes, facts.securitySchemes)
  assert.deepEqual(document.security.flatMap(Object.keys), Object.keys(facts.securitySchemes))
})

test('every operation of the contract, and every alias, is in the document once', () => {
  const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((said) => said.operationId))
  const aliases = Object.values(native).flatMap((said) => ('alias' in said ? [said.alias.operationId] : []))
  assert.deepEqual([...ids].sort(), [...Object.keys(native), ...aliases].sort())
})

test('every reference of the document leads somewhere, and every schema is one that a strict validator compiles', () => {
  const text = JSON.stringify(document)
  const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
  assert.ok(names.length > 0)
  for (const name of names) assert.ok(name && name in document.components.schemas, name)
  const ajv = new Ajv2020.default({ strict: true, strictTypes: false, validateFormats: false })
  ajv.addVocabulary(['components'])
  ajv.addSchema({ $id: 'doc:', components: document.components })
  for (const name of Object.keys(document.components.schemas)) {
    const pointed = JSON.stringify({ $ref: `doc:#/components/schemas/${name}` })
    assert.equal(typeof ajv.compile(JSON.parse(pointed)), 'function')
  }
})

test('our own keywords and component names do not leak into the document', () => {
  assert.doesNotMatch(JSON.stringify(document), /"(x-must|\$id|~\w+)"/)
})
