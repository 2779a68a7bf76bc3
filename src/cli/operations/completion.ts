// Scripts that let shells complete commands and flags.
import { type Command, shortOf } from './command.ts'
import { COMMON } from './input.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script of a shell, to be sourced: `source <(whatshooked completion bash)`. */
export function completionFor(shell: Shell, commands: readonly Command[], others: readonly string[]): string {
  const words = [...others, ...commands.map((command) => command.name)]
  const flags = commands.map((command) => [command.name, flagWords(command)] as const)
  return { bash, zsh, fish }[shell](words, flags)
}

type Flags = readonly (readonly [command: string, flags: readonly string[]])[]

function flagWords(command: Command): string[] {
  const own = command.flags.map((flag) => `--${shortOf(flag) ?? flag.name}`)
  return [...own, ...Object.keys(COMMON).map((name) => `--${name}`)]
}

function bash(words: readonly string[], flags: Flags): string {
  const cases = flags.map(([command, list]) => `    ${command}) words="${list.join(' ')}" ;;`)
  return `_whatshooked() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ "$current" == --* ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _whatshooked whatshooked
`
}

function zsh(words: readonly string[], flags: Flags): string {
  return `#compdef whatshooked
autoload -U +X bashcompinit && bashcompinit
${bash(words, flags)}`
}

function fish(words: readonly string[], flags: Flags): string {
  const lines = flags.flatMap(([command, list]) =>
    list.map((flag) => `complete -c whatshooked -n "__fish_seen_subcommand_from ${command}" -l ${flag.slice(2)} -r`),
  )
  return `complete -c whatshooked -n __fish_use_subcommand -f -a "${words.join(' ')}"
${lines.join('\n')}
`
}
