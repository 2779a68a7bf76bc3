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
    { what: 'more than one JSON', names: 'JSON', body: `${text}${text}` },
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

function wrongBodies(said: Operation, sample: Values): Wrong[] {
  const schema = said.input.body?.schema
  if (!schema) return []
  const fields = Object.entries(schema.properties)
  const mine = Object.fromEntries(Object.entries(sample).filter(([name]) => name in schema.properties))
  const required: readonly string[] = schema.required ?? []
  const texts = fields.filter(([, field]) => isValues(field) && field.type === 'string' && !field.enum)
  return [
    ...fields.flatMap(([name, field]) =>
      isValues(field) ? wrongField(name, field, mine, required.includes(name)) : [],
    ),
    ...wrongBody(mine, said.input.body?.optional !== true),
    ...texts.map(([name, field]) => {
      // One that keeps to the form of an address almost to its end is the hardest for the rules about forms.
      const address = Object(field).format === 'uri'
      const value = address ? `http://${long('x', 10)} ` : long('x', name === 'text' ? 10 : 1)
      return { what: `${name} of megabytes`, names: name, body: withField(mine, name, JSON.stringify(value)) }
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
