// Reads command-line words: a command of one or two words, and flags with values.
import { CommandFailure, EXIT } from './exit.ts'

/** Flags that take no value. */
const BARE: ReadonlySet<string> = new Set(['help', 'version', 'once'])

/** `--name value`, `--name=value`; names come without dashes. Fails with CommandFailure for a flag without its value. */
export function readFlags(words: readonly string[]): { command: string; flags: Record<string, string> } {
  const command: string[] = []
  const flags: Record<string, string> = {}
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('--')) {
      command.push(word)
      continue
    }
    const [name = '', inline] = word.slice(2).split(/=(.*)/s)
    const value = inline ?? (BARE.has(name) ? '' : words[++at])
    if (value === undefined) throw new CommandFailure(`--${name} needs a value`, EXIT.usage)
    flags[name] = value
  }
  return { command: command.join(' '), flags }
}
