// Writes a contract as an OpenAPI 3.1 document: every operation, its shapes, and all the ways in which it fails.
import { FAILURE_MEANING, type FailureCode } from '../model/failure.ts'
import type { Body, Contract, JsonBody, MultipartBody, Operation } from './operation.ts'
import { routesOf } from './operation.ts'

/** What the document says besides the operations. */
export interface OpenApiAbout {
  readonly title: string
  readonly version: string
  readonly description: string
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  /** The status of a failure on an operation that names these failures. */
  readonly statusOf: (code: FailureCode, fails: readonly FailureCode[]) => number
}

type Json = Readonly<Record<string, unknown>>

/** An OpenAPI 3.1 document, https://spec.openapis.org/oas/v3.1.1.html */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: Json
  readonly servers: readonly Json[]
  readonly security: readonly Json[]
  readonly tags: readonly Json[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly components: { readonly securitySchemes: Json; readonly schemas: Readonly<Record<string, Json>> }
}

const SECURITY = {
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  bearerAuth: { type: 'http', scheme: 'bearer' },
  basicAuth: { type: 'http', scheme: 'basic' },
} as const

const ERROR_SCHEMAS: Readonly<Record<string, Json>> = {
  Error: { type: 'string', description: 'Plain-text error message' },
  Problem: {
    type: 'object',
    description: 'The same error as in RFC 9457, for callers that accept JSON',
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', enum: Object.keys(FAILURE_MEANING) },
    },
    required: ['type', 'title', 'status', 'detail', 'code'],
    additionalProperties: true,
  },
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same body is sent once, and answered alike, for 24 hours',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

/** Schemas that have a name of their own, gathered while the document is written. */
type Named = Map<string, Json>

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Keywords that are ours alone. */
const OURS = new Set(['$id', 'x-must', 'x-file', 'x-told'])

/** A schema as the document writes it: named ones by reference, and without the keywords that are ours alone. */
function schemaOf(schema: unknown, named: Named, top = true): unknown {
  if (Array.isArray(schema)) return schema.map((item) => schemaOf(item, named))
  if (!isJson(schema)) return schema
  const name = schema.$id
  if (top && typeof name === 'string') {
    if (!named.has(name)) {
      named.set(name, {})
      const written = schemaOf(schema, named, false)
      if (isJson(written)) named.set(name, written)
    }
    return { $ref: `#/components/schemas/${name}` }
  }
  const told = isJson(schema['x-told']) ? schema['x-told'] : {}
  const kept = Object.entries({ ...schema, ...told }).filter(([key]) => !OURS.has(key))
  return Object.fromEntries(kept.map(([key, value]) => [key, schemaOf(value, named)]))
}

function contentOf(body: Body | MultipartBody, named: Named): Json {
  if (body.as === 'text') return { [body.type]: { schema: { type: 'string' } } }
  const type = body.as === 'multipart' ? 'multipart/form-data' : 'application/json'
  return { [type]: { schema: schemaOf(body.schema, named) } }
}

/** A request may come without its body only where the operation says so. */
function mustCome(body: JsonBody | MultipartBody): boolean {
  return body.as === 'multipart' || body.optional !== true
}

function parametersOf(said: Operation, named: Named): Json[] {
  const parts = [
    ['path', said.input.path],
    ['query', said.input.query],
  ] as const
  const parameters: Json[] = parts.flatMap(([where, part]) =>
    Object.entries(part?.properties ?? {}).map(([name, schema]) => ({
      name,
      in: where,
      required: part?.required?.includes(name) ?? false,
      ...(isJson(schema) && typeof schema.description === 'string' && { description: schema.description }),
      schema: schemaOf(schema, named),
    })),
  )
  return said.effect === 'sends' ? [...parameters, IDEMPOTENCY_KEY] : parameters
}

/** All failures of an operation: those that it names, and those that any like it can come to. */
function failuresOf(said: Operation): FailureCode[] {
  const all: FailureCode[] = [
    // Also where nothing is taken: a query that is not known is refused, and so is a body that is not.
    'invalid',
    ...(said.open ? [] : (['unauthenticated', 'forbidden', 'rate-limited'] as const)),
    ...(said.route.startsWith('GET ') ? [] : (['too-large'] as const)),
    // What cannot be written down is not done.
    ...(said.effect === 'readonly' ? [] : (['unavailable'] as const)),
    ...said.fails,
  ]
  return [...new Set(all)]
}

function responsesOf(said: Operation, about: OpenApiAbout, named: Named): Json {
  const meanings = new Map<number, string[]>()
  for (const code of failuresOf(said)) {
    const status = about.statusOf(code, said.fails)
    meanings.set(status, [...(meanings.get(status) ?? []), `\`${code}\`: ${FAILURE_MEANING[code]}`])
  }
  const failures = [...meanings].map(([status, sentences]) => [
    String(status),
    {
      description: sentences.join(' '),
      content: {
        'text/plain': { schema: { $ref: '#/components/schemas/Error' } },
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    },
  ])
  const success = { description: said.summary, content: contentOf(said.output, named) }
  return { [String(said.status ?? 200)]: success, ...Object.fromEntries(failures) }
}

/** What an operation is besides its name, with the scope that it takes. */
function descriptionOf({ description, open, scope }: Operation): string | undefined {
  const sentences = [description, open ? undefined : `Needs a key with scope \`${scope}\`.`]
  return sentences.filter((sentence) => sentence !== undefined).join(' ') || undefined
}

function operationOf(operationId: string, said: Operation, about: OpenApiAbout, named: Named): Json {
  const parameters = parametersOf(said, named)
  const { body } = said.input
  const description = descriptionOf(said)
  return {
    operationId,
    summary: said.needs === undefined ? said.summary : `${said.summary} (${said.needs})`,
    ...(description !== undefined && { description }),
    tags: said.alsoTag === undefined ? [said.tag] : [said.tag, said.alsoTag],
    ...(said.open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: mustCome(body), content: contentOf(body, named) } }),
    responses: responsesOf(said, about, named),
  }
}

/** The document of a contract. The same input gives the same document. */
export function toOpenApi(contract: Contract, about: OpenApiAbout): OpenApiDocument {
  const named: Named = new Map()
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, said] of Object.entries(contract)) {
    for (const { operationId, method, path } of routesOf(name, said)) {
      const methods = paths[path] ?? {}
      methods[method.toLowerCase()] = operationOf(operationId, said, about, named)
      paths[path] = methods
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: about.title, version: about.version, description: about.description },
    servers: [{ url: '', description: 'Same origin' }],
    security: Object.keys(SECURITY).map((scheme) => ({ [scheme]: [] })),
    tags: about.tags,
    paths,
    components: { securitySchemes: SECURITY, schemas: { ...ERROR_SCHEMAS, ...Object.fromEntries(named) } },
  }
}
