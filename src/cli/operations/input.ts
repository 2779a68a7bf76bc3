// Reads the words of a command as the input of its operation.
import { didYouMean, listed } from '../nearest.ts'
import { type Command, dashed, type Flag, flagNamed, isFile, isNeeded, kebab, plainOf, type Schema } from './command.ts'
import { fail, isObject, readFileFields, readFilePart, readObject, readValue, wrong } from './value.ts'

/** Flags that every command takes, and what goes with them. */
export const COMMON = {
  server: { takes: 'address', says: 'Where the server is; else WHATSHOOKED_URL, else http://127.0.0.1:8825' },
  key: { takes: 'text', says: 'The API key; better in WHATSHOOKED_API_KEY, where no list of processes shows it' },
  output: { takes: 'json|table', says: 'How the answer is shown: a table at a terminal, else JSON' },
  input: { takes: 'file', says: 'A JSON object with the whole input, - for stdin; other flags go over it' },
  'idempotency-key': { takes: 'text', says: 'The same message with the same key is sent once, for 24 hours' },
  yes: { takes: '', says: 'Do not ask before something is deleted' },
  help: { takes: '', says: 'This text' },
} as const
export type CommonName = keyof typeof COMMON
export type Common = { -readonly [K in CommonName]?: string }

export interface Typed {
  readonly common: Common
  /** What the operation is given. */
  readonly input: Record<string, unknown>
}

/** The flags of `COMMON` that make a difference to this command. */
export function commonOf({ operation, flags }: Command): CommonName[] {
  const idle: Readonly<Partial<Record<CommonName, boolean>>> = {
    input: flags.length === 0,
    'idempotency-key': operation.effect !== 'sends',
    yes: operation.effect !== 'destructive',
  }
  return (Object.keys(COMMON) as CommonName[]).filter((name) => idle[name] !== true)
}

/** Fails with `invalid`: one sentence that names the word that is wrong, or what is missing. */
export function readInput(command: Command, words: readonly string[]): Typed {
  const { common, given } = readWords(command, words)
  const input = common.input === undefined ? {} : readObject(common.input, '--input')
  const about: Record<string, unknown> = {}
  const seen = new Map<string, unknown>()
  for (const one of given) {
    const { flag, path, value, words } = one
    if (path.length > 0 || !isFile(flag.schema) || isPart(flag.schema)) {
      put(input, one, seen)
      continue
    }
    if (seen.has(flag.field)) fail(`${words} is given twice`)
    const { [flag.field]: bytes, ...rest } = readFileFields(flag.field, value)
    seen.set(flag.field, bytes)
    input[flag.field] = bytes
    Object.assign(about, rest)
  }
  // What a file is called and of what type it is gives way to what was said.
  const whole = { ...about, ...input }
  checkWhole(command, whole)
  return { common, input: whole }
}

/** A flag as it was typed. */
interface Given {
  readonly flag: Flag
  /** Fields below it: `business-api.access-token` has one. */
  readonly path: readonly string[]
  readonly value: string
  /** With its dashes, as it was typed. */
  readonly words: string
}

function readWords(command: Command, words: readonly string[]): { common: Common; given: Given[] } {
  const common: Common = {}
  const given: Given[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('--')) {
      given.push(subjectOf(command, word))
      continue
    }
    const [name = '', inline] = word.slice(2).split(/=(.*)/s)
    const value = (isBare: boolean) => inline ?? (isBare ? 'true' : valueAfter(words, ++at, name))
    if (isCommon(name)) {
      if (!commonOf(command).includes(name) && name !== 'yes') fail(`${command.name} has no use for --${name}`)
      common[name] = value(COMMON[name].takes === '')
      continue
    }
    const { flag, path, isNo } = targetOf(command, name)
    const isSwitch = isNo || (isBoolean(flag, path) && !/^(true|false)$/.test(words[at + 1] ?? ''))
    if (isNo && inline !== undefined) fail(`--${name} takes no value`)
    const said = value(isSwitch)
    given.push({ flag, path, value: isNo ? 'false' : said, words: `--${name}` })
  }
  return { common, given }
}

function isCommon(name: string): name is CommonName {
  return Object.hasOwn(COMMON, name)
}

/** A word without a flag in front of it. */
function subjectOf({ name, subject }: Command, word: string): Given {
  if (word.startsWith('-') && word.length > 1) return fail(`${word} is no flag of ${name}; flags begin with two dashes`)
  if (!subject) return fail(`"${word}" is not understood: values of ${name} go behind flags (--help lists them)`)
  return { flag: subject, path: [], value: word, words: dashed(subject) }
}

function targetOf(command: Command, name: string): { flag: Flag; path: string[]; isNo: boolean } {
  const [top = '', ...path] = name.split('.')
  const flag = flagNamed(command, top)
  if (flag) return { flag, path, isNo: false }
  const negated = top.startsWith('no-') && path.length === 0 ? flagNamed(command, top.slice(3)) : undefined
  if (negated && isBoolean(negated, [])) return { flag: negated, path: [], isNo: true }
  const names = [...command.flags.map(dashed), ...command.flags.map((one) => `--${one.name}`)]
  const common = commonOf(command).map((one) => `--${one}`)
  return fail(
    `--${name} is no flag of ${command.name}${didYouMean(`--${name}`, [...names, ...common]) || '; --help lists them'}`,
  )
}

function isBoolean(flag: Flag, path: readonly string[]): boolean {
  const schema = path.reduce<Schema>((at, name) => belowOf(at, name)?.schema ?? {}, flag.schema)
  return plainOf(schema).type === 'boolean'
}

function valueAfter(words: readonly string[], at: number, name: string): string {
  const value = words[at]
  if (value === undefined) return fail(`--${name} needs a value`)
  if (value.startsWith('--')) return fail(`--${name} needs a value; one that begins with -- goes as --${name}=${value}`)
  return value
}

/** The field of an object by its name on the command line; null when a closed object has none of that name. */
function belowOf(object: Schema, name: string): { field: string; schema: Schema } | null {
  const { properties = {}, additionalProperties, type } = plainOf(object)
  const known = Object.entries(properties).find(([field]) => field === name || kebab(field) === name)
  if (known) return { field: known[0], schema: known[1] }
  if (additionalProperties === false || (type !== undefined && type !== 'object')) return null
  return { field: name, schema: typeof additionalProperties === 'object' ? additionalProperties : {} }
}

/** Flags may be repeated for lists only: of two recipients, one would silently get nothing. */
function put(input: Record<string, unknown>, { flag, path, value, words }: Given, seen: Map<string, unknown>): void {
  let { schema, field } = flag as { schema: Schema; field: string }
  let level = input
  for (const name of path) {
    const below = belowOf(schema, name)
    if (!below) {
      const names = Object.keys(plainOf(schema).properties ?? {}).map(kebab)
      const others = names.length === 0 ? '' : `; there are ${names.join(', ')}`
      throw wrong(`${words}: there is no field "${name}"${didYouMean(name, names) || others}`)
    }
    const held = level[field]
    const next = isObject(held) ? { ...held } : {}
    level[field] = next
    level = next
    field = below.field
    schema = below.schema
  }
  const place = [flag.field, ...path].join('.')
  const read = isPart(schema) ? readFilePart(value) : readValue(schema, value, words)
  const before = seen.get(place)
  if (before !== undefined && !Array.isArray(before)) fail(`${words} is given twice`)
  const now = Array.isArray(before) && Array.isArray(read) ? [...before, ...read] : read
  seen.set(place, now)
  level[field] = now
}

/** A file that goes as a part of a form. */
function isPart(schema: Schema): boolean {
  return isFile(schema) && schema.format === 'binary'
}

function checkWhole(command: Command, input: Readonly<Record<string, unknown>>): void {
  const missing = command.flags.flatMap((flag) => {
    const value = input[flag.field]
    if (value === undefined) return flag.required ? [flag === command.subject ? `<${flag.name}>` : dashed(flag)] : []
    return isObject(value) ? missingBelow(plainOf(flag.schema), value).map((name) => `${dashed(flag)}.${name}`) : []
  })
  const { oneOf } = command
  const chosen = oneOf.filter(({ field }) => input[field] !== undefined)
  const ways = listed(oneOf.map(dashed), 'or')
  if (chosen.length > 1)
    fail(`${listed(chosen.map(dashed), 'and')} do not go together: ${command.name} takes one of them`)
  if (oneOf.length > 0 && chosen.length === 0) missing.push(`one of ${ways}`)
  if (missing.length > 0) fail(`${command.name} needs ${listed(missing, 'and')}; --help says what each takes`)
}

function missingBelow(object: Schema, value: Readonly<Record<string, unknown>>): string[] {
  const fields = Object.keys(object.properties ?? {})
  return fields.filter((field) => isNeeded(object, field) && value[field] === undefined).map(kebab)
}
