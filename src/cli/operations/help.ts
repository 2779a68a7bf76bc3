// What a command says of itself.
import { type Command, type Flag, shortOf, takes } from './command.ts'
import { COMMON } from './input.ts'

/** The help of one command. */
export function helpOf(command: Command): string {
  const { name, operation } = command
  const needed = command.flags.filter((flag) => flag.required).map((flag) => `${dashed(flag)} …`)
  const about = [operation.summary, operation.needs && `(${operation.needs})`].filter(Boolean).join(' ')
  return [
    `whatshooked ${[name, ...needed].join(' ')}`,
    '',
    `  ${about}.${operation.description === undefined ? '' : ` ${operation.description}`}`,
    `  Needs a key with the scope ${operation.scope}.`,
    ...(command.flags.length > 0 ? ['', ...command.flags.map(flagLine)] : []),
    '',
    ...Object.entries(COMMON).map(([flag, said]) => line(`--${flag} ${said.takes}`, said.says)),
    '',
    '  Text from a file: --text @message.txt (@@ begins a text with @). Lists: --events a,b or the flag again. Objects: JSON, or --retry.delays 5,30',
  ].join('\n')
}

/** All commands with their summaries, by tag. */
export function commandList(commands: Iterable<Command>): string {
  const tags = new Map<string, Command[]>()
  for (const command of commands) {
    const { tag } = command.operation
    tags.set(tag, [...(tags.get(tag) ?? []), command])
  }
  return [...tags]
    .map(([tag, list]) => `${tag}\n${list.map((one) => line(one.name, one.operation.summary)).join('\n')}`)
    .join('\n\n')
}

function dashed(flag: Flag): string {
  return `--${shortOf(flag) ?? flag.name}`
}

function flagLine(flag: Flag): string {
  const { schema, required } = flag
  const about = [
    schema.description,
    required ? '(required)' : null,
    schema.default === undefined ? null : `(default ${JSON.stringify(schema.default)})`,
  ]
  return line(`${dashed(flag)} ${takes(schema)}`, about.filter(Boolean).join(' '))
}

function line(left: string, right: string): string {
  return `  ${left.trimEnd().padEnd(34)} ${right}`.trimEnd()
}
