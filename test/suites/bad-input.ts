// Makes wrong requests out of an operation's own description: every field left out, of another type, too long, unknown.
import type { Operation } from '../../src/contract/operation.ts'

/** One wrong request: what is wrong with it, and which word of the answer must name it. */
export interface Wrong {
  readonly what: string
  readonly names: string
  readonly body?: string | Uint8Array
  readonly contentType?: string | null
  /** Replaces the path's parameters. */
  readonly path?: string
  readonly query?: string
}

type Values = Record<string, unknown>

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null
}

const long = (letter: string, megabytes: number) => letter.repeat(megabytes * 1024 * 1024)
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

/** A value of another type than the schema wants. */
function otherType(schema: Values): unknown {
  if (Array.isArray(schema.anyOf)) return { neither: true }
  return schema.type === 'string' || schema.enum ? 17 : 'text'
}

/** JSON text of an object with one field put in as it stands. */
function withField(sample: Values, name: string, text: string): string {
  const { [name]: _replaced, ...others } = sample
  const rest = JSON.stringify(others).slice(1, -1)
  return `{${rest}${rest ? ',' : ''}${JSON.stringify(name)}:${text}}`
}

/** A part of a form: a field, or with a filename a file. */
interface FormPart {
  readonly name: string
  readonly value: string
  readonly filename?: string
}

const BOUNDARY = 'between-the-parts'
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

/** A form as it is written, byte for byte. */
export function formText(parts: readonly FormPart[]): string {
  const written = parts.map(({ name, value, filename }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: image/png`
    return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`
  })
  return `${written.join('')}--${BOUNDARY}--\r\n`
}

/** The parts of a sample; its `file` as a file. */
export function formParts(sample: Values): FormPart[] {
  return Object.entries(sample).map(([name, value]) => ({
    name,
    value: String(value),
    ...(name === 'file' && { filename: 'a.png' }),
  }))
}

/** What is wrong with one field of a body. */
function wrongField(name: string, schema: Values, sample: Values, required: boolean): Wrong[] {
  const wrong: Wrong[] = []
  const put = (what: string, value: unknown) =>
    wrong.push({ what: `${name} ${what}`, names: name, body: JSON.stringify({ ...sample, [name]: value }) })
  put('of another type', otherType(schema))
  put('that is a list of lists', [[[]]])
  if (required) {
    const { [name]: _left, ...others } = sample
    wrong.push({ what: `${name} left out`, names: name, body: JSON.stringify(others) })
  }
  if (schema.enum) put('that is not in its list', 'no-such-thing')
  if (schema.type === 'string' && !schema.enum) {
    put('with half a surrogate pair', '\ud800')
    put('with NUL', 'a\0b')
    if (typeof schema.pattern === 'string') put('with a line break', 'a\r\nb')
    if (schema.minLength) put('that is empty', '')
  }
  if (typeof schema.maximum === 'number') put('above what it may be', schema.maximum + 1)
  if (typeof schema.minimum === 'number') put('below what it may be', schema.minimum - 1)
  if (schema.type === 'array') put('with far too many entries', new Array(5000).fill('x'))
  wrong.push({ what: `${name} 65 deep`, names: name, body: withField(sample, name, deep(65)) })
  return wrong
}

/** What is wrong with a body as a whole. */
function wrongBody(sample: Values, needed: boolean): Wrong[] {
  const text = JSON.stringify(sample)
  const known: Wrong[] = [
    { what: 'an unknown field', names: 'no_such_field', body: JSON.stringify({ ...sample, no_such_field: 1 }) },
    { what: '__proto__', names: '__proto__', body: withField(sample, '__proto__', '{"admin":true}') },
    { what: '__proto__ inside', names: '__proto__', body: withField(sample, 'x', '[{"__proto__":{}}]') },
    { what: 'constructor.prototype', names: 'constructor', body: withField(sample, 'constructor', '{"prototype":{}}') },
    { what: '5000 deep', names: 'deep', body: withField(sample, 'deep', deep(5000)) },
    { what: '30,000 values', names: 'many', body: withField(sample, 'many', `[${'1,'.repeat(30_000)}1]`) },
    { what: 'broken UTF-8', names: 'UTF-8', body: Buffer.concat([Buffer.from(text), Buffer.from([0xc3, 0x28])]) },
    { what: 'a byte order mark', names: 'JSON', body: `\ufeff${text}` },
    { what: 'a list', names: 'body', body: '[]' },
    { what: 'null', names: 'body', body: 'null' },
    { what: 'half a JSON', names: 'JSON', body: text.slice(0, -1) },
    { what: 'more than one JSON', names: 'JSON', body: `${text}{}` },
    { what: 'NaN', names: 'JSON', body: '{"a":NaN}' },
    { what: 'another content type', names: 'Content-Type', body: text, contentType: 'text/plain' },
    { what: 'a broken content type', names: 'Content-Type', body: text, contentType: ',;/' },
    { what: 'a form', names: 'Content-Type', body: 'a=b', contentType: 'application/x-www-form-urlencoded' },
    { what: 'multipart posing', names: 'Content-Type', body: text, contentType: 'multipart/form-data; boundary=x' },
    { what: 'no content type', names: 'Content-Type', body: Buffer.from(text), contentType: null },
    { what: 'another charset', names: 'charset', body: text, contentType: 'application/json; charset=utf-16' },
  ]
  return needed ? [...known, { what: 'nothing', names: 'body', body: '' }] : known
}

/** A text of megabytes that a field cannot take, and that is as hard as can be for the rules about it. */
function tooLong(name: string, schema: Values): string {
  // An address that keeps to the form almost to its end is the hardest.
  if (schema.format === 'uri') return `http://${long('x', 4)} `
  // Of letters it would be base64.
  if (schema['x-file']) return long('!', 1)
  return long('x', name === 'text' || Number(schema.maxLength) > 1024 * 1024 ? 11 : 1)
}

/** Bodies that name a file in none of the ways that there are, and in two. */
function wrongWays(schema: Values, sample: Values): Wrong[] {
  const told = Object(schema['x-told']).oneOf
  if (!Array.isArray(told)) return []
  const ways = told.map((one) => String(one.required[0]))
  const none = Object.fromEntries(Object.entries(sample).filter(([name]) => !ways.includes(name)))
  return [
    { what: 'no file', names: String(ways[0]), body: JSON.stringify(none) },
    { what: 'two files', names: String(ways[2]), body: JSON.stringify({ ...none, [ways[0]!]: 'AAAA', media_id: '1' }) },
  ]
}

/** Wrong forms, field by field and as a whole. */
function wrongForms(
  schema: { readonly properties: object; readonly required?: readonly string[] },
  sample: Values,
): Wrong[] {
  const parts = formParts(sample)
  const of = (what: string, names: string, changed: readonly FormPart[]): Wrong => ({
    what,
    names,
    body: formText(changed),
    contentType: FORM_TYPE,
  })
  const file = parts.filter(({ name }) => name === 'file')
  const fields = parts.filter(({ name }) => name !== 'file')
  const texts = Object.keys(schema.properties).filter((name) => name !== 'file')
  const text = formText(parts)
  return [
    ...(schema.required ?? []).map((name) =>
      of(
        `${name} left out`,
        name,
        parts.filter((part) => part.name !== name),
      ),
    ),
    ...parts.map((part) => of(`${part.name} twice`, part.name, [...parts, part])),
    ...texts.flatMap((name) => {
      const others = parts.filter((part) => part.name !== name)
      const put = (what: string, value: string) => of(`${name} ${what}`, name, [{ name, value }, ...others])
      return [put('with NUL', 'a\0b'), put('with a line break', 'a\r\nb'), put('of 100 KB', 'x'.repeat(100_000))]
    }),
    of('an unknown field', 'no_such_field', [{ name: 'no_such_field', value: '1' }, ...parts]),
    of('__proto__', '__proto__', [{ name: '__proto__', value: '1' }, ...parts]),
    of('a file in another field', 'other', [...fields, ...file.map((part) => ({ ...part, name: 'other' }))]),
    of('a file of no bytes', 'file', [...fields, ...file.map((part) => ({ ...part, value: '' }))]),
    of('a text for a file', 'file', [...fields, { name: 'file', value: 'text' }]),
    of('30 fields', 'fields', [...Array.from({ length: 30 }, (_, at) => ({ name: `f${at}`, value: '1' })), ...parts]),
    { what: 'half a form', names: 'boundary', body: text.slice(0, -20), contentType: FORM_TYPE },
    { what: 'a form without a boundary', names: 'boundary', body: text, contentType: 'multipart/form-data' },
    { what: 'another boundary', names: 'boundary', body: text, contentType: `${FORM_TYPE}-not` },
    { what: 'JSON', names: 'Content-Type', body: JSON.stringify(sample), contentType: 'application/json' },
    { what: 'no content type', names: 'Content-Type', body: Buffer.from(text), contentType: null },
    { what: 'nothing', names: 'body', body: '', contentType: FORM_TYPE },
  ]
}

function wrongBodies(said: Operation, sample: Values): Wrong[] {
  const { body } = said.input
  if (!body) return []
  const { schema } = body
  const fields = Object.entries(schema.properties)
  const mine = Object.fromEntries(Object.entries(sample).filter(([name]) => name in schema.properties))
  if (body.as === 'multipart') return wrongForms(schema, mine)
  const required: readonly string[] = schema.required ?? []
  const texts = fields.filter(([, field]) => isValues(field) && field.type === 'string' && !field.enum)
  return [
    ...fields.flatMap(([name, field]) =>
      isValues(field) ? wrongField(name, field, mine, required.includes(name)) : [],
    ),
    ...wrongBody(mine, body.optional !== true),
    ...wrongWays({ ...schema }, mine),
    ...texts.map(([name, field]) => {
      const value = JSON.stringify(tooLong(name, { ...field }))
      return { what: `${name} of megabytes`, names: name, body: withField(mine, name, value) }
    }),
    ...('headers' in schema.properties ? wrongHeaders(mine) : []),
  ]
}

function wrongHeaders(sample: Values): Wrong[] {
  const of = (name: string, value: unknown, what: string): Wrong => ({
    what,
    names: `headers.${name}`,
    body: JSON.stringify({ ...sample, headers: { [name]: value } }),
  })
  return [
    of('X-A', 'a\r\nX-Injected: 1', 'a line break in a header'),
    of('X-A', 'a\nb', 'a line feed in a header'),
    of('X-A', 'ž', 'a header beyond Latin-1'),
    of('X-A', 5, 'a header that is a number'),
    of('X A', 'a', 'a header name with a space'),
    ...['Host', 'content-length', 'Transfer-Encoding', 'CONNECTION', 'webhook-id', 'Webhook-Signature'].map((name) =>
      of(name, 'a', `the header ${name}`),
    ),
  ]
}

function wrongQueries(said: Operation, query: string): Wrong[] {
  const and = (more: string) => (query ? `${query}&${more}` : more)
  const wrong: Wrong[] = [
    { what: 'an unknown query value', names: 'no_such_value', query: and('no_such_value=1') },
    { what: '__proto__ in the query', names: '__proto__', query: and('__proto__=1') },
    { what: 'a broken query', names: 'query', query: and('a=%zz') },
    { what: 'a query of broken UTF-8', names: 'query', query: and('a=%c3%28') },
  ]
  const required: readonly string[] = said.input.query?.required ?? []
  for (const [name, schema] of Object.entries(said.input.query?.properties ?? {})) {
    if (!isValues(schema)) continue
    const alone = (value: string) => `${name}=${value}`
    const put = (what: string, written: string) => wrong.push({ what: `${name} ${what}`, names: name, query: written })
    put('twice', `${alone('1')}&${alone('1')}`)
    put('with NUL', alone('a%00b'))
    put('of 5,000 characters', alone('x'.repeat(5000)))
    if (schema.type === 'integer')
      for (const value of ['x', '1.5', '', '-1', '1e3', '99999', '0x10']) put(value, alone(value))
    if (schema.type === 'boolean') for (const value of ['yes', '1', '', 'TRUE', 'false']) put(value, alone(value))
    if (schema.enum) put('that is not in its list', alone('no-such-thing'))
    if (required.includes(name)) put('left out', '')
  }
  return wrong
}

function wrongPaths(said: Operation): Wrong[] {
  if (!said.input.path) return []
  return [
    { what: 'a broken path', names: 'path', path: '%zz' },
    { what: 'NUL in the path', names: 'id', path: 'a%00b' },
    { what: 'a line break in the path', names: 'id', path: 'a%0d%0ab' },
    { what: 'a long path', names: 'id', path: 'x'.repeat(300) },
  ]
}

/** Every wrong request of an operation; `sample` is right, and `query` is its query as text. */
export function wrongRequests(said: Operation, sample: Values, query: string): Wrong[] {
  return [...wrongBodies(said, sample), ...wrongQueries(said, query), ...wrongPaths(said)]
}
