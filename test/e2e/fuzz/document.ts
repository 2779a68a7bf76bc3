// The OpenAPI document as a fuzzer reads it: operations, their inputs, and what each answer may be.
import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

export type Schema = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

export interface DocumentedBody {
  readonly type: string
  readonly required: boolean
  readonly schema: Schema
  /** Whether a value is as the document wants it. */
  readonly fits: ValidateFunction
}

export interface Documented {
  readonly operationId: string
  readonly method: string
  /** With `{name}` for parameters. */
  readonly path: string
  readonly tag: string
  /** Answered without a key. */
  readonly open: boolean
  readonly parameters: readonly Parameter[]
  readonly body: DocumentedBody | null
  /** By status and media type: whether a body is as the document says; absent: not documented. */
  answerFits(status: number, type: string): ValidateFunction | undefined
  readonly statuses: readonly number[]
}

export interface Document {
  readonly operations: readonly Documented[]
  /** The schema itself, where one stands for it by `$ref`. */
  resolve(schema: Schema): Schema
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is there by these keys; an empty object when nothing is. */
export function at(from: unknown, ...keys: readonly string[]): Schema {
  let here: unknown = from
  for (const key of keys) here = isSchema(here) ? here[key] : undefined
  return isSchema(here) ? here : {}
}

const escaped = (key: string): string => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))

/** Reads the document that a server gives out. */
export function readDocument(text: string): Document {
  const whole: unknown = JSON.parse(text)
  assert.ok(isSchema(whole))
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true })
  formats.default(ajv)
  ajv.addFormat('binary', true)
  ajv.addSchema(whole, 'document')
  const checks = new Map<string, ValidateFunction>()
  const check = (...keys: readonly string[]): ValidateFunction => {
    const pointer = `document#/${keys.map(escaped).join('/')}`
    const made = checks.get(pointer) ?? ajv.compile({ $ref: pointer })
    checks.set(pointer, made)
    return made
  }
  const resolve = (schema: Schema): Schema =>
    typeof schema.$ref === 'string' ? resolve(at(whole, ...schema.$ref.split('/').slice(1))) : schema

  const operations = Object.entries(at(whole, 'paths')).flatMap(([path, methods]) =>
    Object.entries(at(methods)).map(([method, said]): Documented => {
      const keys = ['paths', path, method]
      const contents = Object.entries(at(said, 'requestBody', 'content'))
      const [content] = contents
      assert.ok(contents.length < 2)
      const responses = at(said, 'responses')
      return {
        operationId: String(at(said).operationId),
        method: method.toUpperCase(),
        path,
        tag: String(Object.values(at(said).tags ?? [])[0]),
        open: Array.isArray(at(said).security),
        parameters: Object.values(at(said).parameters ?? []) as Parameter[],
        body: content
          ? {
              type: content[0],
              required: at(said, 'requestBody').required === true,
              schema: at(content[1], 'schema'),
              fits: check(...keys, 'requestBody', 'content', content[0], 'schema'),
            }
          : null,
        statuses: Object.keys(responses).map(Number),
        answerFits: (status, type) =>
          type in at(responses, String(status), 'content')
            ? check(...keys, 'responses', String(status), 'content', type, 'schema')
            : undefined,
      }
    }),
  )
  return { operations, resolve }
}
