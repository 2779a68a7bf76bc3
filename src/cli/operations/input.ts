// Reads the words of a command as the input of its operation.
import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { Failure } from '../../model/failure.ts'
import { type Command, type Flag, flagNamed, kebab, plainOf, type Schema } from './command.ts'

/** Flags that every command takes, and whether a value goes with them. */
export const COMMON = {
  url: { takes: 'address', says: 'Where the server is; WHATSHOOKED_URL, else http://127.0.0.1:8825' },
  key: { takes: 'text', says: 'The API key; better in WHATSHOOKED_API_KEY, where no list of processes shows it' },
  output: { takes: 'json|table', says: 'How answers are shown: a table at a terminal, else JSON' },
  'idempotency-key': { takes: 'text', says: 'The same key with the same message is sent once' },
  input: { takes: 'file', says: 'A JSON file with the whole input, - for stdin; flags go over it' },
  yes: { takes: '', says: 'Do not ask before something is deleted' },
  help: { takes: '', says: 'This text' },
} as const
export type Common = { -readonly [K in keyof typeof COMMON]?: string }

export interface Typed {
  readonly common: Common
  /** What the operation is given. */
  readonly input: Record<string, unknown>
}

/** Media types by file extension, for files whose type nobody said. */
const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.mp4': 'video/mp4',
  '.3gp': 'video/3gpp',
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/mp4',
  '.aac': 'audio/aac',
  '.amr': 'audio/amr',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

/** Fails with `invalid`: one sentence that names the word that is wrong. */
export function readInput(command: Command, words: readonly string[]): Typed {
  const common: Common = {}
  const given: { flag: Flag; path: string[]; value: string | null }[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('--')) throw wrong(`"${word}" is not understood; values go behind flags (--help lists them)`)
    const [name = '', inline] = word.slice(2).split(/=(.*)/s)
    const isCommon = name in COMMON && !flagNamed(command, name)
    const target = isCommon ? null : targetOf(command, name)
    const isBare = isCommon ? COMMON[name as keyof Common].takes === '' : isSwitch(target, words[at + 1])
    const value = inline ?? (isBare ? null : valueAfter(words, ++at, name))
    if (isCommon) common[name as keyof Common] = value ?? ''
    else if (target) given.push({ ...target, value: target.isNo ? 'false' : value })
  }
  const input = common.input === undefined ? {} : readObject(common.input)
  for (const { flag, path, value } of given) put(input, flag, { path, value })
  return { common, input }
}

interface Target {
  readonly flag: Flag
  /** Names of fields below it, of `--business-api.access-token`. */
  readonly path: string[]
  readonly isNo: boolean
}

function targetOf(command: Command, name: string): Target {
  const [top = '', ...below] = name.split('.')
  const flag = flagNamed(command, top)
  if (flag) return { flag, path: below.map((part) => part.replaceAll('-', '_')), isNo: false }
  const negated = top.startsWith('no-') ? flagNamed(command, top.slice(3)) : undefined
  if (negated && plainOf(negated.schema).type === 'boolean') return { flag: negated, path: [], isNo: true }
  throw wrong(`--${name} is no flag of ${command.name}; --help lists them`)
}

/** A flag that stands alone: a boolean without true or false behind it. */
function isSwitch(target: Target | null, next: string | undefined): boolean {
  if (!target) return false
  if (target.isNo) return true
  const schema = target.path.reduce<Schema>((at, name) => plainOf(at).properties?.[name] ?? {}, target.flag.schema)
  return plainOf(schema).type === 'boolean' && next !== 'true' && next !== 'false'
}

function valueAfter(words: readonly string[], at: number, name: string): string {
  const value = words[at]
  if (value === undefined) throw wrong(`--${name} needs a value`)
  return value
}

function put(
  input: Record<string, unknown>,
  flag: Flag,
  { path, value }: { path: string[]; value: string | null },
): void {
  const { field, schema } = flag
  const words = `--${[kebab(field), ...path.map(kebab)].join('.')}`
  if (path.length === 0) {
    if (schema['x-file']) Object.assign(input, fileFields(field, value ?? '', input))
    else if (schema.format === 'binary') input[field] = blobOf(value ?? '')
    else input[field] = joined(input[field], readValue(schema, value, words), schema)
    return
  }
  let level = input
  let said = schema
  for (const name of [field, ...path].slice(0, -1)) {
    const below = level[name]
    const next = isObject(below) ? below : {}
    level[name] = next
    level = next
  }
  for (const name of path) said = plainOf(said).properties?.[name] ?? {}
  level[path.at(-1) ?? ''] = readValue(said, value, words)
}

/** A list flag may be given several times. */
function joined(before: unknown, value: unknown, schema: Schema): unknown {
  return plainOf(schema).type === 'array' && Array.isArray(before) && Array.isArray(value)
    ? [...before, ...value]
    : value
}

function readValue(schema: Schema, value: string | null, words: string): unknown {
  const { type, items } = plainOf(schema)
  if (value === null) return true
  if (value === 'null' && schema.anyOf?.some((one) => one.type === 'null')) return null
  const text = value.startsWith('@@') ? value.slice(1) : value.startsWith('@') ? readText(value.slice(1)) : value
  if (type === 'boolean')
    return text === 'true' ? true : text === 'false' ? false : fail(`${words} takes true or false`)
  if (type === 'integer' || type === 'number') {
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : fail(`${words} takes a number`)
  }
  if (type === 'object') return parsed(text, words)
  if (type !== 'array') return text
  if (text.startsWith('[')) return parsed(text, words)
  return items?.type === 'object'
    ? [parsed(text, words)]
    : text.split(',').map((one) => readValue(items ?? {}, one.trim(), words))
}

/** A file in base64, and of what kind it is where nobody said. */
function fileFields(field: string, path: string, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const bytes = readBytes(path.replace(/^@/, ''))
  const type = TYPES[extname(path).toLowerCase()]
  return {
    [field]: bytes.toString('base64'),
    ...(type !== undefined && input.mime_type === undefined && { mime_type: type }),
    ...(field === 'document_data' && input.filename === undefined && { filename: basename(path) }),
  }
}

function blobOf(path: string): File {
  const plain = path.replace(/^@/, '')
  const type = TYPES[extname(plain).toLowerCase()] ?? 'application/octet-stream'
  return new File([new Uint8Array(readBytes(plain))], basename(plain), { type })
}

function readObject(path: string): Record<string, unknown> {
  const value = parsed(readText(path), '--input')
  return isObject(value) ? value : fail('--input takes a JSON object')
}

function readText(path: string): string {
  return readBytes(path).toString('utf8')
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (thrown) {
    throw wrong(`The file ${path} cannot be read (${(thrown as NodeJS.ErrnoException).code})`)
  }
}

function parsed(text: string, words: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong(`${words} takes JSON`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(sentence: string): Failure {
  return new Failure('invalid', sentence)
}

function fail(sentence: string): never {
  throw wrong(sentence)
}
