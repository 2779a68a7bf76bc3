// Reads the extracts of Meta's document beside it, and compiles what they say of each operation.
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import * as formats from 'ajv-formats'

/** What an id in a path names; `undefined` for paths without one. */
export type Kind = 'number' | 'account' | 'business' | 'template' | 'flow' | 'media' | 'catalog'

/** An operation as it is checked. */
export type Operation = {
  method: string
  /** Without version and query. */
  path: RegExp
  kind: Kind | undefined
  query: ValidateFunction
  /** Bodies that it takes, any of them; none when it takes no body. */
  requests: ValidateFunction[]
  /** Answers that it gives, any of them. */
  responses: ValidateFunction[]
  /** What `fields` may name; absent when it takes no `fields`. */
  fields?: string[]
  /** What an answer has when no `fields` are asked for. */
  defaults: string[]
  /** What comes with any `fields`. */
  always: string[]
}

type Written = {
  query?: { properties: Record<string, object>; required?: string[] }
  requests?: object[]
  responses: object[]
  fields?: string[]
  defaults?: string[]
  always?: string[]
}
type Extract = { operations: Record<string, Written>; error?: object; schema: { $id: string } }

/** Parameters that every operation takes. */
const everywhere = { access_token: { type: 'string' }, appsecret_proof: { type: 'string', pattern: '^[0-9a-f]{64}$' } }
const files = ['graph-v23', 'templates-v23', 'flows-v23', 'media-v23', 'numbers-v23', 'beyond-the-document']
const kinds: Record<string, Kind> = {
  'Phone-Number-ID': 'number',
  'WABA-ID': 'account',
  'Business-ID': 'business',
  TEMPLATE_ID: 'template',
  'Flow-ID': 'flow',
  'Media-ID': 'media',
  'Catalog-ID': 'catalog',
}
let loaded: { operations: Operation[]; error: ValidateFunction } | undefined

/** All operations and the shape of a Graph error; read once. */
export function load(): { operations: Operation[]; error: ValidateFunction } {
  loaded ??= read()
  return loaded
}

function read(): NonNullable<typeof loaded> {
  const ajv = new Ajv2020({ allErrors: true, discriminator: true, strictTypes: false, strictRequired: false })
  formats.default.default(ajv)
  const operations: Operation[] = []
  let error: ValidateFunction | undefined
  for (const file of files) {
    const extract = JSON.parse(
      readFileSync(new URL(`./graph/${file}.json`, import.meta.url), 'utf8'),
    ) as Extract
    ajv.addSchema(extract.schema)
    const compile = (schema: object): ValidateFunction =>
      ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${extract.schema.$id}#/$defs/`)))
    for (const [name, written] of Object.entries(extract.operations)) operations.push(compiled(name, written, compile))
    if (extract.error) error = compile(extract.error)
  }
  if (!error) throw new Error('no extract says what an error looks like')
  return { operations, error }
}

function compiled(name: string, written: Written, compile: (schema: object) => ValidateFunction): Operation {
  const [method = '', path = ''] = name.split(' ')
  const { query, requests = [], responses, fields, defaults = [], always = ['id'] } = written
  const properties = { ...everywhere, ...query?.properties, ...(fields ? { fields: { type: 'string' } } : {}) }
  return {
    method,
    path: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '\\d+')}$`),
    kind: kinds[/\{([^}]+)\}/.exec(path)?.[1] ?? ''],
    query: compile({ type: 'object', properties, required: query?.required ?? [], additionalProperties: false }),
    requests: requests.map(compile),
    responses: responses.map(compile),
    ...(fields ? { fields } : {}),
    defaults,
    always,
  }
}
