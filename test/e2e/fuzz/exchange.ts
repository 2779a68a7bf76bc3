// Requests as they stand on the wire, right or wrong, and what comes back.
import { Agent, request } from 'node:http'
import fc from 'fast-check'
import { FORM_TYPE, formParts, formText } from '../../suites/bad-input.ts'
import { type Around, fieldValues, valuesOf } from './arbitrary.ts'
import { at, type Documented, type Parameter } from './document.ts'
import { mutantOf } from './mutation.ts'

/** A request, ready to be sent. */
export interface Wish {
  /** What it is, for who reads a failure. */
  readonly what: string
  readonly method: string
  /** With its query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly tookMs: number
}

const LATEST_MS = 20_000

/** Sends requests to one server over kept connections. */
export function createCaller(base: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const { hostname, port } = new URL(base)
  return {
    close: () => agent.destroy(),
    call: ({ method, url, headers, body }: Wish, more: Readonly<Record<string, string>> = {}) =>
      new Promise<Answered>((resolve, reject) => {
        const began = performance.now()
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const options = { agent, hostname, port, method, path: url, headers: { ...headers, ...more, ...length } }
        const asked = request({ ...options, signal: AbortSignal.timeout(LATEST_MS) }, async (response) => {
          const chunks: Buffer[] = []
          for await (const chunk of response) chunks.push(chunk)
          const text = Buffer.concat(chunks).toString('utf8')
          const { statusCode = 0, headers: answered } = response
          resolve({ status: statusCode, headers: answered, text, tookMs: performance.now() - began })
        })
        asked.on('error', reject)
        asked.end(body)
      }),
  }
}

export type Caller = ReturnType<typeof createCaller>

/** The parts of a request before it is written. */
interface Parts {
  readonly path: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

function parametersOf({ parameters }: Documented, where: Parameter['in'], around: Around) {
  const mine = parameters.filter((one) => one.in === where)
  const values = mine.map(({ name, schema }) => [
    name,
    where === 'header' ? headerText(schema) : fieldValues(name, schema, around),
  ])
  return fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: mine.filter(({ required }) => required).map(({ name }) => name),
    noNullPrototype: true,
  })
}

/** What HTTP lets a header hold, of what the schema allows. */
function headerText(schema: Parameter['schema']): fc.Arbitrary<string> {
  return fc
    .string({ minLength: Number(schema.minLength ?? 0), maxLength: 40, unit: 'grapheme-ascii' })
    .filter((text) => text.trim() === text)
}

function bodyOf({ body }: Documented, around: Around): fc.Arbitrary<unknown> {
  if (!body) return fc.constant(undefined)
  const made = valuesOf(body.schema, around)
  return body.required ? made : fc.option(made, { nil: undefined })
}

function partsOf(operation: Documented, around: Around): fc.Arbitrary<Parts> {
  return fc.record({
    path: parametersOf(operation, 'path', around),
    query: parametersOf(operation, 'query', around),
    headers: parametersOf(operation, 'header', around),
    body: bodyOf(operation, around),
  })
}

function urlOf({ path }: Documented, parts: Parts): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts.path[name])))
  const query = new URLSearchParams(
    Object.entries(parts.query).map(([name, value]): [string, string] => [name, String(value)]),
  )
  return query.size > 0 ? `${filled}?${query}` : filled
}

function wishOf(operation: Documented, parts: Parts, what: string): Wish {
  const { method, body } = operation
  const headers = Object.entries(parts.headers).map(([name, value]) => [name.toLowerCase(), String(value)])
  const plain = {
    what,
    method,
    url: urlOf(operation, parts),
    headers: Object.fromEntries(headers) as Record<string, string>,
  }
  if (!body || parts.body === undefined) return plain
  const isForm = body.type === 'multipart/form-data'
  return {
    ...plain,
    headers: { ...plain.headers, 'content-type': isForm ? FORM_TYPE : body.type },
    body: isForm ? formText(formParts(at(parts.body))) : JSON.stringify(parts.body),
  }
}

/** Requests that the document allows. */
export function goodWishes(operation: Documented, around: Around): fc.Arbitrary<Wish> {
  return partsOf(operation, around).map((parts) => wishOf(operation, parts, 'good'))
}

/** A request that the document does not allow. `status`: what it has to be answered with; null: anything documented. */
export interface BadWish extends Wish {
  readonly statuses: readonly number[] | null
}

const REFUSED = [400]
/** Fields of which the document says in words that other forms mean the usual one. */
const MILDER: Readonly<Record<string, string>> = { requestVerificationCode: 'language' }
const WRONG_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'application/jsonx',
  ';,/',
  'application/json; charset=utf-16',
]
const WRONG_QUERIES = [
  'no_such_value=1',
  '__proto__=1',
  'constructor[prototype][a]=1',
  'a=%zz',
  'a=%c3%28',
  'id[]=1',
  '%00=1',
  'limit=1&limit=2',
]
const WRONG_PATHS = [
  '%zz',
  'a%00b',
  'a%0d%0ab',
  '%2e%2e',
  '%2e%2e%2fkeys',
  '..',
  '%f0%9f%91%8d',
  '%c3%28',
  'x'.repeat(300),
  '%ed%a0%80',
  '__proto__',
]

function badBodies(operation: Documented, around: Around): fc.Arbitrary<BadWish>[] {
  const { body } = operation
  if (!body) return []
  const parts = partsOf({ ...operation, body: { ...body, required: true } }, around)
  const types = fc.tuple(parts, fc.constantFrom(...WRONG_TYPES)).map(([made, type]) => {
    const wish = wishOf(operation, made, `Content-Type: ${type}`)
    return { ...wish, headers: { ...wish.headers, 'content-type': type }, statuses: REFUSED }
  })
  if (body.type === 'multipart/form-data') return [types, badForms(operation, parts)]
  const mutants = fc.tuple(parts, fc.nat(), fc.nat()).map(([made, place, choice]) => {
    const { what, text, wrong } = mutantOf(body, made.body, {
      resolve: around.resolve,
      milder: MILDER[operation.operationId],
      place,
      choice,
    })
    return { ...wishOf(operation, made, what), what, body: text, statuses: wrong ? REFUSED : null }
  })
  return [types, mutants, mutants, mutants]
}

function badForms(operation: Documented, parts: fc.Arbitrary<Parts>): fc.Arbitrary<BadWish> {
  return fc.tuple(parts, fc.nat()).map(([made, choice]) => {
    const right = formParts(at(made.body))
    const text = formText(right)
    const [first] = right
    const wrong: [string, string][] = [
      ['a form cut', text.slice(0, -8)],
      ['a form cut early', text.slice(0, 30)],
      ['a field twice', formText(first ? [first, ...right] : [])],
      ['an unknown field', formText([...right, { name: 'no_such_field', value: '1' }])],
      ['__proto__', formText([...right, { name: '__proto__', value: '1' }])],
      ['no file', formText(right.filter(({ name }) => name !== 'file'))],
      ['no boundary in it', 'just a text'],
      ['JSON', JSON.stringify({ account_id: 'shop' })],
    ]
    const [what, body] = wrong[choice % wrong.length] ?? ['nothing', '']
    return { ...wishOf(operation, made, what), what, body, statuses: REFUSED }
  })
}

/** Headers that cannot be right. */
function badHeaders({ parameters, body }: Documented): Readonly<Record<string, string>>[] {
  const named = parameters.filter((one) => one.in === 'header').map(({ name }) => name.toLowerCase())
  const values = ['', 'x'.repeat(256), 'a\tb', '\u00e9']
  return [
    ...named.flatMap((name) => values.map((value) => ({ [name]: value }))),
    ...(body ? ['gzip', 'br', 'identity, gzip', 'no-such'].map((value) => ({ 'content-encoding': value })) : []),
  ]
}

/** Requests that the document does not allow. */
export function badWishes(operation: Documented, around: Around): fc.Arbitrary<BadWish> {
  const parts = partsOf(operation, around)
  const queries = fc.tuple(parts, fc.constantFrom(...WRONG_QUERIES)).map(([made, query]) => {
    const wish = wishOf(operation, made, `the query ${query}`)
    return { ...wish, url: `${wish.url}${wish.url.includes('?') ? '&' : '?'}${query}`, statuses: REFUSED }
  })
  const paths = fc.tuple(parts, fc.constantFrom(...WRONG_PATHS)).map(([made, value]) => {
    const url = operation.path.replace(/\{\w+\}/, value)
    // What leads to no operation at all is not found.
    return { ...wishOf(operation, made, `the path ${value}`), url, statuses: [400, 404, 405] }
  })
  const wrongHeaders = badHeaders(operation)
  const needed = operation.body ? { ...operation, body: { ...operation.body, required: true } } : operation
  const headers = () =>
    fc.tuple(partsOf(needed, around), fc.constantFrom(...wrongHeaders)).map(([made, more]) => {
      const wish = wishOf(operation, made, `the header ${JSON.stringify(more)}`)
      return { ...wish, headers: { ...wish.headers, ...more }, statuses: REFUSED }
    })
  const others = [queries, ...(wrongHeaders.length > 0 ? [headers()] : [])]
  return fc.oneof(...badBodies(operation, around), ...others, ...(operation.path.includes('{') ? [paths] : []))
}
