// Holds calls of Graph, and its answers, to Meta's own OpenAPI document (extracts of v23.0 in the folder beside).
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { fieldProblems, unknownFields } from './graph-schema-fields.ts'
import { type Kind, load, type Operation } from './graph-schema-load.ts'

/**
 * What the path does not say. `kind` is what its id names (`GET /{id}` reads any of six kinds); without it, the kind
 * that fits best counts. `query` is held to the document when it is here or in the path.
 */
export type Hint = { kind?: Kind | undefined; query?: Record<string, string> }

/**
 * What Meta's document has against a request; empty when nothing. `path` may have a version and a query
 * (`/v21.0/123/messages`). `body` is the JSON, or for multipart the fields by name, a file as
 * `{filename, type, size, sha256}`. An operation that no extract holds is a problem, too.
 */
export function requestProblems(method: string, path: string, body: unknown, hint: Hint = {}): string[] {
  const operations = operationsOf(method, path, hint)
  if (operations.length === 0) return [`${method} ${path} is not in the document`]
  const query = queryOf(path, hint)
  return leastProblems(
    operations.map((each) => [...queryProblems(each, query), ...bodyProblems(each, `${method} ${path}`, body)]),
  )
}

/**
 * What Meta's document has against an answer; empty when nothing. Anything but 2xx has to be a Graph error. A query that
 * is neither here nor in the path counts as none: then an answer has what comes unasked.
 */
export function responseProblems(
  method: string,
  path: string,
  status: number,
  body: unknown,
  hint: Hint = {},
): string[] {
  const operations = operationsOf(method, path, hint)
  if (operations.length === 0) return [`${method} ${path} is not in the document`]
  if (status < 200 || status > 299) return problemsOf(load().error, body)
  const query = queryOf(path, hint) ?? {}
  const fitting = operations.filter((each) => queryProblems(each, query).length === 0)
  return leastProblems(
    (fitting.length > 0 ? fitting : operations).flatMap((operation) =>
      operation.responses.map((response) => [
        ...problemsOf(response, body),
        ...fieldProblems(operation, query['fields'], body),
      ]),
    ),
  )
}

function operationsOf(method: string, path: string, { kind }: Hint): Operation[] {
  const plain = path.replace(/\?.*$/, '').replace(/^\/v\d+\.\d+(?=\/)/, '')
  const found = load().operations.filter((each) => each.method === method.toUpperCase() && each.path.test(plain))
  // An edge says by itself whose it is; somebody may have asked it of the wrong thing, and been told so.
  return found.length < 2 || kind === undefined ? found : found.filter((each) => each.kind === kind)
}

function queryOf(path: string, { query }: Hint): Record<string, string> | undefined {
  if (query) return query
  const at = path.indexOf('?')
  return at < 0 ? undefined : Object.fromEntries(new URLSearchParams(path.slice(at + 1)))
}

function queryProblems(operation: Operation, query: Record<string, string> | undefined): string[] {
  if (!query) return []
  const shape = problemsOf(operation.query, query).map((problem) => problem.replace(/^the body/, 'the query'))
  return [...shape, ...unknownFields(operation, query['fields'])]
}

function bodyProblems({ requests }: Operation, call: string, body: unknown): string[] {
  const isEmpty = body === undefined || body === ''
  if (requests.length === 0) return isEmpty ? [] : [`${call} takes no body`]
  if (isEmpty) return call.includes('/subscribed_apps') ? [] : ['the body is missing']
  return leastProblems(pick(requests, body).map((request) => problemsOf(request, body)))
}

/** Of the two bodies of POST messages, the read is the one with a status. */
function pick(requests: ValidateFunction[], body: unknown): ValidateFunction[] {
  const isRead = typeof body === 'object' && body !== null && 'status' in body
  return requests.length < 2 ? requests : isRead ? requests.slice(1) : requests.slice(0, 1)
}

/** Where the path leaves open what is meant, the better fit counts. */
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
