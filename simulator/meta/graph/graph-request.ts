// A Graph call as the parts see it: version and path taken apart, parameters from query and body together.

import type { UploadedFile } from './multipart.ts'

export type GraphRequest = {
  method: string
  /** `v21.0`, or undefined when the path had no version. */
  version: string | undefined
  /** Path without version and empty segments. */
  segments: string[]
  /** Scheme and host that the caller used, for the links of pages. */
  origin: string
  headers: Record<string, string>
  query: Record<string, string>
  /** The body as it came; of a multipart body, its first 64 KB. */
  rawBody: Buffer
  /** The body as JSON or form values, files by what is known of them; undefined when it is neither. */
  body: unknown
  /** Query and body together, without files; the body wins. */
  params: Record<string, unknown>
  /** Files of a multipart body by the names of their parts; absent for any other body. */
  files?: Record<string, UploadedFile>
}

/** What a part answers; the account it concerned gets the usage header. */
export type GraphAnswer = {
  body: unknown
  accountId?: string
  /** Instead of a body: a file, all of it or the range that was asked for. */
  file?: FileAnswer
}

/** A file to be answered; `size` in bytes, `type` for Content-Type. */
export type FileAnswer = { path: string; size: number; type: string; filename?: string }

/** Takes the path apart: `/v21.0/123/messages` is v21.0 and [123, messages]. */
export function splitPath(path: string): { version: string | undefined; segments: string[] } {
  const segments = path.split('/').filter((part) => part !== '')
  const version = segments[0] !== undefined && /^v\d+\.\d+$/.test(segments[0]) ? segments.shift() : undefined
  return { version, segments: segments.map(decode) }
}

/**
 * The body by its content type. Graph takes JSON and forms; a form value that is JSON counts as what it says. A body
 * that cannot be read counts as none, so that the missing parameters are what is complained about, as Graph does.
 */
export function parseBody(rawBody: Buffer, contentType: string | undefined): unknown {
  if (rawBody.length === 0) return undefined
  const kind = contentType?.split(';')[0]?.trim().toLowerCase()
  const text = rawBody.toString('utf8')
  if (kind === 'application/json') return parseJson(text)
  if (kind !== 'application/x-www-form-urlencoded') return undefined
  return fieldsOf(new URLSearchParams(text))
}

/** Form fields as parameters: one that holds a JSON object or array counts as what it says. */
export function fieldsOf(fields: Iterable<[string, string]>): Record<string, unknown> {
  const pairs = [...fields].map(([name, value]) => [name, /^[[{]/.test(value) ? (parseJson(value) ?? value) : value])
  return Object.fromEntries(pairs)
}

/** Query and body together. */
export function paramsOf(query: Record<string, string>, body: unknown): Record<string, unknown> {
  return isObject(body) ? { ...query, ...body } : { ...query }
}

/** A JSON object, not an array, not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
