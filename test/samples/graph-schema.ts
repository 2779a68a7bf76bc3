// Holds calls of Graph, and its answers, to Meta's own OpenAPI document (an extract of v23.0 beside this file).
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import * as formats from 'ajv-formats'

/** An operation takes, and answers, one of these. */
type Operation = { requests?: object[]; responses: object[] }
type Extract = { operations: Record<string, Operation>; error: object; schema: { $id: string } }
type Compiled = { method: string; path: RegExp; requests: ValidateFunction[]; responses: ValidateFunction[] }

const file = new URL('./graph/graph-v23.json', import.meta.url)
let compiled: { operations: Compiled[]; error: ValidateFunction } | undefined

/**
 * What Meta's document has against a request; empty when nothing. `path` may have a version and a query
 * (`/v21.0/123/messages`). An operation that the extract does not hold is a problem, too.
 */
export function requestProblems(method: string, path: string, body: unknown): string[] {
  const operations = operationsOf(method, path)
  if (operations.length === 0) return [`${method} ${path} is not in the document`]
  const isEmpty = body === undefined || body === ''
  return leastProblems(
    operations.flatMap(({ requests }) => {
      if (requests.length === 0) return [isEmpty ? [] : [`${method} ${path} takes no body`]]
      if (isEmpty) return [path.includes('/subscribed_apps') ? [] : ['the body is missing']]
      return pick(requests, body).map((request) => problemsOf(request, body))
    }),
  )
}

/** What Meta's document has against an answer; empty when nothing. Anything but 2xx has to be a Graph error. */
export function responseProblems(method: string, path: string, status: number, body: unknown): string[] {
  const operations = operationsOf(method, path)
  if (operations.length === 0) return [`${method} ${path} is not in the document`]
  if (status < 200 || status > 299) return problemsOf(load().error, body)
  return leastProblems(operations.flatMap(({ responses }) => responses.map((response) => problemsOf(response, body))))
}

function operationsOf(method: string, path: string): Compiled[] {
  const plain = path.replace(/\?.*$/, '').replace(/^\/v\d+\.\d+(?=\/)/, '')
  return load().operations.filter((each) => each.method === method.toUpperCase() && each.path.test(plain))
}

/** Of the two bodies of POST messages, the read is the one with a status. */
function pick(requests: ValidateFunction[], body: unknown): ValidateFunction[] {
  const isRead = typeof body === 'object' && body !== null && 'status' in body
  return requests.length < 2 ? requests : isRead ? requests.slice(1) : requests.slice(0, 1)
}

/** A message or a read; for `GET /{id}` a number or an account, which the path does not say: the better fit counts. */
function leastProblems(found: string[][]): string[] {
  return found.toSorted((one, other) => one.length - other.length)[0] ?? []
}

function problemsOf(validate: ValidateFunction, body: unknown): string[] {
  if (validate(body)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = 'additionalProperty' in params ? ` (${params['additionalProperty']})` : ''
    return `${instancePath === '' ? 'the body' : instancePath} ${message}${extra}`
  })
}

function load(): NonNullable<typeof compiled> {
  if (compiled) return compiled
  const extract = JSON.parse(readFileSync(file, 'utf8')) as Extract
  const ajv = new Ajv2020({ allErrors: true, discriminator: true, strictTypes: false, strictRequired: false })
  formats.default.default(ajv)
  ajv.addSchema(extract.schema)
  const compile = (schema: object): ValidateFunction =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${extract.schema.$id}#/$defs/`)))
  const operations = Object.entries(extract.operations).map(([name, { requests = [], responses }]) => {
    const [method = '', path = ''] = name.split(' ')
    return {
      method,
      path: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '\\d+')}$`),
      requests: requests.map(compile),
      responses: responses.map(compile),
    }
  })
  compiled = { operations, error: compile(extract.error) }
  return compiled
}
