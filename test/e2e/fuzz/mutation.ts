// Makes wrong values out of right ones: field by field, with the document as the judge of what is wrong.
import { at, type DocumentedBody, isSchema, type Schema } from './document.ts'

/** A wrong body, and what is wrong with it. */
export interface Mutant {
  readonly what: string
  /** JSON, or what poses as such. */
  readonly text: string
  /** False: odd, but not wrong; it may be taken. */
  readonly wrong: boolean
}

type Path = readonly (string | number)[]

interface Site {
  readonly path: Path
  readonly schema: Schema
  readonly value: unknown
}

/** Every place of a value that its schema knows. */
function sitesOf(said: Schema, value: unknown, resolve: (schema: Schema) => Schema, path: Path = []): Site[] {
  const schema = resolve(said)
  const here = { path, schema, value }
  if (Array.isArray(value)) {
    return [
      here,
      ...value.slice(0, 3).flatMap((item, index) => sitesOf(at(schema.items), item, resolve, [...path, index])),
    ]
  }
  if (!isSchema(value)) return [here]
  const inner = Object.entries(at(schema.properties)).flatMap(([name, field]) =>
    name in value ? sitesOf(at(field), value[name], resolve, [...path, name]) : [],
  )
  return [here, ...inner]
}

const GONE = Symbol('gone')

/** A copy with one place changed. */
function changed(value: unknown, [first, ...rest]: Path, to: unknown): unknown {
  if (first === undefined) return to
  if (Array.isArray(value)) return value.map((item, index) => (index === first ? changed(item, rest, to) : item))
  const entries = Object.entries(at(value)).flatMap(([name, held]): [string, unknown][] => {
    if (name !== first) return [[name, held]]
    const next = changed(held, rest, to)
    return next === GONE ? [] : [[name, next]]
  })
  return Object.fromEntries(entries)
}

const WRONG_TEXTS = [
  '',
  ' ',
  'no-such-thing',
  'a\r\nb',
  '../..',
  'é',
  '👍',
  '%00',
  '{}',
  'x'.repeat(300),
  'x'.repeat(5000),
]
const WRONG_TYPES = [null, true, 17, -1.5, 'text', [], [[]], {}, { a: 1 }, [null]]

/** What to put in a place. */
function wrongValues({ schema, value }: Site): unknown[] {
  const numbers = [schema.minimum, schema.maximum].filter((limit) => typeof limit === 'number')
  const lengths = typeof schema.maxLength === 'number' ? ['x'.repeat(schema.maxLength + 1)] : []
  const items = Array.isArray(value)
    ? [[...value, ...new Array(Number(schema.maxItems ?? 30) + 1).fill(value[0] ?? 'x')]]
    : []
  return [
    GONE,
    ...WRONG_TYPES,
    ...(typeof value === 'string' ? [...WRONG_TEXTS, ...lengths] : []),
    ...numbers.flatMap((limit) => [limit - 1, limit + 1, limit + 0.5, -1e300]),
    ...items,
    ...(isSchema(value)
      ? [
          { ...value, no_such_field: 1 },
          { ...value, 'no\u202esuch': null },
        ]
      : []),
  ]
}

/** Texts that no place takes, whatever the document says of it. */
const BROKEN_TEXTS = ['a\0b', 'half \ud83d of a pair', '\udc00']

function mutantsAt(body: DocumentedBody, whole: unknown, site: Site): Mutant[] {
  const where = site.path.join('.') || 'the body'
  const put = (to: unknown) => (site.path.length === 0 && to === GONE ? {} : changed(whole, site.path, to))
  const made = wrongValues(site)
    .map((to) => ({ to, value: put(to) }))
    .filter(({ value }) => !body.fits(value))
  const broken = typeof site.value === 'string' ? BROKEN_TEXTS.map((to) => ({ to, value: put(to) })) : []
  return [...made, ...broken].map(({ to, value }) => ({
    what: `${where} = ${to === GONE ? 'nothing' : (JSON.stringify(to) ?? '').slice(0, 80)}`,
    text: JSON.stringify(value),
    wrong: true,
  }))
}

/** JSON text of an object with more text before its end. */
function withMore(whole: unknown, more: string): string {
  const text = JSON.stringify(whole)
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}${more}}`
}

function mutantsOfText(whole: unknown): Mutant[] {
  const text = JSON.stringify(whole)
  const twice = Object.entries(at(whole)).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const wrong: [string, string][] = [
    ['cut', text.slice(0, -1)],
    ['cut in the middle', `${text.slice(0, Math.ceil(text.length / 2))}`],
    ['more behind it', `${text}x`],
    ['a byte order mark', `\ufeff${text}`],
    ['a list of it', `[${text}]`],
    ['a text of it', JSON.stringify(text)],
    ['null', 'null'],
    ['__proto__', withMore(whole, '"__proto__":{"polluted":true}')],
    ['constructor', withMore(whole, '"constructor":{"prototype":{"polluted":true}}')],
    ['70 deep', withMore(whole, `"deep":${deep(70)}`)],
    ['9,000 deep', withMore(whole, `"deep":${deep(9000)}`)],
    ['a number beyond numbers', withMore(whole, '"no_such_field":1e400')],
    ['NaN', withMore(whole, '"no_such_field":NaN')],
    ['a comment', `${text}/* */`],
    ['single quotes', text.replaceAll('"', "'")],
  ]
  const odd: [string, string][] = [
    ['every field twice', `{${[...twice, ...twice].join(',')}}`],
    ['white space around', ` \r\n\t${text}\n `],
  ]
  return [
    ...wrong
      .filter(([, made]) => made !== text && made !== '{}')
      .map(([what, made]) => ({ what, text: made, wrong: true })),
    ...odd.map(([what, made]) => ({ what, text: made, wrong: false })),
  ]
}

/** Which mutant it is to be; the same numbers choose the same one. */
interface Choosing {
  resolve(schema: Schema): Schema
  /** A field whose text may have any form, although the document names one. */
  readonly milder: string | undefined
  readonly place: number
  readonly choice: number
}

/** One of all the mutants of a right body. */
export function mutantOf(body: DocumentedBody, whole: unknown, { resolve, milder, place, choice }: Choosing): Mutant {
  const sites = sitesOf(body.schema, whole, resolve)
  // One in five is wrong as a whole.
  const site = place % 5 === 0 ? undefined : sites[Math.floor(place / 5) % sites.length]
  const isMild = milder !== undefined && site?.path[0] === milder
  const mutants = site ? mutantsAt(body, whole, site).map((mutant) => ({ ...mutant, wrong: !isMild })) : []
  const all = mutants.length > 0 ? mutants : mutantsOfText(whole)
  const [first] = all
  if (!first) throw new Error('nothing is wrong with anything')
  return all[choice % all.length] ?? first
}
