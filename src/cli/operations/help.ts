// What a command says of itself.
import { wrapped } from '../wrap.ts'
import { type Command, dashed, type Flag, isFile, isNeeded, kebab, plainOf, type Schema, takes } from './command.ts'
import { COMMON, commonOf } from './input.ts'

/** How deep the fields of objects are listed. */
const DEEPEST = 2

/** The help of one command. */
export function helpOf(command: Command): string {
  const { operation } = command
  const about = [operation.summary, operation.needs && `(${operation.needs})`].filter(Boolean).join(' ')
  const texts = [
    `${about}.`,
    operation.description,
    operation.open ? undefined : `Needs a key with the scope ${operation.scope}.`,
  ]
  const common = commonOf(command).map((name) => wrapped(left(`--${name}`, COMMON[name].takes), COMMON[name].says))
  return [
    usageOf(command),
    '',
    ...texts.filter((text) => text !== undefined).map((text) => wrapped('', text, 0)),
    ...(command.flags.length > 0 ? ['', 'Flags', ...command.flags.flatMap((flag) => flagLines(flag, command))] : []),
    ...hints(command),
    '',
    'As with every command',
    ...common,
  ].join('\n')
}

/** One line: the command with all that it needs. */
export function usageOf({ name, flags, subject, oneOf }: Command): string {
  const needed = flags.filter((flag) => flag.required && flag !== subject && !oneOf.includes(flag))
  const words = needed.map((flag) => left(dashed(flag), takes(flag.schema)))
  const ways = oneOf.map((flag) => left(dashed(flag), takes(flag.schema))).join(' | ')
  const optional = flags.length > needed.length + (subject ? 1 : 0) + oneOf.length ? ['[flags]'] : []
  return [
    'whatshooked',
    name,
    ...(subject ? ['<id>'] : []),
    ...words,
    ...(ways ? [`(${ways})`] : []),
    ...optional,
  ].join(' ')
}

/** All commands with their summaries, by tag. */
export function commandList(commands: Iterable<Command>): string {
  const tags = Map.groupBy(commands, ({ operation }) => operation.tag)
  return [...tags]
    .map(([tag, list]) => [tag, ...list.map((one) => wrapped(one.name, one.operation.summary))].join('\n'))
    .join('\n\n')
}

function left(name: string, takes: string): string {
  return takes === '' ? name : `${name} <${takes}>`
}

function flagLines(flag: Flag, { oneOf, subject }: Command): string[] {
  const note =
    flag === subject
      ? 'Required; also without its flag.'
      : flag.required
        ? 'Required.'
        : oneOf.includes(flag)
          ? 'One of these is required.'
          : ''
  return schemaLines(dashed(flag), flag.schema, { note, depth: 0 })
}

/** A line for a flag, and one for each field below it. */
function schemaLines(name: string, schema: Schema, { note, depth }: { note: string; depth: number }): string[] {
  const plain = plainOf(schema)
  const own = wrapped(nameOf(name, schema), [note, aboutOf(schema)].filter(Boolean).join(' '))
  if (depth === DEEPEST || plain.type !== 'object') return [own]
  const below = Object.entries(plain.properties ?? {}).flatMap(([field, said]) =>
    schemaLines(`${name}.${kebab(field)}`, said, {
      note: isNeeded(plain, field) ? 'Required with it.' : '',
      depth: depth + 1,
    }),
  )
  return [own, ...below]
}

function nameOf(name: string, schema: Schema): string {
  const isBoolean = plainOf(schema).type === 'boolean'
  return isBoolean && !name.includes('.') ? name.replace(/^--/, '--[no-]') : left(name, takes(schema))
}

function aboutOf(schema: Schema): string {
  const { description, default: usual } = schema
  // Of a file, the contract says how it travels; here it is the name of a file.
  const about = isFile(schema) ? description?.replace(/ in base64$/, '') : description
  const whole = about === undefined || /[.!?]$/.test(about) ? about : `${about}.`
  return [whole, usual === undefined ? '' : `Default: ${String(usual)}.`].filter(Boolean).join(' ')
}

/** How to write the values that this command takes. */
function hints({ flags }: Command): string[] {
  const plain = flags.map(({ schema }) => plainOf(schema))
  const lines = [
    plain.some(({ type }) => type === 'array') && 'Lists: a,b or the flag again, or JSON.',
    plain.some(({ type }) => type === 'object') && 'Objects: JSON, or a flag for each field. @file.json reads a file.',
    flags.some(({ schema }) => isFile(schema)) && 'Files: a path, or - for stdin.',
    flags.some(({ name }) => /^(text|asset-data|.*-text|caption)$/.test(name)) &&
      'Texts: @file reads a file, @@ begins a text with @.',
  ].filter((line) => line !== false)
  return lines.length === 0 ? [] : ['', ...lines.map((line) => wrapped('', line))]
}
