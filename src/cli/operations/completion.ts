// Scripts that let shells complete commands, flags, and the words that a flag takes.
import { type Command, dashed, type Flag, plainOf, SPOKEN, takes } from './command.ts'
import { COMMON, commonOf } from './input.ts'
import { STYLES } from './output.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What can come behind a command. */
interface Completed {
  readonly name: string
  readonly flags: readonly { readonly flag: string; readonly words: readonly string[]; readonly isBare: boolean }[]
}

/** A command that is no operation, by all its words, and its flags with their dashes. */
export interface OtherCommand {
  readonly name: string
  readonly flags: readonly string[]
}

/** The script of a shell, to be sourced. */
export function completionFor(shell: Shell, commands: readonly Command[], others: readonly OtherCommand[]): string {
  const operations = commands.map(completed)
  const own = others.map(({ name, flags }): Completed => {
    const same = operations.find((one) => one.name === SPOKEN[name])
    return { name, flags: same?.flags ?? [...flags, '--help'].map((flag) => ({ flag, ...valuesOf(flag) })) }
  })
  const firsts = [...new Set(own.map(({ name }) => name.split(' ')[0] ?? '')), ...operations.map(({ name }) => name)]
  return { bash, zsh, fish }[shell](firsts, secondsOf(own.map(({ name }) => name)), [...operations, ...own])
}

function valuesOf(flag: string): { words: readonly string[]; isBare: boolean } {
  return { words: flag === '--output' ? STYLES : [], isBare: ['--help', '--mend', '--once'].includes(flag) }
}

function completed(command: Command): Completed {
  const own = command.flags.map((flag) => ({
    flag: dashed(flag),
    words: wordsOf(flag),
    isBare: takes(flag.schema) === '',
  }))
  const common = commonOf(command).map((name) => ({
    flag: `--${name}`,
    words: name === 'output' ? STYLES : [],
    isBare: COMMON[name].takes === '',
  }))
  return { name: command.name, flags: [...own, ...common] }
}

function wordsOf({ schema }: Flag): string[] {
  const plain = plainOf(schema)
  return (plain.enum ?? plainOf(plain.items ?? {}).enum ?? []).map(String)
}

/** The second words of commands of two, by their first. */
function secondsOf(others: readonly string[]): Map<string, string[]> {
  const seconds = new Map([['completion', [...SHELLS]] as [string, string[]]])
  for (const [first, second] of others.map((name) => name.split(' '))) {
    if (first !== undefined && second !== undefined) seconds.set(first, [...(seconds.get(first) ?? []), second])
  }
  return seconds
}

type Write = (
  firsts: readonly string[],
  seconds: ReadonlyMap<string, readonly string[]>,
  all: readonly Completed[],
) => string

// Where nothing fits, `-o default` offers files: most values that can be completed are some.
const bash: Write = (firsts, seconds, all) => {
  const spoken = all.filter(({ name }) => name.includes(' '))
  const values = all.flatMap(({ name, flags }) =>
    flags
      .filter(({ words }) => words.length > 0)
      .map(({ flag, words }) => `    "${name} ${flag}") words="${words.join(' ')}" ;;`),
  )
  return `_whatshooked() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" name="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${firsts.join(' ')}" -- "$current"))
    return
  fi
  if [ "$COMP_CWORD" -eq 2 ]; then
    case "$name" in
${[...seconds].map(([first, list]) => `      ${first}) words="${list.join(' ')}" ;;`).join('\n')}
      help) words="${firsts.join(' ')}" ;;
    esac
    if [ -n "$words" ]; then
      COMPREPLY=($(compgen -W "$words" -- "$current"))
      return
    fi
  fi
  case "$name \${COMP_WORDS[2]}" in
    ${spoken.map(({ name }) => `"${name}"`).join(' | ')}) name="$name \${COMP_WORDS[2]}" ;;
  esac
  case "$name $previous" in
${values.join('\n')}
  esac
  if [ -z "$words" ]; then
    case "$current" in
      -*) case "$name" in
${all.map(({ name, flags }) => `        "${name}") words="${flags.map(({ flag }) => flag).join(' ')}" ;;`).join('\n')}
        esac ;;
    esac
  fi
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _whatshooked whatshooked
`
}

const zsh: Write = (firsts, seconds, all) => `#compdef whatshooked
(( $+functions[compdef] )) || { autoload -U +X compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit
${bash(firsts, seconds, all)}`

const fish: Write = (firsts, seconds, all) => {
  const second = [...seconds].map(
    ([first, list]) =>
      `complete -c whatshooked -n "__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${list.join(' ')}" -f -a "${list.join(' ')}"`,
  )
  const flags = all.flatMap(({ name, flags: own }) => {
    const when = name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ')
    return own.map(({ flag, words, isBare }) => {
      const value = isBare ? '' : words.length > 0 ? ` -x -a "${words.join(' ')}"` : ' -r'
      return `complete -c whatshooked -n "${when}" -l ${flag.slice(2)}${value}`
    })
  })
  return `complete -c whatshooked -n __fish_use_subcommand -f -a "${firsts.join(' ')}"
${[...second, ...flags].join('\n')}
`
}
